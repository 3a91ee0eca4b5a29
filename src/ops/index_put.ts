/**
 * `x.indexPut_([…], value)`: what Python writes as `x[…] = value`.
 *
 * @module
 */
import { record, type RecordOptions } from "../autograd/autograd.ts";
import { alloc, Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { isComputedIn } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds } from "../core/options.ts";
import { numelOf, type Shape, stridesOf } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast, clone } from "./cast.ts";
import { checkOperand, checkTensor } from "./check.ts";
import { index, type IndexItem, listOfItems, type Place, placeOf, rowOf } from "./indexed.ts";
import { checkChange } from "./inplace.ts";
import { former, isRewritten, rewrite, rewritten } from "./rewrite.ts";
import { elementOf, type Operand } from "./operand.ts";
import { putInto, scatterInto } from "./select.ts";
import { expand, sumTo } from "./sum.ts";
import { unseenBy } from "./unseen.ts";
import { contiguous, reshape } from "./view.ts";

/** Options of {@link indexPut_}. */
export interface IndexPutOptions {
  /** Add to what is there, once for each time that a position is named. Default: false. */
  accumulate?: boolean;
}

const INDEX_PUT: Kinds<IndexPutOptions> = { accumulate: flag };

/**
 * Puts a value, which broadcasts and is converted to x's dtype, in place of what `x.index(items)` gives,
 * or adds it to that. Where a position is named several times the last value stays.
 *
 * @example
 * ```ts
 * import { slice, zeros } from "@glim/glim";
 * const x = zeros([2, 3]);
 * x.indexPut_([slice(), 1], 5).indexPut_([[0, 0], [2, 2]], 1, { accumulate: true });
 * console.log(x.toArray()); // [[0, 5, 2], [0, 5, 0]]
 * ```
 */
export function indexPut_(
  x: Tensor,
  items: readonly IndexItem[] | IndexItem,
  value: Operand | boolean,
  options: IndexPutOptions = {},
): Tensor {
  atMost(4, arguments.length, "indexPut_(x, items, value, options)");
  return inNameOf("indexPut_", () => {
    const { accumulate = false } = checkOptions("indexPut_", options, INDEX_PUT);
    checkTensor("indexPut_", x);
    if (typeof value === "boolean") value = Number(value);
    checkOperand("indexPut_", value, "the value");
    const isRecorded = isRewritten("indexPut_", x, value);
    put("indexPut_", x, items, value, accumulate);
    if (!isRecorded) return x;
    const out = viewOf(x, x.shape, x.strides);
    return rewritten("indexPut_", x, recorded(out, former(x), items, value, accumulate));
  });
}

/** A copy of x in which a value stands in place of what `x.index(items)` gives. See {@link indexPut_}. */
export function indexPut(
  x: Tensor,
  items: readonly IndexItem[] | IndexItem,
  value: Operand | boolean,
  options: IndexPutOptions = {},
): Tensor {
  atMost(4, arguments.length, "indexPut(x, items, value, options)");
  return inNameOf("indexPut", () => {
    const { accumulate = false } = checkOptions("indexPut", options, INDEX_PUT);
    checkTensor("indexPut", x);
    if (typeof value === "boolean") value = Number(value);
    checkOperand("indexPut", value, "the value");
    const out = clone(x).detach();
    put("indexPut", out, items, value, accumulate);
    return recorded(out, x, items, value, accumulate);
  });
}

/** What a value in x makes of it. */
function recorded(
  out: Buffer,
  x: Tensor,
  items: readonly IndexItem[] | IndexItem,
  value: Operand,
  accumulate: boolean,
): Tensor {
  const dx = (dy: Tensor) => accumulate ? dy : indexPut(dy, items, 0);
  // where an index stands may change as a value does
  const saved = listOfItems(items).filter((item): item is Tensor => Buffer.is(item));
  const how: RecordOptions = { saved, differentiable: true };
  if (typeof value === "number") return record("indexPut", out, [[x, dx]], how);
  const dv = (dy: Tensor) =>
    sumTo(
      unseenBy(dy)?.putGradient(dy, listOfItems(items), value) ?? index(dy, items),
      value.shape,
    );
  return record("indexPut", out, [[x, dx], [value, dv]], how);
}

/**
 * A copy of x in which the elements of a source, one after the other, stand at positions, counted as if
 * x were a vector; `accumulate`: are added there.
 */
export function putAtPositions(
  x: Tensor,
  index: Tensor,
  source: Tensor,
  accumulate = false,
): Tensor {
  atMost(4, arguments.length, "put(x, index, source, accumulate)");
  return inNameOf("put", () => {
    const [items, values] = positionsOf("put", x, index, source);
    return reshape(indexPut(reshape(x, [-1]), items, values, { accumulate }), x.shape);
  });
}

