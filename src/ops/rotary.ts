/**
 * Rotary positions.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { cat, stack } from "./join.ts";
import { narrow, reshape, select } from "./view.ts";

/** Options of {@link rotary}. */
export interface RotaryOptions {
  /**
   * Whether numbers 2i and 2i + 1 are turned together, as in the paper, and not i and i + d / 2, as in
   * Llama's files at Hugging Face. Default: false.
   */
  interleaved?: boolean;
}

const OPTIONS: Kinds<RotaryOptions> = { interleaved: flag };

/**
 * Turns pairs of numbers by angles that grow with the position, so that products of queries and keys
 * depend on their distance: Su et al., "RoFormer", 2021. x: [..., l, d]; cos and sin: [l, d / 2], of the
 * angle of each position and pair. The same shape out. ShapeError where the shapes do not agree.
 */
export function rotary(x: Tensor, cos: Tensor, sin: Tensor, options: RotaryOptions = {}): Tensor {
  atMost(4, arguments.length, "rotary(x, cos, sin, options)");
  x = asFloat("rotary", x);
  cos = asFloat("rotary", cos, "cos");
  sin = asFloat("rotary", sin, "sin");
  const { interleaved = false } = checkOptions("rotary", options, OPTIONS);
  const [l, d] = [x.shape.at(-2), x.shape.at(-1)! / 2];
  if (x.ndim < 2 || !sameShape(cos.shape, [l!, d]) || !sameShape(sin.shape, [l!, d])) {
    throw new ShapeError(
      `rotary: x must be [..., l, d], cos and sin [l, d / 2]: they are ${show(x.shape)}, ` +
        `${show(cos.shape)} and ${show(sin.shape)}`,
    );
  }
  if (interleaved) {
    const pairs = reshape(x, [...x.shape.slice(0, -1), d, 2]);
    const [a, b] = [select(pairs, -1, 0), select(pairs, -1, 1)];
    return reshape(
      stack([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1),
      x.shape,
    );
  }
  const [a, b] = [narrow(x, -1, 0, d), narrow(x, -1, d, d)];
  return cat([sub(mul(a, cos), mul(b, sin)), add(mul(b, cos), mul(a, sin))], -1);
}
