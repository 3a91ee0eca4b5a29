/**
 * The gradient of a convolution's input as a convolution of its own: of dy, with the taps of the weight turned
 * round, where the stride is 1.
 *
 * ```
 * dx [n, h, w, c] = dy [n, oh, ow, o] with k - 1 - padding zeros around it, by the weight [c, kh, kw, o]
 * ```
 *
 * @module
 */
import { alloc, type Buffer, viewOf } from "../device/buffer.ts";
import type { ConvSizes } from "../device/kernels.ts";
import { weightAt } from "./conv_sizes.ts";
import { moves } from "./copy.ts";

/** The sizes of that convolution; null where there is none. */
export function turned(s: ConvSizes): ConvSizes | null {
  const [kh, kw] = s.kernel;
  const padding = [kh - 1 - s.padding[0], kw - 1 - s.padding[1]] as const;
  const steps = [...s.stride, ...s.dilation, s.groups];
  if (steps.some((n) => n !== 1) || Math.min(...padding) < 0) return null;
  return { ...s, c: s.o, h: s.oh, w: s.ow, o: s.c, oh: s.h, ow: s.w, padding };
}

/** w [o, taps, c], the last tap first; steps: from tap to tap, from output to output, from channel to channel. */
export function turnedWeight(
  s: ConvSizes,
  w: Buffer,
  [tap, output, channel]: readonly [number, number, number],
): Buffer {
  weightAt(s, w);
  const taps = s.kernel[0] * s.kernel[1];
  const out = alloc(w, [taps * s.o * s.c]);
  for (let t = 0; t < taps; t++) {
    const from = viewOf(w, [s.o, s.c], [taps * s.c, 1], w.offset + (taps - 1 - t) * s.c);
    moves.copy(from, viewOf(out, [s.o, s.c], [output, channel], t * tap));
  }
  return out;
}
