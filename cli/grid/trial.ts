/**
 * One trial of a grid: what is trained, and what came of it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { train } from "@glim/glim";
import type { Provenance } from "./provenance.ts";

/** A value of an option of an experiment; null is "off". */
export type OptionValue = number | string | boolean | null;

/** An experiment's options by their names. */
export type Options = Readonly<Record<string, OptionValue>>;

/** What is to be trained. */
export interface Trial {
  /** See `trialId`. */
  id: string;
  /** What tells it from the others of its grid: `layers 3, momentum off, seed 1`. */
  name: string;
  /** All options of the experiment. */
  options: Options;
  /** Where all random numbers begin. */
  seed: number;
}

/** A trial that is over. Apart from `seconds`, the same trial always gives the same. */
export interface TrialResult extends Omit<Trial, "name"> {
  /** What the weights of the best epoch are worth on the dev set, by the names of the metrics. */
  dev: Readonly<Record<string, number>>;
  /** The best epoch, the first of equals, counted from 0. */
  bestEpoch: number;
  /** One record an epoch. */
  epochs: train.EpochRecord[];
  /** SHA-256 of the final weights, in the order of the state dict. */
  weightHash: string;
  /** How long training and evaluation took. */
  seconds: number;
}

/** Names a trial by all that decides its result, so that it can be told apart on any machine. */
export function trialId(options: Options, seed: number, origin: Provenance): string {
  const { experiment, library, data } = origin;
  return shortHash([experiment, library, data, sortedEntries(options), seed]);
}

/** The first 64 bits of the SHA-256 of a value's JSON, in hex. */
export function shortHash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

/** An object's entries in the order of their keys, so that the order they were written in is none. */
export function sortedEntries<T>(object: Readonly<Record<string, T>>): [key: string, value: T][] {
  return Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1);
}
