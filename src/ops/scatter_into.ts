/**
 * Copies of a tensor into which values were written, added, multiplied … element by element: what `scatter`,
 * `indexAdd` and their kin are made of.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import type { ScatterOp } from "../device/kernels.ts";
import { isComputedIn } from "../core/dtype.ts";
import { flag, type Kinds } from "../core/options.ts";
import type { Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, mul } from "./binary.ts";
import { eq } from "./compare.ts";
import { cast, clone } from "./cast.ts";
import { elementOf } from "./operand.ts";
import { scatterInto } from "./select.ts";
import { expand } from "./sum.ts";
import { where } from "./where.ts";

/** How {@link scatterReduce} puts values together. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

/** Options of {@link scatterReduce}. */
export interface ScatterReduceOptions {
  /** Whether what is in x takes part. Default: true. */
  includeSelf?: boolean;
}

/** What they take. */
export const SCATTER_REDUCE: Kinds<ScatterReduceOptions> = { includeSelf: flag };

/** What one of these ops is about: an index of elements that was checked. */
export interface Elements {
  /** The dimension along which the index counts. */
  axis: number;
  /** The index: int32, one position an element. */
  at: Tensor;
}

/** A copy of x in which values were put, added … by the kernel. */
export function written(
  op: ScatterOp,
  name: string,
  x: Tensor,
  { axis, at }: Elements,
  src: Tensor,
): Buffer {
  const isNarrow = op !== "set" && !isComputedIn(x.dtype);
  if (!isNarrow) {
    const out = clone(x.detach());
    scatterInto(op, out, axis, at, src.detach(), name);
    return out;
  }
  const wide = cast(x, "int32").clone();
  scatterInto(op, wide, axis, at, cast(src, "int32"), name);
  return cast(wide, x.dtype);
}

/** A value everywhere, where and as what x is. */
export function filled(op: string, x: Tensor, value: number, shape: Shape): Tensor {
  const one = alloc(x, [], x.dtype);
  kernelsOf(one).fill(one, elementOf(op, value, x.dtype));
  return expand(record(op, one, []), shape);
}

const REDUCED: Readonly<Record<ScatterReduction, [op: ScatterOp, start: number]>> = {
  sum: ["add", 0],
  mean: ["add", 0],
  prod: ["mul", 1],
  amax: ["max", -Infinity],
  amin: ["min", Infinity],
};

/** What a reduction of values into a tensor begins with, as the dtype has it. */
function startIn(dtype: Tensor["dtype"], start: number): number {
  if (dtype === "float32") return start;
  const [least, most] = dtype === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 255];
  return Math.max(least, Math.min(most, start));
}

/**
 * x with values reduced into it. `gathered`: what the values that go to a place get of a gradient
 * there.
 */
export function reducedInto(
  op: string,
  x: Tensor,
  here: Elements,
  from: Tensor,
  reduce: ScatterReduction,
  includeSelf: boolean,
  gathered: (dy: Tensor) => Tensor,
): Tensor {
  const [kernel, start] = REDUCED[reduce];
  const { at } = here;
  const ones = filled(op, cast(x.detach(), "float32"), 1, at.shape);
  const put = (name: ScatterOp, to: Tensor, what: Tensor) =>
    record(op, written(name, op, to, here, what), []);
  const base = includeSelf ? x : put("set", x, filled(op, x, startIn(x.dtype, start), at.shape));
  let out = put(kernel, base.detach(), from.detach());
  const isInt = x.dtype !== "float32";
  let counts: Tensor | null = null;
  if (reduce === "mean") {
    counts = put("add", filled(op, ones, includeSelf ? 1 : 0, x.shape), ones);
    counts = where(eq(counts, 0), 1, counts);
    out = isInt ? quotients(out, counts) : div(out, counts);
  }
  if (isInt) return out;
  const isNamed = () => put("set", filled(op, x, 0, x.shape), ones); // 1 where a value goes
  const own = (dy: Tensor) => includeSelf ? dy : where(eq(isNamed(), 0), dy, 0);
  const shares = (dy: Tensor): [Tensor, Tensor] => { // of the extremes, for x and for the values
    const isSelf = cast(eq(x, out), "float32");
    const hits = cast(eq(from, gathered(out)), "float32");
    const part = div(dy, put("add", isSelf, hits));
    return [own(mul(part, isSelf)), mul(gathered(part), hits)];
  };
  const times = (to: Tensor, what: Tensor) =>
    isRecording() ? reducedInto(op, to, here, what, "prod", true, gathered) : put("mul", to, what);
  const othersOf = (): Tensor => {
    const isZero = eq(from, 0);
    const zerosOfX = includeSelf ? cast(eq(x, 0), "float32") : filled(op, x, 0, x.shape);
    const zeros = gathered(put("add", zerosOfX, cast(isZero, "float32")));
    const rest = times(includeSelf ? where(eq(x, 0), 1, x) : base, where(isZero, 1, from));
    return others(from, zeros, gathered(rest), isRecording() ? gathered(found) : null);
  };
  const dx = (dy: Tensor): Tensor => {
    if (reduce === "sum" || reduce === "mean") return own(counts === null ? dy : div(dy, counts));
    if (reduce !== "prod") return shares(dy)[0];
    return includeSelf ? mul(dy, times(filled(op, x, 1, x.shape), from)) : own(dy);
  };
  const ds = (dy: Tensor): Tensor => {
    if (reduce === "sum" || reduce === "mean") {
      return gathered(counts === null ? dy : div(dy, counts));
    }
    return reduce === "prod" ? mul(gathered(dy), othersOf()) : shares(dy)[1];
  };
  const found: Tensor = record(op, out, [[x, dx], [from, ds]], {
    saved: reduce === "sum" || reduce === "mean" ? [at] : [x, from, at, out],
    differentiable: true,
  });
  return found;
}

/**
 * Of each value the product of all others that go where it goes: `product` / value, but where the value
 * is 0. `zeros` are how many of them are 0, `rest` is the product of those that are not; `product` is
 * null where no gradient of this is asked for, and then `rest` serves.
 */
function others(from: Tensor, zeros: Tensor, rest: Tensor, product: Tensor | null): Tensor {
  const isZero = eq(from, 0);
  const noOther = eq(zeros.sub(cast(isZero, "float32")), 0);
  const quotient = div(product ?? rest, where(isZero, 1, from));
  return where(
    isZero,
    where(noOther, rest, 0),
    product === null ? where(noOther, quotient, 0) : quotient,
  );
}

/** Integer means, rounded down. */
function quotients(sums: Tensor, counts: Tensor): Tensor {
  const whole = cast(div(sums, counts), "int32");
  const product = mul(whole, cast(counts, "int32"));
  const isBelow = sums.to("int32").lt(product); // the fraction that was cut off was negative
  return cast(whole.sub(cast(isBelow, "int32")), sums.dtype);
}
