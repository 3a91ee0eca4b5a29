/**
 * How many elements there are of each size.
 *
 * @module
 */
import { atMost, check, number, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { record } from "../autograd/autograd.ts";
import { readFirst } from "../device/transfer.ts";
import { div, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { ge, le } from "./compare.ts";
import { clamp } from "./elementwise.ts";
import { inNameOf } from "./in_name_of.ts";
import { logicalAnd } from "./logical.ts";
import type { Operand } from "./operand.ts";
import { max, min } from "./reduce.ts";
import { scatterAdd } from "./scatter.ts";
import { unseenBy } from "./unseen.ts";
import { reshape } from "./view.ts";
import { where } from "./where.ts";

/**
 * How many elements of x stand in each of as many bins of one width from `min` to `max`, float32 [bins];
 * both bounds count, what is beyond does not, nor does NaN. Where they are equal, the least and the
 * largest element stand for them, which must be finite. Without gradients. RangeError where `max` is below `min`.
 *
 * @example
 * ```ts
 * import { histc, tensor } from "@glim/glim";
 * console.log(histc(tensor([1, 2, 1]), 4, 0, 3).toArray()); // [0, 2, 1, 0]
 * ```
 */
export function histc(x: Tensor, bins = 100, min = 0, max = 0): Tensor {
  atMost(4, arguments.length, "histc(x, bins, min, max)");
  check("histc", "the number of bins", bins, whole(1));
  check("histc", "min", min, number);
  check("histc", "max", max, number);
  return inNameOf("histc", () => {
    const from = reshape(asFloat("histc", x).detach(), [-1]);
    const areAsked = min === max && from.numel > 0;
    const [low, high, width] = areAsked ? boundsOf(from) : checked(min, max);
    const isInside = logicalAnd(ge(from, low), le(from, high));
    const at = div(mul(sub(where(isInside, from, low), low), bins), width);
    const counts = alloc(from, [bins]);
    kernelsOf(counts).fill(counts, 0);
    const places = cast(clamp(at, { max: bins - 1 }), "int32");
    return scatterAdd(record("histc", counts, []), 0, places, cast(isInside, "float32"));
  });
}

/** Two bounds, and how far they are apart. */
export type Bounds<T extends Operand> = readonly [low: T, high: T, width: T];

/** Bounds that are numbers; around a single one they lie 1 to either side. */
function checked(low: number, high: number): Bounds<number> {
  if (!(low <= high) || !Number.isFinite(high - low)) {
    throw new RangeError(
      `histc: bounds must be finite, the lower one first: they are ${low} and ${high}`,
    );
  }
  return low === high ? [low - 1, high + 1, 2] : [low, high, high - low];
}

/** The least and the largest element. */
function boundsOf(x: Tensor): Bounds<Operand> {
  return unseenBy(x)?.bounds(x) ??
    checked(readFirst("histc", min(x)) as number, readFirst("histc", max(x)) as number);
}
