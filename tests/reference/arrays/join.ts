/** Arrays put together, and values put around one. */
import { array, axisOf, count, filled, type NDArray, need, positions, stepsOf } from "./array.ts";
import { narrow, unsqueeze } from "./views.ts";

/** Arrays one after the other along a dimension. */
export function cat(arrays: readonly NDArray[], dim = 0): NDArray {
  const first = arrays[0]!;
  const axis = axisOf(dim, first.shape.length);
  for (const x of arrays) {
    const fits = x.shape.length === first.shape.length && x.dtype === first.dtype &&
      x.shape.every((n, i) => i === axis || n === first.shape[i]);
    need(fits, `[${x.shape}] beside [${first.shape}]`);
  }
  const shape = first.shape.with(axis, arrays.reduce((n, x) => n + x.shape[axis]!, 0));
  const steps = stepsOf(shape), data = new Float64Array(count(shape));
  let start = 0;
  for (const x of arrays) {
    const at = positions(x.shape, steps, start * steps[axis]!);
    for (let i = 0; i < at.length; i++) data[at[i]!] = x.data[i]!;
    start += x.shape[axis]!;
  }
  return array(shape, data, first.dtype);
}

/** Arrays of one shape along a new dimension. */
export function stack(arrays: readonly NDArray[], dim = 0): NDArray {
  const axis = axisOf(dim, arrays[0]!.shape.length + 1);
  need(arrays.every((x) => x.shape.length === arrays[0]!.shape.length), "stack");
  return cat(arrays.map((x) => unsqueeze(x, axis)), axis);
}

/** A value around x, or (negative) less of it: two lengths a dimension, the last dimension first. */
export function pad(x: NDArray, padding: readonly number[], value = 0): NDArray {
  need(padding.length % 2 === 0 && padding.length <= 2 * x.shape.length, `padding ${padding}`);
  for (let i = 0; i < padding.length; i += 2) {
    const axis = x.shape.length - 1 - i / 2;
    for (const [before, length] of [[true, padding[i]!], [false, padding[i + 1]!]] as const) {
      if (length > 0) {
        const more = filled(x.shape.with(axis, length), value, x.dtype);
        x = cat(before ? [more, x] : [x, more], axis);
      } else {
        x = narrow(x, axis, before ? -length : 0, x.shape[axis]! + length);
      }
    }
  }
  return x;
}
