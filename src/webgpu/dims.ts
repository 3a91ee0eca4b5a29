/**
 * Operations on strided operands, reduced to the dimensions that a kernel walks.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import { expandStrides, type Shape } from "../core/shape.ts";

/** Dimensions that a kernel walks at most. */
export const MOST_DIMS = 6;

/** In a kernel with such a table: where element i of each operand is, as `at`. */
export const PLACES = `var rest = i;
  var at = vec3<u32>(0u);
  for (var d = 0u; d < p.dims; d++) {
    let dim = p.table[d];
    at += (rest % dim.x) * dim.yzw;
    rest /= dim.x;
  }`;

/** The steps of an operand that broadcasts to a shape; a number stays where it is. */
export function stepsOf(x: Buffer | number, shape: Shape): readonly number[] {
  return typeof x === "number" ? shape.map(() => 0) : expandStrides(x.shape, x.strides, shape);
}

/**
 * Lays an operation on some operands over at most six dimensions: neighbours that lie regularly in
 * every operand are merged, and what is left beyond six is walked here. `run` gets how many dimensions
 * there are, a table of them for the kernel with the innermost first (length, and steps of three
 * operands; of more, rows of four of them follow), where the operands begin, and the number of
 * elements.
 */
export function overDims(
  shape: Shape,
  strides: readonly (readonly number[])[],
  run: (dims: number, table: readonly number[], offsets: readonly number[], count: number) => void,
): void {
  const rows: number[][] = []; // the innermost first
  const width = 4 * Math.ceil((strides.length + 1) / 4) - 1;
  const none = Array.from({ length: width }, () => 0);
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = shape[d]!;
    if (n === 0) return;
    if (n === 1) continue;
    const steps = none.map((_, j) => strides[j]?.[d] ?? 0);
    const last = rows.at(-1);
    if (last !== undefined && steps.every((step, j) => step === last[j + 1]! * last[0]!)) {
      last[0]! *= n;
    } else rows.push([n, ...steps]);
  }
  const outer = rows.splice(MOST_DIMS);
  const table = rows.flat();
  const count = rows.reduce((product, [n]) => product * n!, 1);
  const walk = (d: number, offsets: readonly number[]): void => {
    if (d === outer.length) return run(rows.length, table, offsets, count);
    const [n, ...steps] = outer[d]!;
    for (let i = 0; i < n!; i++) walk(d + 1, offsets.map((at, j) => at + i * steps[j]!));
  };
  walk(0, none);
}
