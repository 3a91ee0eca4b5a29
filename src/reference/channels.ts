/**
 * Walks over the channels of images.
 *
 * @module
 */
import type { Channels } from "../device/kernels.ts";

/** For each channel the sum of f over its elements. */
export function sumChannels(
  [outer, c, inner]: Channels,
  f: (i: number, channel: number) => number,
): Float64Array {
  const sums = new Float64Array(c);
  for (let i = 0; i < outer * c * inner; i++) {
    const channel = channelOf(i, [outer, c, inner]);
    sums[channel]! += f(i, channel);
  }
  return sums;
}

/** The channel of an element. */
export function channelOf(i: number, [, c, inner]: Channels): number {
  return Math.floor(i / inner) % c;
}
