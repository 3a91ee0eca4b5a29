/**
 * Functions that make tensors.
 *
 * @module
 */
import { alloc, type Buffer, BYTES, type DType } from "./buffer.ts";
import { DTypeError, ShapeError, show } from "./errors.ts";
import { kernels } from "./kernels.ts";
import { generator } from "./random.ts";
import { checkShape, numelOf, type Shape } from "./shape.ts";
import { type NestedArray, Tensor } from "./tensor.ts";

/** Options of the functions that make tensors. */
export interface TensorOptions {
  /** Element type; the default is float32, or what the data says. */
  dtype?: DType;
  /** Whether `backward()` computes its gradient. float32 only. Default: false. */
  requiresGrad?: boolean;
}

/** Options of {@link tensor}. */
export interface DataOptions extends TensorOptions {
  /** The shape of a typed array; default: a vector. */
  shape?: Shape;
}

/** Arrays whose type is a dtype. */
export type DataArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray;

function leaf(name: string, buffer: Buffer, options: TensorOptions): Tensor {
  buffer.storage.madeBy = name;
  const made = new Tensor(buffer);
  if (options.requiresGrad) made.requiresGrad = true;
  return made;
}

function checkDType(name: string, dtype: DType): DType {
  if (!(dtype in BYTES)) {
    throw new DTypeError(
      `${name}: dtype must be one of ${Object.keys(BYTES).join(", ")}: it is ${String(dtype)}`,
    );
  }
  return dtype;
}

/**
 * A tensor of nested arrays, a number or a typed array, copied. Numbers become float32, booleans
 * bool; typed arrays keep their type (Float64Array becomes float32).
 *
 * Throws ShapeError where nested arrays are ragged or the shape does not fit.
 *
 * @example
 * ```ts
 * import { tensor } from "@glim/glim";
 * console.log(tensor([[1, 2], [3, 4]]).shape); // [2, 2]
 * console.log(tensor(new Float32Array(6), { shape: [2, 3] }).shape); // [2, 3]
 * ```
 */
export function tensor(data: NestedArray | DataArray, options: DataOptions = {}): Tensor {
  if (ArrayBuffer.isView(data)) {
    return fromTypedArray(data, options.shape ?? [data.length], options);
  }
  const shape: number[] = [];
  for (let at: NestedArray | undefined = data; Array.isArray(at); at = at[0]) {
    shape.push(at.length);
  }
  const flat: (number | boolean)[] = [];
  flattenInto(flat, data, shape, 0);
  const dtype = options.dtype ?? (flat.length > 0 && flat.every(isBoolean) ? "bool" : "float32");
  const to = options.shape ?? shape;
  return fromNumbers("tensor", flat, to, { ...options, dtype });
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function flattenInto(
  flat: (number | boolean)[],
  data: NestedArray,
  shape: number[],
  depth: number,
): void {
  if (Array.isArray(data)) {
    if (data.length !== shape[depth]) {
      throw new ShapeError(
        `tensor: nested arrays must be as long as their neighbours: in dimension ${depth} one has ` +
          `${shape[depth] ?? "no"} elements, another ${data.length}`,
      );
    }
    for (const item of data) flattenInto(flat, item, shape, depth + 1);
  } else if (depth !== shape.length || (typeof data !== "number" && typeof data !== "boolean")) {
    throw new ShapeError(
      depth !== shape.length
        ? `tensor: nested arrays must be as deep as their neighbours: in dimension ${depth} there ` +
          `is ${String(data)} beside an array`
        : `tensor: numbers or booleans are needed: one element is ${String(data)}`,
    );
  } else {
    flat.push(data);
  }
}

/** A tensor of a typed array, copied, in the given shape. ShapeError where the number differs. */
export function fromTypedArray(
  array: DataArray,
  shape: Shape,
  options: TensorOptions = {},
): Tensor {
  const own = array instanceof Int32Array
    ? "int32"
    : array instanceof Uint8Array || array instanceof Uint8ClampedArray
    ? "uint8"
    : "float32";
  return fromNumbers("fromTypedArray", array, shape, { dtype: own, ...options });
}

function fromNumbers(
  name: string,
  values: ArrayLike<number | boolean>,
  shape: Shape,
  options: TensorOptions & { dtype: DType },
): Tensor {
  checkShape(name, shape);
  const dtype = checkDType(name, options.dtype);
  if (numelOf(shape) !== values.length) {
    throw new ShapeError(
      `${name}: ${show(shape)} needs ${numelOf(shape)} elements: there are ${values.length}`,
    );
  }
  const out = alloc([...shape], dtype);
  kernels.write(out, values as ArrayLike<number>); // a boolean is stored as 0 or 1
  return leaf(name, out, options);
}

/** Every element the same value. */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  checkShape("full", shape);
  const out = alloc([...shape], checkDType("full", options.dtype ?? "float32"));
  kernels.fill(out, out.dtype === "bool" ? (value ? 1 : 0) : value);
  return leaf("full", out, options);
}

