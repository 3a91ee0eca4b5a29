// The kernel ABI: re-exports, nothing else. src/kernels.ts is its typed view.

export { binary, binaryBroadcast } from "./binary";
export { binaryI32 } from "./binary_i32";
export { cast } from "./cast";
export { clamp, clampGrad } from "./clamp";
export { reduceCols, reduceColsI32 } from "./columns";
export { compare, compareI32, where } from "./compare";
export { copy, fill32, fill8 } from "./copy";
export { gemm, gemmScratch } from "./gemm";
export { crossEntropyGradRows, crossEntropyRows, nllGradRows, nllRows } from "./loss";
export { sgd } from "./optim";
export { sgdOuter } from "./optim_outer";
export { randomNormal, randomUniform } from "./random";
export { argRows, argRowsI32, reduceRows, reduceRowsI32 } from "./reduce";
export { gather, gatherRowsU8, indexAdd, indexSelect, scatterAdd } from "./select";
export { softmaxGradRows, softmaxRows } from "./softmax";
export { unary, unaryGrad } from "./unary";
