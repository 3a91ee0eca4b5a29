/**
 * Layers, losses and what holds them together, as in PyTorch's `torch.nn`.
 *
 * @module
 */
export { type LoadOptions, Module, type StateDict } from "./module.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from "./activation.ts";
export { Flatten } from "./flatten.ts";
export { Dropout } from "./dropout.ts";
export { Identity } from "./identity.ts";
export { ModuleList, Sequential } from "./container.ts";
export { CrossEntropyLoss, MSELoss, NLLLoss } from "./loss.ts";
export { Parameter } from "../tensor.ts";
export * as init from "./init.ts";
