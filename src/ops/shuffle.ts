/**
 * Channels that change places with pixels, and with each other.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { owned } from "./cast.ts";
import { checkTensor } from "./check.ts";
import { permute, reshape } from "./view.ts";

/** x as [all before, c, h, w]. */
function images(
  op: string,
  x: Tensor,
  by: number,
): [lead: number[], c: number, h: number, w: number] {
  checkTensor(op, x);
  check(op, "the factor", by, whole(1));
  if (x.ndim >= 3) {
    return [x.shape.slice(0, -3), ...x.shape.slice(-3) as [number, number, number]];
  }
  throw new ShapeError(`${op}: x must be [..., c, h, w]: it is ${show(x.shape)}`);
}

/** Channels become pixels: [..., c r², h, w] → [..., c, h r, w r]: Shi et al., 2016. */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  atMost(2, arguments.length, "pixelShuffle(x, upscaleFactor)");
  const r = upscaleFactor;
  const [lead, channels, h, w] = images("pixelShuffle", x, r);
  if (channels % (r * r) !== 0) {
    throw new ShapeError(
      `pixelShuffle: channels must divide by ${r}²: x is ${show(x.shape)}`,
    );
  }
  const c = channels / (r * r);
  const split = permute(reshape(x, [count(lead), c, r, r, h, w]), [0, 1, 4, 2, 5, 3]);
  return owned(reshape(split, [...lead, c, h * r, w * r]), x);
}

/** Pixels become channels: [..., c, h r, w r] → [..., c r², h, w]. */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  atMost(2, arguments.length, "pixelUnshuffle(x, downscaleFactor)");
  const r = downscaleFactor;
  const [lead, c, height, width] = images("pixelUnshuffle", x, r);
  if (height % r !== 0 || width % r !== 0) {
    throw new ShapeError(`pixelUnshuffle: sides must divide by ${r}: x is ${show(x.shape)}`);
  }
  const [h, w] = [height / r, width / r];
  const split = permute(reshape(x, [count(lead), c, h, r, w, r]), [0, 1, 3, 5, 2, 4]);
  return owned(reshape(split, [...lead, c * r * r, h, w]), x);
}

/** Channels of all groups in turn: [n, g c, …] → the first of each group, then the second … */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  atMost(2, arguments.length, "channelShuffle(x, groups)");
  checkTensor("channelShuffle", x);
  check("channelShuffle", "the groups", groups, whole(1));
  if (x.ndim < 3 || x.shape[1]! % groups !== 0) {
    throw new ShapeError(
      `channelShuffle: x must be [n, c, ...] with channels in ${groups} groups: it is ${
        show(x.shape)
      }`,
    );
  }
  const [n, c, ...rest] = x.shape as [number, number, ...number[]];
  const split = reshape(x, [n, groups, c / groups, count(rest)]);
  return owned(reshape(permute(split, [0, 2, 1, 3]), x.shape), x);
}

function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
