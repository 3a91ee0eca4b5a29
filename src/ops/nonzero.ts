/**
 * Where a tensor is not 0. Elements are looked at by the host, since they decide how long the results
 * are: on a GPU these ops throw.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc } from "../device/buffer.ts";
import { fill } from "../device/transfer.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { truePositions } from "./indexed.ts";
import { int32s } from "./int32s.ts";
import { reshape } from "./view.ts";

/** Options of {@link nonzero}. */
export interface NonzeroOptions {
  /** A vector of int32 a dimension, as `index` takes them, instead of one matrix. Default: false. */
  asTuple?: boolean;
}

const NONZERO: Kinds<NonzeroOptions> = { asTuple: flag };

/** Where x is not 0: int32 [count, dimensions], a row each, in row-major order. */
export function nonzero(x: Tensor, options?: NonzeroOptions & { asTuple?: false }): Tensor;
/** The same as a vector of int32 a dimension. */
export function nonzero(x: Tensor, options: NonzeroOptions & { asTuple: true }): Tensor[];
/** Either. */
export function nonzero(x: Tensor, options?: NonzeroOptions): Tensor | Tensor[];
export function nonzero(x: Tensor, options: NonzeroOptions = {}): Tensor | Tensor[] {
  atMost(2, arguments.length, "nonzero(x, options)");
  const { asTuple = false } = checkOptions("nonzero", options, NONZERO);
  checkTensor("nonzero", x);
  if (asTuple) {
    const from = x.ndim === 0 ? reshape(x, [1]) : x;
    return columns("nonzero", from);
  }
  return places("nonzero", x);
}

/** Where x is not 0, as columns of vectors. */
function columns(op: string, x: Tensor): Tensor[] {
  const list = truePositions(op, x);
  const strides = stridesOf(x.shape);
  return x.shape.map((n, d) => {
    const step = strides[d]!;
    const of = (i: number) => Math.floor(list[i]! / step) % n;
    return record(op, int32s(x.storage.device, list.length, of), []);
  });
}

/** Where x is not 0, as rows. */
function places(op: string, x: Tensor): Tensor {
  const list = truePositions(op, x);
  const [n, ndim] = [list.length, x.ndim];
  const out = alloc(x, [n, ndim], "int32");
  if (ndim === 1) {
    fill(out, (to) => (to as Int32Array).set(list));
    return record(op, out, []);
  }
  const { shape } = x;
  if (ndim === 2) {
    fill(out, (to) => {
      const width = shape[1]!;
      for (let i = 0, row = 0, start = 0; i < n; i++) {
        const place = list[i]!;
        while (place >= start + width) {
          row++;
          start += width;
        }
        to[2 * i] = row;
        to[2 * i + 1] = place - start;
      }
    });
    return record(op, out, []);
  }
  fill(out, (to) => {
    for (let i = 0; i < n; i++) {
      let rest = list[i]!;
      for (let d = ndim - 1; d >= 0; d--) {
        const length = shape[d]!;
        const up = Math.floor(rest / length);
        to[i * ndim + d] = rest - up * length;
        rest = up;
      }
    }
  });
  return record(op, out, []);
}

/** {@link nonzero}, by NumPy's name. */
export function argwhere(x: Tensor): Tensor {
  atMost(1, arguments.length, "argwhere(x)");
  checkTensor("argwhere", x);
  return places("argwhere", x);
}
