/**
 * Functions that make tensors.
 *
 * @module
 */
import { tensorOf } from "../autograd/autograd.ts";
import { allocOn, Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import {
  arrayDType,
  checkDType,
  type DataArray,
  defaultDType,
  type DType,
  dtypeOfValues,
  DTYPES,
  promote,
} from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import type { Device } from "../device/device.ts";
import { type DeviceName, deviceOf } from "../devices.ts";
import { write } from "../device/transfer.ts";
import { checkTensor } from "../ops/check.ts";
import {
  anyNumber,
  anything,
  atMost,
  check,
  checkOptions,
  describe,
  either,
  flag,
  type Kinds,
  number,
  whole,
} from "../core/options.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { elementOf } from "../ops/operand.ts";
import { to } from "../ops/to.ts";
import { generator } from "../core/random.ts";
import { checkShape, numelOf, type Shape } from "../core/shape.ts";
import { addMethod, type NestedArray, type Tensor } from "./tensor.ts";

/** Options of the functions that make tensors. */
export interface TensorOptions {
  /** Element type. Default: float32, or what the data suggest. */
  dtype?: DType;
  /**
   * The device to make it on. Default: the default device; of functions such as `zerosLike`, the
   * other tensor's.
   */
  device?: DeviceName;
  /** Whether `backward()` computes its gradient. float32 only. Default: false. */
  requiresGrad?: boolean;
}

/** Options of {@link tensor}. */
export interface DataOptions extends TensorOptions {
  /** The shape of a typed array; default: a vector. */
  shape?: Shape;
}

/** What the functions that make tensors take; a dtype has an error of its own. */
export const OPTIONS: Kinds<TensorOptions> = {
  dtype: anything,
  device: anything,
  requiresGrad: flag,
};
const DATA_OPTIONS: Kinds<DataOptions> = { ...OPTIONS, shape: anything };

/** Options that were checked, with a dtype and a device. */
export function settled(
  name: string,
  options: TensorOptions,
  own: DType = "float32",
  where?: DeviceName,
): Settled {
  checkOptions(name, options, OPTIONS);
  const { dtype = own, device = where, requiresGrad = false } = options;
  const settled = {
    dtype: checkDType(name, dtype),
    device: deviceOf(name, device),
    requiresGrad,
  };
  if (requiresGrad && settled.dtype !== "float32") {
    throw new DTypeError(
      `${name}: requiresGrad: only float32 has gradients: it is ${settled.dtype}`,
    );
  }
  return settled;
}

/** Options of {@link asTensor}. */
export type AsTensorOptions = Pick<TensorOptions, "dtype" | "device">;

const AS_TENSOR: Kinds<AsTensorOptions> = { dtype: anything, device: anything };

/** The dtype of numbers in lists where none is asked for: what is to have a gradient is float32. */
function dtypeOfList(
  name: string,
  values: readonly unknown[],
  options: TensorOptions,
): DType {
  const own = dtypeOfValues(values);
  const { requiresGrad = false } = checkOptions(name, options, OPTIONS);
  return own === "int32" && requiresGrad ? "float32" : own;
}

/** Options that were checked. */
export type Settled = Required<Omit<TensorOptions, "device">> & { device: Device };

/** A buffer as a tensor that nothing recorded made. */
export function leaf(name: string, buffer: Buffer, { requiresGrad }: Settled): Tensor {
  buffer.storage.madeBy = name;
  const made = tensorOf(buffer, null);
  if (requiresGrad) made.requiresGrad = true;
  return made;
}

/**
 * Makes a tensor from nested arrays, a number or a typed array, which are copied. Unless `dtype` is
 * given, numbers become int32 if all of them are whole (`[0, 1]`) and float32 otherwise (`[0, 0.5]`,
 * or with `requiresGrad: true`); booleans become bool. Typed arrays keep their type, but for
 * Float64Array, which becomes float32. JavaScript does not tell 1.0 from 1: write `{ dtype: "float32"
 * }` where numbers only happen to be whole.
 *
 * Throws ShapeError where nested arrays are ragged or the shape does not fit, RangeError where the
 * dtype does not hold a number (integers cut fractions off).
 *
 * @example
 * ```ts
 * import { tensor } from "@glim/glim";
 * console.log(tensor([[1, 2], [3, 4]]).dtype); // int32
 * console.log(tensor([[0.5, 2], [3, 4]]).dtype); // float32
 * console.log(tensor([[1, 2], [3, 4]], { requiresGrad: true }).dtype); // float32
 * console.log(tensor(new Float32Array(6), { shape: [2, 3] }).shape); // [2, 3]
 * ```
 */
export function tensor(data: NestedArray | DataArray, options: DataOptions = {}): Tensor {
  atMost(2, arguments.length, "tensor(data, options)");
  const { shape, ...rest } = checkOptions("tensor", options, DATA_OPTIONS);
  if (ArrayBuffer.isView(data)) {
    const own = defaultDType("tensor", data);
    return fromNumbers(
      "tensor",
      data,
      shape === undefined ? [data.length] : shape,
      settled("tensor", rest, own),
    );
  }
  const found = shapeOf(data);
  const flat: (number | boolean)[] = [];
  flattenInto(flat, data, found, 0);
  return fromNumbers(
    "tensor",
    flat,
    shape === undefined ? found : shape,
    settled("tensor", rest, dtypeOfList("tensor", flat, rest)),
  );
}

/** Deeper nested arrays hold themselves, or are a mistake. */
const DEEPEST = 64;

/**
 * What is a tensor as it is, or by `to()` where `dtype` or `device` say otherwise; all else by
 * {@link tensor}.
 */
export function asTensor(
  data: Tensor | NestedArray | DataArray,
  options: AsTensorOptions = {},
): Tensor {
  atMost(2, arguments.length, "asTensor(data, options)");
  const { dtype, device } = checkOptions("asTensor", options, AS_TENSOR);
  return inNameOf("asTensor", () => {
    if (!Buffer.is(data)) return tensor(data, options);
    let x = data as Tensor;
    if (device !== undefined) x = to(x, device);
    return dtype === undefined ? x : to(x, dtype);
  });
}

/** How long nested arrays are, by the first of each. */
function shapeOf(data: NestedArray): number[] {
  const shape: number[] = [];
  for (let at: NestedArray | undefined = data; Array.isArray(at); at = at[0]) {
    shape.push(at.length);
    if (shape.length > DEEPEST) {
      throw new ShapeError(
        `tensor: arrays must be nested at most ${DEEPEST} deep: these are deeper`,
      );
    }
  }
  return shape;
}

function flattenInto(
  flat: (number | boolean)[],
  data: NestedArray,
  shape: number[],
  depth: number,
): void {
  if (Array.isArray(data) && depth < shape.length) {
    if (data.length !== shape[depth]) {
      throw new ShapeError(
        `tensor: nested arrays must be as long as their neighbours: in dimension ${depth} one has ` +
          `${shape[depth]} elements, another ${data.length}`,
      );
    }
    for (const item of data) flattenInto(flat, item, shape, depth + 1);
  } else if (depth !== shape.length) {
    throw new ShapeError(
      `tensor: nested arrays must be as deep as their neighbours: in dimension ${depth} there is ` +
        `${describe(data)} beside an array`,
    );
  } else if (Array.isArray(data)) {
    throw new ShapeError(
      `tensor: nested arrays must be as deep as their neighbours: in dimension ${depth} there is ` +
        `an array beside a number`,
    );
  } else if (typeof data !== "number" && typeof data !== "boolean") {
    throw new ShapeError(
      `tensor: numbers or booleans are needed: one element is ${describe(data)}` +
        (Buffer.is(data) ? ": join tensors by stack()" : ""),
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
  atMost(3, arguments.length, "fromTypedArray(array, shape, options)");
  arrayDType("fromTypedArray", array); // refused here where it is a list
  const own = defaultDType("fromTypedArray", array);
  return fromNumbers("fromTypedArray", array, shape, settled("fromTypedArray", options, own));
}

function fromNumbers(
  name: string,
  values: DataArray | ArrayLike<number | boolean>,
  shape: Shape,
  options: Settled,
): Tensor {
  checkShape(name, shape);
  if (numelOf(shape) !== values.length) {
    throw new ShapeError(
      `${name}: ${show(shape)} needs ${numelOf(shape)} elements: there are ${values.length}`,
    );
  }
  const { dtype } = options;
  const fits = ArrayBuffer.isView(values) && promote(arrayDType(name, values), dtype) === dtype;
  if (DTYPES[dtype].kind === "int" && !fits) {
    for (let i = 0; i < values.length; i++) elementOf(name, Number(values[i]), dtype);
  }
  const out = allocOn(options.device, [...shape], dtype);
  write(out, values);
  return leaf(name, out, options);
}

/**
 * Every element the same value: a whole number makes int32, another one float32, a boolean bool, as in
 * {@link tensor}. Where `dtype` says, integers cut its fraction off, and bools are true for all but 0.
 * RangeError where the dtype holds no such number.
 */
export function full(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
  atMost(3, arguments.length, "full(shape, value, options)");
  checkShape("full", shape);
  check("full", "the value", value, FILLING);
  return filled(
    "full",
    shape,
    Number(value),
    settled("full", options, dtypeOfList("full", [value], options)),
  );
}

/** What fills a tensor. */
const FILLING = either(anyNumber, flag);

/** One value everywhere, in a shape that was checked: before the options, as it comes first. */
export function filled(name: string, shape: Shape, value: number, options: Settled): Tensor {
  const out = allocOn(options.device, [...shape], options.dtype);
  kernelsOf(out).fill(out, elementOf(name, value, out.dtype));
  return leaf(name, out, options);
}

/** A tensor whose memory is not initialised: fill it before you read it. */
export function empty(shape: Shape, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "empty(shape, options)");
  checkShape("empty", shape);
  const settings = settled("empty", options);
  return leaf("empty", allocOn(settings.device, [...shape], settings.dtype), settings);
}

/**
 * A tensor of zeros; float32 unless `dtype` says otherwise. ShapeError where a length is no whole
 * number ≥ 0.
 */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "zeros(shape, options)");
  checkShape("zeros", shape);
  return filled("zeros", shape, 0, settled("zeros", options));
}

