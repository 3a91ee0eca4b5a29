/**
 * A grid's results as an array: factors × seeds.
 *
 * @module
 */
import type { TrialConfig, TrialResult } from "./trial.ts";

/** What may be varied in a grid; the seed only repeats. */
export type FactorKey = Exclude<keyof TrialConfig, "seed">;

/** A value of a factor; null is "off". */
export type Level = number | string | null;

/** Something that is varied, and its values from low to high: off, numbers, words. */
export interface Factor {
  /** Its name in a configuration. */
  key: FactorKey;
  /** Its name in a sentence. */
  name: string;
  /** Its values. */
  levels: readonly Level[];
}

/** What a trial is judged by. */
export type Metric = "accuracy" | "epoch";

/** The part of a trial's result that is compared. */
export type Measured = Pick<TrialResult, "config" | "bestAccuracy" | "bestEpoch">;

/** All factors in the order of tables, with their names. */
const NAMES: readonly [FactorKey, string][] = [
  ["layers", "layers"],
  ["hidden", "hidden"],
  ["lr", "learning rate"],
  ["lrDecay", "LR decay"],
  ["momentum", "momentum"],
  ["activation", "activation"],
  ["batchSize", "batch size"],
  ["epochs", "epochs"],
];

/** The factors with more than one value among these trials. */
export function factorsOf(trials: readonly Measured[]): Factor[] {
  return NAMES.map(([key, name]) => ({
    key,
    name,
    levels: [...new Set<Level>(trials.map(({ config }) => config[key]))].sort(compareLevels),
  })).filter(({ levels }) => levels.length > 1);
}

/** The seeds among these trials, from low to high. */
export function seedsOf(trials: readonly Measured[]): number[] {
  return [...new Set(trials.map(({ config }) => config.seed))].sort((a, b) => a - b);
}

/** A level in a table: `off`, `0.5`, `tanh`, `ReLU`. */
export function levelText(level: Level): string {
  if (level === null) return "off";
  return level === "relu" ? "ReLU" : String(level);
}

/** The name of a factor, of one that is not varied too. */
export function factorName(key: FactorKey): string {
  return NAMES.find(([other]) => other === key)![1];
}

function compareLevels(a: Level, b: Level): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

/** The trials of one configuration, which differ in their seeds. */
export interface Cell<T extends Measured = TrialResult> {
  /** The configuration; the seed in it is the first trial's. */
  config: TrialConfig;
  /** From the lowest seed to the highest. */
  trials: T[];
}

/**
 * Trials by configuration, in the order of the factors' levels. The order in which trials were
 * finished has no influence on what is computed from it, down to the last bit.
 */
export function cellsOf<T extends Measured>(trials: readonly T[]): Cell<T>[] {
  const sorted = [...trials].sort((a, b) => {
    for (const [key] of NAMES) {
      const order = cellOrder(key, a.config[key], b.config[key]);
      if (order !== 0) return order;
    }
    return a.config.seed - b.config.seed;
  });
  const cells: Cell<T>[] = [];
  for (const trial of sorted) {
    const cell = cells.at(-1);
    const isSame = cell && NAMES.every(([key]) => cell.config[key] === trial.config[key]);
    if (isSame) cell.trials.push(trial);
    else cells.push({ config: trial.config, trials: [trial] });
  }
  return cells;
}

/** As the paper's table has them: layers up, but "on" before "off" and tanh before ReLU. */
function cellOrder(key: FactorKey, a: Level, b: Level): number {
  const isWord = key === "lrDecay" || key === "momentum" || key === "activation";
  return compareLevels(a, b) * (isWord ? -1 : 1);
}

/** Results as an array. */
export interface Grid {
  /** The dimensions. */
  factors: Factor[];
  /** The last dimension. */
  seeds: number[];
  /** How far apart two neighbours along each factor are, in cells. */
  strides: number[];
  /** Values [cells, seeds] of a metric; NaN where there is no trial. */
  values: Record<Metric, Float64Array>;
}

/** Lays trials out as an array. */
export function gridOf(trials: readonly Measured[]): Grid {
  const factors = factorsOf(trials);
  const seeds = seedsOf(trials);
  const strides: number[] = [];
  let cells = 1;
  for (const { levels } of factors) {
    strides.push(cells);
    cells *= levels.length;
  }
  const accuracy = new Float64Array(cells * seeds.length).fill(NaN);
  const epoch = accuracy.slice();
  for (const { config, bestAccuracy, bestEpoch } of trials) {
    let cell = 0;
    factors.forEach(({ key, levels }, i) => cell += levels.indexOf(config[key]) * strides[i]!);
    const at = cell * seeds.length + seeds.indexOf(config.seed);
    accuracy[at] = bestAccuracy;
    epoch[at] = bestEpoch;
  }
  return { factors, seeds, strides, values: { accuracy, epoch } };
}
