import {
  atMost,
  check,
  checkOptions,
  type Kinds,
  notNegative,
  number,
  whole,
} from "../core/options.ts";
import { checkCount } from "./check.ts";
import { EpochLR } from "./epoch_lr.ts";
import type { AnyOptimizer } from "./scheduler.ts";

/** Options of {@link CosineAnnealingWarmRestarts}. */
export interface CosineAnnealingWarmRestartsOptions {
  /** What the number of epochs between restarts is multiplied by at each. Default: 1. */
  tMult?: number;
  /** The lowest rate. Default: 0. */
  etaMin?: number;
}

const OPTIONS: Kinds<CosineAnnealingWarmRestartsOptions> = { tMult: whole(1), etaMin: number };

/**
 * Lowers the learning rate along half a cosine wave and puts it back up at the end of each (Loshchilov
 * and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017). It counts calls of
 * `step()`, or is told where it is.
 *
 * @example
 * ```ts
 * import { lrScheduler, nn, optim } from "@glim/glim";
 * const sgd = new optim.SGD(new nn.Linear(2, 1).parameters(), { lr: 0.1 });
 * const schedule = new lrScheduler.CosineAnnealingWarmRestarts(sgd, 2);
 * const batches = 10;
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   for (let i = 0; i < batches; i++) schedule.step(epoch + i / batches); // after each batch
 * }
 * ```
 */
export class CosineAnnealingWarmRestarts extends EpochLR {
  /** Epochs until the first restart. */
  readonly t0: number;
  /** What they are multiplied by at each restart. */
  readonly tMult: number;
  /** The lowest rate. */
  readonly etaMin: number;

  /** RangeError unless `t0` is a whole number of at least 1. */
  constructor(
    optimizer: AnyOptimizer,
    t0: number,
    options: CosineAnnealingWarmRestartsOptions = {},
  ) {
    atMost(3, arguments.length, "CosineAnnealingWarmRestarts(optimizer, t0, { tMult, etaMin })");
    const { tMult = 1, etaMin = 0 } = checkOptions("CosineAnnealingWarmRestarts", options, OPTIONS);
    checkCount("CosineAnnealingWarmRestarts", "t0", t0);
    super(optimizer);
    this.t0 = t0;
    this.tMult = tMult;
    this.etaMin = etaMin;
    this.restart(); // at the base rate, whatever an earlier schedule has made of it
  }

  /**
   * One epoch on; or to an epoch that is told, such as 2.5 amid the third. RangeError where that is
   * below 0.
   */
  override step(epoch: number = this.lastEpoch + 1): void {
    check("CosineAnnealingWarmRestarts", "the epoch of step(epoch)", epoch, notNegative);
    this.lastEpoch = epoch;
    this.optimizer.paramGroups.forEach((group, i) => group.lr = this.nextLr(group.lr, i));
  }

  /** One epoch on, whatever the training loss is. */
  override stepWith(_metric: number): void {
    this.step();
  }

  /** The rate of group i after `lastEpoch` epochs. */
  protected override nextLr(_lr: number, i: number): number {
    let t = this.lastEpoch, length = this.t0;
    while (t >= length) {
      if (this.tMult === 1) t %= length;
      else {
        t -= length;
        length *= this.tMult;
      }
    }
    return this.etaMin +
      (this.baseLrs[i]! - this.etaMin) * (1 + Math.cos(Math.PI * t / length)) / 2;
  }
}
