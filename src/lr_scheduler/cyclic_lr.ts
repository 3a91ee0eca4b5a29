import {
  atMost,
  callable,
  checkOptions,
  flag,
  type Kinds,
  number,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { eachGroup, momentumOf, NUMBERS, setMomentum } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import { type AnyOptimizer, checkOptimizer } from "./scheduler.ts";

/** Options of {@link CyclicLR}. */
export interface CyclicLROptions {
  /** Steps in which the rate rises. Default: 2000. */
  stepSizeUp?: number;
  /** Steps in which it falls. Default: null, as many. */
  stepSizeDown?: number | null;
  /**
   * How high the cycles are: all alike (`"triangular"`), each half of the one before
   * (`"triangular2"`), or by γ to the power of the number of steps (`"expRange"`). Default:
   * `"triangular"`.
   */
  mode?: "triangular" | "triangular2" | "expRange" | "exp_range";
  /** γ. Default: 1. */
  gamma?: number;
  /** The height of a cycle, from 0 to 1, in place of `mode`. Default: null. */
  scaleFn?: ((x: number) => number) | null;
  /** Whether `scaleFn` is of the number of the cycle, from 1 on, or of steps. Default: `"cycle"`. */
  scaleMode?: "cycle" | "iterations";
  /** Whether momentum (of Adam: β₁) falls while the rate rises, and rises again. Default: true. */
  cycleMomentum?: boolean;
  /** The lowest momentum, one or one a group. Default: 0.8. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum, one or one a group. Default: 0.9. */
  maxMomentum?: number | readonly number[];
}

const OPTIONS: Kinds<CyclicLROptions> = {
  stepSizeUp: whole(1),
  stepSizeDown: orNull(whole(1)),
  mode: oneOf("triangular", "triangular2", "expRange", "exp_range"),
  gamma: number,
  scaleFn: orNull(callable),
  scaleMode: oneOf("cycle", "iterations"),
  cycleMomentum: flag,
  baseMomentum: NUMBERS,
  maxMomentum: NUMBERS,
};

/**
 * Raises the learning rate from one bound to another and lowers it again, over and over (Smith,
 * "Cyclical learning rates for training neural networks", 2017), while the momentum goes the other
 * way. It is made for a `step()` after each batch.
 */
export class CyclicLR extends EpochLR {
  readonly #up: number;
  readonly #length: number;
  readonly #height: (cycle: number, step: number) => number;
  readonly #most: readonly number[];
  readonly #momenta: readonly (readonly [base: number, most: number])[];
  readonly #momentum: "betas" | "momentum" | null;

  /**
   * A schedule from the first step on.
   *
   * RangeError where an option is out of its range, or where momentum is to be cycled and a group has
   * none.
   *
   * @param baseLr The lowest rate, one or one a group. The groups' own rates do not count.
   * @param maxLr The highest rate, one or one a group.
   */
  constructor(
    optimizer: AnyOptimizer,
    baseLr: number | readonly number[],
    maxLr: number | readonly number[],
    options: CyclicLROptions = {},
  ) {
    atMost(4, arguments.length, "CyclicLR(optimizer, baseLr, maxLr, options)");
    checkOptions("CyclicLR", options, OPTIONS);
    checkOptimizer("CyclicLR", optimizer);
    const { stepSizeUp = 2000, mode = "triangular", gamma = 1, cycleMomentum = true } = options;
    const { scaleFn = null, scaleMode = "cycle" } = options;
    const n = optimizer.paramGroups.length;
    const base = eachGroup("CyclicLR", "baseLr", baseLr, n);
    const most = eachGroup("CyclicLR", "maxLr", maxLr, n);
    const low = eachGroup("CyclicLR", "baseMomentum", options.baseMomentum ?? 0.8, n);
    const high = eachGroup("CyclicLR", "maxMomentum", options.maxMomentum ?? 0.9, n);
    const momentum = cycleMomentum ? momentumOf("CyclicLR", optimizer) : null;
    optimizer.paramGroups.forEach((group, i) => group.lr = base[i]!);
    super(optimizer);
    this.baseLrs = base; // an earlier schedule may have begun elsewhere
    this.#up = stepSizeUp;
    this.#length = stepSizeUp + (options.stepSizeDown ?? stepSizeUp);
    this.#most = most;
    this.#momenta = low.map((base, i) => [base, high[i]!]);
    this.#momentum = momentum;
    if (scaleFn !== null) {
      this.#height = (cycle, step) => scaleFn(scaleMode === "cycle" ? cycle : step);
    } else if (mode === "triangular") this.#height = () => 1;
    else if (mode === "triangular2") this.#height = (cycle) => 1 / 2 ** (cycle - 1);
    else this.#height = (_, step) => gamma ** step;
    this.restart();
  }

  /** The rate of group i before the first step. */
  protected override firstLr(lr: number, i: number): number {
    return this.nextLr(lr, i);
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(_lr: number, i: number): number {
    const base = this.baseLrs[i]!;
    return base + (this.#most[i]! - base) * this.#share();
  }

  /** Changes the momentum of the groups. */
  protected override changeGroups(): void {
    if (this.#momentum === null) return;
    this.optimizer.paramGroups.forEach((group, i) => {
      const [base, most] = this.#momenta[i]!;
      setMomentum(group, this.#momentum!, most - (most - base) * this.#share());
    });
  }

  /** How high the rate is between its bounds: up and down once a cycle. */
  #share(): number {
    const cycle = Math.floor(1 + this.lastEpoch / this.#length);
    const x = 1 + this.lastEpoch / this.#length - cycle;
    const turn = this.#up / this.#length;
    const share = x <= turn ? x / turn : (x - 1) / (turn - 1);
    return share * this.#height(cycle, this.lastEpoch);
  }
}
