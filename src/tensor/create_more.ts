/**
 * Functions that make tensors like others, in even steps, and of places in a matrix.
 *
 * @module
 */
import { allocOn, Buffer, kernelsOf } from "../device/buffer.ts";
import { write } from "../device/transfer.ts";
import { DTYPES } from "../core/dtype.ts";
import { generator } from "../core/random.ts";
import {
  anyNumber,
  atMost,
  check,
  checkOptions,
  either,
  flag,
  integer,
  number,
  whole,
} from "../core/options.ts";
import { checkShape } from "../core/shape.ts";
import { elementOf } from "../ops/operand.ts";
import { checkTensor } from "../ops/check.ts";
import { trilPlaces, triuPlaces } from "../ops/diagonal.ts";
import { filled, leaf, OPTIONS, random, settled, type TensorOptions } from "./create.ts";
import type { Tensor } from "./tensor.ts";

/** One value in the shape and dtype of another tensor, where that is. */
export function fullLike(x: Tensor, value: number | boolean, options: TensorOptions = {}): Tensor {
  atMost(3, arguments.length, "fullLike(x, value, options)");
  checkTensor("fullLike", x);
  check("fullLike", "the value", value, either(anyNumber, flag));
  const settings = settled("fullLike", options, x.dtype, x.device);
  return filled("fullLike", x.shape, Number(value), settings);
}

/** Memory as it is found, in the shape and dtype of another tensor: to be filled before it is read. */
export function emptyLike(x: Tensor, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "emptyLike(x, options)");
  checkTensor("emptyLike", x);
  const settings = settled("emptyLike", options, x.dtype, x.device);
  checkShape("emptyLike", x.shape);
  return leaf("emptyLike", allocOn(settings.device, [...x.shape], settings.dtype), settings);
}

/** Options without those that are undefined. */
function givenOnly(options: TensorOptions): TensorOptions {
  return Object.fromEntries(Object.entries(options).filter(([_, value]) => value !== undefined));
}

/** Uniform random numbers in [0, 1) in the shape of another tensor, where that is. See `manualSeed`. */
export function randLike(x: Tensor, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "randLike(x, options)");
  checkTensor("randLike", x);
  const given = givenOnly(checkOptions("randLike", options, OPTIONS));
  return random(
    "randLike",
    x.shape,
    { device: x.device, dtype: x.dtype, ...given },
    (out) => kernelsOf(out).uniform(out, generator().next(), 0, 1),
  );
}

/** Normal random numbers in the shape of another tensor, where that is. See `manualSeed`. */
export function randnLike(x: Tensor, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "randnLike(x, options)");
  checkTensor("randnLike", x);
  const given = givenOnly(checkOptions("randnLike", options, OPTIONS));
  return random(
    "randnLike",
    x.shape,
    { device: x.device, dtype: x.dtype, ...given },
    (out) => kernelsOf(out).normal(out, generator().next(), 0, 1),
  );
}

/** `steps` numbers in even steps from `start` to `end`, both included: float32. Both may be tensors of one. */
export function linspace(
  start: number | Tensor,
  end: number | Tensor,
  steps: number,
  options: TensorOptions = {},
): Tensor {
  atMost(4, arguments.length, "linspace(start, end, steps, options)");
  return inSteps("linspace", start, end, steps, options, (x) => x);
}

/** `steps` powers of `base` whose exponents go in even steps from `start` to `end`: float32. */
export function logspace(
  start: number | Tensor,
  end: number | Tensor,
  steps: number,
  base = 10,
  options: TensorOptions = {},
): Tensor {
  atMost(5, arguments.length, "logspace(start, end, steps, base, options)");
  check("logspace", "the base", base, number);
  return inSteps("logspace", start, end, steps, options, (x) => base ** x);
}

function inSteps(
  name: string,
  start: number | Tensor,
  end: number | Tensor,
  steps: number,
  options: TensorOptions,
  of: (x: number) => number,
): Tensor {
  start = numberOf(name, "the start", start);
  end = numberOf(name, "the end", end);
  check(name, "the number of steps", steps, whole(0));
  const settings = settled(name, options);
  checkShape(name, [steps]);
  if (DTYPES[settings.dtype].kind === "int") [start, end] = [Math.trunc(start), Math.trunc(end)];
  const [first, last] = [start, end];
  const step = steps > 1 ? (last - first) / (steps - 1) : 0;
  const out = allocOn(settings.device, [steps], settings.dtype);
  const values = Float64Array.from({ length: steps }, (_, i) => {
    const x = i < steps / 2 ? first + i * step : last - (steps - 1 - i) * step; // both ends exactly
    return elementOf(name, of(x), settings.dtype);
  });
  write(out, values);
  return leaf(name, out, settings);
}

/** A number, or the one that a tensor holds. */
function numberOf(name: string, what: string, x: number | Tensor): number {
  const value = Buffer.is(x) && x.numel === 1 ? (x as Tensor).item() : x;
  check(name, what, value, number);
  return value as number;
}

/** Where the lower triangle of an n × m matrix is: int32 [2, count], its rows and its columns, as `index` takes them. */
export function trilIndices(n: number, m: number, offset = 0, options: TensorOptions = {}): Tensor {
  atMost(4, arguments.length, "trilIndices(n, m, offset, options)");
  check("trilIndices", "the offset", offset, integer);
  return placesIn("trilIndices", trilPlaces("trilIndices", n, m, offset), options);
}

/** Where the upper triangle of an n × m matrix is: int32 [2, count], its rows and its columns. */
export function triuIndices(n: number, m: number, offset = 0, options: TensorOptions = {}): Tensor {
  atMost(4, arguments.length, "triuIndices(n, m, offset, options)");
  check("triuIndices", "the offset", offset, integer);
  return placesIn("triuIndices", triuPlaces("triuIndices", n, m, offset), options);
}

function placesIn(
  name: string,
  [rows, columns]: [number[], number[]],
  options: TensorOptions,
): Tensor {
  const settings = settled(name, options, "int32");
  const out = allocOn(settings.device, [2, rows.length], settings.dtype);
  write(out, [...rows, ...columns]);
  return leaf(name, out, settings);
}
