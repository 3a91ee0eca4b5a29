/**
 * Layers, losses and what holds them together, as in PyTorch's `torch.nn`.
 *
 * @module
 */
export { type AnyModule, type LoadOptions, Module, type StateDict } from "./module.ts";
export type {
  BackwardHook,
  ForwardHook,
  ForwardPreHook,
  Gradients,
  HookHandle,
  InputsOf,
  OutputOf,
} from "./hooks.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { Conv2d, type Conv2dOptions } from "./conv.ts";
export { GELU, LeakyReLU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Tanh } from "./activation.ts";
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d } from "./pool.ts";
export {
  type BatchNorm,
  BatchNorm1d,
  BatchNorm2d,
  type BatchNormModuleOptions,
  LayerNorm,
  type LayerNormModuleOptions,
} from "./norm.ts";
export { RMSNorm, type RMSNormOptions } from "./rms_norm.ts";
export { Rotary, type RotaryModuleOptions } from "./rotary.ts";
export { SwiGLU, type SwiGLUOptions } from "./swiglu.ts";
export { KVCache } from "./kv_cache.ts";
export { generate, type GenerateOptions, type LanguageModel } from "./generate.ts";
export { Embedding } from "./embedding.ts";
export {
  GRU,
  type Lengths,
  LSTM,
  type LSTMOptions,
  Recurrent,
  type RecurrentOptions,
  RNN,
  type RNNOptions,
} from "./recurrent.ts";
export {
  GRUCell,
  LSTMCell,
  RecurrentCell,
  type RecurrentCellOptions,
  RNNCell,
  type RNNCellOptions,
} from "./recurrent_cell.ts";
export {
  MultiheadAttention,
  type MultiheadAttentionInputs,
  type MultiheadAttentionOptions,
} from "./attention.ts";
export { Flatten } from "./flatten.ts";
export { Dropout } from "./dropout.ts";
export { Identity } from "./identity.ts";
export { type Container, ModuleList, Sequential } from "./container.ts";
export {
  BCELoss,
  BCEWithLogitsLoss,
  type ClassLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  CTCLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  type Loss,
  MarginRankingLoss,
  MSELoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
} from "./loss.ts";
export { Parameter } from "../tensor/tensor.ts";
export * as init from "./init.ts";
export * as utils from "./utils.ts";
