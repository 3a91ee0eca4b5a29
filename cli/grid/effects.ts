/** What a factor does to the result, and how well that is known. */
import {
  cellIndex,
  cellsOf,
  compareLevels,
  type Factor,
  levelText,
  optionName,
  optionText,
  seedsOf,
} from "./factors.ts";
import type { Measured, Metric } from "./metric.ts";
import type { Options, OptionValue } from "./trial.ts";
import { type Estimate, estimate, mean } from "./statistics.ts";

/** One level of a factor against another. */
export interface Contrast {
  key: string;
  low: OptionValue;
  high: OptionValue;
}

/** A difference between levels of one factor, or a difference of differences of two. */
export interface Effect {
  /** What is compared: one factor, or two of an interaction. */
  contrasts: readonly Contrast[];
  metric: Metric;
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
  return effectsOf(factors, trials, metric, factors.flatMap(contrastsOf).map((one) => [one]));
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
  const pairs = factors.flatMap((factor, i) =>
    contrastsOf(factor).flatMap((a) => factors.slice(i + 1).flatMap(contrastsOf).map((b) => [a, b]))
  );
  return effectsOf(factors, trials, metric, pairs);
}

/** Each two levels of a factor. */
function contrastsOf({ key, levels, isDrawn }: Factor): Contrast[] {
  if (isDrawn) return [];
  const sorted = levels.toSorted(compareLevels);
  return sorted.flatMap((low, i) => sorted.slice(i + 1).map((high) => ({ key, low, high })));
}

/** Without those of which no configuration has all its partners with every seed. */
function effectsOf(
  factors: readonly Factor[],
  trials: readonly Measured[],
  metric: Metric,
  all: readonly (readonly Contrast[])[],
): Effect[] {
  const seeds = seedsOf(trials);
  const cells = cellsOf(factors, trials).filter(({ trials }) => trials.length === seeds.length);
  const values = new Map(
    cells.map(({ options, trials }) => [cellIndex(factors, options), trials.map(metric.of)]),
  );
  return all.flatMap((contrasts) => {
    const blocks: number[][] = []; // [configuration][seed]
    for (const { options } of cells) {
      if (contrasts.some(({ key, low }) => options[key] !== low)) continue;
      const corners = cornersOf(options, contrasts).map(([corner, sign]) =>
        [values.get(cellIndex(factors, corner)), sign] as const
      );
      if (corners.some(([found]) => found === undefined)) continue;
      blocks.push(
        seeds.map((_, s) => corners.reduce((sum, [found, sign]) => sum + sign * found![s]!, 0)),
      );
    }
    if (blocks.length === 0) return [];
    const independent = seeds.length > 1
      ? seeds.map((_, s) => mean(blocks.map((block) => block[s]!)))
      : blocks.map(([only]) => only!);
    return [{ contrasts, metric, estimate: estimate(independent) }];
  });
}

/** The configurations that make a contrast of one, each with its sign in the difference. */
function cornersOf(
  options: Options,
  contrasts: readonly Contrast[],
): (readonly [corner: Options, sign: number])[] {
  return contrasts.reduce<(readonly [Options, number])[]>(
    (corners, { key, low, high }) =>
      corners.flatMap(([corner, sign]) =>
        [[{ ...corner, [key]: high }, sign], [{ ...corner, [key]: low }, -sign]] as const
      ),
    [[options, 1]],
  );
}

/**
 * The mean over all trials, and over each level of each factor that has several: `layers 3`. Seeds are
 * the independent values, so one seed has no interval.
 */
export function levelMeans(
  factors: readonly Factor[],
  trials: readonly Measured[],
  metric: Metric,
): { name: string; estimate: Estimate }[] {
  const of = (name: string, chosen: readonly Measured[]) => {
    const ordered = cellsOf(factors, chosen).flatMap(({ trials }) => trials);
    const means = seedsOf(chosen).map((seed) =>
      mean(ordered.filter((trial) => trial.seed === seed).map(metric.of).filter((v) => !isNaN(v)))
    );
    return { name, estimate: estimate(means) };
  };
  const levels = factors.filter(({ levels, isDrawn }) => levels.length > 1 && !isDrawn).flatMap((
    { key, levels },
  ) =>
    levels.map((level) =>
      [optionText(key, level), trials.filter(({ options }) => options[key] === level)] as const
    )
  );
  return [of("all trials", trials)].concat(
    levels.filter(([_, chosen]) => chosen.length > 0).map(([name, chosen]) => of(name, chosen)),
  );
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