/** A tensor of ones; float32 unless `dtype` says otherwise. */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "ones(shape, options)");
  checkShape("ones", shape);
  return filled("ones", shape, 1, settled("ones", options));
}

/** Zeros of the shape and dtype of another tensor, on its device. */
export function zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "zerosLike(x, options)");
  checkTensor("zerosLike", x);
  return filled(
    "zerosLike",
    x.shape,
    0,
    settled("zerosLike", options, x.dtype, x.device),
  );
}

/** Ones of the shape and dtype of another tensor, on its device. */
export function onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "onesLike(x, options)");
  checkTensor("onesLike", x);
  return filled(
    "onesLike",
    x.shape,
    1,
    settled("onesLike", options, x.dtype, x.device),
  );
}

/** 0, 1 … below `end`. Whole numbers make int32, others float32, as in {@link tensor}. */
export function arange(end: number, options?: TensorOptions): Tensor;
/** `start`, `start + step` … below `end`. */
export function arange(start: number, end: number, options?: TensorOptions): Tensor;
/** `start`, `start + step` … before `end`; the step may be negative but not 0. */
export function arange(start: number, end: number, step: number, options?: TensorOptions): Tensor;
export function arange(...args: (number | TensorOptions | undefined)[]): Tensor {
  while (args.length > 0 && args.at(-1) === undefined) args.pop();
  const last = args.at(-1);
  const given = args.length > 1 && typeof last !== "number" ? last! : {};
  const numbers = typeof last === "number" || args.length < 2 ? args : args.slice(0, -1);
  atMost(3, numbers.length, "arange(start, end, step, options)");
  numbers.forEach((value) => check("arange", "each bound", value, number));
  const bounds = (numbers.length > 1 ? numbers : [0, ...numbers]) as number[];
  const options = settled("arange", given, dtypeOfList("arange", bounds, given));
  const isWhole = DTYPES[options.dtype].kind === "int" && Math.trunc(bounds[2] ?? 1) !== 0;
  const [start, end, step = 1] = isWhole ? bounds.map(Math.trunc) : bounds;
  const n = Math.max(0, Math.ceil((end! - start!) / step));
  if (step === 0 || !Number.isFinite(n)) {
    throw new RangeError(
      `arange: finite bounds and a step other than 0 are needed: they are ${start}, ${end}, ${step}`,
    );
  }
  checkShape("arange", [n]);
  if (n > 0) { for (const i of [0, n - 1]) elementOf("arange", start! + i * step, options.dtype); }
  const out = allocOn(options.device, [n], options.dtype);
  const block = new Float64Array(Math.min(n, 65536));
  for (let at = 0; at < n; at += block.length) {
    const part = block.subarray(0, Math.min(block.length, n - at));
    for (let i = 0; i < part.length; i++) part[i] = start! + (at + i) * step;
    write(viewOf(out, [part.length], [1], at), part);
  }
  return leaf("arange", out, options);
}

