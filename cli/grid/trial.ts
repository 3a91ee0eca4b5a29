/**
 * One trial of a grid: what is trained, and what came of it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { EpochRecord } from "../../src/train/mod.ts";
import type { TrainOptions } from "../options.ts";

/** Everything that decides a trial's weights. */
export type TrialConfig = Pick<
  TrainOptions,
  | "layers"
  | "hidden"
  | "activation"
  | "lr"
  | "momentum"
  | "lrDecay"
  | "batchSize"
  | "epochs"
  | "seed"
>;

/** A trial that is over. Apart from `seconds`, the same configuration always gives the same. */
export interface TrialResult {
  /** The hash of the configuration; see `trialId`. */
  id: string;
  /** What was trained. */
  config: TrialConfig;
  /** One record an epoch. */
  epochs: EpochRecord[];
  /** The best dev accuracy. */
  bestAccuracy: number;
  /** The first epoch that reached it, counted from 0. */
  bestEpoch: number;
  /** SHA-256 of the final weights, in the order of the state dict. */
  weightHash: string;
  /** How long training and evaluation took. */
  seconds: number;
}

/** What is to be trained, under its name. */
export interface Trial {
  /** See `trialId`. */
  id: string;
  /** What is trained. */
  config: TrialConfig;
}

/** What decides a trial's bits beside its configuration: see `libraryId` and `dataId`. */
export interface Ground {
  /** The library. */
  library: string;
  /** The data set. */
  data: string;
}

/** The fields of a configuration in the order that they are hashed and told in. */
const FIELDS: readonly (keyof TrialConfig)[] = [
  "layers",
  "hidden",
  "activation",
  "lr",
  "momentum",
  "lrDecay",
  "batchSize",
  "epochs",
  "seed",
];

/** Names a trial by all that decides its result, so that it can be told apart on any machine. */
export function trialId(config: TrialConfig, { library, data }: Ground): string {
  return shortHash([library, data, ...FIELDS.map((field) => config[field])]);
}

/** The first 64 bits of the SHA-256 of a value's JSON, in hex. */
export function shortHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

/** A trial in a few words: `3 layers, relu, momentum off, decay 0.5, seed 1`. */
export function describeTrial(config: TrialConfig): string {
  const { layers, activation, momentum, lrDecay, seed } = config;
  return `${layers} layers, ${activation}, momentum ${momentum ?? "off"}, ` +
    `decay ${lrDecay ?? "off"}, seed ${seed}`;
}
