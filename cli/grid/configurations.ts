/**
 * Which trials a grid has.
 *
 * @module
 */
import { type Ground, shortHash, type Trial, type TrialConfig, trialId } from "./trial.ts";

/** A grid: every combination of the lists, each with seeds 0 to `seeds` - 1. */
export interface GridSpec extends Ground {
  /** Numbers of linear layers. */
  layers: number[];
  /** Factors of the learning rate's decay; null is off. */
  lrDecay: (number | null)[];
  /** β of the momentum; null is off. */
  momentum: (number | null)[];
  /** Activations. */
  activation: TrialConfig["activation"][];
  /** Width of each layer but the last. */
  hidden: number;
  /** Learning rate of the first epoch. */
  lr: number;
  /** Samples a step. */
  batchSize: number;
  /** Passes over the training set. */
  epochs: number;
  /** Repeats of each configuration. */
  seeds: number;
}

/** A grid's name, the same wherever the same results are to come out. */
export function gridId(spec: GridSpec): string {
  return shortHash(Object.entries(spec).sort(([a], [b]) => a < b ? -1 : 1));
}

/**
 * All trials: seed by seed, so that a grid that is stopped has whole tables for its first seeds, and
 * within a seed in the order of the paper's table.
 */
export function gridTrials(spec: GridSpec): Trial[] {
  const { hidden, lr, batchSize, epochs } = spec;
  const trials: Trial[] = [];
  for (let seed = 0; seed < spec.seeds; seed++) {
    for (const layers of spec.layers) {
      for (const lrDecay of spec.lrDecay) {
        for (const momentum of spec.momentum) {
          for (const activation of spec.activation) {
            const config: TrialConfig = {
              layers,
              hidden,
              activation,
              lr,
              momentum,
              lrDecay,
              batchSize,
              epochs,
              seed,
            };
            trials.push({ id: trialId(config, spec), config });
          }
        }
      }
    }
  }
  return trials;
}

/** How two grids differ, a line a difference: `epochs: 10 there, 2 here`. */
export function gridDifferences(there: GridSpec, here: GridSpec): string[] {
  const keys = Object.keys(here) as (keyof GridSpec)[];
  return keys.map((key) => [key, list(there[key]), list(here[key])] as const)
    .filter(([_, a, b]) => a !== b)
    .map(([key, a, b]) => `${key}: ${a} there, ${b} here`);
}

function list(value: unknown): string {
  const values = Array.isArray(value) ? value : [value];
  return values.map((v) => v === null ? "off" : String(v)).join(" ");
}
