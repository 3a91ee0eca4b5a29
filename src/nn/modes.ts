import type { AnyModule } from "./module.ts";

/** Whether each module of a model is in training. */
export type Modes = readonly (readonly [module: AnyModule, training: boolean])[];

/** The modes now: a layer may be in another than its model, as one whose statistics are frozen. */
export function modesOf(model: AnyModule): Modes {
  return Array.from(model.modules(), (module) => [module, module.training] as const);
}

/** Puts each module back into its mode. */
export function restoreModes(modes: Modes): void {
  for (const [module, training] of modes) module.training = training;
}
