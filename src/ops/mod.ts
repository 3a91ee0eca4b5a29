/**
 * All ops, as functions: PyTorch's `torch.nn.functional` and the functions of `torch` itself.
 *
 * @module
 */
export * from "./view.ts";
export { clone, detach } from "./cast.ts";
export { to } from "./to.ts";
export { type Dims, expand, sum } from "./sum.ts";
export type { Operand } from "./operand.ts";
export * from "./of_two.ts";
export * from "./compare.ts";
export type { Binary } from "./binary_op.ts";
export { where } from "./where.ts";
export { clamp, type ClampOptions, clip, neg } from "./elementwise.ts";
export { pow } from "./pow.ts";
export {
  logsigmoid,
  softplus,
  type SoftplusOptions,
  tanhshrink,
} from "./exponential_activation.ts";
export { hardshrink, softshrink, softsign } from "./piecewise_activation.ts";
export { prelu } from "./leaky_relu.ts";
export { glu } from "./glu.ts";
export {
  alphaDropout,
  celu,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  elu,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  mish,
  relu,
  relu6,
  rrelu,
  type RreluOptions,
  selu,
  silu,
  threshold,
} from "./inplace_activation.ts";
export type { InplaceOptions } from "./inplace_options.ts";
export { histc } from "./histogram.ts";
export { diagonalScatter, selectScatter, sliceScatter } from "./scatter_view.ts";
export * from "./logical.ts";
export * from "./pointwise.ts";
export { einsum } from "./einsum.ts";
export * from "./linear_algebra.ts";
export * from "./distances.ts";
export { renorm } from "./renorm.ts";
export { unravelIndex } from "./unravel_index.ts";
export * from "./order.ts";
export * from "./scan.ts";
export {
  all,
  aminmax,
  any,
  countNonzero,
  logsumexp,
  type MinAndMax,
  nanmean,
  nansum,
  prod,
  std,
  stdMean,
  var_ as var,
  varMean,
  type VarOptions,
} from "./statistics.ts";
export {
  linalgNorm,
  matrixNorm,
  norm,
  normalize,
  type NormalizeOptions,
  type NormOrder,
  vectorNorm,
} from "./vector_norm.ts";
export { corrcoef, cov, type CovOptions } from "./covariance.ts";
export * from "./stepwise.ts";
export * from "./of_one.ts";
export { polygamma } from "./polygamma.ts";
export { entr, logNdtr, mvlgamma, ndtr, xlog1py } from "./special.ts";
export type { Unary } from "./unary_op.ts";
export type { MethodsOf } from "./methods_of.ts";
export type { DimOrDims, LayoutMethods, ShapeMethods } from "./layout_methods.ts";
export { gather, indexSelect } from "./select.ts";
export { index, type IndexItem, type IndexList, type Slice } from "./indexed.ts";
export {
  indexPut,
  indexPut_,
  type IndexPutOptions,
  put_,
  putAtPositions as put,
} from "./index_put.ts";
export { asStrided } from "./overlapping.ts";
export { blockDiag } from "./block_diag.ts";
export * from "./scatter.ts";
export * from "./index_add.ts";
export * from "./mask.ts";
export { argwhere, nonzero, type NonzeroOptions } from "./nonzero.ts";
export * from "./unique.ts";
export { bucketize, searchsorted, type SearchsortedOptions } from "./searchsorted.ts";
export * from "./isin.ts";
export * from "./grid.ts";
export * from "./reshaping.ts";
export * from "./split.ts";
export * from "./tile.ts";
export { diag, diagEmbed, diagflat, diagonal, trace, tril, triu } from "./diagonal.ts";
export { bernoulli, multinomial, normal, poisson } from "./random.ts";
export { amax, amin, argmax, argmin, max, mean, min, type ValuesAndIndices } from "./reduce.ts";
export { gelu, type GeluOptions } from "./activation.ts";
export { logSoftmax, softmax, softmin } from "./softmax.ts";
export { gumbelSoftmax, type GumbelSoftmaxOptions } from "./gumbel_softmax.ts";
export {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  type AdaptiveMaxPoolOptions,
  avgPool2d,
  type AvgPoolOptions,
  maxPool2d,
  type OutputSize,
  type PoolOptions,
  type WithIndices,
} from "./pool.ts";
export {
  adaptiveAvgPool1d,
  adaptiveMaxPool1d,
  avgPool1d,
  type AvgPool1dOptions,
  maxPool1d,
  type MaxPool1dOptions,
} from "./pool_1d.ts";
export {
  lpPool1d,
  lpPool2d,
  lpPool3d,
  type LpPoolOptions,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  type MaxUnpoolOptions,
} from "./unpool.ts";
export {
  conv3d,
  type Conv3dOptions,
  convTranspose3d,
  type ConvTranspose3dOptions,
  type OneOrThree,
} from "./conv_3d.ts";
export {
  adaptiveAvgPool3d,
  adaptiveMaxPool3d,
  avgPool3d,
  type AvgPool3dOptions,
  maxPool3d,
  type MaxPool3dOptions,
} from "./pool_3d.ts";
export { interpolate, type InterpolateOptions, type InterpolationMode } from "./interpolate.ts";
export {
  affineGrid,
  type AffineGridOptions,
  gridSample,
  type GridSampleOptions,
} from "./grid_sample.ts";
export { fold, unfold, type UnfoldOptions } from "./unfold.ts";
export { channelShuffle, pixelShuffle, pixelUnshuffle } from "./shuffle.ts";
export {
  groupNorm,
  type GroupNormOptions,
  instanceNorm,
  type InstanceNormOptions,
  localResponseNorm,
  type LocalResponseNormOptions,
} from "./channel_norm.ts";
export { embeddingBag, type EmbeddingBagOptions } from "./embedding_bag.ts";
export { bilinear } from "./bilinear.ts";
export { batchNorm, type BatchNormOptions } from "./batch_norm.ts";
export { layerNorm, type LayerNormOptions } from "./layer_norm.ts";
export { rmsNorm, type RmsNormOptions } from "./rms_norm.ts";
export { rotary, type RotaryOptions } from "./rotary.ts";
export { swiglu } from "./swiglu.ts";
export { pad, type PadOptions } from "./pad.ts";
export type { PadMode } from "./pad_mode.ts";
export { shiftImages } from "./shift_images.ts";
export { embedding, type EmbeddingOptions, type LookupOptions } from "./embedding.ts";
export {
  attend,
  type AttentionOptions,
  scaledDotProductAttention,
  type ScaledDotProductAttentionOptions,
  selfAttention,
} from "./attention.ts";
export * from "./join.ts";
export { conv2d, type ConvOptions, type OneOrTwo, type Padding } from "./conv.ts";
export { conv1d, type Conv1dOptions, type One } from "./conv_1d.ts";
export {
  convTranspose1d,
  type ConvTranspose1dOptions,
  convTranspose2d,
  type ConvTransposeOptions,
} from "./conv_transpose.ts";
export { linear, matmul } from "./matmul.ts";
export { type ClassLossOptions, crossEntropy, type CrossEntropyOptions, nllLoss } from "./loss.ts";
export type { LossOptions, Reduction } from "./reduction.ts";
export {
  type ElementLossOptions,
  gaussianNllLoss,
  type GaussianNllOptions,
  huberLoss,
  type HuberLossOptions,
  type HuberOptions,
  l1Loss,
  mseLoss,
  poissonNllLoss,
  type PoissonNllOptions,
  smoothL1Loss,
  type SmoothL1Options,
} from "./regression_loss.ts";
export {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  klDiv,
  type KlDivOptions,
  multilabelSoftMarginLoss,
  softMarginLoss,
  type WeightedLossOptions,
} from "./probability_loss.ts";
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multiMarginLoss,
  type MultiMarginOptions,
  tripletMarginLoss,
  type TripletMarginOptions,
} from "./margin_loss.ts";
export { type Counts, ctcLoss, type CtcOptions } from "./ctc_loss.ts";
export * from "./inplace_functions.ts";
export type { Changing, ChangingMethods, InPlaceMethods } from "./inplace_layout.ts";
export { add_, copy_, fill_, mul_, sub_, zero_ } from "./inplace.ts";
