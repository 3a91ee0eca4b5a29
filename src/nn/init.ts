/**
 * Initialisation: each function fills a tensor in place and returns it.
 *
 * @module
 */
import { kernelsOf } from "../device/buffer.ts";
import { write } from "../device/transfer.ts";
import { empty } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkFloat, checkTensor } from "../ops/check.ts";
import { checkNotRepeated } from "../ops/layout.ts";
import {
  anyNumber,
  atMost,
  check,
  checkOptions,
  fraction,
  type Kinds,
  notNegative,
  number,
  oneOf,
  whole,
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
 * deep feedforward neural networks", 2010.
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

/** A function that layers' results go through. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

/** What keeps the variance of results that go through a function; of `"leakyRelu"` by its slope. */
const GAINS: Record<Nonlinearity, (slope: number) => number> = {
  linear: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.sqrt(2),
  leakyRelu: (slope) => Math.sqrt(2 / (1 + slope * slope)),
  selu: () => 3 / 4,
};

const NONLINEARITY = oneOf(...Object.keys(GAINS));

/** The factor of weights before a function: √2 for `"relu"`, 5/3 for `"tanh"`, 1 for `"linear"`. */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  atMost(2, arguments.length, "calculateGain(nonlinearity, slope)");
  check("calculateGain", "nonlinearity", nonlinearity, NONLINEARITY);
  check("calculateGain", "slope", slope, number);
  return GAINS[nonlinearity](slope);
}

/** Options of Kaiming initialisation. */
export interface KaimingOptions {
  /** Slope of the leaky ReLU that follows; 0 for ReLU. Default: 0. */
  a?: number;
  /** The function that follows. Default: `"leakyRelu"`, with the slope `a`. */
  nonlinearity?: Nonlinearity;
  /** Which side's variance to preserve. Default: `"fanIn"`. */
  mode?: "fanIn" | "fanOut";
}

const KAIMING: Kinds<KaimingOptions> = {
  a: number,
  nonlinearity: NONLINEARITY,
  mode: oneOf("fanIn", "fanOut"),
};

function kaimingStd(op: string, tensor: Tensor, options: KaimingOptions): number {
  const { a = 0, nonlinearity = "leakyRelu", mode = "fanIn" } = checkOptions(op, options, KAIMING);
  checkFloat(op, tensor, "the tensor");
  const [fanIn, fanOut] = fans(op, tensor.shape);
  return GAINS[nonlinearity](a) / Math.sqrt(mode === "fanIn" ? fanIn : fanOut);
}

/**
 * Uniform in ±√3·std, std = {@link calculateGain}(nonlinearity, a) / √fan: He et al., "Delving deep
 * into rectifiers", 2015.
 */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  atMost(2, arguments.length, "kaimingUniform_(tensor, options)");
  const bound = Math.sqrt(3) * kaimingStd("kaimingUniform_", tensor, options);
  return uniform("kaimingUniform_", tensor, -bound, bound);
}

/** Normal with the same std: He et al., 2015. */
export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  atMost(2, arguments.length, "kaimingNormal_(tensor, options)");
  return normal("kaimingNormal_", tensor, 0, kaimingStd("kaimingNormal_", tensor, options));
}

/** The identity: ones on the diagonal. ShapeError unless it is a matrix. */
export function eye_(tensor: Tensor): Tensor {
  atMost(1, arguments.length, "eye_(tensor)");
  checkFillable("eye_", tensor);
  if (tensor.ndim !== 2) {
    throw new ShapeError(`eye_: a matrix is needed: it is ${show(tensor.shape)}`);
  }
  const [m, n] = tensor.shape as [number, number];
  return put(
    tensor,
    Float32Array.from({ length: m * n }, (_, i) => Math.floor(i / n) === i % n ? 1 : 0),
  );
}

/** Refuses what these cannot be filled into, before random numbers are drawn. */
function checkFillable(op: string, tensor: Tensor): void {
  checkFloat(op, tensor, "the tensor");
  checkNotRepeated(op, tensor);
}

/** Values in row-major order. */
function put(tensor: Tensor, values: Float32Array): Tensor {
  return noGrad(() => {
    const row = tensor.isContiguous ? tensor : tensor.contiguous();
    write(row, values);
    row.storage.version++;
    return row === tensor ? tensor : tensor.copy_(row);
  });
}

/** Standard normal numbers, of the process's generator. */
function normals(count: number): Float32Array {
  return noGrad(() => {
    const x = empty([count], { device: "cpu" });
    kernelsOf(x).normal(x, generator().next(), 0, 1);
    const values = x.toTypedArray() as Float32Array;
    x[Symbol.dispose]();
    return values;
  });
}

/**
 * A matrix with orthonormal rows or columns, times `gain`; of more dimensions, what follows the first
 * counts as one: Saxe et al., "Exact solutions to the nonlinear dynamics of learning", 2013.
 */
