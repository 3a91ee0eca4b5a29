// Tiles of the two kinds of build, to find out which is faster here: the wide one only where the engine
// joins neighbouring vectors, and no checks of bounds stand between them.

import { strip8 } from "./gemm/narrow_tiles";
import { strip16 } from "./gemm/wide_tiles";

/** k of a tile. */
const DEPTH: i32 = 192;

/**
 * `times` · 480 · 192 multiply-adds, in twelve tiles of 5 × 8 or five of 6 × 16. room: 20 KiB of zeros. One
 * function, so that the engine compiles both anew at the same time.
 */
export function race(wide: i32, room: usize, times: i32): void {
  const b = room + 5120, c = b + 12288;
  if (wide) {
    for (let i = 5 * times; i > 0; i--) strip16(6, 1, 1, room, 24, 0, b, 64, 0, DEPTH, c, 64, 0, 0);
  } else {
    for (let i = 12 * times; i > 0; i--) strip8(5, 1, 1, room, b, 32, 0, DEPTH, c, 32, 0, 0);
  }
}
