/**
 * The messages between the page and its two workers.
 *
 * ```
 * page ── ToTrainer ──▶ trainer     learns: owns data, network and optimizer
 *      ◀─ FromTrainer ─
 * page ── ToReader ───▶ reader      answers what a drawing is, while the other learns
 *      ◀─ FromReader ──
 * ```
 *
 * @module
 */
import type { KernelBuild, train } from "@glim/glim";
import type { RunConfig } from "./run_config.ts";

/** What both workers are started with. `kernels` is undefined where the engine shall decide. */
export interface Open {
  type: "open";
  kernels: KernelBuild | undefined;
}

/** From the page to the worker that learns. */
export type ToTrainer =
  | Open & { dataUrl: string; config: RunConfig }
  /** Drops the run and begins another, or the same again. */
  | { type: "reset"; config: RunConfig }
  /** Goes on, for some steps or until `pause`. */
  | { type: "run"; steps?: number }
  | { type: "pause" }
  /** From the next step on. */
  | { type: "rates"; lr: number; momentum: number }
  /** Asks for a file. */
  | { type: "save"; what: "weights" | "checkpoint" }
  /** Goes on from a file of weights or from a checkpoint; `config` is the `config.json` beside it. */
  | { type: "load"; file: { name: string; bytes: ArrayBuffer }; config?: string | undefined }
  /** Learns from other images from now on: IDX files, gzipped or not. */
  | { type: "data"; files: { name: string; bytes: ArrayBuffer }[] }
  /** Asks for an image of the dev set. */
  | { type: "sample" }
  /** Brings the run back that was kept. */
  | { type: "undo" };

/** What a run is doing. */
export type RunState = "waiting" | "ready" | "running" | "paused";

/** How far a run is. */
export interface Progress {
  /** Counted from 0; with its part that is done, 2.25 is a quarter into the third. */
  epoch: number;
  /** Steps since the beginning. */
  steps: number;
  /** Mean loss of the samples since the last message. */
  loss: number;
  samplesPerSecond: number;
}

/** A wrong answer to an image of the dev set. */
export interface Mistake {
  /** 28 × 28 bytes. */
  image: Uint8Array;
  label: number;
  guess: number;
  /** How sure the network was of its guess, 0 to 1. */
  confidence: number;
}

/** How the network does on the dev set, or on its first images. */
export interface Report {
  steps: number;
  images: number;
  loss: number;
  accuracy: number;
  /** [label][guess], row by row: 100 counts. */
  confusion: number[];
  /** The worst first. */
  mistakes: Mistake[];
}

/** Pictures of one size, one after another. */
export interface Pictures {
  name: string;
  count: number;
  rows: number;
  columns: number;
  data: Float32Array<ArrayBuffer>;
}

/** An epoch that is over, and how many images it had. */
export type EpochRow = train.EpochRecord & { images: number };

/** From the worker that learns to the page. */
export type FromTrainer =
  | { type: "open"; kernels: KernelBuild; threads: number }
  | { type: "data"; name: string; train: number; dev: number; total: number }
  | { type: "config"; config: RunConfig; parameters: number }
  | { type: "state"; state: RunState; steps: number; hash?: string | undefined }
  | { type: "progress"; progress: Progress }
  | { type: "report"; report: Report }
  | { type: "epoch"; row: EpochRow }
  /** The weights as they are, for the reader, and the first layer's as pictures. */
  | { type: "weights"; config: RunConfig; bytes: Uint8Array<ArrayBuffer>; pictures: Pictures }
  | { type: "file"; name: string; bytes: Uint8Array<ArrayBuffer> }
  | { type: "sample"; image: Uint8Array<ArrayBuffer>; label: number }
  /** A run that another took the place of, and that can be brought back; null when it has been. */
  | { type: "kept"; run: { config: RunConfig; steps: number } | null }
  /** The loss is no number any more: the weights are lost. */
  | { type: "diverged" }
  /** Something went wrong that the user should know. */
  | { type: "problem"; text: string };

/** From the page to the worker that answers. */
export type ToReader =
  | Open
  /** Answers by these weights from now on: a safetensors file. */
  | { type: "network"; config: RunConfig; bytes: Uint8Array<ArrayBuffer> }
  /** Asks what is on 28 × 28 pixels in [0, 1]. */
  | { type: "read"; id: number; image: Float32Array<ArrayBuffer> };

/** From the worker that answers to the page. */
export type FromReader =
  | { type: "answer"; id: number; probabilities: number[]; layers: Pictures[] }
  | { type: "problem"; text: string };
