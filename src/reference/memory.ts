/**
 * Where the reference device keeps numbers, and how its kernels get at them: a block is an
 * ArrayBuffer.
 *
 * @module
 */
import { DTYPES } from "../core/dtype.ts";
import { expandStrides, numelOf, type Shape } from "../core/shape.ts";
import { type Buffer, viewOf } from "../device/buffer.ts";
import type { Block } from "../device/device.ts";

/** Numbers in a row. */
export interface Numbers {
  /** How many there are. */
  readonly length: number;
  [i: number]: number;
}

/** The bytes of a block. */
export function bytesOfBlock(block: Block): ArrayBuffer {
  return block as unknown as ArrayBuffer;
}

/** The memory of x from its first element on. */
export function numbers(x: Buffer): Numbers {
  const { array, bytes } = DTYPES[x.dtype];
  const memory = bytesOfBlock(x.storage.block!);
  const from = Math.min(x.offset * bytes, memory.byteLength); // what is empty may begin anywhere
  return new array(memory, from, Math.floor((memory.byteLength - from) / bytes)) as Numbers;
}

/** Where the elements of a shape stand that lie by strides, row-major. */
export function places(shape: Shape, strides: readonly number[]): Numbers {
  let list = [0];
  shape.forEach((n, d) => {
    list = list.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * strides[d]!));
  });
  return list;
}

/** x as a function of the place in a shape that it broadcasts to; a number is the same everywhere. */
export function reader(x: Buffer | number, shape: Shape): (i: number) => number {
  if (typeof x === "number") {
    const value = Math.fround(x);
    return () => value;
  }
  const from = numbers(x);
  if (x.isContiguous && x.numel === numelOf(shape)) return (i) => from[i]!;
  const all = numbers(viewOf(x, x.shape, x.strides, 0)); // strides may go backwards
  const at = places(shape, expandStrides(x.shape, x.strides, shape));
  return (i) => all[x.offset + at[i]!]!;
}

/** y = f(0), f(1) … in the order of its memory, once all are computed: y may be what f reads. */
export function tabulate(y: Buffer, f: (i: number) => number): void {
  const values: number[] = [];
  for (let i = 0; i < y.numel; i++) values.push(f(i));
  store(y, values);
}

/**
 * The same of averages that decay: what would be denormal in float32 is 0, as those that the CPU's
 * kernels keep.
 */
export function tabulateAverages(y: Buffer, f: (i: number) => number): void {
  tabulate(y, (i) => {
    const x = Math.fround(f(i));
    return Math.abs(x) < 2 ** -126 ? 0 : x;
  });
}

/** y = values, in the order of its memory. */
export function store(y: Buffer, values: Numbers): void {
  const to = numbers(y);
  for (let i = 0; i < values.length; i++) to[i] = values[i]!;
}
