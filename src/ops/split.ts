/**
 * Tensors in parts: views along one dimension.
 *
 * @module
 */
import { Buffer } from "../device/buffer.ts";
import { look } from "../device/transfer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, describe, either, integer, listOf, whole } from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "./check.ts";
import { indices } from "./select.ts";
import { narrow, select } from "./view.ts";

/** Parts of these lengths, one after the other. */
function parts(x: Tensor, axis: number, lengths: readonly number[]): Tensor[] {
  let at = 0;
  return lengths.map((length) => narrow(x, axis, (at += length) - length, length));
}

/**
 * Views of x in parts of `size` along a dimension, the last of what is left; or, given a list, in parts
 * of these lengths. ShapeError where they do not add up to x's length.
 */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  atMost(3, arguments.length, "split(x, size, dim)");
  return inNameOf("split", () => {
    checkTensor("split", x);
    check("split", "the size", size, SIZES);
    const axis = axisOf("split", dim, x.ndim);
    const n = x.shape[axis]!;
    if (typeof size !== "number") {
      if (size.reduce((a, b) => a + b, 0) !== n) {
        throw new ShapeError(
          `split: the sizes must add up to ${n}, dimension ${dim} of ${show(x.shape)}: they are ` +
            describe(size),
        );
      }
      return parts(x, axis, size);
    }
    if (size === 0 && n > 0) {
      throw new ShapeError(`split: the size must be at least 1 in ${show(x.shape)}: it is 0`);
    }
    if (n === 0) return [narrow(x, axis, 0, 0)];
    const count = Math.ceil(n / size);
    checkParts("split", count);
    return parts(x, axis, Array.from({ length: count }, (_, i) => Math.min(size, n - i * size)));
  });
}

/** Views of x in at most `chunks` parts of one length along a dimension, the last of what is left. */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  atMost(3, arguments.length, "chunk(x, chunks, dim)");
  checkTensor("chunk", x);
  check("chunk", "the number of chunks", chunks, FROM_1);
  const n = x.shape[axisOf("chunk", dim, x.ndim)]!;
  if (n === 0) return Array.from({ length: Math.min(chunks, MOST) }, () => narrow(x, dim, 0, 0));
  return split(x, Math.ceil(n / chunks), dim);
}

/**
 * Views of x along a dimension: in `sections` parts, the first of which are one longer where they do
 * not come out even; or, given a list, cut before these positions.
 */
export function tensorSplit(
  x: Tensor,
  sections: number | readonly number[] | Tensor,
  dim = 0,
): Tensor[] {
  atMost(3, arguments.length, "tensorSplit(x, sections, dim)");
  if (Buffer.is(sections)) {
    const list = Array.from(
      look("tensorSplit", indices("tensorSplit", sections as Tensor)),
      Number,
    );
    return cut("tensorSplit", x, sections.ndim === 0 ? list[0]! : list, dim, false);
  }
  return cut("tensorSplit", x, sections, dim, false);
}

function cut(
  op: string,
  x: Tensor,
  sections: number | readonly number[],
  dim: number,
  isEven: boolean,
): Tensor[] {
  checkTensor(op, x);
  check(op, "the sections", sections, SECTIONS);
  const axis = axisOf(op, dim, x.ndim);
  const n = x.shape[axis]!;
  if (typeof sections === "number") {
    checkParts(op, sections);
    if (isEven && n % sections !== 0) {
      throw new ShapeError(
        `${op}: dimension ${axis} must divide into ${sections} parts: it is ${show(x.shape)}`,
      );
    }
    const [least, more] = [Math.floor(n / sections), n % sections];
    return parts(x, axis, Array.from({ length: sections }, (_, i) => least + (i < more ? 1 : 0)));
  }
  const cuts = [0, ...sections.map((at) => Math.min(n, Math.max(0, at < 0 ? at + n : at))), n];
  return cuts.slice(1).map((end, i) => narrow(x, axis, cuts[i]!, Math.max(0, end - cuts[i]!)));
}

/** {@link tensorSplit} along columns: dimension 1, of a vector 0. In a number of even parts only. */
export function hsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  atMost(2, arguments.length, "hsplit(x, sections)");
  checkTensor("hsplit", x);
  return cut("hsplit", x, sections, x.ndim === 1 ? 0 : 1, true);
}

/** {@link tensorSplit} along rows, dimension 0, of what has two dimensions. In a number of even parts only. */
export function vsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  atMost(2, arguments.length, "vsplit(x, sections)");
  checkTensor("vsplit", x);
  checkRank("vsplit", x, 2);
  return cut("vsplit", x, sections, 0, true);
}

/** {@link tensorSplit} along dimension 2. In a number of even parts only. */
export function dsplit(x: Tensor, sections: number | readonly number[]): Tensor[] {
  atMost(2, arguments.length, "dsplit(x, sections)");
  checkTensor("dsplit", x);
  checkRank("dsplit", x, 3);
  return cut("dsplit", x, sections, 2, true);
}

function checkRank(op: string, x: Tensor, least: number): void {
  if (x.ndim >= least) return;
  throw new ShapeError(`${op}: at least ${least} dimensions are needed: it is ${show(x.shape)}`);
}

/** Views of x at each position along a dimension, which is dropped. */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  atMost(2, arguments.length, "unbind(x, dim)");
  return inNameOf("unbind", () => {
    checkTensor("unbind", x);
    const axis = axisOf("unbind", dim, x.ndim);
    checkParts("unbind", x.shape[axis]!);
    return Array.from({ length: x.shape[axis]! }, (_, i) => select(x, axis, i));
  });
}

/** So many parts can be made of a tensor. */
const MOST = 2 ** 20;

function checkParts(op: string, parts: number): void {
  if (parts <= MOST) return;
  throw new RangeError(`${op}: at most ${MOST} parts can be made: they are ${parts}`);
}

const FROM_1 = whole(1);
const SIZES = either(whole(0), listOf(whole(0)));
const SECTIONS = either(FROM_1, listOf(integer));
