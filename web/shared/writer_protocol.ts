/**
 * The messages between the page of writing and its worker.
 *
 * @module
 */
import type { KernelBuild } from "@glim/glim";
import type * as train from "@glim/glim/train";
import type { RunDevice } from "./protocol.ts";
import type { WritingConfig } from "./writing_config.ts";

/** What the worker builds a run from. */
export interface WriterOptions {
  config: WritingConfig;
  text: string;
  device: RunDevice;
  /** Undefined where the engine shall decide. */
  kernels: KernelBuild | undefined;
}

/** A run in a checkpoint. */
export interface OpenedRun {
  config: WritingConfig;
  text: string;
  /** Steps that were done. */
  steps: number;
  /** Epochs that were finished. */
  history: train.EpochRecord[];
  /** The checkpoint, to be loaded. */
  bytes: Uint8Array<ArrayBuffer>;
  /** What the user should know of it; null where there is nothing. */
  note: string | null;
}

/** What computes, and what it computes. */
export interface WriterEngine {
  kernels: KernelBuild;
  threads: number;
  /** Numbers that the network learns. */
  parameters: number;
  /** Different characters of the text. */
  vocabulary: number;
}

/** What is to be written. */
export interface WriteRequest {
  /** Tells its letters from those of others. */
  id: number;
  prompt: string;
  temperature: number;
  /** Characters. */
  length: number;
}

/** Who looks at whom in a line. */
export interface AttentionOfLine {
  /** The letters that were looked at: the last of the line, without those that the text does not have. */
  letters: string[];
  layers: number;
  heads: number;
  /** [layers, heads, l, l], row by row: how much of what letter i takes in is of letter j. */
  weights: Float32Array<ArrayBuffer>;
}

/** What the page asks of the worker, beside what every trainer in a worker can do. */
export interface WriterCalls extends train.Calls {
  engine(): WriterEngine;
  /** Writes on from a prompt, letter by letter; gives the letters of it that the text does not have. */
  write(request: WriteRequest): Promise<string>;
  attention(line: string): Promise<AttentionOfLine>;
  /** The hash of the weights. */
  hash(): Promise<string | undefined>;
  /** Reads a checkpoint. */
  open(file: { name: string; bytes: ArrayBuffer }): OpenedRun;
  /** Reads what an earlier visit has left. */
  openKept(): Promise<OpenedRun>;
}

/** From the worker, unasked. */
export type FromWriter =
  /** Letters that come next. */
  | { type: "letters"; id: number; text: string }
  /** The browser's storage is this tab's; `run`: what an earlier visit has left there. */
  | { type: "storage"; run: { steps: number } | null };
