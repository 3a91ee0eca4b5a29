/**
 * Shifting images.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, describe } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { pad } from "./pad.ts";

/**
 * Images [..., h, w], all moved down by dy pixels and to the right by dx; what leaves is lost, and
 * zeros come in. ShapeError unless x has two dimensions or more, and both are whole numbers.
 */
export function shiftImages(x: Tensor, dy: number, dx: number): Tensor {
  atMost(3, arguments.length, "shiftImages(x, dy, dx)");
  checkTensor("shiftImages", x);
  if (x.ndim < 2 || !Number.isInteger(dy) || !Number.isInteger(dx)) {
    throw new ShapeError(
      `shiftImages: images [..., h, w] and whole numbers are needed: x is ${show(x.shape)}, ` +
        `the shift is ${describe(dy)} down and ${describe(dx)} to the right`,
    );
  }
  const [h, w] = x.shape.slice(-2) as [number, number];
  // moved further than their size, images are as empty as moved by their size
  const [down, right] = [Math.max(-h, Math.min(h, dy)), Math.max(-w, Math.min(w, dx))];
  return pad(x, [right, -right, down, -down]);
}
