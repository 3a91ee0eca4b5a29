/**
 * Optimizers, as in PyTorch's `torch.optim`.
 *
 * @module
 */
export { Optimizer, type OptimizerState, type ParamGroup, type Params } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { Adam, type AdamOptions } from "./adam.ts";
export { AdamW, type AdamWOptions } from "./adamw.ts";
export * as swaUtils from "./swa_utils.ts";
