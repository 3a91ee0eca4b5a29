// Weights into Winograd's planes, and their gradients back.

import { ConvShape, weightPlane } from "./shape";
import { at } from "../simd";
import { weightGradTile, weightTile, weightTileOf4 } from "./winograd_tiles";

/**
 * U = G g Gᵀ of the outputs begin to end, multiples of 4, in panels. weight: [o, 3, 3, c].
 *
 *   forward   planes × [o / 8, c, 8 of o]           across   planes × [c / 8, o, 8 of c]
 *
 * `across` is what the data gradient multiplies by.
 */
export function winogradWeight(
  shape: usize, weight: usize, u: usize, across: i32, begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape);
  const c = s.c, o = s.o, tap = <usize>c << 2, plane = weightPlane(s), row = plane * (s.tw + 2);
  if (across) {
    for (let j = begin; j < end; j++) {
      for (let i = 0; i < c; i += 4) {
        const to = at(u, ((i >> 3) * o + j) * 8 + (i & 7));
        weightTile(s.th, at(weight, 9 * c * j + i), 3 * tap, tap, to, row, plane, 4);
      }
    }
    return;
  }
  for (let j = begin; j < end; j += 4) {
    for (let i = 0; i < c; i++) {
      const to = at(u, ((j >> 3) * c + i) * 8 + (j & 7));
      const from = at(weight, 9 * c * j + i);
      weightTileOf4(s.th, from, 3 * tap, tap, to, row, plane, 4, 9 * tap);
    }
  }
}

/** dg = Gᵀ dU G. du: planes × [c, o]; dw: [3, 3, c, o]. */
export function weightGradFrom(s: ConvShape, du: usize, dw: usize): void {
  const n = s.c * s.o, tap = <usize>n << 2, plane = weightPlane(s);
  weightGradTile(s.th, du, plane * (s.tw + 2), plane, dw, 3 * tap, tap, n);
}
