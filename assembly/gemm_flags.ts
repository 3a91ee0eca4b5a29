/** Flags of {@link gemm}. */
export const enum Flag {
  /** Add to C instead of overwriting it. */
  Add = 1,
  /** max(x, 0) at the store. */
  Relu = 2,
}
