/**
 * What `report.html` tells: a training run, and what it is a part of.
 *
 * @module
 */
import type { EpochRecord } from "@glim/glim/train";
import type { Reference } from "../experiment.ts";
import type { Figures, Result } from "../results.ts";
import type { Markup, Part } from "./html.ts";
import type { KernelPicture } from "./kernels.ts";
import type { Answers } from "./mistakes.ts";

/** The contents of a report; parts that are not given are left out of the page. */
export interface ReportData {
  /** The page's title: what was done. */
  title: string;
  /** The command that did it. */
  command: string;
  /** When it began, as `Date.toISOString` writes it. */
  started: string;
  /** How long it took by the clock. */
  seconds: number;
  /** Every choice that was made. Objects within it are shown with their keys joined by a dot. */
  config: Readonly<Record<string, unknown>>;
  /** What it ran on: versions, target, cores. */
  environment: Readonly<Record<string, unknown>>;
  /** What comes first, where a run is not all there is to tell: the trials of a grid. */
  lead?: { tiles: readonly Tile[]; sections: readonly Markup[] } | undefined;
  /** A training run; where there is a grid, that of its best configuration. */
  run?: RunData | undefined;
  /** What the run's figures stand beside; nothing unless given. */
  reference?: Reference | null | undefined;
  /** The weights that were taken; none unless given. */
  taken?: TakenWeights | undefined;
  /** The networks of an ensemble. */
  members?: readonly Member[] | undefined;
  /** The kernels of the network's first convolution; see `firstKernels`. */
  kernels?: readonly KernelPicture[] | undefined;
  /** What the run's network answers. */
  answers?: SetAnswers | undefined;
  /** Every evaluation of the test set, in order. */
  evaluations: readonly TestEvaluation[];
  /** What makes a result comparable bit by bit. */
  hashes: readonly Hash[];
}

/** A figure that one looks for first, and what stands beside it, if anything. */
export type Tile = readonly [value: Part, name: string, beside: string];

/** A training run. */
export interface RunData {
  /** What was trained: `3 layers, ReLU, LR decay 0.5, 20 epochs`. */
  name: string;
  /** A record an epoch; at least one. */
  history: readonly EpochRecord[];
  /** Whether its losses are of another kind than those of results. */
  isOtherLoss?: boolean;
}

/** The weights that were taken in the end. */
export interface TakenWeights {
  /** Which they are: `the last epoch's weights`. */
  name: string;
  /** What they are worth on the dev set: the figures that it is judged by. */
  dev: Partial<Figures>;
}

/** One network of an ensemble. */
export interface Member extends Result {
  /** Which it is: `seed 1`. */
  name: string;
}

/** Answers, and the set that was asked about. */
export interface SetAnswers extends Pick<Answers, "confusion"> {
  /** `dev` or `test`. */
  set: string;
  /** The worst mistakes, where samples are pictures. */
  mistakes?: Answers["mistakes"] | undefined;
}

/** One evaluation of the test set. */
export interface TestEvaluation {
  /** When it began, as `Date.toISOString` writes it. */
  began: string;
  /** What was evaluated. */
  what: string;
  /** What it gave; null where it was not finished. */
  figures: Partial<Figures> | null;
}

/** A SHA-256. */
export interface Hash {
  /** Of what. */
  name: string;
  /** 64 hexadecimal digits. */
  sha256: string;
}
