/**
 * Matrix products: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import { type Buffer, viewOf } from "../device/buffer.ts";
import { numelOf } from "../core/shape.ts";
import type { Products } from "../device/kernels.ts";
import { floatsAt, NONE, offset, stridedAddressOf } from "./address.ts";
import { overDims } from "./dims.ts";
import { type Cut, launch, ROWS, sizes, STREAM } from "./launch.ts";
import { getNumThreads } from "./threads.ts";

/** Nanoseconds of a product, roughly: 40 flops each. */
function workOf(m: number, n: number, k: number): number {
  return m * n * k / 20;
}

/** Products of a batch: each part packs what the others pack too. */
const FEW_PARTS: Cut = { align: 8, parts: 1 };

/** Rows of a product, whole tiles of them. */
const BY_ROWS: Cut = { range: 0, align: 6, parts: 1 };

/** Columns of a product, whole tiles of them. */
const BY_COLUMNS: Cut = { range: 1, align: 16, parts: 1 };

/**
 * How a product is shared: along its longer side, but a layer's weights by its outputs while there are
 * not many samples. Then nothing is packed twice, and each core keeps the weights that it steps.
 */
function cutOf(m: number, n: number, acs: number, bcs: number): Cut {
  const isLayer = acs === 1 && bcs !== 1 && n % BY_COLUMNS.align === 0;
  return n > m || (isLayer && m <= 2 * n) ? BY_COLUMNS : BY_ROWS;
}

/** Flags of the kernel. */
const ADD = 1;
const RELU = 2;

/** c = a·b + bias of two matrices; `flags`: what else an element begins and ends with. */
function multiply(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, flags: number): void {
  const m = a.shape[0]!;
  const k = a.shape[1]!;
  const n = b.shape[1]!;
  const aAt = stridedAddressOf(a, "float32", "matmul", "a");
  const bAt = stridedAddressOf(b, "float32", "matmul", "b");
  const cAt = floatsAt(c, m * n, "matmul", "the result");
  const biasAt = bias === null ? NONE : floatsAt(bias, n, "linear", "the bias");
  const [ars, acs] = a.strides as [number, number];
  const [brs, bcs] = b.strides as [number, number];
  const scratch = sizes.gemmScratchOf(m, n, k, ars, acs, brs, bcs);
  // deno-fmt-ignore
  launch.gemm(
    workOf(m, n, k), aAt, ars, acs, bAt, brs, bcs, cAt, n, m, n, k, biasAt, flags, scratch,
    m, n, cutOf(m, n, acs, bcs),
  );
}

/** Matrix products, by name. */
export const product: Products = {
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void {
    if (a.shape.length > 2) return gemmBatch(a, b, c, bias, accumulate);
    multiply(a, b, c, bias, accumulate ? ADD : 0);
  },

  /** c = max(a·b + bias, 0). */
  gemmRelu(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null): void {
    multiply(a, b, c, bias, RELU);
  },

  /** to = the elements of u, then those of v. */
  join(u: Buffer, v: Buffer, to: Buffer): void {
    const [m, n] = [u.numel, v.numel];
    const uAt = floatsAt(u, m, "linear", "dy");
    const vAt = floatsAt(v, n, "linear", "x");
    const toAt = floatsAt(to, m + n, "linear", "the vectors");
    launch.copy(m * STREAM, 4, uAt, 0, 0, 1, toAt, 0, 0, 1, 1, m, 1, ROWS);
    launch.copy(n * STREAM, 4, vAt, 0, 0, 1, offset(toAt, m * 4), 0, 0, 1, 1, n, 1, ROWS);
  },

  /** y = u·vᵀ. */
  outer(u: Buffer, v: Buffer, y: Buffer): void {
    const [m, n] = [u.numel, v.numel];
    const uAt = floatsAt(u, m, "linear", "dy");
    const vAt = floatsAt(v, n, "linear", "x");
    const yAt = floatsAt(y, m * n, "linear", "the product");
    launch.outerProduct(m * n * STREAM, uAt, vAt, yAt, n, m, ROWS);
  },
};

/** The products of a batch: shared among threads by matrices if there are many, else by their rows. */
function gemmBatch(
  a: Buffer,
  b: Buffer,
  c: Buffer,
  bias: Buffer | null,
  accumulate: boolean,
): void {
  const lead = a.shape.slice(0, -2);
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const [ars, acs] = a.strides.slice(-2) as [number, number];
  const [brs, bcs] = b.strides.slice(-2) as [number, number];
  const count = numelOf(lead);
  if (count === 1) {
    return product.gemm(
      viewOf(a, [m, k], [ars, acs]),
      viewOf(b, [k, n], [brs, bcs]),
      viewOf(c, [m, n], [n, 1]),
      bias,
      accumulate,
    );
  }
  const aAt = stridedAddressOf(a, "float32", "matmul", "a");
  const bAt = stridedAddressOf(b, "float32", "matmul", "b");
  const cAt = floatsAt(c, count * m * n, "matmul", "the result");
  const biasAt = bias === null ? NONE : floatsAt(bias, n, "linear", "the bias");
  const flags = accumulate ? ADD : 0;
  const cut = count < 4 * getNumThreads() ? FEW_PARTS : { align: Math.max(m, 1), parts: 4 };
  let done = 0; // matrices
  overDims(lead, [a.strides, b.strides], (dims, [as, bs], [aOffset, bOffset]) => {
    const [n0, n1, n2] = dims as [number, number, number];
    const [a0, a1, a2] = as as [number, number, number];
    const [b0, b1, b2] = bs as [number, number, number];
    const matrices = n0 * n1 * n2;
    const scratch = sizes.gemmScratchOf(m, n, k, ars, acs, brs, bcs);
    // deno-fmt-ignore
    launch.gemmBatch(
      matrices * workOf(m, n, k), n1, n2,
      offset(aAt, aOffset! * 4), a0, a1, a2, ars, acs,
      offset(bAt, bOffset! * 4), b0, b1, b2, brs, bcs,
      offset(cAt, done * m * n * 4), m, n, k, biasAt, flags, scratch, matrices * m, cut,
    );
    done += matrices;
  });
}
