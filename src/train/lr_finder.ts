/**
 * Looking for a learning rate: a short training in which it rises, after which all is as it was.
 *
 * @module
 */
import type { DataLoader } from "../data/mod.ts";
import { checkOptions, type Kinds, numberThat, whole } from "../core/options.ts";
import { readFirst } from "../device/transfer.ts";
import { generator } from "../core/random.ts";
import { loadLearners, readLearners } from "./learners.ts";
import { lossOf } from "./metrics.ts";
import type { TrainerOptions } from "./trainer.ts";

/** Options of {@link Trainer.findLearningRate}. */
export interface FindLearningRateOptions {
  /** The lowest rate that is tried. Default: 1e-6. */
  from?: number;
  /** The highest. Default: 1. */
  to?: number;
  /** Steps from one to the other. Default: 100. */
  steps?: number;
}

const POSITIVE = numberThat("a number above 0", (value) => value > 0 && value < Infinity);
const OPTIONS: Kinds<FindLearningRateOptions> = { from: POSITIVE, to: POSITIVE, steps: whole(2) };

/** What {@link Trainer.findLearningRate} tells. */
export interface LearningRates {
  /** The rates that were tried, rising. */
  rates: number[];
  /** The loss at each, smoothed. */
  losses: number[];
  /** The rate at which the loss fell fastest; NaN where it never fell. */
  suggestion: number;
}

/** How much of the smoothed loss is kept. */
const SMOOTHING = 0.9;

/** A loss so many times the lowest is on its way up. */
const DIVERGED = 4;

/** Trains with rising rates. Model, optimizer and loader are afterwards as they were. */
export function findLearningRate<O>(
  { model, loss, optimizer }: TrainerOptions<O>,
  loader: DataLoader,
  options: FindLearningRateOptions,
): LearningRates {
  const { from = 1e-6, to = 1, steps = 100 } = checkOptions("findLearningRate", options, OPTIONS);
  if (from >= to) {
    throw new RangeError(`findLearningRate: from must be below to: they are ${from} and ${to}`);
  }
  const all = { model, optimizer };
  const before = readLearners(all);
  const own = generator();
  const [random, order] = [own.state, loader.stateDict()];
  const rates: number[] = [], losses: number[] = [];
  let mean = 0, lowest = Infinity;
  model.train();
  try {
    search: for (;;) {
      let any = false;
      for (const [x, y] of loader) {
        any = true;
        const rate = from * (to / from) ** (rates.length / (steps - 1));
        for (const group of optimizer.paramGroups) group.lr = rate;
        const value = lossOf("findLearningRate", loss, model.forward(x), y);
        optimizer.zeroGrad();
        value.backward();
        const now = Number(readFirst("findLearningRate", value, "search on the CPU"));
        mean = SMOOTHING * mean + (1 - SMOOTHING) * now;
        const smooth = mean / (1 - SMOOTHING ** (rates.length + 1));
        if (!(smooth < DIVERGED * lowest)) break search; // NaN too
        rates.push(rate);
        losses.push(smooth);
        lowest = Math.min(lowest, smooth);
        if (rates.length === steps) break search;
        optimizer.step();
      }
      if (!any) throw new RangeError("findLearningRate: the training set has no batch");
    }
  } finally {
    loadLearners(all, before);
    loader.loadStateDict(order);
    own.state = random;
  }
  return { rates, losses, suggestion: steepest(rates, losses) };
}

/** The rate at which the loss falls fastest, by the logarithm of the rate. */
function steepest(rates: readonly number[], losses: readonly number[]): number {
  let best = NaN, most = 0;
  for (let i = 1; i + 1 < rates.length; i++) {
    const fall = losses[i - 1]! - losses[i + 1]!;
    if (fall > most) [best, most] = [rates[i]!, fall];
  }
  return best;
}