/** The n × n identity, or n × m with ones on the diagonal. */
export function eye(n: number, m?: number, options?: TensorOptions): Tensor;
/** The n × n identity. */
export function eye(n: number, options?: TensorOptions): Tensor;
export function eye(
  n: number,
  m: number | TensorOptions = n,
  options: TensorOptions = {},
): Tensor {
  atMost(3, arguments.length, "eye(n, m, options)");
  if (typeof m !== "number") [m, options] = [n, m];
  check("eye", "n", n, LENGTH);
  check("eye", "m", m, LENGTH);
  const made = filled("eye", [n, m], 0, settled("eye", options));
  const values = new Float64Array(n * m);
  for (let i = 0; i < Math.min(n, m); i++) values[i * m + i] = 1;
  write(made, values);
  return made;
}

const LENGTH = whole(0);

/** Uniform random numbers in [0, 1), float32. See `manualSeed`. */
export function rand(shape: Shape, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "rand(shape, options)");
  return random(
    "rand",
    shape,
    options,
    (out) => kernelsOf(out).uniform(out, generator().next(), 0, 1),
  );
}

/** Normal random numbers of mean 0 and standard deviation 1, float32. See `manualSeed`. */
export function randn(shape: Shape, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "randn(shape, options)");
  return random(
    "randn",
    shape,
    options,
    (out) => kernelsOf(out).normal(out, generator().next(), 0, 1),
  );
}

