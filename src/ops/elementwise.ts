/**
 * Functions of one element that are no row: `neg`, which is a product of integers, and `clamp`.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { computedIn } from "../core/dtype.ts";
import { atMost, checkOptions, type Kinds, number } from "../core/options.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./binary.ts";
import { ge, le } from "./compare.ts";
import { checkComputes, checkFloat } from "./check.ts";
import { negative } from "./negative.ts";
import { contiguous } from "./view.ts";

/** −x. */
export function neg(x: Tensor): Tensor {
  atMost(1, arguments.length, "neg(x)");
  checkComputes("neg", x);
  return computedIn(x.dtype) === "int32" ? mul(x, -1) : negative(x);
}

/** Bounds of {@link clamp}. */
export interface ClampOptions {
  /** The least that comes out. */
  min?: number;
  /** The most that comes out. */
  max?: number;
}

const CLAMP: Kinds<ClampOptions> = { min: number, max: number };

/** x, but at least `min` and at most `max`. The gradient passes where x is within, bounds included. */
export function clamp(x: Tensor, options: ClampOptions): Tensor {
  atMost(2, arguments.length, "clamp(x, { min, max })");
  const { min = -Infinity, max = Infinity } = checkOptions("clamp", options, CLAMP);
  checkFloat("clamp", x);
  const out = alloc(x, x.shape);
  kernelsOf(out).clamp(contiguous(x), out, min, max);
  return record("clamp", out, [[x, (dy) => {
    if (isRecording()) return mul(dy, mul(ge(x, min), le(x, max)));
    const dx = alloc(x, x.shape);
    kernelsOf(dx).clampGrad(contiguous(x), contiguous(dy), dx, min, max);
    return record("clamp", dx, []);
  }]], { differentiable: true });
}
