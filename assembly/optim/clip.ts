// What clips gradients: the norm of a list of arrays, and its arrays times a number.

import { squareSum } from "../reduce/reduce";
import { scaleSpan } from "../reduce/softmax";
import { rowOf } from "./list";
import { at } from "../simd";

/** Of each array w of a table Σ w², as the row's first correction; rows begin to end. */
export function squareSums(table: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const row = rowOf(table, i);
    row.correction1 = squareSum(row.w, row.n);
  }
}

/** w ← by · w for `count` arrays of a table, whose elements count on; elements begin to end. */
export function scaleList(table: usize, count: i32, by: f32, begin: i32, end: i32): void {
  for (let i = 0; i < count && end > 0; i++) {
    const row = rowOf(table, i), n = row.n;
    const from = max(begin, 0), to = min(end, n);
    if (from < to) scaleSpan(at(row.w, from), by, to - from);
    begin -= n;
    end -= n;
  }
}
