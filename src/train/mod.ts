/**
 * The training loop and what goes with it.
 *
 * @module
 */
export { type Evaluation, type FitOptions, Trainer, type TrainerOptions } from "./trainer.ts";
export { BestWeights, type Callback, type StepInfo } from "./callback.ts";
export { bestEpoch, type EpochRecord } from "./epoch_record.ts";
