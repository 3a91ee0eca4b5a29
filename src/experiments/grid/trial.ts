/**
 * One trial of a grid: what is trained, and what came of it.
 *
 * @module
 */
import type { EpochRecord } from "../../train/mod.ts";
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
