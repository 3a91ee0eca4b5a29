/**
 * What a factor does to the result, and how well that is known.
 *
 * @module
 */
import {
  compareLevels,
  type Factor,
  type Grid,
  gridOf,
  levelText,
  optionName,
  optionText,
} from "./factors.ts";
import type { Measured, Metric } from "./metric.ts";
import type { OptionValue } from "./trial.ts";
import { type Estimate, estimate, mean } from "./statistics.ts";

/** One level of a factor against another. */
export interface Contrast {
  /** The factor. */
  key: string;
  /** The level that is compared with. */
  low: OptionValue;
  /** The level that is compared. */
  high: OptionValue;
}

/** A difference between levels of one factor, or a difference of differences of two. */
export interface Effect {
  /** What is compared: one factor, or two of an interaction. */
  contrasts: readonly Contrast[];
  /** What differs. */
  metric: Metric;
  /** The difference. */
  estimate: Estimate;
}

/**
 * The main effect of every factor, level against level: the mean of the differences between two
 * trials that differ in that factor alone.
 *
 * Which differences are independent decides the interval. With 24 configurations and 3 seeds,
 * a factor of two levels has 36 differences, but not 36 independent ones: all trials of a seed start
 * from the same weights and see the samples in the same order, so what a seed happens to do to a
 * level in one configuration it may do in all. Only seeds are independent by construction. So the
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
export function mainEffects(
  factors: readonly Factor[],
  trials: readonly Measured[],
  metric: Metric,
): Effect[] {
  const grid = gridOf(factors, trials, metric);
  return factors.flatMap((_, i) => pairsOf(grid, i).map((pair) => effectOf(grid, metric, [pair])))
    .filter((effect) => effect !== undefined);
}

/**
 * How much the effect of one factor differs between levels of another, for each two factors:
 * (high, high) - (low, high) - (high, low) + (low, low), with the intervals of `mainEffects`.
 */
export function interactions(
  factors: readonly Factor[],
  trials: readonly Measured[],
  metric: Metric,
): Effect[] {
  const grid = gridOf(factors, trials, metric);
  const found = factors.flatMap((_, i) =>
    factors.flatMap((_, j) =>
      i >= j
        ? []
        : pairsOf(grid, i).flatMap((a) =>
          pairsOf(grid, j).map((b) => effectOf(grid, metric, [a, b]))
        )
    )
  );
  return found.filter((effect) => effect !== undefined);
}

/** The mean over all trials with a level of a factor, or over all trials there are. */
export interface LevelMean {
  /** `layers 3`, or `all trials`. */
  name: string;
  /** The mean; seeds are the independent values, so one seed has no interval. */
  estimate: Estimate;
}

/** The mean over all trials, and over each level of each factor that has several. */
export function levelMeans(
  factors: readonly Factor[],
  trials: readonly Measured[],
  metric: Metric,
): LevelMean[] {
  const of = (name: string, chosen: readonly Measured[]): LevelMean => {
    const { seeds, values } = gridOf(factors, chosen, metric);
    const means = seeds.map((_, s) =>
      mean(Array.from(values).filter((v, at) => at % seeds.length === s && !isNaN(v)))
    );
    return { name, estimate: estimate(means) };
  };
  const levels = factors.filter(({ levels }) => levels.length > 1).flatMap(({ key, levels }) =>
    levels.map((level) =>
      [optionText(key, level), trials.filter(({ options }) => options[key] === level)] as const
    )
  );
  return [of("all trials", trials)].concat(
    levels.filter(([_, chosen]) => chosen.length > 0).map(([name, chosen]) => of(name, chosen)),
  );
}

/** Two levels of a factor. */
interface Pair {
  /** Which factor. */
  index: number;
  /** Number of the lower level. */
  low: number;
  /** Number of the higher. */
  high: number;
}

function pairsOf({ factors }: Grid, index: number): Pair[] {
  const { levels } = factors[index]!;
  const numbers = [...levels.keys()].sort((a, b) => compareLevels(levels[a]!, levels[b]!));
  return numbers.flatMap((low, i) => numbers.slice(i + 1).map((high) => ({ index, low, high })));
}

