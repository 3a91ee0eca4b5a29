/**
 * The messages between the page and its two workers.
 *
 * ```
 * page ── TrainerWorker ─▶ trainer     learns: owns data, network and optimizer
 *      ◀─ FromLearner ────
 * page ── ToReader ──────▶ reader      answers what a drawing is, while the other learns
 *      ◀─ FromReader ─────
 * ```
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import type * as train from "@glim/glim/train";
import type { RunConfig } from "./run_config.ts";

/** Where a run computes. */
export type RunDevice = "cpu" | "webgpu";

/** What the worker that learns builds a run from. */
export interface RunOptions {
  config: RunConfig;
  device: RunDevice;
  /** Undefined where the engine shall decide. */
  kernels: KernelBuild | undefined;
  /** Where the server tells what images it has. */
  dataUrl: string;
  /** Whether to begin with what was opened last. */
  isOpened?: boolean;
}

/** A file that the user chose. */
export interface ChosenFile {
  name: string;
  bytes: ArrayBuffer;
}

/** A file of weights or a checkpoint, as far as the page needs to know it. */
export interface Opened {
  config: RunConfig;
  /** Steps that were done. */
  steps: number;
  /** The bytes of a checkpoint, to be loaded; null where it has weights alone. */
  checkpoint: Uint8Array<ArrayBuffer> | null;
  /** What the user should know of it; null where there is nothing. */
  note: string | null;
}

/** What computes. */
export interface Engine {
  kernels: KernelBuild;
  threads: number;
  /** Numbers that the network learns. */
  parameters: number;
}

/** Learning rate and momentum. */
export interface Rates {
  lr: number;
  momentum: number;
}

/** What the page asks of the worker that learns, beside what every trainer in a worker can do. */
export interface LearnerCalls extends train.Calls {
  engine(): Engine & Rates;
  /** Learning rate and momentum from the next step on. */
  rates(lr: number, momentum: number): void;
  /** Fetches the first images where none have come; false where that fails, which is told. */
  images(): Promise<boolean>;
  /** Judges the network by some images of the dev set, and shows it; the hash of its weights. */
  look(images: number): Promise<string | undefined>;
  /** An image of the dev set; null where there is none. */
  sample(): Promise<{ image: Uint8Array<ArrayBuffer>; label: number } | null>;
  /** The weights, in a file that tells what they are. */
  weights(): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads a file; `config` is the `config.json` beside it. */
  open(file: ChosenFile, config: string | undefined): Promise<Opened>;
  /** Reads what an earlier visit has left. */
  openKept(): Promise<Opened>;
  /** Learns from other images from now on: IDX files, gzipped or not. */
  data(files: ChosenFile[]): Promise<void>;
}

/** From the worker that learns, unasked. */
export type FromLearner =
  | { type: "data"; name: string; train: number; dev: number; total: number }
  | { type: "report"; report: Report }
  /** The weights as they are, for the reader, and the first layer's as pictures. */
  | { type: "weights"; config: RunConfig; bytes: Uint8Array<ArrayBuffer>; pictures: Pictures }
  /** The browser's storage is this tab's; `run`: what an earlier visit has left there. */
  | { type: "storage"; run: KeptRun | null }
  /** Something went wrong that the user should know. */
  | { type: "problem"; text: string };

/** A run that can be brought back. */
export interface KeptRun {
  config: RunConfig;
  steps: number;
}

/** What a run is doing. */
export type RunState = "waiting" | "ready" | "running" | "paused";

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

/** From the page to the worker that answers. */
export type ToReader =
  | { type: "open"; kernels: KernelBuild | undefined }
  /** Answers by these weights from now on: a safetensors file. */
  | { type: "network"; config: RunConfig; bytes: Uint8Array<ArrayBuffer> }
  /** Asks what is on 28 × 28 pixels in [0, 1]. */
  | { type: "read"; id: number; image: Float32Array<ArrayBuffer> };

/** From the worker that answers to the page. */
export type FromReader =
  | { type: "answer"; id: number; probabilities: number[]; layers: Pictures[] }
  | { type: "problem"; text: string };
