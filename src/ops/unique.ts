/**
 * Which elements there are, and how often. They are looked at by the host, since they decide how long the
 * results are: on a GPU these ops throw.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { fill, look } from "../device/transfer.ts";
import { isIndex } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, integer, type Kinds, orNull, whole } from "../core/options.ts";
import { axisOrFirst, checkShape, numelOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes, checkTensor, tensorKind } from "./check.ts";
import { sub } from "./binary.ts";
import { ne } from "./compare.ts";
import { chosen, truePositions } from "./indexed.ts";
import { int32s } from "./int32s.ts";
import { cat } from "./join.ts";
import { argsort } from "./order.ts";
import { cumsum } from "./scan.ts";
import { scatter } from "./scatter.ts";
import { gather, pickAt } from "./select.ts";
import { movedim } from "./reshaping.ts";
import { unseenBy } from "./unseen.ts";
import { contiguous, narrow, reshape } from "./view.ts";

/** Options of {@link unique}. */
export interface UniqueOptions extends UniqueConsecutiveOptions {
  /** Whether the elements come in order; they do in any case. Default: true. */
  sorted?: boolean;
}

/** Options of {@link uniqueConsecutive}. */
export interface UniqueConsecutiveOptions {
  /** Tell of each element of x where among the unique ones it is. Default: false. */
  returnInverse?: boolean;
  /** Tell how often each is there. Default: false. */
  returnCounts?: boolean;
  /** Compare parts along this dimension, as whole. Default: elements of all. */
  dim?: number | null;
}

const CONSECUTIVE: Kinds<UniqueConsecutiveOptions> = {
  returnInverse: flag,
  returnCounts: flag,
  dim: orNull(integer),
};
const UNIQUE: Kinds<UniqueOptions> = { ...CONSECUTIVE, sorted: flag };

/** What asks for one thing more than the elements. */
export type UniqueExtra =
  | { returnInverse: true; returnCounts?: false }
  | { returnInverse?: false; returnCounts: true };
/** What asks for both. */
export interface UniqueExtras {
  /** Of each element, where it stands among the different ones. */
  returnInverse: true;
  /** How often each is there. */
  returnCounts: true;
}

/** The elements that there are, each once, in order: a vector; or along a dimension, the parts. */
export function unique(
  x: Tensor,
  options?: UniqueOptions & { returnInverse?: false; returnCounts?: false },
): Tensor;
/** The same, then what was asked for: of each element where it stands in them, or how often each is there. */
export function unique(x: Tensor, options: UniqueOptions & UniqueExtra): [Tensor, Tensor];
/** The same, then both: `[elements, inverse, counts]`. */
export function unique(x: Tensor, options: UniqueOptions & UniqueExtras): [Tensor, Tensor, Tensor];
/** Either. */
export function unique(x: Tensor, options?: UniqueOptions): Tensor | Tensor[];
export function unique(x: Tensor, options: UniqueOptions = {}): Tensor | Tensor[] {
  atMost(2, arguments.length, "unique(x, options)");
  checkOptions("unique", options, UNIQUE);
  return distinct("unique", x, options, true);
}

/** The elements without those that are like their forerunner; or along a dimension, the parts. */
export function uniqueConsecutive(
  x: Tensor,
  options?: UniqueConsecutiveOptions & { returnInverse?: false; returnCounts?: false },
): Tensor;
/** The same, then what was asked for: of each element where it stands in them, or how often each is there. */
export function uniqueConsecutive(
  x: Tensor,
  options: UniqueConsecutiveOptions & UniqueExtra,
): [Tensor, Tensor];
/** The same, then both: `[elements, inverse, counts]`. */
export function uniqueConsecutive(
  x: Tensor,
  options: UniqueConsecutiveOptions & UniqueExtras,
): [Tensor, Tensor, Tensor];
/** Either. */
export function uniqueConsecutive(x: Tensor, options?: UniqueConsecutiveOptions): Tensor | Tensor[];
export function uniqueConsecutive(
  x: Tensor,
  options: UniqueConsecutiveOptions = {},
): Tensor | Tensor[] {
  atMost(2, arguments.length, "uniqueConsecutive(x, options)");
  checkOptions("uniqueConsecutive", options, CONSECUTIVE);
  return distinct("uniqueConsecutive", x, options, false);
}

/** What there is of some parts, where each of them is among it, and how often it is there. */
interface Distinct {
  found: Tensor;
  inverse: () => Tensor;
  counts: () => Tensor;
}

function onCpu(op: string): string {
  return `how long the result is depends on the values: write (await x.cpu()).${op}()`;
}

/** Of elements, at least one. NaN is like nothing else. */
function elementsOf(op: string, line: Tensor, isSorted: boolean): Distinct {
  const n = line.numel;
  const places = isSorted ? argsort(line) : null;
  const values = places === null ? line : gather(line, 0, places);
  const first = alloc(line, [1], "bool");
  kernelsOf(first).fill(first, 1);
  const isNew = cat(
    [record(op, first, []), ne(narrow(values, 0, 1, n - 1), narrow(values, 0, 0, n - 1))],
    0,
  );
  const known = chosen(op, values, isNew);
  const firsts = known === null ? truePositions(op, isNew, onCpu(op)) : null;
  return {
    found: known ?? gather(values, 0, firsts!),
    inverse: () => {
      const ranks = sub(cumsum(isNew, 0), 1);
      return places === null ? ranks : scatter(ranks, 0, places, ranks);
    },
    counts: () => {
      const end = record(op, int32s(line.storage.device, 1, [n]), []);
      const begins = firsts ?? truePositions(op, isNew);
      return sub(cat([narrow(begins, 0, 1, begins.numel - 1), end], 0), begins);
    },
  };
}

