/**
 * Hooks: functions that run around a module's `forward` and in its backward pass.
 *
 * @module
 */
import { type HookHandle, HookList } from "../core/hook_list.ts";
import { describe } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { GradientWatch } from "./gradient_watch.ts";
import type { AnyModule } from "./module.ts";

export type { HookHandle };

/** What `forward` takes. */
export type InputsOf<M extends AnyModule> = Parameters<M["forward"]>;

/** What a hook may return in place of what `forward` gives: of a list, any list of such items. */
export type OutputOf<M extends AnyModule> = ReturnType<M["forward"]> extends readonly (infer Y)[]
  ? readonly Y[]
  : ReturnType<M["forward"]>;

/** Is told of a module's inputs before `forward`; may return a list of others in their place. */
export type ForwardPreHook<M extends AnyModule> = (
  module: M,
  inputs: InputsOf<M>,
) => readonly InputsOf<M>[number][] | void;

/** Is told of a module's inputs and output after `forward`; may return another output. */
export type ForwardHook<M extends AnyModule> = (
  module: M,
  inputs: InputsOf<M>,
  output: ReturnType<M["forward"]>,
) => OutputOf<M> | void;

/** The gradients of a module's inputs, or of its outputs; null where there is none. */
export type Gradients = readonly (Tensor | null)[];

/** Is told of the gradients in the backward pass; may return others for the inputs. */
export type BackwardHook<M extends AnyModule> = (
  module: M,
  gradInputs: Gradients,
  gradOutputs: Gradients,
) => Gradients | void;

/** The hooks of one module. */
export class Hooks {
  /** Before `forward`. */
  readonly before: HookList<ForwardPreHook<AnyModule>> = new HookList();
  /** After `forward`. */
  readonly after: HookList<ForwardHook<AnyModule>> = new HookList();
  /** In the backward pass. */
  readonly backward: HookList<BackwardHook<AnyModule>> = new HookList();

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.before.length + this.after.length + this.backward.length === 0;
  }

  /** Runs `forward` with them. */
  run(module: AnyModule, inputs: unknown[], forward: (...inputs: unknown[]) => unknown): unknown {
    for (const hook of this.before.all()) {
      const other: unknown = hook(module, inputs);
      if (other === undefined) continue;
      if (!Array.isArray(other)) {
        throw new TypeError(
          `registerForwardPreHook: the hook must return the list of inputs, or nothing: it returns ` +
            describe(other),
        );
      }
      inputs = other;
    }
    const watch = this.backward.length > 0 ? new GradientWatch(module, this.backward.all()) : null;
    if (watch !== null) inputs = watch.inputs(inputs);
    let output = forward.apply(module, inputs);
    for (const hook of this.after.all()) {
      const other: unknown = hook(module, inputs, output);
      if (other !== undefined) output = other;
    }
    return watch === null ? output : watch.outputs(output);
  }
}
