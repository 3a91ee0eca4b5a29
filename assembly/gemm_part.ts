/** One, two or three elements; zero in the other lanes. */
// @ts-ignore: decorator
@inline
export function loadPart(at: usize, left: i32): v128 {
  if (left == 1) return v128.load32_zero(at);
  if (left == 2) return v128.load64_zero(at);
  return v128.load_lane<f32>(at, v128.load64_zero(at), 2, 8);
}
/** The first one, two or three elements. */
// @ts-ignore: decorator
@inline
export function storePart(at: usize, v: v128, left: i32): void {
  v128.store_lane<f32>(at, v, 0);
  if (left > 1) v128.store_lane<f32>(at, v, 1, 4);
  if (left > 2) v128.store_lane<f32>(at, v, 2, 8);
}
