/**
 * Functions of one element that are no row: `neg`, which is a product of integers, and `clamp`.
 *
 * @module
 */
import { isRecording, type Pair, record } from "../autograd/autograd.ts";
import { computedIn } from "../core/dtype.ts";
import { atMost, checkOptions, either, type Kinds, number } from "../core/options.ts";
import { alloc, Buffer, kernelsOf } from "../device/buffer.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { maximum, minimum, mul } from "./binary.ts";
import { combined } from "./combined.ts";
import { checkComputes, checkOperands, tensorKind } from "./check.ts";
import { ge, gt, le, lt } from "./compare.ts";
import { inNameOf } from "./in_name_of.ts";
import { negative } from "./negative.ts";
import type { Operand } from "./operand.ts";
import { sumTo } from "./sum.ts";
import { contiguous } from "./view.ts";
import { where } from "./where.ts";

/** −x. */
export function neg(x: Tensor): Tensor {
  atMost(1, arguments.length, "neg(x)");
  checkComputes("neg", x);
  if (computedIn(x.dtype) !== "int32") return negative(x);
  return combined("neg", "int32Neg", [x]) ?? mul(x, -1);
}

/** Bounds of {@link clamp}. */
export interface ClampOptions {
  /** The least that comes out: a number, or a tensor that broadcasts. */
  min?: Operand;
  /** The most that comes out, which wins over `min`. */
  max?: Operand;
}

const bound = either(number, tensorKind);
const CLAMP: Kinds<ClampOptions> = { min: bound, max: bound };

/** Bounds that come one after the other, null for none, or by their names. */
function bounds(least?: Operand | ClampOptions | null, most?: Operand | null): ClampOptions {
  const isOne = typeof least !== "object" || least === null || Buffer.is(least);
  if (!isOne && most === undefined) return least as ClampOptions;
  if ((least ?? most ?? null) === null) {
    throw new TypeError("clamp: a bound is needed: clamp(0, 1), clamp({ min: 0 })");
  }
  return { min: (least ?? -Infinity) as Operand, max: most ?? Infinity };
}

/**
 * x, but at least `min` and at most `max`: `clamp(x, 0, 1)` or `clamp(x, { min: 0 })`. The gradient
 * passes where x is within, bounds included; else it is that of the bound. Integers stay integers
 * between whole numbers.
 */
export function clamp(
  x: Tensor,
  least?: Operand | ClampOptions | null,
  most?: Operand | null,
): Tensor {
  atMost(3, arguments.length, "clamp(x, min, max)");
  const { min = -Infinity, max = Infinity } = checkOptions("clamp", bounds(least, most), CLAMP);
  if (typeof min !== "number" || typeof max !== "number") {
    return inNameOf("clamp", () => clampBetween(x, min, max));
  }
  checkComputes("clamp", x);
  if (x.dtype !== "float32") return clampIntegers(x, min, max);
  const out = alloc(x, x.shape);
  kernelsOf(out).clamp(contiguous(x), out, min, max);
  return record("clamp", out, [[x, (dy) => {
    if (isRecording()) return where(ge(x, min), where(le(x, max), dy, 0), 0);
    const dx = alloc(x, x.shape);
    kernelsOf(dx).clampGrad(contiguous(x), contiguous(dy), dx, min, max);
    return record("clamp", dx, []);
  }]], { saved: [x], differentiable: true });
}

/** `clamp` by another name. */
export function clip(
  x: Tensor,
  min?: Operand | ClampOptions | null,
  max?: Operand | null,
): Tensor {
  atMost(3, arguments.length, "clip(x, min, max)");
  return inNameOf("clip", () => clamp(x, min, max));
}

/** Integers between numbers: infinite ones bound nothing. */
function clampIntegers(x: Tensor, min: number, max: number): Tensor {
  const above = min === -Infinity ? x : maximum(x, min);
  return max === Infinity ? above : minimum(above, max);
}

/** The same where a bound is a tensor: it gets the gradient of x where it takes x's place. */
function clampBetween(x: Tensor, min: Operand, max: Operand): Tensor {
  checkComputes("clamp", x);
  checkOperands("clamp", min, max);
  if (wantsParts && x.dtype === "float32") { // its parts have operators
    const above = min === -Infinity ? x : maximum(x, min);
    return max === Infinity ? above : minimum(above, max);
  }
  const value = noHistory(x), [low, high] = [noHistory(min), noHistory(max)];
  const above = low === -Infinity ? value : maximum(value, low);
  const y = high === Infinity ? above : minimum(above, high);
  const pairs: Pair[] = [[x, (dy) => {
    const within = where(ge(value, low), where(le(value, high), dy, 0), 0);
    return sumTo(within, x.shape);
  }]];
  if (typeof min !== "number") {
    const below = (dy: Tensor) => where(lt(value, low), where(lt(low, high), dy, 0), 0);
    pairs.push([min, (dy) => sumTo(below(dy), min.shape)]);
  }
  if (typeof max !== "number") {
    pairs.push([max, (dy) => sumTo(where(gt(above, high), dy, 0), max.shape)]);
  }
  const saved = [x, min, max].filter((t) => typeof t !== "number");
  return record("clamp", y, pairs.filter(([input]) => input.dtype === "float32"), {
    saved,
    differentiable: true,
  });
}

/** An operand whose history does not count. */
function noHistory<T extends Operand>(x: T): T {
  return (typeof x === "number" ? x : x.detach()) as T;
}
