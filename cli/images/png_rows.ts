/**
 * The filters of PNG, undone, after the PNG specification (W3C), third edition, section 9.
 *
 * @module
 */
import { DataError } from "@glim/glim";

/**
 * Undoes the filters of some rows, in place. Each row has one byte that names its filter before it;
 * a byte is predicted by those a pixel to the left (a), above (b), and left of that (c).
 *
 *     c b
 *     a x
 *
 * @param rows The rows: a multiple of 1 + `length` bytes.
 * @param length Bytes of a row, without the filter's.
 * @param pixel Bytes from a pixel to the next, 1 where they are smaller.
 */
export function unfilter(rows: Uint8Array, length: number, pixel: number): void {
  const stride = 1 + length;
  for (let start = 0; start < rows.length; start += stride) {
    const filter = rows[start]!;
    const hasAbove = start > 0;
    for (let at = start + 1; at < start + stride; at++) {
      const hasLeft = at - start > pixel;
      const a = hasLeft ? rows[at - pixel]! : 0;
      const b = hasAbove ? rows[at - stride]! : 0;
      if (filter === 1) rows[at]! += a;
      else if (filter === 2) rows[at]! += b;
      else if (filter === 3) rows[at]! += (a + b) >> 1;
      else if (filter === 4) {
        rows[at]! += paeth(a, b, hasLeft && hasAbove ? rows[at - stride - pixel]! : 0);
      }
    }
    if (filter > 4) {
      throw new DataError(`readPng: a row's filter is 0 to 4: it is ${filter}: damaged`);
    }
  }
}

/** That of the three which is next to a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - c - c);
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}
