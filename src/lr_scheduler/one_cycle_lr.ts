import { atMost, checkOptions, flag, type Kinds, number, oneOf, whole } from "../core/options.ts";
import { eachGroup, momentumOf, NUMBERS, setMomentum } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import { type AnyOptimizer, checkOptimizer } from "./scheduler.ts";

/** Options of {@link OneCycleLR}. */
export interface OneCycleLROptions {
  /** Steps of the whole cycle. Either this, or both of the next two. */
  totalSteps?: number;
  /** Epochs of the whole cycle. */
  epochs?: number;
  /** Steps of an epoch. */
  stepsPerEpoch?: number;
  /** The fraction of the cycle in which the rate rises. Default: 0.3. */
  pctStart?: number;
  /** The curve of each phase. Default: `"cos"`. */
  annealStrategy?: "cos" | "linear";
  /** Whether momentum (of Adam: β₁) falls while the rate rises, and rises again. Default: true. */
  cycleMomentum?: boolean;
  /** The lowest momentum, one or one a group. Default: 0.85. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum, one or one a group. Default: 0.95. */
  maxMomentum?: number | readonly number[];
  /** The first rate is maxLr / divFactor. Default: 25. */
  divFactor?: number;
  /** The last rate is the first / finalDivFactor. Default: 10,000. */
  finalDivFactor?: number;
  /** Fall back to the first rate as slowly as it rose, then to the last. Default: false. */
  threePhase?: boolean;
}

const OPTIONS: Kinds<OneCycleLROptions> = {
  totalSteps: whole(1),
  epochs: whole(1),
  stepsPerEpoch: whole(1),
  pctStart: number,
  annealStrategy: oneOf("cos", "linear"),
  cycleMomentum: flag,
  baseMomentum: NUMBERS,
  maxMomentum: NUMBERS,
  divFactor: number,
  finalDivFactor: number,
  threePhase: flag,
};

/** From one pair of values to another, until a step. */
interface Phase {
  end: number;
  lr: readonly [from: number, to: number][];
  momentum: readonly [from: number, to: number][];
}

/**
 * Raises the learning rate to a maximum and lowers it to almost nothing, while the momentum goes the
 * other way (Smith and Topin, "Super-convergence: very fast training of neural networks using large
 * learning rates", 2018), with PyTorch's two phases. It is made for a `step()` after each batch.
 *
 * ```text
 * maxLr                ╭─╮
 *                    ╭─╯  ╰──╮
 * maxLr / divFactor ─╯        ╰──╮
 *                                 ╰──── / finalDivFactor
 *                   0    pctStart      totalSteps − 1
 * ```
 */
export class OneCycleLR extends EpochLR {
  /** Steps of the whole cycle. */
  readonly totalSteps: number;
  readonly #phases: readonly Phase[];
  readonly #curve: (from: number, to: number, fraction: number) => number;
  readonly #momentum: "betas" | "momentum" | null;

  /**
   * A schedule from the first step on.
   *
   * RangeError where an option is out of its range, or where momentum is to be cycled and a group has
   * none.
   *
   * @param maxLr The highest rate, one or one a group. The groups' own rates do not count.
   */
  constructor(
    optimizer: AnyOptimizer,
    maxLr: number | readonly number[],
    options: OneCycleLROptions = {},
  ) {
    atMost(3, arguments.length, "OneCycleLR(optimizer, maxLr, options)");
    checkOptions("OneCycleLR", options, OPTIONS);
    checkOptimizer("OneCycleLR", optimizer);
    const { pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true } = options;
    const { divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
    const n = optimizer.paramGroups.length;
    const highest = eachGroup("OneCycleLR", "maxLr", maxLr, n);
    const low = eachGroup("OneCycleLR", "baseMomentum", options.baseMomentum ?? 0.85, n);
    const high = eachGroup("OneCycleLR", "maxMomentum", options.maxMomentum ?? 0.95, n);
    if (!(pctStart >= 0 && pctStart <= 1)) {
      throw new RangeError(`OneCycleLR: pctStart must be from 0 to 1: it is ${pctStart}`);
    }
    const totalSteps = total(options);
    const momentum = cycleMomentum ? momentumOf("OneCycleLR", optimizer) : null;
    optimizer.paramGroups.forEach((group, i) => group.initialLr = highest[i]! / divFactor);
    super(optimizer);
    this.totalSteps = totalSteps;
    this.#momentum = momentum;
    this.#curve = annealStrategy === "cos" ? cosine : linear;

    const first = highest.map((lr) => lr / divFactor);
    const last = first.map((lr) => lr / finalDivFactor);
    const up = { lr: pairs(first, highest), momentum: pairs(high, low) };
    const rise = pctStart * totalSteps;
    const end = totalSteps - 1;
    this.#phases = threePhase
      ? [
        { end: rise - 1, ...up },
        { end: 2 * rise - 2, lr: pairs(highest, first), momentum: pairs(low, high) },
        { end, lr: pairs(first, last), momentum: pairs(high, high) },
      ]
      : [
        { end: rise - 1, ...up },
        { end, lr: pairs(highest, last), momentum: pairs(low, high) },
      ];
    this.restart();
  }

  /** Called after each of `totalSteps` steps. RangeError after one more. */
  override step(): void {
    if (this.lastEpoch >= this.totalSteps) {
      throw new RangeError(
        `OneCycleLR: at most ${this.totalSteps} steps can be taken: this is step ` +
          (this.lastEpoch + 1),
      );
    }
    super.step();
  }

  /** The rate of group i before the first step. */
  protected override firstLr(_lr: number, i: number): number {
    return this.#value("lr", i);
  }

  /** The rate of group i after `lastEpoch` steps, at least 1. */
  protected override nextLr(_lr: number, i: number): number {
    return this.#value("lr", i);
  }

  /** Changes the momentum of the groups. */
  protected override changeGroups(): void {
    const name = this.#momentum;
    if (name === null) return;
    this.optimizer.paramGroups.forEach((group, i) => {
      setMomentum(group, name, this.#value("momentum", i));
    });
  }

  #value(what: "lr" | "momentum", i: number): number {
    let begin = 0;
    const last = this.#phases.length - 1;
    for (let k = 0; k < last; k++) {
      const { end } = this.#phases[k]!;
      if (this.lastEpoch <= end) return this.#within(this.#phases[k]!, begin, what, i);
      begin = end;
    }
    return this.#within(this.#phases[last]!, begin, what, i);
  }

  #within(phase: Phase, begin: number, what: "lr" | "momentum", i: number): number {
    const [from, to] = phase[what][i]!;
    const width = phase.end - begin;
    return width === 0 ? to : this.#curve(from, to, (this.lastEpoch - begin) / width);
  }
}

function total({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (totalSteps !== undefined) return totalSteps;
  if (epochs === undefined || stepsPerEpoch === undefined) {
    throw new RangeError(
      `OneCycleLR: totalSteps is needed, or epochs and stepsPerEpoch: they are ${totalSteps}, ` +
        `${epochs} and ${stepsPerEpoch}`,
    );
  }
  return epochs * stepsPerEpoch;
}

function pairs(from: readonly number[], to: readonly number[]): [from: number, to: number][] {
  return from.map((value, i) => [value, to[i]!]);
}

function cosine(from: number, to: number, fraction: number): number {
  return to + (from - to) / 2 * (Math.cos(Math.PI * fraction) + 1);
}

function linear(from: number, to: number, fraction: number): number {
  return (to - from) * fraction + from;
}
