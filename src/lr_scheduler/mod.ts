/**
 * Learning-rate schedules, as in PyTorch's `torch.optim.lr_scheduler`.
 *
 * @module
 */
export { type AnyOptimizer, LRScheduler, type SchedulerState } from "./scheduler.ts";
export { EpochLR } from "./epoch_lr.ts";
export { StepLR, type StepLROptions } from "./step_lr.ts";
export { MultiStepLR } from "./multi_step_lr.ts";
export { ExponentialLR } from "./exponential_lr.ts";
export { LambdaLR, type LrLambda } from "./lambda_lr.ts";
export { LinearLR, type LinearLROptions } from "./linear_lr.ts";
export { CosineAnnealingLR, type CosineAnnealingLROptions } from "./cosine_annealing_lr.ts";
export { OneCycleLR, type OneCycleLROptions } from "./one_cycle_lr.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce_lr_on_plateau.ts";
export { DecayOnRise, type DecayOnRiseOptions } from "./decay_on_rise.ts";
export { SequentialLR } from "./sequential_lr.ts";
