/**
 * What a factor does to the result, and how well that is known.
 *
 * @module
 */
import {
  type Factor,
  type Grid,
  gridOf,
  type Level,
  levelText,
  type Measured,
  type Metric,
} from "./factors.ts";
import { type Estimate, estimate, mean } from "./statistics.ts";

/** A difference between levels of one factor, or a difference of differences of two. */
export interface Effect {
  /** `momentum`, `layers 5 against 2`, `momentum × LR decay`. */
  name: string;
  /** What is compared: one factor, or two of an interaction; each the higher level minus the lower. */
  parts: { factor: Factor; low: Level; high: Level }[];
  /** What differs. */
  metric: Metric;
  /** The difference. */
  estimate: Estimate;
  /** What the estimate's n independent values are. */
  unit: "seeds" | "configurations";
}

/**
 * The main effect of every factor, level against level: the mean of the differences between two
 * trials that differ in that factor alone.
 *
 * Which differences are independent decides the interval. With 24 configurations and 3 seeds,
 * momentum has 36 differences, but not 36 independent ones: all trials of a seed start from the
 * same weights and see the samples in the same order, so what a seed happens to do to momentum in
 * one configuration it may do in all. Only seeds are independent by construction. So the
 * differences of a seed are averaged over the configurations first, and Student's interval is
 * taken over these averages, with seeds - 1 degrees of freedom. This is the t test of a contrast
 * against its own interaction with the blocks, as in the analysis of repeated measurements; it
 * holds for unequal variances and for any correlation within a seed. The configurations are the
 * grid's, all of them: they are no sample, and how much they differ does not widen the interval.
 *
 * A single seed leaves only the differences themselves: then they are taken as independent, with
 * their number - 1 degrees of freedom. That an effect differs between configurations widens the
 * interval; that a seed may favour one level everywhere cannot be seen in it.
 */
export function mainEffects(trials: readonly Measured[], metric: Metric): Effect[] {
  const grid = gridOf(trials);
  return grid.factors.flatMap((_, i) =>
    steps(grid, i).map((step) => effectOf(grid, metric, [step]))
  )
    .filter((effect) => effect !== undefined);
}

/**
 * How much the effect of one factor differs between levels of another, for each two factors:
 * (high, high) - (low, high) - (high, low) + (low, low), with the intervals of `mainEffects`.
 */
export function interactions(trials: readonly Measured[], metric: Metric): Effect[] {
  const grid = gridOf(trials);
  const found: (Effect | undefined)[] = [];
  for (let i = 0; i < grid.factors.length; i++) {
    for (let j = i + 1; j < grid.factors.length; j++) {
      for (const a of steps(grid, i)) {
        for (const b of steps(grid, j)) found.push(effectOf(grid, metric, [a, b]));
      }
    }
  }
  return found.filter((effect) => effect !== undefined);
}

/** The mean over all trials with a level of a factor, or over all trials there are. */
export interface LevelMean {
  /** The factor; null for the whole grid. */
  factor: Factor | null;
  /** The level. */
  level: Level;
  /** The mean; seeds are the independent values, so one seed has no interval. */
  estimate: Estimate;
}

/** The mean over the grid, and over each level of each factor. */
export function levelMeans(trials: readonly Measured[], metric: Metric): LevelMean[] {
  const of = (factor: Factor | null, level: Level): LevelMean => {
    const chosen = trials.filter(({ config }) => factor === null || config[factor.key] === level);
    const { seeds, values } = gridOf(chosen);
    const means = seeds.map((_, s) =>
      mean(Array.from(values[metric]).filter((v, at) => at % seeds.length === s && !isNaN(v)))
    );
    return { factor, level, estimate: estimate(means) };
  };
  const { factors } = gridOf(trials);
  return [
    of(null, null),
    ...factors.flatMap((factor) => factor.levels.map((level) => of(factor, level))),
  ];
}

/** Two levels of a factor. */
interface Step {
  /** Which factor. */
  index: number;
  /** Number of the lower level. */
  low: number;
  /** Number of the higher. */
  high: number;
}

function steps({ factors }: Grid, index: number): Step[] {
  const n = factors[index]!.levels.length;
  const found: Step[] = [];
  for (let low = 0; low < n; low++) {
    for (let high = low + 1; high < n; high++) found.push({ index, low, high });
  }
  return found;
}

