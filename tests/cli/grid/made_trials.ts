/** Made-up results of grids: what the statistics are tested on. */
import type { EpochRecord } from "../../../src/train/mod.ts";
import type { TrialConfig, TrialResult } from "../../../cli/grid/trial.ts";
import { unit } from "../../prng.ts";

/** The report's 24 configurations for some seeds, seed after seed. */
export function reportConfigs(seeds: number): TrialConfig[] {
  const common = { hidden: 100, lr: 0.01, batchSize: 1, epochs: 10 };
  const configs: TrialConfig[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    for (const layers of [2, 3, 5]) {
      for (const lrDecay of [0.5, null]) {
        for (const momentum of [0.9, null]) {
          for (const activation of ["tanh", "relu"] as const) {
            configs.push({ ...common, layers, lrDecay, momentum, activation, seed });
          }
        }
      }
    }
  }
  return configs;
}

/** A trial whose dev accuracy rises until the best epoch and then falls a little. */
export function madeTrial(config: TrialConfig, bestAccuracy: number, bestEpoch = 7): TrialResult {
  const epochs = Array.from({ length: config.epochs }, (_, epoch): EpochRecord => ({
    epoch,
    trainLoss: 0.3 / (epoch + 1),
    trainAccuracy: 1 - 0.1 / (epoch + 1),
    devLoss: 0.1 + 0.1 / (epoch + 1),
    devAccuracy: bestAccuracy - 0.002 * Math.abs(epoch - bestEpoch),
    learningRate: config.lr,
    seconds: 1,
  }));
  const { layers, seed } = config;
  return {
    id: `${layers}-${config.lrDecay}-${config.momentum}-${config.activation}-${seed}`,
    config,
    epochs,
    bestAccuracy,
    bestEpoch,
    weightHash: "ab".repeat(32),
    seconds: 10,
  };
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