/** Undefined where no configuration has all its partners with every seed. */
function effectOf(grid: Grid, metric: Metric, pairs: readonly Pair[]): Effect | undefined {
  const { factors, seeds, strides, values } = grid;
  const n = seeds.length;
  // The cells of a contrast, as distances from the one with level 0 of the factors compared.
  let terms: [offset: number, sign: number][] = [[0, 1]];
  for (const { index, low, high } of pairs) {
    const stride = strides[index]!;
    terms = terms.flatMap(([offset, sign]) => [
      [offset + high * stride, sign],
      [offset + low * stride, -sign],
    ]);
  }
  const blocks: number[][] = []; // [configuration][seed]
  for (let cell = 0; cell < values.length / n; cell++) {
    const isBase = pairs.every(({ index }) =>
      Math.floor(cell / strides[index]!) % factors[index]!.levels.length === 0
    );
    if (!isBase) continue;
    const block = seeds.map((_, s) =>
      terms.reduce((sum, [offset, sign]) => sum + sign * values[(cell + offset) * n + s]!, 0)
    );
    if (!block.some(isNaN)) blocks.push(block);
  }
  if (blocks.length === 0) return undefined;
  const independent = n > 1
    ? seeds.map((_, s) => mean(blocks.map((block) => block[s]!)))
    : blocks.map(([only]) => only!);
  const contrasts = pairs.map(({ index, low, high }) => {
    const { key, levels } = factors[index]!;
    return { key, low: levels[low]!, high: levels[high]! };
  });
  return { contrasts, metric, estimate: estimate(independent) };
}

/** What an interval supports: that the mean is not zero, and on which side. */
export type Verdict = "higher" | "lower" | "none" | "unknown";

/**
 * A mean is shown to differ from zero where its 95 % interval leaves zero out. Values that are all
 * the same leave no spread to judge by.
 */
export function verdict({ mean, half }: Estimate): Verdict {
  if (isNaN(half) || half <= 1e-9 * Math.abs(mean)) return "unknown";
  if (mean - half > 0) return "higher";
  return mean + half < 0 ? "lower" : "none";
}

/** Whether an effect is shown. */
export function isShown({ estimate }: Effect): boolean {
  return ["higher", "lower"].includes(verdict(estimate));
}

/** What is compared: `lr 0.1 instead of 0.01`, and of two factors `… × …`. */
export function effectName({ contrasts }: Pick<Effect, "contrasts">): string {
  return contrasts.map(({ key, low, high }) =>
    `${optionName(key)} ${levelText(high)} instead of ${levelText(low)}`
  ).join(" × ");
}

/**
 * An effect as a sentence: `lr 0.1 instead of 0.01 raises dev accuracy by 0.40 ± 0.10 points`. It
 * claims a difference only where the interval leaves zero out.
 */
export function effectSentence(effect: Effect): string {
  const { contrasts: [first, second], metric, estimate } = effect;
  const found = verdict(estimate);
  if (found === "none" || found === "unknown") {
    const [no, a] = second === undefined
      ? ["no difference", "a difference"]
      : ["no interaction", "an interaction"];
    return effectName(effect) +
      (found === "none" ? ` shows ${no}` : `: too few values to tell ${a}`) +
      ` in ${metric.name} (${differenceText(estimate, metric)})`;
  }
  const name = effectName({ contrasts: [first!] });
  const size = differenceText({ ...estimate, mean: Math.abs(estimate.mean) }, metric, false);
  if (second === undefined) {
    return `${name} ${found === "higher" ? "raises" : "lowers"} ${metric.name} by ${size}`;
  }
  const [high, low] = [second.high, second.low].map((level) => optionText(second.key, level));
  return `${name}: its effect on ${metric.name} is ${size} ${found} with ${high} than with ${low}`;
}

/** A difference and half its interval's width: `+0.04 ± 0.07 points`. */
export function differenceText(
  { mean, half }: Estimate,
  { digits, difference: { scale, unit } }: Metric,
  hasSign = true,
): string {
  const places = Math.max(0, digits - Math.round(Math.log10(scale)));
  const shown = hasSign ? signed(scale * mean, places) : (scale * mean).toFixed(places);
  return shown + (isNaN(half) ? "" : ` ± ${(scale * half).toFixed(places)}`) + unit;
}

/** A number with its sign; what rounds to zero has none. */
export function signed(x: number, digits: number): string {
  const text = Math.abs(x).toFixed(digits);
  if (Number(text) === 0) return text;
  return (x < 0 ? "-" : "+") + text;
}
