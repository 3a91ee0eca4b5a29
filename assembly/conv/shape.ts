// What a convolution's kernels have to know of it: int32 words in memory, in this order.
//
//   x: [n, h, w, c]    dense, channels last          y: [n, oh, ow, o]    the same
//   weight: [o, kh, kw, c / groups]                  bias: [o]

@unmanaged
export class ConvShape {
  /** Samples. */
  n: i32;
  /** Channels, height and width of x. */
  c: i32;
  h: i32;
  w: i32;
  /** Channels, height and width of y. */
  o: i32;
  oh: i32;
  ow: i32;
  /** The kernel. */
  kh: i32;
  kw: i32;
  /** Stride, padding (zeros) and dilation, each of rows and of columns. */
  sh: i32;
  sw: i32;
  ph: i32;
  pw: i32;
  dh: i32;
  dw: i32;
  groups: i32;
  /** Samples whose weight gradients are one sum: the chunks are added by whoever called. */
  chunk: i32;
  /** Whether the gradient of the bias is wanted. */
  bias: i32;
  /** Rows and columns of Winograd's tiles of outputs: 3 × 3, 4 × 4 or 6 × 3; 0: none. */
  th: i32;
  tw: i32;
}

/** Numbers of one kernel: what one output is a sum of. */
// @ts-ignore: decorator
@inline
export function depthOf(s: ConvShape): i32 {
  return s.kh * s.kw * (s.c / s.groups);
}

/** Numbers that a chunk leaves: its weight gradient and, behind it, its bias gradient. */
// @ts-ignore: decorator
@inline
export function partSize(s: ConvShape): i32 {
  return s.o * (depthOf(s) + 1);
}

/** Planes of Winograd's tiles: products for one tile. */
// @ts-ignore: decorator
@inline
export function planesOf(s: ConvShape): i32 {
  return (s.th + 2) * (s.tw + 2);
}

/** Bytes of one of Winograd's planes of weights, a line more than a power of two. */
// @ts-ignore: decorator
@inline
export function weightPlane(s: ConvShape): usize {
  return <usize>(s.c * s.o + 16) << 2;
}
