/**
 * Tensors of all combinations of others.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { canLook, look } from "../device/transfer.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  integer,
  type Kinds,
  oneOf,
  whole,
} from "../core/options.ts";
import { broadcastShape, type Shape } from "../core/shape.ts";
import { inNameOf } from "./in_name_of.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { checkTensor, checkTensors } from "./check.ts";
import { eq } from "./compare.ts";
import { int32s } from "./int32s.ts";
import { stack } from "./join.ts";
import { indexTensor } from "./pad_mode.ts";
import { indices, pickAt, scatterInto } from "./select.ts";
import { expand } from "./sum.ts";
import { reshape, transpose, unsqueeze } from "./view.ts";

/** Options of {@link meshgrid}. */
export interface MeshgridOptions {
  /** `"xy"`: the first two dimensions swapped, as in plots. Default: `"ij"`. */
  indexing?: "ij" | "xy";
}

const MESHGRID: Kinds<MeshgridOptions> = { indexing: oneOf("ij", "xy") };

/** Views of vectors of n, m … elements as [n, m, …], each along its own dimension and constant along others. */
export function meshgrid(tensors: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  atMost(2, arguments.length, "meshgrid(tensors, options)");
  const { indexing = "ij" } = checkOptions("meshgrid", options, MESHGRID);
  checkTensors("meshgrid", tensors);
  if (tensors.length === 0) {
    throw new ShapeError("meshgrid: at least one tensor is needed: there is none");
  }
  for (const x of tensors) {
    if (x.ndim > 1) throw new ShapeError(`meshgrid: vectors are needed: one is ${show(x.shape)}`);
    if (x.dtype !== tensors[0]!.dtype) {
      throw new ShapeError(
        `meshgrid: dtypes must agree: one is ${tensors[0]!.dtype}, another ${x.dtype}`,
      );
    }
  }
  const shape = tensors.map((x) => x.numel);
  const isSwapped = indexing === "xy" && tensors.length > 1;
  return tensors.map((x, i) => {
    const grid = expand(reshape(x, shape.map((n, d) => d === i ? n : 1)), shape);
    return isSwapped ? transpose(grid, 0, 1) : grid;
  });
}

/** All ways to take an element of each vector: [ways, vectors]; of one vector itself. */
export function cartesianProd(tensors: readonly Tensor[]): Tensor {
  atMost(1, arguments.length, "cartesianProd(tensors)");
  return inNameOf("cartesianProd", () => {
    checkTensors("cartesianProd", tensors);
    if (tensors.length === 1 && tensors[0]!.ndim === 1) return tensors[0]!;
    return stack(meshgrid(tensors).map((grid) => reshape(grid, [-1])), 1);
  });
}

/** Elements that combinations may have together. */
const MOST = 2 ** 26;

/** All ways to take r elements of a vector, in its order: [ways, r]. */
export function combinations(x: Tensor, r = 2, withReplacement = false): Tensor {
  atMost(3, arguments.length, "combinations(x, r, withReplacement)");
  checkTensor("combinations", x);
  check("combinations", "r", r, whole(0));
  check("combinations", "withReplacement", withReplacement, flag);
  if (x.ndim !== 1) {
    throw new ShapeError(`combinations: a vector is needed: it is ${show(x.shape)}`);
  }
  if (r === 0) return record("combinations", alloc(x, [0], x.dtype), []);
  let ways = 1;
  for (let i = 0; i < r && ways > 0 && ways <= MOST; i++) {
    ways *= Math.max(0, x.numel + (withReplacement ? i : -i)) / (i + 1);
  }
  if (ways * r > MOST) {
    throw new ShapeError(
      `combinations: at most ${MOST} elements can be made: ${r} of ${x.numel} are too many`,
    );
  }
  const places: number[] = [];
  const choose = (chosen: number[]): void => {
    if (chosen.length === r) return void places.push(...chosen);
    const last = chosen.at(-1);
    const from = last === undefined ? 0 : withReplacement ? last : last + 1;
    for (let i = from; i < x.numel; i++) choose([...chosen, i]);
  };
  if (ways > 0) choose([]);
  const at = int32s(x.storage.device, places.length, places);
  return reshape(pickAt("combinations", x, 0, at), [places.length / r, r]);
}

/** Labels [...] as rows [..., numClasses] that are 1 at the label, else 0: int32. −1: as many classes as needed. */
export function oneHot(labels: Tensor, numClasses = -1): Tensor {
  atMost(2, arguments.length, "oneHot(labels, numClasses)");
  checkTensor("oneHot", labels, "labels");
  check("oneHot", "numClasses", numClasses, integer);
  const at = indices("oneHot", labels, "labels");
  if (numClasses >= 0 && !canLook(at)) return onesAt(at, numClasses);
  const list = look("oneHot", at) as Int32Array;
  let least = 0, most = -1;
  for (let i = 0; i < list.length; i++) {
    least = Math.min(least, list[i]!);
    most = Math.max(most, list[i]!);
  }
  if (numClasses < 0 && list.length === 0) {
    throw new ShapeError("oneHot: numClasses must be given where there are no labels");
  }
  const n = numClasses < 0 ? most + 1 : numClasses;
  if (least < 0 || most >= n) {
    const needed = numClasses < 0 ? "at least 0" : `from 0 to ${n - 1}`;
    throw new RangeError(`oneHot: labels must be ${needed}: one is ${least < 0 ? least : most}`);
  }
  if (n * Math.max(1, list.length) > 2 ** 30) {
    throw new RangeError(
      `oneHot: 4 GiB hold 2³⁰ elements: ${list.length} labels of ${n} classes are more`,
    );
  }
  const classes = indexTensor(labels, Array.from({ length: n }, (_, i) => i));
  return cast(eq(unsqueeze(at, -1), classes), "int32");
}

/** The same of labels that the host cannot see: a bad one is told by the next read. */
function onesAt(at: Tensor, n: number): Tensor {
  const out = alloc(at, [at.numel, n], "int32"), one = alloc(at, [1, 1], "int32");
  kernelsOf(out).fill(out, 0);
  kernelsOf(one).fill(one, 1);
  const column = reshape(at, [at.numel, 1]);
  scatterInto("set", out, 1, column, expand(record("fill", one, []), column.shape), "oneHot");
  return reshape(record("oneHot", out, []), [...at.shape, n]);
}

/** x as a view of the shape that it broadcasts to. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  atMost(2, arguments.length, "broadcastTo(x, shape)");
  return inNameOf("broadcastTo", () => {
    return expand(x, shape);
  });
}

/** Views of tensors in the shape that they broadcast to together. */
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  atMost(1, arguments.length, "broadcastTensors(tensors)");
  checkTensors("broadcastTensors", tensors);
  const shape = tensors.reduce<Shape>(
    (shape, x) => broadcastShape("broadcastTensors", shape, x.shape),
    [],
  );
  return tensors.map((x) => expand(x, shape));
}