/** Memory as it is found: to be filled before it is read. */
export function empty(shape: Shape, options: TensorOptions = {}): Tensor {
  checkShape("empty", shape);
  return leaf("empty", alloc([...shape], checkDType("empty", options.dtype ?? "float32")), options);
}

/** Zeros. */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 0, options);
}

/** Ones. */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 1, options);
}

/** Zeros in the shape and dtype of another tensor. */
export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return full(x.shape, 0, { dtype: x.dtype, ...options });
}

/** Ones in the shape and dtype of another tensor. */
export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  return full(x.shape, 1, { dtype: x.dtype, ...options });
}

/** 0, 1 … below `end`. */
export function arange(end: number, options?: TensorOptions): Tensor;
/** `start`, `start + step` … below `end`. */
export function arange(start: number, end: number, options?: TensorOptions): Tensor;
/** `start`, `start + step` … before `end`; the step may be negative but not 0. */
export function arange(start: number, end: number, step: number, options?: TensorOptions): Tensor;
export function arange(...args: (number | TensorOptions | undefined)[]): Tensor {
  const numbers = args.filter((a): a is number => typeof a === "number");
  const options = args.find((a): a is TensorOptions => typeof a === "object") ?? {};
  const [start, end] = numbers.length === 1 ? [0, numbers[0]!] : [numbers[0]!, numbers[1]!];
  const step = numbers[2] ?? 1;
  const n = Math.max(0, Math.ceil((end - start) / step));
  if (step === 0 || !Number.isFinite(n)) {
    throw new RangeError(
      `arange: finite bounds and a step other than 0 are needed: they are ${start}, ${end}, ${step}`,
    );
  }
  const values = Float64Array.from({ length: n }, (_, i) => start + i * step);
  return fromNumbers("arange", values, [n], { dtype: "float32", ...options });
}

/** The n × n identity, or n × m with ones on the diagonal. */
export function eye(n: number, m: number = n, options: TensorOptions = {}): Tensor {
  const made = zeros([n, m], options);
  const values = new Float64Array(n * m);
  for (let i = 0; i < Math.min(n, m); i++) values[i * m + i] = 1;
  kernels.write(made, values);
  return made;
}

/** Uniform random numbers in [0, 1). See `manualSeed`. */
export function rand(shape: Shape, options: TensorOptions = {}): Tensor {
  return random("rand", shape, options, (out) => kernels.uniform(out, generator().next(), 0, 1));
}

/** Normal random numbers of mean 0 and standard deviation 1. See `manualSeed`. */
export function randn(shape: Shape, options: TensorOptions = {}): Tensor {
  return random("randn", shape, options, (out) => kernels.normal(out, generator().next(), 0, 1));
}

function random(
  name: string,
  shape: Shape,
  options: TensorOptions,
  fill: (out: Buffer) => void,
): Tensor {
  checkShape(name, shape);
  if (options.dtype !== undefined && options.dtype !== "float32") {
    throw new DTypeError(`${name}: random numbers are float32: ${options.dtype} was asked for`);
  }
  const out = alloc([...shape]);
  fill(out);
  return leaf(name, out, options);
}
