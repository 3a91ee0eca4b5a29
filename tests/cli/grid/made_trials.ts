/** Made-up results of grids: what the statistics are tested on. */
import type { Factor } from "../../../cli/grid/factors.ts";
import { devMetric, type Metric } from "../../../cli/grid/metric.ts";
import type { Findings } from "../../../cli/grid/findings.ts";
import { PAPER } from "../../../cli/grid/paper.ts";
import type { Trial, TrialResult } from "../../../cli/grid/trial.ts";
import type { EpochRecord } from "../../../src/train/mod.ts";
import { unit } from "../../prng.ts";

/** What trials are judged by here. */
export const ACCURACY: Metric = devMetric("accuracy");

/** The factors of the paper's grid. */
export const PAPER_FACTORS: readonly Factor[] = [
  { key: "layers", levels: [2, 3, 5] },
  { key: "lrDecay", levels: [0.5, null] },
  { key: "momentum", levels: [0.9, null] },
  { key: "activation", levels: ["tanh", "relu"] },
];

/** What made trials are of. */
export type MadeTrial = Pick<Trial, "options" | "seed">;

/** The paper's 24 configurations for some seeds, seed after seed. */
export function paperTrials(seeds: number): MadeTrial[] {
  const common = { hidden: 100, lr: 0.01, batchSize: 1, epochs: 10 };
  const trials: MadeTrial[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    for (const layers of [2, 3, 5]) {
      for (const lrDecay of [0.5, null]) {
        for (const momentum of [0.9, null]) {
          for (const activation of ["tanh", "relu"]) {
            const options = { ...common, layers, lrDecay, momentum, activation };
            trials.push({ options, seed });
          }
        }
      }
    }
  }
  return trials;
}

/** A trial whose dev accuracy rises until the best epoch and then falls a little. */
export function madeTrial(
  { options, seed }: MadeTrial,
  accuracy: number,
  bestEpoch = 7,
): TrialResult {
  const epochs = Array.from({ length: Number(options.epochs) }, (_, epoch): EpochRecord => ({
    epoch,
    trainLoss: 0.3 / (epoch + 1),
    trainAccuracy: 1 - 0.1 / (epoch + 1),
    devLoss: 0.1 + 0.1 / (epoch + 1),
    devAccuracy: accuracy - 0.002 * Math.abs(epoch - bestEpoch),
    learningRate: 0.01,
    seconds: 1,
  }));
  const { layers, lrDecay, momentum, activation } = options;
  return {
    id: `${layers}-${lrDecay}-${momentum}-${activation}-${seed}`,
    options,
    seed,
    dev: { accuracy, loss: 0.1 },
    bestEpoch,
    epochs,
    weightHash: "ab".repeat(32),
    seconds: 10,
  };
}

/** Results of the paper's grid, beside the paper's. */
export function paperFindings(results: readonly TrialResult[]): Findings {
  return { results, factors: PAPER_FACTORS, metric: ACCURACY, reference: PAPER };
}

/** Independent draws from the standard normal distribution (Box and Muller), counted from 0. */
export function normals(seed: number): () => number {
  let i = 0;
  return () => {
    const [u, v] = [unit(seed, i), unit(seed, i + 1)];
    i += 2;
    return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
  };
}
