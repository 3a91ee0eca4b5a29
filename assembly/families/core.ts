// The kernels that every program has: what the methods of tensors, losses and gradient descent need.
//
// Each file of this folder is a family of kernels: re-exports, nothing else. The build makes a module
// of its own of each, and build/FAMILY.ts, which tells how its kernels are called.

export { channelMoments } from "../norm/batch_norm";
export { bits } from "../elementwise/bits";
export { binary, binaryBroadcast, binaryI32 } from "../elementwise/binary";
export { cast } from "../elementwise/cast";
export { clamp, clampGrad } from "../elementwise/clamp";
export { reduceCols, reduceColsI32 } from "../reduce/columns";
export { compare, compareI32, where } from "../elementwise/compare";
export { copy, fill32, fill8 } from "../elementwise/copy";
export { fused } from "../elementwise/fused";
export { gemm, gemmBatch, gemmScratchOf } from "../gemm/gemm";
export { crossEntropyGradRows, crossEntropyRows, nllGradRows, nllRows } from "../reduce/loss";
export { sgd } from "../optim/sgd";
// sgdOuter stays a function of its own if it is exported: inlined in sgd, both are slower.
export { outerProduct, sgdOuter } from "../optim/sgd_outer";
export { randomNormal, randomUniform } from "../random/random";
export { argRows, argRowsI32, reduceRows, reduceRowsI32 } from "../reduce/reduce";
export { compress, gather, indexAdd, indexCopy, indexSelect, nonzero, scatterAdd } from "../index/select";
export { scatter } from "../index/scatter";
export { order, ranked } from "../reduce/order";
export { scanCols, scanExtremes, scanI32, scanRows } from "../reduce/scan";
export { softmaxGradRows, softmaxRows } from "../reduce/softmax";
export { unary, unaryGrad } from "../elementwise/unary";
