// Lists of parameters: one kernel steps them all, so a list of many small ones costs one call, and
// threads share it as if it were one long array.
//
//   table:  row │ row │ row          elements:  0 … n₀ │ … n₀ + n₁ │ …      the range is of these

/** A row of the table: one parameter. Its arrays are n numbers each; 0 where the rule has none. */
@unmanaged
export class Row {
  /** Elements. */
  n: i32;
  /** What differs between the parameters of a list: see each kernel. */
  flags: i32;
  w: usize;
  g: usize;
  /** What the rule keeps. */
  kept0: usize;
  kept1: usize;
  kept2: usize;
  /** For a gradient that is an outer product u vᵀ, kept as u and v at g: the numbers of v; else 0. */
  columns: i32;
  /** Adam's corrections. */
  correction1: f64;
  correction2: f64;
}

/** Row i of a table. */
// @ts-ignore: decorator
@inline
export function rowOf(table: usize, i: i32): Row {
  return changetype<Row>(table + <usize>i * offsetof<Row>());
}
