// The kernel ABI: re-exports, nothing else. src/kernels.ts is its typed view.

export { leakyRelu } from "./activation";
export {
  channelAffine,
  channelAffineGrad,
  channelGradScale,
  channelMoments,
  channelScale,
} from "./batch_norm";
export { channelSums } from "./channel_sums";
export { binary, binaryBroadcast } from "./binary";
export { binaryI32 } from "./binary_i32";
export { cast } from "./cast";
export { clamp, clampGrad } from "./clamp";
export { reduceCols, reduceColsI32 } from "./columns";
export { compare, compareI32, where } from "./compare";
export { convForward, convGrad, convScratch } from "./conv";
export { copy, fill32, fill8 } from "./copy";
export { gemm, gemmScratchOf } from "./gemm";
export { layerNormGradRows, layerNormGradWeight, layerNormRows } from "./layer_norm";
export { lerp } from "./lerp";
export { crossEntropyGradRows, crossEntropyRows, nllGradRows, nllRows } from "./loss";
export { sgd } from "./optim";
export { adam } from "./optim_adam";
export { outerProduct, sgdOuter } from "./optim_outer";
export { rmsprop } from "./optim_rmsprop";
export { avgPool, avgPoolGrad } from "./pool_avg";
export { maxPool, maxPoolGrad } from "./pool_max";
export { dropout, randomNormal, randomUniform } from "./random";
export { argRows, argRowsI32, reduceRows, reduceRowsI32 } from "./reduce";
export { gather, gatherRowsU8, indexAdd, indexSelect, scatterAdd } from "./select";
export { softmaxGradRows, softmaxRows } from "./softmax";
export { unary, unaryGrad } from "./unary";
export { warp } from "./warp";
export { winogradForward, winogradGrad, winogradScratch } from "./winograd";
export { winogradWeight } from "./winograd_weight";
