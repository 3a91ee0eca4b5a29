/**
 * Layers, losses and what holds them together, as in PyTorch's `torch.nn`.
 *
 * @module
 */
export {
  type AnyModule,
  type BufferOptions,
  type LoadOptions,
  Module,
  type StateDict,
} from "./module.ts";
export type {
  BackwardHook,
  ForwardHook,
  ForwardPreHook,
  Gradients,
  HookHandle,
  InputsOf,
  OutputOf,
} from "./hooks.ts";
export type { InplaceLayer, InplaceOptions } from "./inplace.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { type Convolution, type PaddingMode, type TransposedConvolution } from "./convolution.ts";
export { Conv2d, type Conv2dOptions } from "./conv.ts";
export {
  Conv3d,
  type Conv3dOptions,
  ConvTranspose3d,
  type ConvTranspose3dOptions,
} from "./conv_3d.ts";
export { AdaptiveAvgPool3d, AdaptiveMaxPool3d, AvgPool3d, MaxPool3d } from "./pool_3d.ts";
export { Conv1d, type Conv1dOptions } from "./conv_1d.ts";
export {
  ConvTranspose1d,
  type ConvTranspose1dOptions,
  ConvTranspose2d,
  type ConvTranspose2dOptions,
} from "./conv_transpose.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  MaxPool1d,
} from "./pool_1d.ts";
export {
  GELU,
  LogSoftmax,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmax2d,
  Softmin,
  Tanh,
} from "./activation.ts";
export {
  CELU,
  ELU,
  LogSigmoid,
  Mish,
  SELU,
  Softplus,
  Tanhshrink,
} from "./exponential_activation.ts";
export {
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  ReLU6,
  Softshrink,
  Softsign,
  Threshold,
} from "./piecewise_activation.ts";
export { LeakyReLU, PReLU, RReLU } from "./leaky_relu.ts";
export { GLU } from "./glu.ts";
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, type Pooled } from "./pool.ts";
export {
  type BatchNorm,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  type BatchNormModuleOptions,
  LayerNorm,
  type LayerNormModuleOptions,
} from "./norm.ts";
export { RMSNorm, type RMSNormOptions } from "./rms_norm.ts";
export { Rotary, type RotaryModuleOptions } from "./rotary.ts";
export { SwiGLU, type SwiGLUOptions } from "./swiglu.ts";
export { KVCache } from "./kv_cache.ts";
export { generate, type GenerateOptions, type LanguageModel } from "./generate.ts";

export {
  Embedding,
  EmbeddingBag,
  type EmbeddingBagModuleOptions,
  type EmbeddingModuleOptions,
  type PretrainedBagOptions,
  type PretrainedOptions,
} from "./embedding.ts";
export {
  GRU,
  type Lengths,
  LSTM,
  type LSTMOptions,
  type Recurrent,
  type RecurrentOptions,
  RNN,
  type RNNOptions,
} from "./recurrent.ts";
export type { Cell } from "../ops/recurrent.ts";
export {
  GRUCell,
  LSTMCell,
  type RecurrentCell,
  type RecurrentCellOptions,
  RNNCell,
  type RNNCellOptions,
} from "./recurrent_cell.ts";
export {
  MultiheadAttention,
  type MultiheadAttentionInputs,
  type MultiheadAttentionOptions,
} from "./attention.ts";

export {
  type DecoderLayerInputs,
  type EncoderLayerInputs,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer_layer.ts";
export {
  type EncoderInputs,
  Transformer,
  TransformerDecoder,
  TransformerEncoder,
  type TransformerInputs,
  type TransformerOptions,
  type TransformerStackOptions,
} from "./transformer.ts";
export { LPPool1d, LPPool2d, LPPool3d, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d } from "./unpool.ts";
export { Flatten, Unflatten } from "./flatten.ts";
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutLayer,
} from "./dropout.ts";
export { Identity } from "./identity.ts";
export {
  GroupNorm,
  type GroupNormModuleOptions,
  type InstanceNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type InstanceNormModuleOptions,
  LocalResponseNorm,
} from "./channel_norm.ts";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  type PadLayer,
  type PadLengths,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./padding.ts";
export { ChannelShuffle, Fold, PixelShuffle, PixelUnshuffle, Unfold, Upsample } from "./resize.ts";
export { Bilinear, type BilinearOptions } from "./bilinear.ts";
export {
  CosineSimilarity,
  type CosineSimilarityOptions,
  PairwiseDistance,
  type PairwiseDistanceModuleOptions,
} from "./distance.ts";
export {
  type Container,
  ModuleDict,
  type ModuleDictConstructor,
  type ModuleDictOf,
  ModuleList,
  type NamedModules,
  ParameterDict,
  ParameterList,
  Sequential,
} from "./container.ts";
export {
  BCELoss,
  BCEWithLogitsLoss,
  type ClassLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  CTCLoss,
  type FunctionLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  type Loss,
  MarginRankingLoss,
  MSELoss,
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
} from "./loss.ts";
export { Parameter } from "../tensor/tensor.ts";
export { summary, type SummaryInput, type SummaryOptions } from "./summary.ts";
export * as init from "./init.ts";
export * as utils from "./utils.ts";
