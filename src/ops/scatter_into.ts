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

/** `gathered`: what the values that go to a place get of a gradient there. */
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
  const isInt = x.dtype !== "float32";
  const first = Number.isFinite(start) || !isInt ? start : start < 0 ? -(2 ** 31) : 2 ** 31 - 1;
  const base = includeSelf ? x : put(
    "set",
    x,
    filled(
      op,
      x,
      isInt && x.dtype !== "int32" ? Math.max(0, Math.min(255, first)) : first,
      at.shape,
    ),
  );
  let out = put(kernel, base.detach(), from.detach());
  let counts: Tensor | null = null;
  if (reduce === "mean") {
    const zeros = filled(op, ones, includeSelf ? 1 : 0, x.shape);
    counts = put("add", zeros, ones);
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
  const products = (dy: Tensor): Tensor => { // out / from, also where from is 0
    const isZero = eq(from, 0);
    const zeros = put("add", filled(op, x, 0, x.shape), cast(isZero, "float32"));
    const selfZero = includeSelf ? add01(zeros, eq(x, 0)) : zeros;
    const rest = gathered(
      times(includeSelf ? where(eq(x, 0), 1, x) : base, where(isZero, 1, from)),
    );
    const others = gathered(selfZero).sub(cast(isZero, "float32")); // zeros among the others
    const product = div(isRecording() ? gathered(found) : rest, where(isZero, 1, from));
    const ofZero = where(eq(others, 0), rest, 0);
    return mul(
      gathered(dy),
      where(isZero, ofZero, isRecording() ? product : where(eq(others, 0), product, 0)),
    );
  };
  const dx = (dy: Tensor): Tensor => {
    if (reduce === "sum") return own(dy);
    if (reduce === "mean") return own(div(dy, counts!));
    if (reduce === "prod") {
      const rest = times(filled(op, x, 1, x.shape), from);
      return includeSelf ? mul(dy, rest) : own(dy);
    }
    return shares(dy)[0];
  };
  const ds = (dy: Tensor): Tensor => {
    if (reduce === "sum") return gathered(dy);
    if (reduce === "mean") return gathered(div(dy, counts!));
    return reduce === "prod" ? products(dy) : shares(dy)[1];
  };
  const found: Tensor = record(op, out, [[x, dx], [from, ds]], {
    saved: reduce === "sum" || reduce === "mean" ? [at] : [x, from, at, out],
    differentiable: true,
  });
  return found;
}

/** Counts of zeros, with those of x. */
function add01(zeros: Tensor, isZero: Tensor): Tensor {
  return zeros.add(cast(isZero, "float32"));
}

/** Integer means, rounded down. */
function quotients(sums: Tensor, counts: Tensor): Tensor {
  const whole = cast(div(sums, counts), "int32");
  const product = mul(whole, cast(counts, "int32"));
  const isBelow = sums.to("int32").lt(product); // the fraction that was cut off was negative
  return cast(whole.sub(cast(isBelow, "int32")), sums.dtype);
}
