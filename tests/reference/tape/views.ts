/** Calls that only pick elements: what goes where is seen by running them on positions. */
import { filled, iota, type NDArray, type Shape } from "../arrays/array.ts";
import * as arrays from "../arrays/mod.ts";
import { record, type RecordOptions, scattered, type Value } from "./value.ts";

/** A call of which each element is one of x's, or (position −1) none. */
function picking(
  x: Value,
  pick: (x: NDArray, outside: number) => NDArray,
  options: RecordOptions,
  value = 0,
): Value {
  const at = () => pick(iota(x.shape), -1).data;
  return record(pick(x.array, value), [[x, (dy) => scattered(x.shape, at(), dy.data)]], options);
}

/** For sure a view. */
function view(x: Value, of: (x: NDArray) => NDArray): Value {
  return picking(x, of, { saved: [], shares: x, of });
}

/** A view or a copy: strides tell. */
function perhaps(x: Value, of: (x: NDArray) => NDArray): Value {
  return picking(x, of, { saved: [], shares: x });
}

export function reshape(x: Value, shape: Shape): Value {
  return perhaps(x, (x) => arrays.reshape(x, shape));
}

export function flatten(x: Value, startDim?: number, endDim?: number): Value {
  return perhaps(x, (x) => arrays.flatten(x, startDim, endDim));
}

export function contiguous(x: Value): Value {
  return perhaps(x, (x) => x);
}

export function permute(x: Value, dims: readonly number[]): Value {
  return view(x, (x) => arrays.permute(x, dims));
}

export function transpose(x: Value, dim0: number, dim1: number): Value {
  return view(x, (x) => arrays.transpose(x, dim0, dim1));
}

export function t(x: Value): Value {
  return view(x, arrays.t);
}

export function squeeze(x: Value, dim?: number): Value {
  return view(x, (x) => arrays.squeeze(x, dim));
}

export function unsqueeze(x: Value, dim: number): Value {
  return view(x, (x) => arrays.unsqueeze(x, dim));
}

export function narrow(x: Value, dim: number, start: number, length: number): Value {
  return view(x, (x) => arrays.narrow(x, dim, start, length));
}

export function select(x: Value, dim: number, index: number): Value {
  return view(x, (x) => arrays.select(x, dim, index));
}

export function expand(x: Value, shape: Shape): Value {
  const made = view(x, (x) => arrays.expand(x, shape));
  made.repeats = true;
  return made;
}

export function detach(x: Value): Value {
  return record(x.array, [], { shares: x, of: (x) => x });
}

export function clone(x: Value): Value {
  return record(x.array, [[x, (dy) => dy]], { saved: [] });
}

export function pad(x: Value, padding: readonly number[], value = 0): Value {
  const pick = (x: NDArray, outside: number) => arrays.pad(x, padding, outside);
  return picking(x, pick, { saved: [] }, value);
}

export function indexSelect(x: Value, dim: number, index: Value): Value {
  const at = index.array; // as it is now
  return picking(x, (x) => arrays.indexSelect(x, dim, at), { saved: [index] });
}

export function gather(x: Value, dim: number, index: Value): Value {
  const at = index.array;
  return picking(x, (x) => arrays.gather(x, dim, at), { saved: [index] });
}

export function embedding(indices: Value, weight: Value): Value {
  const at = indices.array;
  return picking(weight, (w) => arrays.embedding(at, w), { saved: [indices] });
}

/** Each element of the result is one of one of several. */
function joining(values: readonly Value[], join: (list: NDArray[]) => NDArray): Value {
  const at = (k: number) =>
    join(values.map(({ shape }, i) => i === k ? iota(shape) : filled(shape, -1, "int32"))).data;
  return record(
    join(values.map(({ array }) => array)),
    values.map((x, k) => [x, (dy: NDArray) => scattered(x.shape, at(k), dy.data)]),
    { saved: [] },
  );
}

export function cat(values: readonly Value[], dim?: number): Value {
  return joining(values, (list) => arrays.cat(list, dim));
}

export function stack(values: readonly Value[], dim?: number): Value {
  return joining(values, (list) => arrays.stack(list, dim));
}
