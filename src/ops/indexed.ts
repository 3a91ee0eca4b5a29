/**
 * `x.index([…])`: what Python writes as `x[…]`.
 *
 * Numbers, slices, `null` and `"..."` make a view, one after the other. What is left are tensors of
 * integers and bools: together they name positions of the dimensions that they stand for.
 *
 * ```
 *   x [5, 2, 3, 4] . index([i, slice(), j, slice()]),  i and j broadcast to [6]
 *     the indexed dimensions to the front  [5, 3, 2, 4]   unless they are neighbours
 *     one dimension of them                [15, 2, 4]
 *     picked at i · 3 + j                  [6, 2, 4]
 * ```
 *
 * @module
 */
import { isTracked, record } from "../autograd/autograd.ts";
import { alloc, allocOn, Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { canLook, fill, look } from "../device/transfer.ts";
import { wantsParts } from "../device/watch.ts";
import { DTYPES, isIndex } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { atMost, check, describe, either, integer, kind } from "../core/options.ts";
import { broadcastShape, numelOf, sameShape, type Shape, stridesOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./binary.ts";
import { checkSameDevice, checkTensor } from "./check.ts";
import { constant, int32s } from "./int32s.ts";
import { indices, pickAt } from "./select.ts";
import { looked } from "./strided.ts";
import { toDevice } from "./to.ts";
import { unseenBy } from "./unseen.ts";
import { contiguous, permute, reshape, select, unsqueeze } from "./view.ts";

/** A range of positions, as `slice` makes it. */
export class Slice {
  /** The first position; null: that of a whole dimension. */
  readonly start: number | null;
  /** Before which it ends; null: beyond the last. */
  readonly stop: number | null;
  /** From one to the next, at least 1. */
  readonly step: number;

  /** See {@link slice}. */
  constructor(start: number | null, stop: number | null, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** Integers or booleans in nested arrays. */
export type IndexList = readonly (number | boolean | IndexList)[];

/**
 * What stands for dimensions of an index: a position, a range, a new dimension (null), all dimensions
 * that nothing else stands for (`"..."`), or positions in a tensor of integers, a tensor of bools or
 * nested arrays of either. true and false are a new dimension of length 1 and 0.
 */
export type IndexItem = number | boolean | Slice | null | "..." | Tensor | IndexList;

/**
 * A range of positions for `index`: Python's `start:stop:step`. Without a start it begins with the
 * first, without a stop it ends with the last; negative numbers count from the end, and what lies
 * beyond the ends is cut off. RangeError unless the step is at least 1, as in PyTorch.
 *
 * @example
 * ```ts
 * import { arange, slice } from "@glim/glim";
 * console.log(arange(10).index([slice(1, null, 3)]).toArray()); // [1, 4, 7]
 * ```
 */
export function slice(start?: number | null, stop?: number | null, step?: number | null): Slice {
  atMost(3, arguments.length, "slice(start, stop, step)");
  check("slice", "the start", start ?? null, BOUND);
  check("slice", "the stop", stop ?? null, BOUND);
  check("slice", "the step", step ?? null, BOUND);
  if (step !== null && step !== undefined && step < 1) {
    throw new RangeError(`slice: the step must be at least 1: it is ${step}: turn round by flip()`);
  }
  return new Slice(start ?? null, stop ?? null, step ?? 1);
}

const BOUND = either(integer, kind("null", (value) => value === null));

/** Positions of neighbouring dimensions: int32, seen as one number each, and their shape. */
interface Picks {
  /** The first of the dimensions. */
  readonly dim: number;
  /** How many they are. */
  readonly count: number;
  /** Positions among all of them, row-major. */
  readonly at: Tensor;
}

/** A tensor and the positions in it that an index names. */
export interface Place {
  /** A view of the tensor that was indexed. */
  readonly view: Tensor;
  /** What tensors pick of it, in order of the dimensions. */
  readonly picks: readonly Picks[];
}

/**
 * The part of x that an index names, an item a dimension: PyTorch's `x[…]`. Of numbers, slices, `null`
 * and `"..."` only it is a view of x's memory, else a copy. Dimensions of several tensors, which
 * broadcast, stand where the first of them does if they are neighbours, else in front.
 *
 * RangeError where a position is outside, ShapeError where there are more items than dimensions or a
 * tensor of bools does not fit.
 *
 * @example
 * ```ts
 * import { arange, slice, tensor } from "@glim/glim";
 * const x = arange(12).reshape(3, 4);
 * console.log(x.index([slice(), 1]).toArray()); // [1, 5, 9]
 * console.log(x.index(["...", slice(null, null, 2)]).toArray()); // [[0, 2], [4, 6], [8, 10]]
 * console.log(x.index([[0, 2], [1, -1]]).toArray()); // [1, 11]
 * console.log(x.index([x.gt(9)]).toArray()); // [10, 11]
 * ```
 */
export function index(x: Tensor, items: readonly IndexItem[] | IndexItem): Tensor {
  atMost(2, arguments.length, "index(x, items)");
  checkTensor("index", x);
  const place = placeOf("index", x, listOfItems(items));
  return place.picks.length === 0 ? own(x, place.view) : picked("index", place);
}

/** An index of one item may be given without an array around it. */
export function listOfItems(items: readonly IndexItem[] | IndexItem): readonly IndexItem[] {
  return Array.isArray(items) ? items : [items as IndexItem];
}

/** The view, which is another tensor than x. */
function own(x: Tensor, view: Tensor): Tensor {
  return view === x ? looked("index", x, (from) => viewOf(from, from.shape, from.strides)) : view;
}

/** What to write where the host does not see how many elements a mask picks. */
const GIVE_MASK = "give the host the mask, x may stay: write x.index([await mask.cpu()])";

/**
 * Whether the host sees an index of what it does not: as in PyTorch, what is on a GPU is indexed by what
 * is there or on the CPU.
 */
function isSeenFrom(item: Tensor, x: Tensor): boolean {
  return canLook(item) && !canLook(x);
}

/** Follows an index as far as views go. `trues`: where a tensor of bools is true, int32 [count]. */
export function placeOf(
  op: string,
  x: Tensor,
  items: readonly IndexItem[],
  trues = (mask: Tensor): Tensor => truePositions(op, mask, GIVE_MASK),
): Place {
  const left = x.ndim - namedBy(op, x, items);
  let view = x;
  let dim = 0;
  let axis = 0; // the same dimension of x, for messages
  const picks: Picks[] = [];
  /** An item of `count` dimensions that picks the positions `at` among them. */
  const pick = (at: Tensor, count = 1) => {
    picks.push({ dim, count, at });
    dim += count;
    axis += count;
  };
  /** A boolean picks of a dimension of its own, which x does not have. */
  const pickAll = (at: Tensor) => {
    view = unsqueeze(view, dim);
    pick(at);
    axis--;
  };
  for (const item of items) {
    if (item === "...") {
      dim += left;
      axis += left;
    } else if (item === null) {
      view = unsqueeze(view, dim++);
    } else if (item instanceof Slice) {
      view = sliced(view, dim++, item);
      axis++;
    } else if (typeof item === "number") {
      view = select(view, dim, positionOf(op, x, axis++, item));
    } else if (typeof item === "boolean") {
      pickAll(constantAt(x, item ? [0] : []));
    } else if (!Buffer.is(item)) {
      const { shape, areBools, values } = valuesOf(item);
      if (areBools) checkMask(op, x, axis, shape);
      if (areBools) pick(constantAt(x, values.flatMap((v, i) => v ? [i] : [])), shape.length);
      else pick(constantAt(x, fromTheFront(op, x, axis, Int32Array.from(values, Number)), shape));
    } else {
      if (!isSeenFrom(item, x)) checkSameDevice(op, item, x, "an item");
      if (item.dtype === "bool") {
        if (item.ndim === 0) pickAll(positions(x, firstIfTrue(op, item)));
        else {
          checkMask(op, x, axis, item.shape);
          pick(toDevice(trues(item), x.storage.device), item.ndim);
        }
      } else if (item.ndim === 0 && isIndex(item.dtype) && canLook(item)) {
        const position = look(op, indices(op, item))[0] as number;
        view = select(view, dim, positionOf(op, x, axis++, position));
      } else {
        const at = toDevice(indices(op, item), x.storage.device);
        const isAlone = items.every((other) => other === item || !isList(other));
        pick(inside(op, x, axis, at, isAlone));
      }
    }
  }
  return { view, picks };
}

/** How many dimensions of x items name. Refuses more than there are, and "..." twice. */
function namedBy(op: string, x: Tensor, items: readonly IndexItem[]): number {
  const named = items.reduce<number>((n, item) => n + dimsOf(op, item), 0);
  if (named > x.ndim) {
    throw new ShapeError(
      `${op}: at most ${x.ndim} dimensions can be indexed of ${show(x.shape)}: they are ${named}`,
    );
  }
  const rests = items.filter((item) => item === "...").length;
  if (rests > 1) {
    throw new ShapeError(`${op}: "..." may stand once: it stands ${rests} times`);
  }
  return named;
}

/** How many dimensions an item stands for. */
export function dimsOf(op: string, item: IndexItem): number {
  if (item === null || item === "..." || typeof item === "boolean") return 0;
  if (typeof item === "number" || item instanceof Slice) return 1;
  if (Buffer.is(item)) {
    const { dtype, ndim } = item as Tensor;
    if (dtype === "bool") return ndim;
    if (isIndex(dtype)) return 1;
    throw new DTypeError(
      `${op}: tensors of integers or bools are needed: one is ${dtype}: convert by to("int32")`,
    );
  }
  if (Array.isArray(item)) {
    let depth = 1;
    let at: unknown = item[0];
    for (; Array.isArray(at) && depth < DEEPEST; at = at[0]) depth++;
    return typeof at === "boolean" ? depth : 1;
  }
  throw new TypeError(
    `${op}: each item must be a whole number, a slice(), "...", null, a boolean, a tensor or an ` +
      `array: one is ${describe(item)}`,
  );
}

/** A position along a dimension of x, counted from the front. */
function positionOf(op: string, x: Tensor, axis: number, position: number): number {
  const n = x.shape[axis]!;
  if (Number.isInteger(position) && position >= -n && position < n) return position;
  throw outside(op, x, axis, position);
}

function outside(op: string, x: Tensor, axis: number, position: number): RangeError {
  const n = x.shape[axis]!;
  return new RangeError(
    n === 0
      ? `${op}: dimension ${axis} of ${show(x.shape)} has no positions: one is ${position}`
      : `${op}: positions must be whole numbers from ${-n} to ${n - 1} in dimension ${axis} of ` +
        `${show(x.shape)}: one is ${position}`,
  );
}

/** The positions of a slice along a dimension: a view. */
function sliced(x: Tensor, dim: number, { start, stop, step }: Slice): Tensor {
  const n = x.shape[dim]!;
  const bound = (at: number) => Math.min(n, Math.max(0, at < 0 ? at + n : at));
  const from = bound(start ?? 0);
  const to = Math.max(from, bound(stop ?? n));
  if (from === 0 && to === n && step === 1) return x;
  const length = Math.ceil((to - from) / step);
  return looked("index", x, (base) => {
    const stride = base.strides[dim]!;
    const shape = base.shape.with(dim, length);
    return viewOf(base, shape, base.strides.with(dim, stride * step), base.offset + from * stride);
  });
}

/** Deeper nested arrays hold themselves, or are a mistake. */
const DEEPEST = 64;

/** What nested arrays hold, row-major. */
function valuesOf(item: IndexList): {
  shape: number[];
  areBools: boolean;
  values: (number | boolean)[];
} {
  const shape: number[] = [];
  for (let at: unknown = item; Array.isArray(at) && shape.length < DEEPEST; at = at[0]) {
    shape.push(at.length);
  }
  const values: (number | boolean)[] = [];
  const collect = (list: unknown, depth: number): void => {
    if (Array.isArray(list) && list.length === shape[depth]) {
      for (const one of list) collect(one, depth + 1);
    } else if (depth === shape.length && (typeof list === "boolean" || Number.isInteger(list))) {
      values.push(list as number | boolean);
    } else {
      throw new ShapeError(
        `index: nested arrays of whole numbers or booleans, each as long as its neighbours, are ` +
          `needed: one element is ${describe(list)}`,
      );
    }
  };
  collect(item, 0);
  const areBools = values.length > 0 && values.every((value) => typeof value === "boolean");
  return { shape, areBools, values };
}

/** Positions that do not hang on values. */
export function constantAt(
  x: Tensor,
  list: ArrayLike<number>,
  shape: Shape = [list.length],
): Tensor {
  return constant("index", x.storage.device, shape, "int32", list);
}

function positions(x: Tensor, list: ArrayLike<number>): Tensor {
  return record("index", int32s(x.storage.device, list.length, list), []);
}

/** Refuses a mask that is not of x's lengths from a dimension on. */
export function checkMask(op: string, x: Tensor, axis: number, given: Shape): void {
  const shape = x.shape.slice(axis, axis + given.length);
  if (sameShape(given, shape)) return;
  throw new ShapeError(
    `${op}: a tensor of bools must be ${show(shape)}, as dimensions ${axis} to ` +
      `${axis + given.length - 1} of ${show(x.shape)}: it is ${show(given)}`,
  );
}

/** Where a tensor is not 0, row-major: int32 [count]. */
export function truePositions(op: string, x: Tensor, instead?: string): Tensor {
  return canNonzero(x) ? nonzeroIn(op, x, 1) : positions(x, positionsOnHost(op, x, instead));
}

/** The position of the one element of a scalar of bools, if it is true. */
function firstIfTrue(op: string, x: Tensor): number[] {
  return look(op, x, GIVE_MASK)[0] !== 0 ? [0] : [];
}

/** Whether x's device finds what is not 0. */
export function canNonzero(x: Tensor): boolean {
  if (kernelsOf(x).nonzero === undefined) return false;
  return x.dtype === "float32" || DTYPES[x.dtype].computes === true;
}

/** Places that are not 0: int32 [count], or of a matrix rows and columns, [count, 2]. */
export function nonzeroIn(op: string, x: Tensor, dims: 1 | 2): Tensor {
  const all = alloc(x, [x.numel * dims], "int32"), count = alloc(x, [1], "int32");
  kernelsOf(x).nonzero!(contiguous(x), all, count, dims === 2 ? x.shape[1]! : x.numel);
  const found = look(op, count)[0] as number;
  return begun(op, all, dims === 2 ? [found, 2] : [found]);
}

/** The elements of x where a mask of its shape is true, a vector; null: they are to be picked by places. */
export function chosen(op: string, x: Tensor, mask: Tensor): Tensor | null {
  const isOfWords = DTYPES[x.dtype].bytes === 4;
  if (wantsParts || !isOfWords || [x].some(isTracked) || kernelsOf(x).compress === undefined) {
    return null;
  }
  const all = alloc(x, [x.numel], x.dtype), count = alloc(x, [1], "int32");
  kernelsOf(x).compress!(contiguous(x), contiguous(mask), all, count);
  return begun(op, all, [look(op, count)[0] as number]);
}

/** What a buffer begins with: a part of it, or memory of its own where that is less than half. */
function begun(op: string, all: Buffer, shape: Shape): Tensor {
  const first = viewOf(all, shape, stridesOf(shape));
  if (2 * first.numel >= all.numel) return record(op, first, []);
  const out = alloc(all, shape, all.dtype);
  kernelsOf(out).copy(first, out);
  return record(op, out, []);
}

function positionsOnHost(op: string, x: Tensor, instead?: string): Int32Array {
  const flags = look(op, contiguous(x), instead) as Uint8Array;
  const found = new Int32Array(flags.length);
  let count = 0;
  for (let i = 0; i < flags.length; i++) if (flags[i] != 0) found[count++] = i; // BigInts of int64, too
  return found.subarray(0, count);
}

/**
 * Positions along a dimension of x, each counted from the front. Throws for one that is outside, or, where
 * the host sees none of them, lets the next read tell it: of one list, `isAlone`, what picks by it.
 */
export function inside(
  op: string,
  x: Tensor,
  axis: number,
  at: Tensor,
  isAlone = true,
): Tensor {
  const unseen = unseenBy(at);
  if (unseen !== undefined) return unseen.inside(op, x, axis, at, isAlone);
  const list = look(op, at) as Int32Array;
  const from = fromTheFront(op, x, axis, list);
  if (from === list) return at;
  const out = allocOn(at.storage.device, at.shape, "int32");
  fill(out, (to) => (to as Int32Array).set(from));
  return record(op, out, []);
}

/** Whether an item picks positions. */
function isList(item: IndexItem): boolean {
  return Array.isArray(item) || Buffer.is(item) || typeof item === "boolean";
}

/** The same of a list; the very list where nothing in it is negative. */
function fromTheFront(op: string, x: Tensor, axis: number, list: Int32Array): Int32Array {
  const n = x.shape[axis]!;
  let least = 0, most = -1;
  for (let i = 0; i < list.length; i++) {
    const position = list[i]!;
    least = position < least ? position : least;
    most = position > most ? position : most;
  }
  if (most >= n) throw outside(op, x, axis, most);
  if (least < -n) throw outside(op, x, axis, least);
  return least === 0 ? list : list.map((position) => position < 0 ? position + n : position);
}

/** Where the dimensions that tensors index stand as one, what of it is picked, and in which shape. */
export interface Row {
  /** The view with its dimensions in the order in which they are needed. */
  readonly order: readonly number[];
  /** The shape of all before the picked dimensions, of these, and of all behind. */
  readonly before: Shape;
  readonly sizes: Shape;
  readonly behind: Shape;
  /** Positions among all picked dimensions, row-major: int32 of the shape that they broadcast to. */
  readonly at: Tensor;
}

/** What is to be done for some picks of a view. */
export function rowOf(op: string, { view, picks }: Place): Row {
  const dims = picks.flatMap(({ dim, count }) => Array.from({ length: count }, (_, i) => dim + i));
  const areNeighbours = dims.every((dim, i) => dim === dims[0]! + i);
  const rest = view.shape.map((_, i) => i).filter((i) => !dims.includes(i));
  const first = areNeighbours ? dims[0]! : 0;
  const order = rest.toSpliced(first, 0, ...dims);
  const shape = order.map((dim) => view.shape[dim]!);
  let at: Tensor | null = null;
  for (const pick of picks) {
    const size = numelOf(view.shape.slice(pick.dim, pick.dim + pick.count));
    if (at !== null) checkBroadcast(op, at.shape, pick.at.shape);
    at = at === null ? pick.at : add(mul(at, size), pick.at);
  }
  return {
    order,
    before: shape.slice(0, first),
    sizes: shape.slice(first, first + dims.length),
    behind: shape.slice(first + dims.length),
    at: at!,
  };
}

function checkBroadcast(op: string, a: Shape, b: Shape): void {
  try {
    broadcastShape(op, a, b);
  } catch {
    throw new ShapeError(
      `${op}: tensors of positions must broadcast: one is ${show(a)}, another ${show(b)}`,
    );
  }
}

/** Copies of what tensors pick of a view. */
export function picked(op: string, place: Place): Tensor {
  const { order, before, sizes, behind, at } = rowOf(op, place);
  const view = inOrder(place.view, order);
  const all = reshape(view, [...before, numelOf(sizes), ...behind]);
  const flat = pickAt(op, all, before.length, contiguous(at));
  return reshape(flat, [...before, ...at.shape, ...behind]);
}

/** A view with its dimensions in an order; itself where they are. */
function inOrder(x: Tensor, order: readonly number[]): Tensor {
  return order.every((dim, i) => dim === i) ? x : permute(x, order);
}
