/**
 * Learning-rate schedules, as in PyTorch's `torch.optim.lr_scheduler`.
 *
 * @module
 */
export { type AnyOptimizer, LRScheduler } from "./scheduler.ts";
export { DecayOnRise, type DecayOnRiseOptions } from "./decay_on_rise.ts";
