/**
 * A PyTorch-like library for TypeScript: tensors, gradients, modules, optimizers and a trainer under
 * PyTorch's names, for Deno, Node, Bun and web pages. Its kernels are WebAssembly with SIMD, so there
 * is nothing native to install, and computing needs no permissions.
 *
 * @example
 * ```ts
 * import { manualSeed, nn, optim, steps, tensor } from "@glim/glim";
 *
 * manualSeed(1);
 * const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * const y = tensor([[0], [1], [1], [0]]);
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
 * const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * const loss = new nn.MSELoss();
 * for (const _i of steps(500)) {
 *   sgd.zeroGrad();
 *   loss.forward(model.forward(x), y).backward();
 *   sgd.step();
 * }
 * console.log(model.forward(x).toArray()); // near [[0], [1], [1], [0]]
 * ```
 *
 * @module
 */
// first, so that it stands first in a bundle: amid others its text and theirs are packed less well
import "./build/kernels.ts";

export {
  arange,
  asTensor,
  type AsTensorOptions,
  type DataOptions,
  empty,
  eye,
  fromTypedArray,
  full,
  type NewMethods,
  ones,
  onesLike,
  rand,
  randn,
  tensor,
  type TensorOptions,
  zeros,
  zerosLike,
} from "./src/tensor/create.ts";
export {
  emptyLike,
  fullLike,
  linspace,
  logspace,
  randLike,
  randnLike,
  trilIndices,
  triuIndices,
} from "./src/tensor/create_more.ts";
export {
  bartlettWindow,
  blackmanWindow,
  hammingWindow,
  hannWindow,
  kaiserWindow,
} from "./src/tensor/windows.ts";
export { randint, randintLike, randperm } from "./src/tensor/create_random.ts";
export {
  enableGrad,
  isGradEnabled,
  type NestedArray,
  noGrad,
  Parameter,
  setGradEnabled,
  Tensor,
  type TypedArray,
} from "./src/tensor/tensor.ts";
export type { Gradient, Node, Pair, RecordOptions } from "./src/autograd/autograd.ts";
export type { BackwardOptions } from "./src/autograd/backward.ts";
export { grad, type GradientsOf, type GradOptions } from "./src/autograd/grad.ts";
export type { GradientHook } from "./src/autograd/gradient_hooks.ts";
export type { HookHandle } from "./src/core/hook_list.ts";
export { record } from "./src/tensor/record.ts";
export type { Buffer } from "./src/device/buffer.ts";
export type { DataArray, DType } from "./src/core/dtype.ts";
export type { Shape } from "./src/core/shape.ts";
export { outside } from "./src/scope/outside.ts";
export { memory, type MemoryReport, scope, steps } from "./src/scope/scope.ts";
export { task } from "./src/scope/task.ts";
export type { Scope } from "./src/device/current_scope.ts";
export type { OuterProduct, Storage } from "./src/device/storage.ts";
export { type DeviceName, getDefaultDevice, setDefaultDevice } from "./src/devices.ts";
export type { Block, Device, KernelFamily } from "./src/device/device.ts";
export type * from "./src/device/kernels.ts";
export { Generator, manualSeed, type RandomKey, type RandomState } from "./src/core/random.ts";
export { hessian, hvp, jacobian, jvp, vhp, vjp } from "./src/tensor/derivatives.ts";
export { vmap, type VmapOptions } from "./src/tensor/vmap.ts";
export {
  functionalCall,
  type FunctionalCallOptions,
  type NamedTensors,
} from "./src/nn/functional_call.ts";
export { anomaly } from "./src/tensor/anomaly.ts";
export { checkpoint, type Checkpointed } from "./src/tensor/checkpoint.ts";
export { gradcheck, type GradcheckOptions, gradgradcheck } from "./src/tensor/gradcheck.ts";
export type { KernelBuild } from "./src/wasm/builds.ts";
export { getKernelBuild, getKernelHash, setKernelBuild } from "./src/wasm/instance.ts";
export {
  DataError,
  DeviceError,
  DivergedError,
  DTypeError,
  GradientError,
  OutOfMemoryError,
  ReleasedError,
  ShapeError,
} from "./src/core/errors.ts";
export * from "./src/ops/top_level.ts";
export { finfo, type FloatInfo, iinfo, type IntegerInfo } from "./src/core/number_limits.ts";
export { promoteTypes } from "./src/ops/promote_types.ts";
export * as functional from "./src/ops/mod.ts";
export * as nn from "./src/nn/mod.ts";
export * as optim from "./src/optim/mod.ts";
export * as linalg from "./src/linalg/mod.ts";
export * as special from "./src/special/mod.ts";
export {
  choleskyInverse,
  choleskySolve,
  det,
  logdet,
  luUnpack,
  slogdet,
} from "./src/linalg/mod.ts";
export * as distributions from "./src/distributions/mod.ts";
export * as lrScheduler from "./src/lr_scheduler/mod.ts";
export * as metrics from "./src/metrics/mod.ts";
export * as data from "./src/data/mod.ts";
export * as text from "./src/text/mod.ts";
export * as train from "./src/train/mod.ts";
export * as io from "./src/io/mod.ts";
export { VERSION } from "./src/core/version.ts";
export { getNumThreads, setNumThreads } from "./src/wasm/threads.ts";
