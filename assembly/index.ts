// The kernel ABI: re-exports, nothing else. The build writes its types to build/abi.ts.

export { attention, attentionScratch } from "./attention/forward";
export { attentionGrad, attentionGradScratch } from "./attention/backward";
export { leakyRelu } from "./elementwise/activation";
export {
  channelAffine,
  channelAffineGrad,
  channelGradScale,
  channelMoments,
  channelScale,
} from "./norm/batch_norm";
export { channelSums } from "./norm/channel_sums";
export { activation, activationGrad } from "./elementwise/activation_op";
export { bits } from "./elementwise/bits";
export { binary, binaryBroadcast, binaryI32 } from "./elementwise/binary";
export { cast } from "./elementwise/cast";
export { clamp, clampGrad } from "./elementwise/clamp";
export { reduceCols, reduceColsI32 } from "./reduce/columns";
export { compare, compareI32, where } from "./elementwise/compare";
export { convForward, convGrad, convScratch } from "./conv/conv";
export { convReluForward, convReluGrad, convReluScratch } from "./conv/relu";
export { copy, fill32, fill8 } from "./elementwise/copy";
export { fused } from "./elementwise/fused";
export { gemm, gemmBatch, gemmScratchOf } from "./gemm/gemm";
export { layerNormGradRows, layerNormGradWeight, layerNormRows } from "./norm/layer_norm";
export { lerp } from "./optim/lerp";
export { crossEntropyGradRows, crossEntropyRows, nllGradRows, nllRows } from "./reduce/loss";
export { sgd } from "./optim/sgd";
export { adam } from "./optim/adam";
// sgdOuter stays a function of its own if it is exported: inlined in sgd, both are slower.
export { outerProduct, sgdOuter } from "./optim/sgd_outer";
export { rmsprop } from "./optim/rmsprop";
export { avgPool, avgPoolGrad } from "./pool/avg";
export { halve, halveGrad } from "./pool/halve";
export { maxPool, maxPoolGrad } from "./pool/max";
export { recurrent, recurrentGrad } from "./recurrent/recurrent";
export { dropout, randomNormal, randomUniform } from "./random/random";
export { argRows, argRowsI32, reduceRows, reduceRowsI32 } from "./reduce/reduce";
export { gather, gatherRowsU8, indexAdd, indexCopy, indexSelect, nonzero, scatterAdd } from "./index/select";
export { scatter } from "./index/scatter";
export { order, ranked } from "./reduce/order";
export { scanCols, scanExtremes, scanI32, scanRows } from "./reduce/scan";
export { softmaxGradRows, softmaxRows } from "./reduce/softmax";
export { unary, unaryGrad } from "./elementwise/unary";
export { warp } from "./image/warp";
export { winogradForward, winogradGrad, winogradScratch } from "./conv/winograd";
export { winogradWeight } from "./conv/winograd_weight";
