/**
 * Optimizers, as in PyTorch's `torch.optim`.
 *
 * @module
 */
export { Optimizer, type OptimizerState, type ParamGroup, type Params } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
