/**
 * Checks that layers share.
 *
 * @module
 */
import { describe } from "../core/options.ts";

/** RangeError unless both lengths are whole numbers of at least 1. */
export function checkLengths(layer: string, a: number, b: number): void {
  if (isLength(a) && isLength(b)) return;
  throw new RangeError(
    `${layer}: lengths must be whole numbers of at least 1: they are ${describe(a)} and ` +
      describe(b),
  );
}

function isLength(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 1;
}
