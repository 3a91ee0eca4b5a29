/** What the references share. */

/** Any flat array of numbers. */
export type Values = ArrayLike<number>;

/** f(0) … f(n − 1). */
export function tabulate(n: number, f: (i: number) => number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => f(i));
}

/** The larger of two, or NaN if either is. */
export function larger(a: number, b: number): number {
  return a !== a || b !== b ? NaN : a < b ? b : a;
}

/** The smaller of two, or NaN if either is. */
export function smaller(a: number, b: number): number {
  return a !== a || b !== b ? NaN : b < a ? b : a;
}
