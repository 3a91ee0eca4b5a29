/** The elements of leaves: the same float32 numbers for whoever runs a program. */
import { count } from "../reference/arrays/array.ts";
import { mix, unit } from "../prng.ts";
import type { Leaf } from "./program.ts";

/** The elements, row-major. */
export function dataOf({ shape, seed, kind, high = 2, layout }: Leaf): Float64Array {
  const whole = count(shape);
  // the first dimension of what is repeated has one row, again and again
  const length = layout === "repeated" ? whole / shape[0]! : whole;
  return Float64Array.from({ length: whole }, (_, at) => {
    const i = at % length;
    if (kind === "whole") return mix(seed, i) % high;
    if (kind === "positive") return 0.5 + unit(seed, i);
    const size = 0.25 + unit(seed, i);
    return mix(seed + 1, i) % 2 === 0 ? size : -size;
  }).map(Math.fround);
}
