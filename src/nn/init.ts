/**
 * Initialisation: each function fills a tensor in place and returns it.
 *
 * @module
 */
import { kernelsOf } from "../device/buffer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkFloat, checkTensor } from "../ops/check.ts";
import {
  anyNumber,
  atMost,
  check,
  checkOptions,
  type Kinds,
  notNegative,
  number,
  oneOf,
} from "../core/options.ts";
import { generator } from "../core/random.ts";
import { numelOf, type Shape } from "../core/shape.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import type { RandomKey } from "../core/random.ts";

/** How many inputs and outputs one element of a weight [out, in, ...kernel] serves. */
function fans(op: string, shape: Shape): [fanIn: number, fanOut: number] {
  if (shape.length < 2) {
    throw new ShapeError(`${op}: at least 2 dimensions are needed: it is ${show(shape)}`);
  }
  const kernel = numelOf(shape.slice(2));
  return [shape[1]! * kernel, shape[0]! * kernel];
}

function randomize(
  tensor: Tensor,
  fill: (tensor: Tensor, key: RandomKey) => void,
): Tensor {
  return noGrad(() => {
    if (tensor.isContiguous) {
      fill(tensor, generator().next());
      tensor.storage.version++;
      return tensor;
    }
    const row = tensor.contiguous();
    fill(row, generator().next());
    return tensor.copy_(row);
  });
}

/** Uniform in [low, high). DTypeError unless the tensor is float32. */
export function uniform_(tensor: Tensor, low = 0, high = 1): Tensor {
  atMost(3, arguments.length, "uniform_(tensor, low, high)");
  return uniform("uniform_", tensor, low, high);
}

function uniform(op: string, tensor: Tensor, low: number, high: number): Tensor {
  checkFloat(op, tensor, "the tensor");
  check(op, "low", low, number);
  check(op, "high", high, number);
  return randomize(tensor, (to, key) => kernelsOf(to).uniform(to, key, low, high));
}

/** Normal. DTypeError unless the tensor is float32. */
export function normal_(tensor: Tensor, mean = 0, std = 1): Tensor {
  atMost(3, arguments.length, "normal_(tensor, mean, std)");
  return normal("normal_", tensor, mean, std);
}

function normal(op: string, tensor: Tensor, mean: number, std: number): Tensor {
  checkFloat(op, tensor, "the tensor");
  check(op, "mean", mean, number);
  check(op, "std", std, notNegative);
  return randomize(tensor, (to, key) => kernelsOf(to).normal(to, key, mean, std));
}

/** The same value everywhere. */
export function constant_(tensor: Tensor, value: number): Tensor {
  atMost(2, arguments.length, "constant_(tensor, value)");
  checkTensor("constant_", tensor, "the tensor");
  check("constant_", "the value", value, anyNumber);
  return noGrad(() => tensor.fill_(value));
}

/** Zeros. */
export function zeros_(tensor: Tensor): Tensor {
  atMost(1, arguments.length, "zeros_(tensor)");
  checkTensor("zeros_", tensor, "the tensor");
  return constant_(tensor, 0);
}

/** Ones. */
export function ones_(tensor: Tensor): Tensor {
  atMost(1, arguments.length, "ones_(tensor)");
  checkTensor("ones_", tensor, "the tensor");
  return constant_(tensor, 1);
}

/**
 * Uniform in ±gain·√(6 / (in + out)): Glorot and Bengio, "Understanding the difficulty of training
 * deep feedforward neural networks", 2010; equation 18 of the report.
 */
export function xavierUniform_(tensor: Tensor, gain = 1): Tensor {
  atMost(2, arguments.length, "xavierUniform_(tensor, gain)");
  checkFloat("xavierUniform_", tensor, "the tensor");
  check("xavierUniform_", "gain", gain, number);
  const [fanIn, fanOut] = fans("xavierUniform_", tensor.shape);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniform("xavierUniform_", tensor, -bound, bound);
}

/** Normal with standard deviation gain·√(2 / (in + out)): Glorot and Bengio, 2010. */
export function xavierNormal_(tensor: Tensor, gain = 1): Tensor {
  atMost(2, arguments.length, "xavierNormal_(tensor, gain)");
  checkFloat("xavierNormal_", tensor, "the tensor");
  check("xavierNormal_", "gain", gain, number);
  const [fanIn, fanOut] = fans("xavierNormal_", tensor.shape);
  return normal("xavierNormal_", tensor, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** Options of Kaiming initialisation. */
export interface KaimingOptions {
  /** Slope of the leaky ReLU that follows; 0 for ReLU. Default: 0. */
  a?: number;
  /** Which side's variance to preserve. Default: `"fanIn"`. */
  mode?: "fanIn" | "fanOut";
}

const KAIMING: Kinds<KaimingOptions> = { a: number, mode: oneOf("fanIn", "fanOut") };

function kaimingStd(op: string, tensor: Tensor, options: KaimingOptions): number {
  const { a = 0, mode = "fanIn" } = checkOptions(op, options, KAIMING);
  checkFloat(op, tensor, "the tensor");
  const [fanIn, fanOut] = fans(op, tensor.shape);
  return Math.sqrt(2 / (1 + a * a)) / Math.sqrt(mode === "fanIn" ? fanIn : fanOut);
}

/**
 * Uniform in ±√3·std, std = √(2 / (1 + a²) / fan): He et al., "Delving deep into rectifiers", 2015.
 */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  atMost(2, arguments.length, "kaimingUniform_(tensor, { a, mode })");
  const bound = Math.sqrt(3) * kaimingStd("kaimingUniform_", tensor, options);
  return uniform("kaimingUniform_", tensor, -bound, bound);
}

/** Normal with std = √(2 / (1 + a²) / fan): He et al., 2015. */
export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  atMost(2, arguments.length, "kaimingNormal_(tensor, { a, mode })");
  return normal("kaimingNormal_", tensor, 0, kaimingStd("kaimingNormal_", tensor, options));
}
