/**
 * Where a tensor is not 0. Elements are looked at by the host, since they decide how long the results
 * are: on a GPU these ops throw.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc } from "../device/buffer.ts";
import { fill, look } from "../device/transfer.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { canNonzero, nonzeroIn, truePositions } from "./indexed.ts";
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

function onCpu(op: string): string {
  return `how long the result is depends on the values: write (await x.cpu()).${op}()`;
}

/** Where x is not 0, as columns of vectors. */
function columns(op: string, x: Tensor): Tensor[] {
  const places = truePositions(op, x, onCpu(op));
  const strides = stridesOf(x.shape);
  return x.shape.map((n, d) => {
    const step = strides[d]!;
    const out = alloc(x, places.shape, "int32");
    const from = look(op, places) as Int32Array; // memory may have grown
    fill(out, (to) => {
      for (let i = 0; i < from.length; i++) to[i] = Math.floor(from[i]! / step) % n;
    });
    return record(op, out, []);
  });
}

/** Where x is not 0, as rows. */
function places(op: string, x: Tensor): Tensor {
  if (x.ndim === 2 && canNonzero(x)) return nonzeroIn(op, x, 2);
  const all = truePositions(op, x, onCpu(op));
  const [n, ndim] = [all.numel, x.ndim];
  if (ndim === 1) return reshape(all, [n, 1]);
  const out = alloc(x, [n, ndim], "int32");
  const list = look(op, all) as Int32Array;
  const { shape } = x;
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