/** Undefined where no configuration has all its partners with every seed. */
function effectOf(grid: Grid, metric: Metric, steps: readonly Step[]): Effect | undefined {
  const values = grid.values[metric];
  const n = grid.seeds.length;
  // The cells of a contrast, as distances from the one with level 0 of the factors compared.
  let terms: [offset: number, sign: number][] = [[0, 1]];
  for (const { index, low, high } of steps) {
    const stride = grid.strides[index]!;
    terms = terms.flatMap(([offset, sign]) => [
      [offset + high * stride, sign],
      [offset + low * stride, -sign],
    ]);
  }
  const blocks: number[][] = []; // [configuration][seed]
  for (let cell = 0; cell < values.length / n; cell++) {
    const isBase = steps.every(({ index }) => levelNumber(grid, cell, index) === 0);
    if (!isBase) continue;
    const block = grid.seeds.map((_, s) =>
      terms.reduce((sum, [offset, sign]) => sum + sign * values[(cell + offset) * n + s]!, 0)
    );
    if (!block.some(isNaN)) blocks.push(block);
  }
  if (blocks.length === 0) return undefined;
  const unit = n > 1 ? "seeds" : "configurations";
  const units = n > 1
    ? grid.seeds.map((_, s) => mean(blocks.map((block) => block[s]!)))
    : blocks.map(([only]) => only!);
  const parts = steps.map(({ index, low, high }) => {
    const factor = grid.factors[index]!;
    return { factor, low: factor.levels[low]!, high: factor.levels[high]! };
  });
  return {
    name: parts.map(partName).join(" × "),
    parts,
    metric,
    estimate: estimate(units),
    unit,
  };
}

function levelNumber({ factors, strides }: Grid, cell: number, index: number): number {
  return Math.floor(cell / strides[index]!) % factors[index]!.levels.length;
}

/** On against off needs no more than the factor's name. */
function partName({ factor, low, high }: Effect["parts"][number]): string {
  if (low === null && factor.levels.length === 2) return factor.name;
  const name = factor.key === "activation" ? "" : `${factor.name} `;
  return `${name}${levelText(high)} against ${levelText(low)}`;
}

/** What an interval supports: that the mean is not zero, and on which side. */
export type Verdict = "higher" | "lower" | "none" | "unknown";

/**
 * A mean is shown to differ from zero where its 95 % interval leaves zero out. Values that are all
 * the same, as two or three whole epochs easily are, have no spread to judge by.
 */
export function verdict({ mean, half }: Estimate): Verdict {
  if (isNaN(half) || half < 1e-9) return "unknown";
  if (mean - half > 0) return "higher";
  return mean + half < 0 ? "lower" : "none";
}

/** What the data say of an effect, after its name: `no difference shown`. */
export function verdictText({ estimate, metric, parts }: Effect): string {
  const found = verdict(estimate);
  if (found === "unknown") return "too few values to tell";
  if (parts.length > 1) return found === "none" ? "no interaction shown" : "the effects differ";
  if (found === "none") return "no difference shown";
  return metric === "accuracy" ? found : found === "higher" ? "later" : "earlier";
}

/** An effect in a line: `momentum: +0.0004 [-0.0003, +0.0011]: no difference shown`. */
export function effectSentence(effect: Effect): string {
  return `${effect.name}: ${intervalText(effect.estimate, effect.metric)}: ${verdictText(effect)}`;
}

/** A difference and its interval: `+0.0004 [-0.0003, +0.0011]`. */
export function intervalText({ mean, half }: Estimate, metric: Metric): string {
  const show = (x: number) => signed(x, digitsOf(metric));
  return isNaN(half) ? show(mean) : `${show(mean)} [${show(mean - half)}, ${show(mean + half)}]`;
}

/** Decimals that a metric is shown with. */
export function digitsOf(metric: Metric): number {
  return metric === "accuracy" ? 4 : 2;
}

/** A number with its sign; what rounds to zero has none. */
export function signed(x: number, digits: number): string {
  const text = Math.abs(x).toFixed(digits);
  if (Number(text) === 0) return text;
  return (x < 0 ? "-" : "+") + text;
}