/** Random numbers of a shape, which a function fills in. */
export function random(
  name: string,
  shape: Shape,
  options: TensorOptions,
  fill: (out: Buffer) => void,
): Tensor {
  checkShape(name, shape);
  const settings = settled(name, options);
  if (settings.dtype !== "float32") {
    throw new DTypeError(`${name}: random numbers are float32: ${settings.dtype} was asked for`);
  }
  const out = allocOn(settings.device, [...shape]);
  fill(out);
  return leaf(name, out, settings);
}

/** Methods that make other tensors of a tensor's dtype, unless options say otherwise, where it is. */
export interface NewMethods {
  /** Zeros. */
  newZeros(shape: Shape, options?: TensorOptions): Tensor;
  /** Ones. */
  newOnes(shape: Shape, options?: TensorOptions): Tensor;
  /** One value everywhere. */
  newFull(shape: Shape, value: number | boolean, options?: TensorOptions): Tensor;
  /** Memory that is not initialised: fill it before you read it. */
  newEmpty(shape: Shape, options?: TensorOptions): Tensor;
  /** Of nested arrays, a number or a typed array, as {@link tensor}. */
  newTensor(data: NestedArray | DataArray, options?: DataOptions): Tensor;
}

/** Options that are a tensor's where they say nothing. */
function like<Options extends DataOptions>(x: Tensor, options: Options = {} as Options): Options {
  const { dtype = x.dtype, device = x.device, ...rest } = checkOptions(
    "new",
    options,
    DATA_OPTIONS,
  );
  return { dtype, device, ...rest } as Options;
}

const NEW = {
  newZeros: (x, shape, options) => zeros(shape, like(x, options)),
  newOnes: (x, shape, options) => ones(shape, like(x, options)),
  newFull: (x, shape, value, options) => full(shape, value, like(x, options)),
  newEmpty: (x, shape, options) => empty(shape, like(x, options)),
  newTensor: (x, data, options) => tensor(data, like(x, options)),
} satisfies {
  [Name in keyof NewMethods]: (x: Tensor, ...args: Parameters<NewMethods[Name]>) => Tensor;
};

for (const [name, make] of Object.entries<(x: Tensor, ...args: never[]) => Tensor>(NEW)) {
  addMethod(name, function (...args: never[]): Tensor {
    atMost(make.length - 1, args.length, `${name}(…)`);
    return inNameOf(name, () => make(this, ...args));
  });
}