/** Of parts of several elements: by the first that differs, NaN last and like nothing else. */
function partsOf(op: string, parts: Tensor, isSorted: boolean): Distinct {
  const n = parts.shape[0]!;
  const width = numelOf(parts.shape.slice(1));
  const values = look(op, contiguous(parts), onCpu(op)) as Float32Array;
  const compare = (i: number, j: number): number => {
    for (let k = 0; k < width; k++) {
      const [a, b] = [values[i * width + k]!, values[j * width + k]!];
      if (a < b || (a === a && b !== b)) return -1;
      if (a > b || (a !== a && b === b)) return 1;
      if (a !== a) return i - j;
    }
    return 0;
  };
  const order = Array.from({ length: n }, (_, i) => i);
  if (isSorted) order.sort((i, j) => compare(i, j) || i - j);
  const firsts: number[] = [], counts: number[] = [];
  const inverse = new Int32Array(n);
  order.forEach((i, k) => {
    if (k === 0 || compare(order[k - 1]!, i) !== 0) {
      firsts.push(i);
      counts.push(0);
    }
    counts[counts.length - 1]!++;
    inverse[i] = firsts.length - 1;
  });
  const list = (numbers: ArrayLike<number>) =>
    record(op, int32s(parts.storage.device, numbers.length, numbers), []);
  return {
    found: pickAt(op, parts, 0, list(firsts)),
    inverse: () => list(inverse),
    counts: () => list(counts),
  };
}

function distinct(
  op: string,
  x: Tensor,
  { returnInverse = false, returnCounts = false, dim }: UniqueConsecutiveOptions,
  isSorted: boolean,
): Tensor | Tensor[] {
  checkComputes(op, x);
  const axis = dim === undefined || dim === null ? null : axisOrFirst(op, dim, x.ndim);
  const from = x.detach();
  const parts = contiguous(
    axis === null || x.ndim === 0 ? reshape(from, [-1]) : movedim(from, axis, 0),
  );
  const { found, inverse, counts } = parts.ndim === 1 && parts.numel > 0
    ? elementsOf(op, parts, isSorted)
    : partsOf(op, parts, isSorted);
  const results = [axis === null || x.ndim === 0 ? found : contiguous(movedim(found, 0, axis))];
  if (returnInverse) results.push(axis === null ? reshape(inverse(), x.shape) : inverse());
  if (returnCounts) results.push(counts());
  return results.length === 1 ? results[0]! : results;
}

/** Options of {@link bincount}. */
export interface BincountOptions {
  /** What each element counts, float32 [n]. Default: 1. */
  weights?: Tensor | null;
  /** How long the result is at least. Default: 0. */
  minlength?: number;
}

const BINCOUNT: Kinds<BincountOptions> = { weights: orNull(tensorKind), minlength: whole(0) };

/**
 * How often each number from 0 to the largest stands in a vector of integers; with weights, their sums.
 * On a GPU the length is `minlength`, and a number that is not below it is an error of the next read.
 */
export function bincount(x: Tensor, options: BincountOptions = {}): Tensor {
  atMost(2, arguments.length, "bincount(x, options)");
  const { weights = null, minlength = 0 } = checkOptions("bincount", options, BINCOUNT);
  checkTensor("bincount", x);
  if (x.ndim !== 1 || !isIndex(x.dtype)) {
    throw new ShapeError(
      `bincount: a vector of int32 or uint8 is needed: it is ${x.dtype} ${show(x.shape)}`,
    );
  }
  if (weights !== null && !sameShape(weights.shape, x.shape)) {
    throw new ShapeError(
      `bincount: the weights must be ${show(x.shape)}: they are ${show(weights.shape)}`,
    );
  }
  const unseen = unseenBy(x);
  if (minlength > 0 && unseen !== undefined) return unseen.bincount(x, weights, minlength);
  const list = look(
    "bincount",
    contiguous(x),
    "how long the result is depends on the values, unless minlength is given: write " +
      "(await x.cpu()).bincount()",
  ) as Int32Array;
  let most = -1;
  for (let i = 0; i < list.length; i++) {
    if (list[i]! < 0) {
      throw new RangeError(`bincount: numbers of at least 0 are needed: one is ${list[i]}`);
    }
    most = Math.max(most, list[i]!);
  }
  const n = Math.max(minlength, most + 1);
  checkShape("bincount", [n]);
  if (weights !== null) {
    const sums = alloc(x, [n]);
    kernelsOf(sums).fill(sums, 0);
    const at = contiguous(cast(x, "int32"));
    const from = contiguous(asFloat("bincount", weights).detach());
    if (at.numel > 0) kernelsOf(sums).scatterAdd(from, at, sums, [1, n, at.numel, 1]);
    return record("bincount", sums, []);
  }
  const out = alloc(x, [n], "int32");
  const from = look("bincount", contiguous(x)) as Int32Array; // memory may have grown
  fill(out, (counts) => {
    counts.fill(0 as never);
    for (let i = 0; i < from.length; i++) (counts as Int32Array)[from[i]!]!++;
  });
  return record("bincount", out, []);
}
