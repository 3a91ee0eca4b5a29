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
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { Adamax, type AdamaxOptions } from "./adamax.ts";
export { NAdam, type NAdamOptions } from "./nadam.ts";
export { RAdam, type RAdamOptions } from "./radam.ts";
export { Adafactor, type AdafactorOptions } from "./adafactor.ts";
export { Muon, type MuonOptions } from "./muon.ts";
export { ASGD, type ASGDOptions } from "./asgd.ts";
export { Rprop, type RpropOptions } from "./rprop.ts";
export { LBFGS, type LBFGSOptions } from "./lbfgs.ts";
export * as swaUtils from "./swa_utils.ts";
