/**
 * Averages of a model's weights along its training, as in PyTorch's `torch.optim.swa_utils`: they
 * often predict better than the last weights.
 *
 * @module
 */
import { tensor } from "../tensor/create.ts";
import { DataError, show } from "../core/errors.ts";
import type { AnyModule, StateDict } from "../nn/mod.ts";
import { checkStateDict, MODULE } from "../nn/module.ts";
import { atMost, callable, check, checkOptions, fraction, type Kinds } from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { averageAll } from "./averages.ts";

export { SWALR, type SWALROptions } from "./swa_lr.ts";
export { type InputBatch, updateBn } from "./update_bn.ts";

/**
 * Moves averages towards the current weights, both in the order of the parameters. `nAveraged` counts
 * the weights that are in the averages so far; it is at least 1.
 */
export type MultiAvgFn = (
  averaged: readonly Tensor[],
  current: readonly Tensor[],
  nAveraged: number,
) => void;

/**
 * The exponential moving average (Polyak averaging): a ← decay · a + (1 − decay) · w.
 *
 * RangeError unless decay is from 0 to 1.
 */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  atMost(1, arguments.length, "getEmaMultiAvgFn(decay)");
  check("getEmaMultiAvgFn", "decay", decay, fraction);
  return (averaged, current) => averageAll(averaged, current, 1 - decay);
}

/**
 * The mean of all weights so far (Izmailov et al., "Averaging weights leads to wider optima and better
 * generalization", 2018): a ← a + (w − a) / (n + 1).
 */
export function getSwaMultiAvgFn(): MultiAvgFn {
  atMost(0, arguments.length, "getSwaMultiAvgFn()");
  return (averaged, current, n) => averageAll(averaged, current, 1 / (n + 1));
}

/** Options of {@link AveragedModel}. */
export interface AveragedModelOptions {
  /** The rule. Default: {@link getSwaMultiAvgFn}. */
  multiAvgFn?: MultiAvgFn;
}

const OPTIONS: Kinds<AveragedModelOptions> = { multiAvgFn: callable };

/**
 * Averages of a model's parameters. PyTorch's class holds a second model; this one keeps only the
 * averages, and `apply()` puts them into the model itself until `restore()`. The model's buffers are
 * not averaged: {@link updateBn} makes those of batch normalisation anew.
 *
 * @example
 * ```ts
 * import { nn, ones, optim, steps } from "@glim/glim";
 * const model = new nn.Linear(4, 1);
 * const adam = new optim.Adam(model.parameters());
 * const ema = new optim.swaUtils.AveragedModel(model, {
 *   multiAvgFn: optim.swaUtils.getEmaMultiAvgFn(0.99),
 * });
 * for (const _i of steps(10)) {
 *   adam.zeroGrad();
 *   model.forward(ones([2, 4])).sum().backward();
 *   adam.step();
 *   ema.updateParameters();
 * }
 * ema.apply();
 * model.forward(ones([2, 4])); // with the averages
 * ema.restore();
 * ```
 */
export class AveragedModel {
  /** How many times `updateParameters` was called. */
  nAveraged = 0;
  readonly #model: AnyModule;
  readonly #rule: MultiAvgFn;
  readonly #averages: Map<string, Tensor>;
  #saved: Tensor[] | null = null;

  /** Of a model whose parameters do not change in number or shape. The averages begin as copies. */
  constructor(model: AnyModule, options: AveragedModelOptions = {}) {
    atMost(2, arguments.length, "AveragedModel(model, { multiAvgFn })");
    const { multiAvgFn = getSwaMultiAvgFn() } = checkOptions("AveragedModel", options, OPTIONS);
    check("AveragedModel", "the model", model, MODULE);
    this.#model = model;
    this.#rule = multiAvgFn;
    this.#averages = new Map(
      Array.from(model.namedParameters(), ([name, p]) => [name, copyOf(p).keep()]),
    );
  }

  /** Whether the averages are in the model. */
  get isApplied(): boolean {
    return this.#saved !== null;
  }

  /**
   * Takes the model's weights into the averages: to be called after the optimizer's `step()`. The
   * first call copies them. Error while the averages are in the model.
   */
  updateParameters(): void {
    atMost(0, arguments.length, "updateParameters()"); // PyTorch's takes the model again
    if (this.isApplied) {
      throw new Error(
        "updateParameters: the model must hold its own weights: it holds the averages: call restore()",
      );
    }
    noGrad(() => {
      const current = [...this.#model.parameters()];
      const averages = [...this.#averages.values()];
      if (this.nAveraged === 0) averages.forEach((a, i) => a.copy_(current[i]!));
      else this.#rule(averages, current, this.nAveraged);
    });
    this.nAveraged++;
  }

  /** Puts the averages into the model, and its own weights aside. Error if they are there already. */
  apply(): void {
    if (this.isApplied) {
      throw new Error("apply: the model must hold its own weights: it holds the averages");
    }
    const parameters = [...this.#model.parameters()];
    this.#saved = parameters.map((p) => copyOf(p).keep());
    copyInto(parameters, [...this.#averages.values()]);
  }

  /** Puts the model's own weights back; does nothing without `apply()`. */
  restore(): void {
    if (this.#saved === null) return;
    copyInto([...this.#model.parameters()], this.#saved);
    for (const copy of this.#saved) copy[Symbol.dispose]();
    this.#saved = null;
  }

  /**
   * Copies of the averages by PyTorch's names, `n_averaged` and `module.layers.0.weight`, in the
   * current scope.
   */
  stateDict(): StateDict {
    return new Map([
      ["n_averaged", noGrad(() => tensor(this.nAveraged, { dtype: "int32", device: "cpu" }))],
      ...Array.from(this.#averages, ([name, a]) => [`module.${name}`, copyOf(a)] as const),
    ]);
  }

  /** Goes on from a state. Throws DataError, before anything is changed, where it does not fit. */
  loadStateDict(state: ReadonlyMap<string, Tensor>): void {
    atMost(1, arguments.length, "loadStateDict(state)");
    checkStateDict("loadStateDict", state);
    const own = [...this.#averages].map(([name, a]) => [`module.${name}`, a] as const);
    const faults = [["n_averaged", { shape: [] }] as const, ...own].flatMap(([name, { shape }]) => {
      const from = state.get(name);
      if (from === undefined) return [`${name} is missing`];
      if (sameShape(from.shape, shape)) return [];
      return [`${name} must be ${show(shape)}: it is ${show(from.shape)}`];
    });
    if (faults.length > 0) {
      throw new DataError(`loadStateDict: names and shapes must agree: ${faults.join("; ")}`);
    }
    this.nAveraged = state.get("n_averaged")!.item();
    copyInto(own.map(([_, a]) => a), own.map(([name]) => state.get(name)!));
  }

  /** Releases the averages; the model stays as it is. */
  [Symbol.dispose](): void {
    for (const tensor of [...this.#averages.values(), ...this.#saved ?? []]) {
      tensor[Symbol.dispose]();
    }
  }
}

function copyOf(from: Tensor): Tensor {
  return noGrad(() => from.clone());
}

function copyInto(to: readonly Tensor[], from: readonly Tensor[]): void {
  noGrad(() => to.forEach((t, i) => t.copy_(from[i]!)));
}
