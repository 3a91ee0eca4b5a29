// A convolution with relu behind it, some samples at a time, so that what one of them writes is still
// in the cache when the other reads it. The kernels are those of either alone, and so are the bits.
//
//   forward    y = convolution, then y = relu(y) in place
//   gradient   room = dy where y is above 0, then the convolution's gradients of room

import { convForward, convGrad, convScratch } from "./conv";
import { ConvShape } from "./shape";
import { tileRows, winogradForward, winogradGrad, winogradScratch } from "./winograd";
import { unary, unaryGrad, UnaryOp } from "../elementwise/unary";
import { at } from "../simd";

/** Numbers of outputs that are made before relu goes over them: a part of L2. */
const BLOCK: i32 = 131072;

/** Numbers of one sample's output. */
// @ts-ignore: decorator
@inline
function outputsOf(s: ConvShape): i32 {
  return s.oh * s.ow * s.o;
}

/** Bytes of scratch of the convolution alone, up to whole lines. */
function ownScratch(shape: usize, gradient: i32): f64 {
  const isWinograd = changetype<ConvShape>(shape).th > 0;
  const bytes = isWinograd ? winogradScratch(shape, gradient) : convScratch(shape);
  return 64.0 * Math.ceil(bytes / 64.0);
}

/** Bytes of scratch that one thread needs. */
export function convReluScratch(shape: usize, gradient: i32): f64 {
  const s = changetype<ConvShape>(shape), own = ownScratch(shape, gradient);
  return gradient ? own + 4.0 * <f64>s.chunk * <f64>outputsOf(s) : own;
}

/** As `convForward`, or `winogradForward` where the shape has tiles, and then `weight` are planes. */
export function convReluForward(
  shape: usize, x: usize, weight: usize, bias: usize, y: usize, scratch: usize,
  begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape), outputs = outputsOf(s);
  const most = max(4, BLOCK / max(1, outputs)) & ~3; // Winograd's products take samples in fours
  for (let i = begin; i < end; i += most) {
    const last = min(i + most, end);
    if (s.th) {
      const rows = tileRows(s);
      winogradForward(shape, x, weight, bias, y, scratch, i * rows, last * rows, 0, s.o >> 3);
    } else convForward(shape, x, weight, bias, y, scratch, i * s.oh, last * s.oh);
    unary(UnaryOp.Relu, at(y, i * outputs), at(y, i * outputs), 0, (last - i) * outputs);
  }
}

/** As `convGrad`, or `winogradGrad` where the shape has tiles. y: of `convReluForward`. */
export function convReluGrad(
  shape: usize, x: usize, weight: usize, y: usize, dy: usize, dx: usize, parts: usize,
  scratch: usize, begin: i32, end: i32,
): void {
  const s = changetype<ConvShape>(shape), outputs = outputsOf(s);
  const room = scratch + <usize>ownScratch(shape, 1);
  for (let chunk = begin; chunk < end; chunk++) {
    const first = chunk * s.chunk, samples = min(s.n - first, s.chunk), at0 = first * outputs;
    unaryGrad(UnaryOp.Relu, at(y, at0), at(dy, at0), room, 0, samples * outputs);
    const own = room - (<usize>at0 << 2); // where the first sample would stand
    if (s.th) winogradGrad(shape, x, weight, own, dx, parts, scratch, chunk, chunk + 1);
    else convGrad(shape, x, weight, own, dx, parts, scratch, chunk, chunk + 1);
  }
}
