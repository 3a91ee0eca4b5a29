/**
 * The training loop and what goes with it.
 *
 * @module
 */
// what `TrainerOptions` speaks of
export type { AveragedModel, AveragedModelOptions, MultiAvgFn } from "../optim/swa_utils.ts";
export { type FitOptions, Trainer, type TrainerOptions } from "./trainer.ts";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.ts";
export { predict, type PredictOptions } from "./predict.ts";
export type { Callback, CallbackState, Fit, StepInfo } from "./callback.ts";
export { EarlyStopping, earlyStopping, type EarlyStoppingOptions } from "./early_stopping.ts";
export { progressBar, type ProgressBarOptions } from "./progress_bar.ts";
export { csvLogger, jsonlLogger, tensorBoard } from "./loggers.ts";
export type { FindLearningRateOptions, LearningRates } from "./lr_finder.ts";
export { BestWeights } from "./best_weights.ts";
export { bestEpoch, type EpochRecord, type Monitor } from "./epoch_record.ts";
export type { Loss, Sums } from "./metrics.ts";
export type { Build, Checkpoint, ResumeOptions } from "./checkpoint.ts";
export type { Learners, LearnersState } from "./learners.ts";
export type { Position } from "./position.ts";
export type { AnyLoader, Streams } from "./streams.ts";
export type { RawTypes } from "../core/dtype.ts";
export type { RawTensor } from "../io/raw_tensor.ts";
export { type RawTensors, tensorsOf } from "./checkpoint_tensors.ts";
export { decodeCheckpoint, encodeCheckpoint } from "./checkpoint_format.ts";
export { loadCheckpoint, saveCheckpoint } from "./checkpoint_file.ts";
export {
  CheckpointFolder,
  type CheckpointFolderOptions,
  type LatestCheckpoint,
} from "./checkpoint_folder.ts";
export {
  type AnyTrainerService,
  serveTrainer,
  type TrainerService,
  type WorkerContext,
} from "./serve_trainer.ts";
export type {
  Calls,
  ServedTraining,
  TrainerProgress,
  WorkerCheckpoints,
  WorkerFitOptions,
} from "./served_fit.ts";
export type { Pace } from "./meter.ts";
export { TrainerWorker, type WorkerLike, type WorkerListeners } from "./trainer_worker.ts";
