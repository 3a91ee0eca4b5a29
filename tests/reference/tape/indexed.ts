/** Parts of arrays: by slices, numbers and lists, in pieces, in copies; and sums into places. */
import {
  array,
  axisOf,
  count,
  iota,
  type NDArray,
  need,
  picked,
  positions,
  type Shape,
  stepsOf,
} from "../arrays/array.ts";
import { record, scattered, type Value } from "./value.ts";

/** What one dimension is indexed by; a slice is written as ["slice", start, stop, step]. */
export type Item = number | null | "..." | readonly number[] | SliceItem;

/** A slice. */
export type SliceItem = readonly ["slice", number | null, number | null, number | null];

/** Whether an item is a slice. */
export function isSlice(item: unknown): item is SliceItem {
  return Array.isArray(item) && item[0] === "slice";
}

/** The places along a dimension of length n that an item names. */
function placesOf(item: Item, n: number): number[] {
  if (isSlice(item)) {
    const [, start, stop, step] = item;
    const bound = (at: number) => Math.min(n, Math.max(0, at < 0 ? at + n : at));
    const [from, to] = [bound(start ?? 0), bound(stop ?? n)];
    const places: number[] = [];
    for (let i = from; i < to; i += step ?? 1) places.push(i);
    return places;
  }
  return (typeof item === "number" ? [item] : item as readonly number[]).map((i) => {
    need(i >= -n && i < n, `index ${i} of ${n}`);
    return i < 0 ? i + n : i;
  });
}

function indexed(x: NDArray, items: readonly Item[]): NDArray {
  const taken = items.filter((item) => item !== null && item !== "...").length;
  need(taken <= x.shape.length, "no more indices than dimensions");
  const all = Array.from({ length: x.shape.length - taken }, (): Item => ["slice", null, null, 1]);
  const cut = items.indexOf("...");
  const list = cut < 0 ? [...items, ...all] : items.toSpliced(cut, 1, ...all);
  const shape: number[] = [];
  let at = [0], axis = 0;
  const steps = stepsOf(x.shape);
  for (const item of list) {
    if (item === null) {
      shape.push(1);
      continue;
    }
    const places = placesOf(item, x.shape[axis]!), step = steps[axis++]!;
    at = at.flatMap((from) => places.map((i) => from + i * step));
    if (typeof item !== "number") shape.push(places.length);
  }
  return picked(x, shape, at);
}

/** The elements that a function of arrays picks. */
function picking(x: Value, of: (x: NDArray) => NDArray, isView: boolean): Value {
  const at = of(iota(x.shape)).data;
  const sharing = isView ? { shares: x, of } : {};
  return record(of(x.array), [[x, (dy) => scattered(x.shape, at, dy.data)]], {
    saved: [],
    ...sharing,
  });
}

export function index(x: Value, items: readonly Item[]): Value {
  const isView = items.every((item) => !Array.isArray(item) || isSlice(item));
  return picking(x, (x) => indexed(x, items), isView);
}

/** The part of a number that `split` gives. */
export function split(x: Value, size: number, dim: number): Value[] {
  const axis = axisOf(dim, x.shape.length), n = x.shape[axis]!;
  return Array.from({ length: Math.ceil(n / size) }, (_, k) => {
    const slice: Item = ["slice", k * size, Math.min(n, (k + 1) * size), 1];
    const items = [...x.shape.slice(0, axis).map((): Item => ["slice", null, null, 1]), slice];
    return picking(x, (x) => indexed(x, items), true);
  });
}

/** The parts that `unbind` gives. */
export function unbind(x: Value, dim: number): Value[] {
  const axis = axisOf(dim, x.shape.length);
  return Array.from({ length: x.shape[axis]! }, (_, k) => {
    const items = [...x.shape.slice(0, axis).map((): Item => ["slice", null, null, 1]), k];
    return picking(x, (x) => indexed(x, items), true);
  });
}

export function diagonal(x: Value, offset: number): Value {
  const of = (x: NDArray) => {
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    const length = Math.min(rows, columns - offset) - Math.max(0, -offset);
    need(length > 0 && offset >= 0, "a diagonal that there is");
    const steps = stepsOf(x.shape), lead = x.shape.slice(0, -2);
    const shape = [...lead, length];
    const at = positions(shape, [...steps.slice(0, -2), columns + 1], offset);
    return picked(x, shape, at);
  };
  return picking(x, of, true);
}

export function repeat(x: Value, sizes: Shape): Value {
  need(sizes.length >= x.shape.length, "a number for each dimension");
  const lead = sizes.length - x.shape.length;
  const of = (x: NDArray) => {
    const from = [...Array(lead).fill(1), ...x.shape] as number[];
    const shape = from.map((n, i) => n * sizes[i]!), steps = stepsOf(shape), own = stepsOf(from);
    return picked(
      x,
      shape,
      iota(shape).data.map((at) => {
        return from.reduce(
          (sum, n, i) => sum + Math.floor(at / steps[i]!) % shape[i]! % n * own[i]!,
          0,
        );
      }),
    );
  };
  return picking(x, of, false);
}

/** Where each element of the index goes in x. */
function targets(shape: Shape, dim: number, at: NDArray): number[] {
  const axis = axisOf(dim, shape.length), steps = stepsOf(shape), own = stepsOf(at.shape);
  return Array.from(at.data, (to, i) => {
    need(to >= 0 && to < shape[axis]!, "an index inside");
    return steps.reduce((sum, step, d) => {
      const along = Math.floor(i / own[d]!) % at.shape[d]!;
      return sum + step * (d === axis ? to : along);
    }, 0);
  });
}

export function scatterAdd(x: Value, dim: number, index: Value, from: Value): Value {
  const to = targets(x.shape, dim, index.array), { shape } = from;
  need(count(shape) === to.length, "as many indices as elements");
  const data = x.array.data.slice();
  to.forEach((at, i) => data[at]! += from.array.data[i]!);
  return record(array(x.shape, data), [
    [x, (dy) => dy],
    [from, (dy) => array(shape, to.map((at) => dy.data[at]!))],
  ], { saved: [index] });
}
