// How kernels tell that data are wrong: `status` is one int32, 0 on entry.

/** Sets status to row + 1, unless some thread has set it. */
// @ts-ignore: decorator
@inline
export function report(status: usize, row: i32): void {
  atomic.cmpxchg<i32>(status, 0, row + 1);
}
