/**
 * What all optimizers share.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { zerosLike } from "../create.ts";
import { DataError, show } from "../errors.ts";
import { copyOptions } from "../options.ts";
import { sameShape } from "../shape.ts";
import { noGrad, type Parameter, type Tensor } from "../tensor.ts";

/** Parameters that share settings. */
export type ParamGroup<Settings> = Settings & {
  /** The parameters of the group. */
  params: Parameter[];
  /** The learning rate before any schedule changed it; the first schedule notes it. */
  initialLr?: number;
};

/** What an optimizer is made of: parameters, or groups of them with settings of their own. */
export type Params<Settings> =
  | Iterable<Parameter>
  | Iterable<Partial<Settings> & { params: Iterable<Parameter> }>;

/** An optimizer's settings and memory, to go on from later. */
export interface OptimizerState<Settings> {
  /** Settings of each group; parameters by their position. */
  paramGroups: (Settings & { params: number[] })[];
  /** Each parameter's tensors and counters, by its position. */
  state: Map<number, Record<string, Tensor | number>>;
}

/** Base of all optimizers: groups of parameters, and memory for each parameter. */
export abstract class Optimizer<Settings extends { lr: number }> {
  /** The groups, whose settings may be changed at any time. */
  readonly paramGroups: ParamGroup<Settings>[];
  /** Tensors and counters that the rule keeps for each parameter. */
  protected readonly state: Map<Parameter, Record<string, Tensor | number>> = new Map();

  /** Throws RangeError where there is no parameter, or one appears twice. */
  constructor(params: Params<Settings>, defaults: Settings) {
    const list = [...params as Iterable<Parameter | { params: Iterable<Parameter> }>];
    const groups = list.every((item) => "storage" in item)
      ? [{ params: list as Parameter[] }]
      : list as { params: Iterable<Parameter> }[];
    this.paramGroups = groups.map((group) => ({
      ...copyOptions({ ...defaults, ...group }),
      params: [...group.params],
    }));
    const all = this.paramGroups.flatMap((group) => group.params);
    if (all.length === 0) throw new RangeError("optimizer: at least one parameter is needed");
    if (new Set(all).size !== all.length) {
      throw new RangeError("optimizer: a parameter must not appear twice");
    }
  }

  /** Changes the weights w of one parameter by their gradient g: both row-major, of its shape. */
  protected abstract update(
    parameter: Parameter,
    w: Buffer,
    g: Buffer,
    group: ParamGroup<Settings>,
  ): void;

  /** Changes all parameters that have a gradient. */
  step(): void {
    for (const group of this.paramGroups) {
      for (const parameter of group.params) {
        const { grad } = parameter;
        if (grad === null) continue;
        if (parameter.isContiguous && grad.isContiguous) {
          this.update(parameter, parameter, grad, group);
          parameter.storage.version++;
          continue;
        }
        noGrad(() => {
          const w = parameter.contiguous();
          this.update(parameter, w, grad.contiguous(), group);
          if (w === parameter) parameter.storage.version++;
          else parameter.copy_(w);
        });
      }
    }
  }

  /** The tensor that the rule keeps for a parameter under a name; zeros at first. */
  protected memoryOf(parameter: Parameter, name: string): Tensor {
    let memory = this.state.get(parameter);
    if (memory === undefined) this.state.set(parameter, memory = {});
    return (memory[name] ??= zerosLike(parameter).keep()) as Tensor;
  }

  /** Counts a parameter's steps under `step`: 1 at the first. */
  protected countStep(parameter: Parameter): number {
    let memory = this.state.get(parameter);
    if (memory === undefined) this.state.set(parameter, memory = {});
    return memory.step = (memory.step as number | undefined ?? 0) + 1;
  }

  /** Releases all gradients. */
  zeroGrad(): void {
    for (const group of this.paramGroups) {
      for (const parameter of group.params) parameter.zeroGrad();
    }
  }

  /** Copies of settings and memory. The tensors are in the current scope: see `Module.stateDict`. */
  stateDict(): OptimizerState<Settings> {
    const index = new Map(
      this.paramGroups.flatMap((group) => group.params).map((p, i) => [p, i] as const),
    );
    return {
      paramGroups: this.paramGroups.map((group) => ({
        ...copyOptions(group),
        params: group.params.map((p) => index.get(p)!),
      })),
      state: new Map(Array.from(this.state, ([p, memory]) => [index.get(p)!, copyOf(memory)])),
    };
  }

  /** Goes on from a state. Throws DataError where groups, parameters or shapes do not agree. */
  loadStateDict(saved: OptimizerState<Settings>): void {
    const all = this.paramGroups.flatMap((group) => group.params);
    const sizes = (groups: readonly { params: readonly unknown[] }[]) =>
      show(groups.map((group) => group.params.length));
    if (sizes(saved.paramGroups) !== sizes(this.paramGroups)) {
      throw new DataError(
        `loadStateDict: the optimizer has groups of ${sizes(this.paramGroups)} parameters, the ` +
          `state of ${sizes(saved.paramGroups)}`,
      );
    }
    for (const [i, memory] of saved.state) {
      for (const [name, value] of Object.entries(memory)) {
        if (typeof value === "number") continue;
        const { shape, dtype } = value;
        if (sameShape(shape, all[i]?.shape ?? [-1]) && dtype === "float32") continue;
        throw new DataError(
          `loadStateDict: ${name} of parameter ${i} must be float32 ${
            show(all[i]?.shape ?? [])
          }: it is ${dtype} ${show(shape)}`,
        );
      }
    }
    this.#releaseState();
    for (const [i, memory] of saved.state) {
      const own = copyOf(memory);
      for (const value of Object.values(own)) if (typeof value !== "number") value.keep();
      this.state.set(all[i]!, own);
    }
    saved.paramGroups.forEach((group, i) => {
      Object.assign(this.paramGroups[i]!, {
        ...copyOptions(group),
        params: this.paramGroups[i]!.params,
      });
    });
  }

  #releaseState(): void {
    for (const memory of this.state.values()) {
      for (const value of Object.values(memory)) {
        if (typeof value !== "number") value[Symbol.dispose]();
      }
    }
    this.state.clear();
  }

  /** Releases the optimizer's memory: for sweeps that make many. */
  [Symbol.dispose](): void {
    this.#releaseState();
  }
}

function copyOf(memory: Record<string, Tensor | number>): Record<string, Tensor | number> {
  return Object.fromEntries(
    Object.entries(memory).map(([name, value]) => [
      name,
      typeof value === "number" ? value : noGrad(() => value.clone()),
    ]),
  );
}
