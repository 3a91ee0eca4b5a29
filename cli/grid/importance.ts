/** What mattered in a search: which options tell good configurations from bad ones. */
import { uniform } from "../intervals.ts";
import { html, type Markup, table } from "../report/html.ts";
import { cellsOf, compareLevels, type Factor, levelText, optionName } from "./factors.ts";
import type { Metric } from "./metric.ts";
import { mean } from "./statistics.ts";
import type { OptionValue, TrialResult } from "./trial.ts";

/** What of an option is told. */
export interface Importance {
  readonly key: string;
  /** Its values in groups, from low to high, each with the mean of its configurations. */
  readonly groups: readonly { readonly name: string; readonly mean: number; readonly n: number }[];
  /** How much of the spread between configurations the groups tell, from 0 to 1, less what chance would. */
  readonly share: number;
  /** How often a shuffle of the values tells as much. */
  readonly p: number;
}

/** Numbers that are more than so many are divided into as many groups. */
const GROUPS = 3;

/** Shuffles. */
const TIMES = 999;

/**
 * The options of a search, that which tells most first. Configurations were drawn, so that hardly two
 * differ in one option alone: what an option does is what its groups tell of the spread of all, whatever
 * the others are. A curve with its best in the middle counts as well as one that rises.
 */
export function importances(
  factors: readonly Factor[],
  results: readonly TrialResult[],
  metric: Metric,
): Importance[] {
  const cells = cellsOf(factors, results)
    .map(({ options, trials }) => ({ options, value: mean(trials.map(metric.of)) }))
    .filter(({ value }) => Number.isFinite(value));
  if (cells.length < 2 * GROUPS) return [];
  const values = cells.map(({ value }) => value);
  return factors.flatMap(({ key }): Importance[] => {
    const { names, of } = groupsOf(cells.map(({ options }) => options[key]!));
    if (names.length < 2) return [];
    const told = toldBy(of, values);
    let asMuch = 0, sum = 0;
    const shuffled = [...values];
    const random = uniform();
    for (let time = 0; time < TIMES; time++) {
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
      }
      const other = toldBy(of, shuffled);
      sum += other;
      if (other >= told - 1e-12) asMuch++;
    }
    const byChance = sum / TIMES;
    return [{
      key,
      share: Math.max(0, (told - byChance) / (1 - byChance || 1)),
      p: (asMuch + 1) / (TIMES + 1),
      groups: names.map((name, g) => {
        const own = values.filter((_, i) => of[i] === g);
        return { name, mean: mean(own), n: own.length };
      }),
    }];
  }).sort((a, b) => b.share - a.share || a.p - b.p);
}

/** The share of the squared deviations that lies between groups. */
function toldBy(of: readonly number[], values: readonly number[]): number {
  const all = mean(values);
  const total = values.reduce((sum, value) => sum + (value - all) ** 2, 0);
  if (total === 0) return 0;
  const sums = new Map<number, { sum: number; n: number }>();
  values.forEach((value, i) => {
    const group = sums.get(of[i]!) ?? { sum: 0, n: 0 };
    sums.set(of[i]!, { sum: group.sum + value, n: group.n + 1 });
  });
  let between = 0;
  for (const { sum, n } of sums.values()) between += n * (sum / n - all) ** 2;
  return between / total;
}

/** The group of each value: many numbers are divided into thirds, of others each is a group. */
function groupsOf(values: readonly OptionValue[]): { names: string[]; of: number[] } {
  const levels = [...new Set(values)].sort(compareLevels);
  if (levels.length <= 2 * GROUPS || !levels.every((level) => typeof level === "number")) {
    return { names: levels.map(levelText), of: values.map((value) => levels.indexOf(value)) };
  }
  const sorted = (values as number[]).toSorted((a, b) => a - b);
  const ends = Array.from(
    { length: GROUPS - 1 },
    (_, g) => sorted[Math.floor((g + 1) * sorted.length / GROUPS)]!,
  );
  const of = (values as number[]).map((value) => ends.filter((end) => value >= end).length);
  const names = Array.from({ length: GROUPS }, (_, g) => {
    const own = sorted.filter((value) => ends.filter((end) => value >= end).length === g);
    return own.length === 0 ? "" : `${own[0]} to ${own.at(-1)}`;
  });
  return { names, of };
}

/** `lr tells 61 % of the spread (p = 0.002): 0.9012 at 0.0001 to 0.0009, 0.9534 at …`. */
export function importanceLines(all: readonly Importance[], { digits }: Metric): string[] {
  return all.map(({ key, share, p, groups }) => {
    const means = groups.map((group) => `${group.mean.toFixed(digits)} at ${group.name}`).join(
      ", ",
    );
    return `${optionName(key)} tells ${(100 * share).toFixed(0)} % of the spread (p = ${
      p.toFixed(3)
    }): ${means}`;
  });
}

/** The same as a section of a report; nothing where too few configurations were looked at. */
export function importanceSection(
  all: readonly Importance[],
  { name, digits }: Metric,
  after: string,
): Markup {
  return html`
    <section>
      <h2>What mattered</h2>
      <p>How much of the spread between configurations${after} each option tells, and the mean ${name} of
        its values; p: how often a shuffle of the values tells as much.</p>
      ${table({
        caption: "Options, that which tells most first",
        head: ["option", "share of the spread", "p", `mean ${name}`],
        rows: all.map(({ key, share, p, groups }) => [
          optionName(key),
          `${(100 * share).toFixed(0)} %`,
          p.toFixed(3),
          groups.map((group) => `${group.name}: ${group.mean.toFixed(digits)}`).join("; "),
        ]),
      })}
    </section>
  `;
}