/** x ← the same. */
export function put_(x: Tensor, index: Tensor, source: Tensor, accumulate = false): Tensor {
  atMost(4, arguments.length, "put_(x, index, source, accumulate)");
  return inNameOf("put_", () => {
    const [items, values] = positionsOf("put_", x, index, source);
    if (isRewritten("put_", x, source)) {
      return rewrite("put_", x, (x) => putAtPositions(x, index, source, accumulate));
    }
    checkChange("put_", x);
    const flat = reshape(x.detach(), [-1]);
    put("put_", flat, items, values, accumulate);
    if (flat.storage !== x.storage) kernelsOf(x).copy(reshape(flat, x.shape), x);
    return x;
  });
}

function positionsOf(
  op: string,
  x: Tensor,
  index: Tensor,
  source: Tensor,
): [items: IndexItem[], values: Tensor] {
  checkTensor(op, x);
  checkTensor(op, index, "the index");
  checkTensor(op, source, "the source");
  if (index.numel !== source.numel) {
    throw new ShapeError(
      `${op}: the source must have as many elements as the index: they are ${show(source.shape)} ` +
        `and ${show(index.shape)}`,
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(
      `${op}: the source must be ${x.dtype}, as what it is put into: it is ${source.dtype}`,
    );
  }
  return [[reshape(index, [-1])], reshape(source, [-1])];
}

function put(
  op: string,
  x: Tensor,
  items: readonly IndexItem[] | IndexItem,
  value: Operand,
  accumulate: boolean,
): void {
  const list = listOfItems(items);
  if (unseenBy(x)?.put(op, x, list, value, accumulate)) return;
  putAt(op, x, placeOf(op, x.detach(), list), value, accumulate);
}

/** Puts a value where an index leads. */
export function putAt(
  op: string,
  x: Tensor,
  place: Place,
  value: Operand,
  accumulate: boolean,
): void {
  const isApart = typeof value === "number" || value.storage !== x.storage;
  const from = isApart ? value : clone(value.detach()); // x must not change while it is read
  if (place.picks.length === 0) putInView(op, x, place.view, from, accumulate);
  else putInPicks(op, x, place, from, accumulate);
}

/** The value as x's dtype has it, in a shape. */
export function valueOf(op: string, x: Tensor, value: Operand, shape: Shape): Tensor {
  if (typeof value === "number") {
    const one = alloc(x, [], x.dtype);
    kernelsOf(one).fill(one, elementOf(op, value, x.dtype));
    return expand(record(op, one, []), shape);
  }
  while (value.ndim > shape.length && value.shape[0] === 1) {
    value = reshape(value, value.shape.slice(1));
  }
  const lead = shape.length - value.ndim;
  const fits = lead >= 0 && value.shape.every((n, i) => n === 1 || n === shape[i + lead]);
  if (!fits) {
    throw new ShapeError(
      `${op}: the value must broadcast to ${show(shape)}, what is indexed of ${
        show(x.shape)
      }: it ` +
        `is ${show(value.shape)}`,
    );
  }
  return expand(cast(value.detach(), x.dtype), shape);
}

function putInView(
  op: string,
  x: Tensor,
  view: Tensor,
  value: Operand,
  accumulate: boolean,
): void {
  const from = valueOf(op, x, value, view.shape);
  checkChange(op, x);
  if (view.numel === 0) return;
  if (!accumulate) kernelsOf(x).copy(from, view);
  else kernelsOf(x).copy(cast(view.add(from), x.dtype), view);
}

function putInPicks(
  op: string,
  x: Tensor,
  place: Place,
  value: Operand,
  accumulate: boolean,
): void {
  const { order, before, sizes, behind, at } = rowOf(op, place);
  const { view } = place;
  const from = contiguous(valueOf(op, x, value, [...before, ...at.shape, ...behind]));
  checkChange(op, x);
  if (from.numel === 0) return;
  const k = at.numel;
  const [outer, inner] = [numelOf(before), numelOf(behind)];
  const flat = [outer, k, inner];
  const list = reshape(contiguous(at), [k]);
  const where = () => contiguous(expand(reshape(list, [1, k, 1]), flat));
  // kernels write row-major: into a copy, unless the view is so
  const into: Buffer = viewOf(
    view,
    order.map((d) => view.shape[d]!),
    order.map((d) => view.strides[d]!),
  );
  const shape = [outer, numelOf(sizes), inner];
  const isInPlace = into.isContiguous;
  const copy = isInPlace ? into : alloc(x, into.shape, x.dtype);
  if (!isInPlace) kernelsOf(x).copy(into, copy);
  const rows = viewOf(copy, shape, stridesOf(shape));
  const source = reshape(from, flat);
  if (!accumulate) putInto(op, rows, 1, list, source);
  else if (isComputedIn(x.dtype)) scatterInto("add", rows, 1, where(), source);
  else {
    const sums = alloc(x, shape, "int32");
    kernelsOf(x).cast(rows, sums);
    scatterInto("add", sums, 1, where(), cast(source, "int32"));
    kernelsOf(x).cast(sums, rows);
  }
  if (!isInPlace) kernelsOf(x).copy(copy, into);
}