export function orthogonal_(tensor: Tensor, gain = 1): Tensor {
  atMost(2, arguments.length, "orthogonal_(tensor, gain)");
  checkFillable("orthogonal_", tensor);
  check("orthogonal_", "gain", gain, number);
  if (tensor.ndim < 2) {
    throw new ShapeError(
      `orthogonal_: at least 2 dimensions are needed: it is ${show(tensor.shape)}`,
    );
  }
  const rows = tensor.shape[0]!, cols = tensor.numel / Math.max(1, rows);
  const isWide = rows < cols;
  const [count, length] = isWide ? [rows, cols] : [cols, rows];
  // Gram and Schmidt's way, each vector twice, so that rounding leaves nothing of the ones before
  const vectors: Float64Array[] = [];
  const numbers = normals(count * length);
  for (let i = 0; i < count; i++) {
    const v = Float64Array.from(numbers.subarray(i * length, (i + 1) * length));
    for (let pass = 0; pass < 2; pass++) {
      for (const u of vectors) {
        const share = u.reduce((sum, x, k) => sum + x * v[k]!, 0);
        u.forEach((x, k) => v[k]! -= share * x);
      }
    }
    const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    vectors.push(v.map((x) => x / norm));
  }
  const at = (i: number, j: number) => isWide ? vectors[i]![j]! : vectors[j]![i]!;
  const values = Float32Array.from(
    { length: rows * cols },
    (_, k) => gain * at(Math.floor(k / cols), k % cols),
  );
  return put(tensor, values);
}

/** Options of {@link truncNormal_}. */
export interface TruncNormalOptions {
  /** Default: 0. */
  mean?: number;
  /** Default: 1. */
  std?: number;
  /** The least value. Default: −2. */
  a?: number;
  /** The largest value. Default: 2. */
  b?: number;
}

const TRUNC_NORMAL: Kinds<TruncNormalOptions> = {
  mean: number,
  std: notNegative,
  a: number,
  b: number,
};

/** Normal numbers of which those outside [a, b] are drawn again. RangeError where there are hardly any inside. */
export function truncNormal_(tensor: Tensor, options: TruncNormalOptions = {}): Tensor {
  const op = "truncNormal_";
  atMost(2, arguments.length, `${op}(tensor, { mean, std, a, b })`);
  checkFillable(op, tensor);
  const { mean = 0, std = 1, a = -2, b = 2 } = checkOptions(op, options, TRUNC_NORMAL);
  const isNear = a <= mean + 3 * std && b >= mean - 3 * std && b - a >= std / 100;
  if (!(a < b) || (std > 0 && !isNear) || (std === 0 && !(a <= mean && mean <= b))) {
    throw new RangeError(
      `${op}: a must be below b, and the numbers between them no rare ones: mean ${mean}, std ${std}, ` +
        `a ${a}, b ${b}`,
    );
  }
  const values = new Float32Array(tensor.numel);
  for (let done = 0; done < values.length;) {
    for (const z of normals(values.length - done)) {
      const x = Math.fround(mean + std * z);
      if (x >= a && x <= b) values[done++] = x;
    }
  }
  return put(tensor, values);
}

/** Normal numbers, but in each column the fraction `sparsity` of the rows is 0: Martens, 2010. */
export function sparse_(tensor: Tensor, sparsity: number, std = 0.01): Tensor {
  atMost(3, arguments.length, "sparse_(tensor, sparsity, std)");
  checkFillable("sparse_", tensor);
  check("sparse_", "the sparsity", sparsity, fraction);
  check("sparse_", "std", std, notNegative);
  if (tensor.ndim !== 2) {
    throw new ShapeError(`sparse_: a matrix is needed: it is ${show(tensor.shape)}`);
  }
  const [rows, cols] = tensor.shape as [number, number];
  const values = normals(rows * cols).map((z) => z * std);
  const zeros = Math.ceil(sparsity * rows);
  for (let j = 0; j < cols; j++) {
    const draw = normals(rows);
    const order = Array.from({ length: rows }, (_, i) => i).sort((a, b) => draw[a]! - draw[b]!);
    for (const i of order.slice(0, zeros)) values[i * cols + j] = 0;
  }
  return put(tensor, values);
}

/** A convolution that hands its input channels on, in each of the groups. ShapeError unless it has 3 to 5 dimensions. */
export function dirac_(tensor: Tensor, groups = 1): Tensor {
  atMost(2, arguments.length, "dirac_(tensor, groups)");
  checkFillable("dirac_", tensor);
  check("dirac_", "the groups", groups, whole(1));
  const { shape } = tensor;
  if (shape.length < 3 || shape.length > 5 || shape[0]! % groups !== 0) {
    throw new ShapeError(
      `dirac_: 3 to 5 dimensions and channels in ${groups} groups are needed: it is ${show(shape)}`,
    );
  }
  const kernel = shape.slice(2);
  const size = numelOf(kernel);
  const middle = kernel.reduce((at, n) => at * n + (n >> 1), 0);
  const each = shape[0]! / groups;
  const values = new Float32Array(tensor.numel);
  for (let g = 0; g < groups; g++) {
    for (let d = 0; d < Math.min(each, shape[1]!); d++) {
      values[((g * each + d) * shape[1]! + d) * size + middle] = 1;
    }
  }
  return put(tensor, values);
}
