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
export { ConstantLR, type ConstantLROptions } from "./constant_lr.ts";
export { PolynomialLR, type PolynomialLROptions } from "./polynomial_lr.ts";
export { MultiplicativeLR } from "./multiplicative_lr.ts";
export { CyclicLR, type CyclicLROptions } from "./cyclic_lr.ts";
export {
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
} from "./cosine_annealing_warm_restarts.ts";
export { ChainedScheduler } from "./chained_scheduler.ts";
export { SequentialLR } from "./sequential_lr.ts";
