import type { AnyOptimizer } from "../lr_scheduler/mod.ts";
import type { AnyModule, StateDict } from "../nn/mod.ts";
import { callable, check, describe, type Kinds, unknownOption } from "../core/options.ts";
import type { EpochRecord } from "./epoch_record.ts";

/** What a callback learns of a step. */
export interface StepInfo {
  /** The epoch, counted from 0. */
  epoch: number;
  /** The step within the epoch, counted from 0. */
  step: number;
  /** Steps since the first epoch began, this one included. */
  totalSteps: number;
  /** Samples of the epoch that are through, this step's included. */
  samples: number;
  /** Mean loss of the step's samples. */
  loss: number;
  /** Mean loss over the epoch's samples so far. */
  meanLoss: number;
}

/** What a callback keeps in a checkpoint. */
export interface CallbackState {
  /** What JSON holds; numbers may be infinite or NaN. */
  values?: unknown;
  /** Tensors by name: copies, which the other side releases. */
  tensors?: StateDict;
}

/** A training, as a callback sees it. */
export interface Fit {
  /** What learns. */
  readonly model: AnyModule;
  /** What changes it. */
  readonly optimizer: AnyOptimizer;
  /** Passes over the training set that are asked for. */
  readonly epochs: number;
  /** Samples of an epoch; NaN of a stream, where nobody knows. */
  readonly samples: number;
  /** Ends the training after this epoch, as one that has come to its end. */
  finish(): void;
}

/**
 * Functions that `fit` calls as the training proceeds. If one returns a promise, `fit` waits for it.
 */
export interface Callback {
  /** Under which name checkpoints keep its state, if it has one. */
  readonly name?: string;
  /** `fit` begins, or continues from a checkpoint. */
  onFitBegin?(fit: Fit): void | Promise<void>;
  /** `fit` has come to its end, or a callback has ended it early: it was not stopped, and did not fail. */
  onFitEnd?(history: readonly EpochRecord[]): void | Promise<void>;
  /** An epoch begins, counted from 0. Not called for an epoch that is resumed in its middle. */
  onEpochBegin?(epoch: number): void | Promise<void>;
  /** After every step, in the hot loop. All callbacks are told before promises are waited for. */
  onStepEnd?(info: StepInfo): void | Promise<void>;
  /** About 20 times a second, and after an epoch's last step. Synchronous: it is in the hot loop. */
  onProgress?(info: StepInfo): void;
  /** An epoch is over and evaluated. */
  onEpochEnd?(record: EpochRecord): void | Promise<void>;
  /** What checkpoints keep of it: for a callback that has a name and `loadStateDict` too. */
  stateDict?(): CallbackState;
  /** Goes on from a state. */
  loadStateDict?(state: CallbackState): void;
}

/** All that a trainer calls. */
const CALLED: Kinds<Omit<Callback, "name">> = {
  onFitBegin: callable,
  onFitEnd: callable,
  onEpochBegin: callable,
  onStepEnd: callable,
  onProgress: callable,
  onEpochEnd: callable,
  stateDict: callable,
  loadStateDict: callable,
};

/** Refuses what is no callback: a trainer would call nothing of it, or not what was meant. */
export function checkCallback(callback: Callback, i: number): void {
  const name = `Trainer: callback ${i}`;
  if (typeof callback !== "object" || callback === null || Array.isArray(callback)) {
    throw new TypeError(
      `${name} must be an object with ${Object.keys(CALLED).slice(2, 6).join(", ")}: it is ` +
        describe(callback),
    );
  }
  for (const [method, kind] of Object.entries(CALLED)) {
    const value = callback[method as keyof Callback];
    if (value !== undefined) check(name, method, value, kind);
  }
  for (let at: object = callback; at !== Object.prototype && at !== null;) {
    const unknown = Object.getOwnPropertyNames(at)
      .find((key) => /^on[A-Z_]/.test(key) && !Object.hasOwn(CALLED, key));
    if (unknown !== undefined) throw unknownOption(name, unknown, Object.keys(CALLED), "method");
    at = Object.getPrototypeOf(at);
  }
}
