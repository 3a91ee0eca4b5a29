/**
 * Neighbours in a `Sequential` that one kernel does together, where nobody sees what is between them.
 *
 * @module
 */
import { watcher } from "../device/watch.ts";
import { conv2dRelu } from "../ops/conv.ts";
import { linearRelu } from "../ops/linear_relu.ts";
import { reluMaxPool2d } from "../ops/pool.ts";
import { Tensor } from "../tensor/tensor.ts";
import { ReLU } from "./activation.ts";
import { Conv2d } from "./conv.ts";
import { nameFault } from "./fault.ts";
import { isForward } from "./forward.ts";
import { Linear } from "./linear.ts";
import { type AnyModule, hasHooks } from "./module.ts";
import { MaxPool2d } from "./pool.ts";

// what they are before any instance has them wrapped
const RELU = ReLU.prototype.forward;
const CONV = Conv2d.prototype.forward;
const LINEAR = Linear.prototype.forward;
const MAX_POOL = MaxPool2d.prototype.forward;

/** Whether a module does what a class does, and nobody is told of it. */
function isPlain(module: AnyModule, forward: unknown): boolean {
  return isForward(module, forward) && !hasHooks(module);
}

/**
 * What the module at a place and the next make of x: the bits of one after the other, and the gradient.
 * Null where no kernel does both, where somebody watches, or where one of them is not what its class
 * is. relu goes with a max pooling behind it, else with a convolution before it.
 */
export function fused(list: readonly AnyModule[], i: number, x: unknown): Tensor | null {
  const module = list[i]!, next = list[i + 1];
  if (next instanceof ReLU && module instanceof Conv2d) {
    if (list[i + 2] instanceof MaxPool2d || !isFree(x)) return null;
    if (!isPlain(module, CONV) || !isPlain(next, RELU)) return null;
    try {
      return conv2dRelu(x, module.weight, module.bias, module);
    } catch (error) {
      nameFault(error, module);
      throw error;
    }
  }
  if (next instanceof ReLU && module instanceof Linear && isFree(x)) {
    if (!isPlain(module, LINEAR) || !isPlain(next, RELU)) return null;
    try {
      return linearRelu(x, module.weight, module.bias);
    } catch (error) {
      nameFault(error, module);
      throw error;
    }
  }
  if (next instanceof MaxPool2d && module instanceof ReLU && isFree(x)) {
    if (!isPlain(module, RELU) || !isPlain(next, MAX_POOL)) return null;
    return reluMaxPool2d(x, next.kernelSize, next.options);
  }
  return null;
}

/** Whether it is a tensor, and nobody watches what is made of it. */
function isFree(x: unknown): x is Tensor {
  return watcher === null && x instanceof Tensor;
}
