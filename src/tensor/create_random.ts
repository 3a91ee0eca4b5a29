/**
 * Functions that make random integers. What they draw follows `manualSeed`, on any number of threads and
 * on every device.
 *
 * @module
 */
import { allocOn } from "../device/buffer.ts";
import { write } from "../device/transfer.ts";
import { generator, permutation, philox, type RandomKey } from "../core/random.ts";
import { atMost, check, checkOptions, integer, whole } from "../core/options.ts";
import { checkShape, numelOf, type Shape } from "../core/shape.ts";
import type { DType } from "../core/dtype.ts";
import { checkTensor } from "../ops/check.ts";
import { elementOf } from "../ops/operand.ts";
import { leaf, OPTIONS, settled, type TensorOptions } from "./create.ts";
import type { Tensor } from "./tensor.ts";

/** Random whole numbers from 0 to high − 1: int32. See `manualSeed`. */
export function randint(high: number, shape: Shape, options?: TensorOptions): Tensor;
/** Random whole numbers from low to high − 1. */
export function randint(low: number, high: number, shape: Shape, options?: TensorOptions): Tensor;
export function randint(...args: (number | Shape | TensorOptions | undefined)[]): Tensor {
  const hasLow = typeof args[1] === "number";
  atMost(hasLow ? 4 : 3, args.length, "randint(low, high, shape, options)");
  const [low, high, shape, options = {}] = (hasLow ? args : [0, ...args]) as [
    number,
    number,
    Shape,
    TensorOptions?,
  ];
  return integersBetween("randint", low, high, shape, options, "int32");
}

/** Random whole numbers from 0 to high − 1 in the shape and dtype of another tensor, where that is. */
export function randintLike(x: Tensor, high: number, options?: TensorOptions): Tensor;
/** Random whole numbers from low to high − 1 in the shape and dtype of another tensor, where that is. */
export function randintLike(
  x: Tensor,
  low: number,
  high: number,
  options?: TensorOptions,
): Tensor;
export function randintLike(
  x: Tensor,
  ...args: (number | TensorOptions | undefined)[]
): Tensor {
  const hasLow = typeof args[1] === "number";
  atMost(hasLow ? 4 : 3, arguments.length, "randintLike(x, low, high, options)");
  const [low, high, options = {}] = (hasLow ? args : [0, ...args]) as [
    number,
    number,
    TensorOptions?,
  ];
  checkTensor("randintLike", x);
  checkOptions("randintLike", options, OPTIONS);
  const { device = x.device, ...rest } = options;
  return integersBetween("randintLike", low, high, x.shape, { device, ...rest }, x.dtype);
}

function integersBetween(
  name: string,
  low: number,
  high: number,
  shape: Shape,
  options: TensorOptions,
  own: DType,
): Tensor {
  check(name, "the lowest", low, integer);
  check(name, "the highest", high, integer);
  const settings = settled(name, options, own);
  checkShape(name, shape);
  if (high <= low) {
    throw new RangeError(
      `${name}: the highest must be above the lowest: they are ${high} and ${low}`,
    );
  }
  for (const bound of [low, high - 1]) elementOf(name, bound, settings.dtype);
  const out = allocOn(settings.device, [...shape], settings.dtype);
  write(out, drawn(generator().next(), numelOf(shape), low, high - low));
  return leaf(name, out, settings);
}

/** n whole numbers from `low` on, below `low + range`: 53 random bits each, scaled. */
function drawn(key: RandomKey, n: number, low: number, range: number): Float64Array {
  const values = new Float64Array(n);
  const block = new Uint32Array(4);
  for (let i = 0; i < n; i += 2) { // two numbers of each block
    philox([i >>> 1, 0, key.stream[0], key.stream[1]], key.seed, block);
    for (let j = 0; j < 2 && i + j < n; j++) {
      const unit = (block[2 * j]! * 2 ** 21 + (block[2 * j + 1]! >>> 11)) / 2 ** 53;
      values[i + j] = low + Math.floor(unit * range);
    }
  }
  return values;
}

/** The numbers from 0 to n − 1 in random order: int32. See `manualSeed`. */
export function randperm(n: number, options: TensorOptions = {}): Tensor {
  atMost(2, arguments.length, "randperm(n, options)");
  check("randperm", "n", n, whole(0));
  const settings = settled("randperm", options, "int32");
  checkShape("randperm", [n]);
  if (n > 0) elementOf("randperm", n - 1, settings.dtype);
  const out = allocOn(settings.device, [n], settings.dtype);
  write(out, permutation(n, generator().next()));
  return leaf("randperm", out, settings);
}
