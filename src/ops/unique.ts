/**
 * Which elements there are, how often, and where they belong. Elements are looked at by the host, since
 * they decide how long the results are: on a GPU these ops throw.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { fill, look } from "../device/transfer.ts";
import { isIndex } from "../core/dtype.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  checkOptions,
  flag,
  integer,
  type Kinds,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { axisOrFirst, checkShape, numelOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asFloat, cast } from "./cast.ts";
import { checkComputes, checkOperand, checkSameDevice, checkTensor, tensorKind } from "./check.ts";
import { sub } from "./binary.ts";
import { eq, gt, ne } from "./compare.ts";
import { chosen, truePositions } from "./indexed.ts";
import { int32s } from "./int32s.ts";
import { cat } from "./join.ts";
import { logicalAnd, logicalNot } from "./logical.ts";
import { commonDType, filled, type Operand, operandAs } from "./operand.ts";
import { argsort, sort } from "./order.ts";
import { cumsum } from "./scan.ts";
import { scatter } from "./scatter.ts";
import { gather, indices, pickAt } from "./select.ts";
import { movedim } from "./reshaping.ts";
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
  const firsts = known === null ? truePositions(op, isNew) : null;
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
  const values = look(op, contiguous(parts)) as Float32Array;
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

/** How often each number from 0 to the largest stands in a vector of integers; with weights, their sums. */
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
  const list = look("bincount", contiguous(x)) as Int32Array;
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

/** Options of {@link searchsorted} and {@link bucketize}. */
export interface SearchsortedOptions {
  /** Behind equal numbers instead of before them. Default: false. */
  right?: boolean;
  /** The same in NumPy's words. */
  side?: "left" | "right";
  /** Where the numbers stand in order, int32 in the sequence's shape, if they do not themselves. */
  sorter?: Tensor | null;
}

const SEARCH: Kinds<SearchsortedOptions> = {
  right: flag,
  side: oneOf("left", "right"),
  sorter: orNull(tensorKind),
};

/**
 * Where values belong among numbers in order, [..., n], so that it stays: int32 in the shape of the
 * values, which are [..., m], or of any shape for a vector of numbers.
 */
export function searchsorted(
  sequence: Tensor,
  values: Operand,
  options: SearchsortedOptions = {},
): Tensor {
  atMost(3, arguments.length, "searchsorted(sequence, values, options)");
  const { side, right = side === "right", sorter = null } = checkOptions(
    "searchsorted",
    options,
    SEARCH,
  );
  return searched("searchsorted", sequence, values, right, sorter);
}

/** In which of the intervals between boundaries, a vector in order, each element of x lies: int32. */
export function bucketize(
  x: Operand,
  boundaries: Tensor,
  options: Pick<SearchsortedOptions, "right"> = {},
): Tensor {
  atMost(3, arguments.length, "bucketize(x, boundaries, options)");
  const { right = false } = checkOptions("bucketize", options, { right: flag });
  checkTensor("bucketize", boundaries, "the boundaries");
  if (boundaries.ndim !== 1) {
    throw new ShapeError(
      `bucketize: the boundaries must be a vector: they are ${show(boundaries.shape)}`,
    );
  }
  return searched("bucketize", boundaries, x, right);
}

function searched(
  op: string,
  sequence: Tensor,
  values: Operand,
  right: boolean,
  sorter: Tensor | null = null,
): Tensor {
  checkComputes(op, sequence, "the sequence");
  checkOperand(op, values, "the values");
  if (typeof values !== "number") checkSameDevice(op, values, sequence, "the values");
  const shape = typeof values === "number" ? [] : values.shape;
  const isVector = sequence.ndim === 1;
  const lead = sequence.shape.slice(0, -1);
  if (
    !isVector && (sequence.ndim === 0 || !sameShape(lead, shape.slice(0, -1)) || shape.length === 0)
  ) {
    throw new ShapeError(
      `${op}: the sequence must be a vector or have the values' shape but for the last dimension: ` +
        `it is ${show(sequence.shape)}, the values are ${show(shape)}`,
    );
  }
  const n = sequence.shape.at(-1)!;
  const kernels = kernelsOf(sequence);
  if (kernels.search !== undefined) {
    const dtype = commonDType(sequence, values);
    const { device } = sequence.storage;
    const from = sorter === null ? sequence : gather(sequence, -1, sorter);
    const y = alloc(sequence, shape, "int32");
    const rows = isVector ? 1 : numelOf(lead);
    if (y.numel > 0) {
      kernels.search(
        operandAs(op, device, from, dtype, sequence.shape),
        operandAs(op, device, values, dtype, shape),
        y,
        [rows, n, y.numel / rows],
        right,
      );
    }
    return record(op, y, []);
  }
  const numbers = look(op, contiguous(sequence)) as Float32Array;
  const wanted = typeof values === "number"
    ? [values]
    : look(op, contiguous(values)) as Float32Array;
  if (sorter !== null && !sameShape(sorter.shape, sequence.shape)) {
    throw new ShapeError(
      `${op}: the sorter must be ${show(sequence.shape)}: it is ${show(sorter.shape)}`,
    );
  }
  const order = sorter === null ? null : look(op, contiguous(indices(op, sorter))) as Int32Array;
  const m = isVector ? wanted.length : shape.at(-1)!;
  const list = new Int32Array(wanted.length);
  const sorted = order === null ? numbers : Float64Array.from(order, (at, i) => {
    return numbers[i - i % n + at]!;
  });
  for (let i = 0; i < wanted.length; i++) {
    list[i] = search(sorted, isVector ? 0 : Math.floor(i / m) * n, n, wanted[i]!, right);
  }
  return reshape(record(op, int32s(sequence.storage.device, list.length, list), []), shape);
}

/**
 * How many of n sorted numbers are below a value, or not above it; NaN is above all. Each step halves what
 * is left, whichever way it goes.
 */
function search(
  sorted: ArrayLike<number>,
  start: number,
  n: number,
  value: number,
  right: boolean,
): number {
  if (value !== value) {
    let numbers = n;
    while (!right && numbers > 0 && sorted[start + numbers - 1] !== sorted[start + numbers - 1]) {
      numbers--;
    }
    return numbers;
  }
  let low = start;
  for (let left = n; left > 1;) {
    const half = left >> 1;
    const at = sorted[low + half - 1]!;
    low += (right ? at <= value : at < value) ? half : 0;
    left -= half;
  }
  const last = n > 0 ? sorted[low]! : NaN;
  return low - start + ((right ? last <= value : last < value) ? 1 : 0);
}

/** Options of {@link isin}. */
export interface IsinOptions {
  /** A promise that all are different, which is not needed. Default: false. */
  assumeUnique?: boolean;
  /** True where an element is none of them. Default: false. */
  invert?: boolean;
}

const ISIN: Kinds<IsinOptions> = { assumeUnique: flag, invert: flag };

/** Whether each element is one of others: bool. Either may be a number. */
export function isin(elements: Operand, others: Operand, options: IsinOptions = {}): Tensor {
  atMost(3, arguments.length, "isin(elements, others, options)");
  const { invert = false } = checkOptions("isin", options, ISIN);
  checkOperand("isin", elements, "the elements");
  checkOperand("isin", others, "the others");
  const listOf = (x: Operand) =>
    typeof x === "number" ? [x] : look("isin", contiguous(x)) as Float32Array;
  const like = typeof elements !== "number" ? elements : others;
  if (typeof like === "number") {
    throw new TypeError("isin: one of the two must be a tensor: both are numbers");
  }
  if (typeof others !== "number") checkSameDevice("isin", others, like, "the others");
  if (kernelsOf(like).search !== undefined) {
    const { device } = like.storage;
    const own = (x: Operand) =>
      typeof x === "number" ? record("isin", filled(device, [], x, "float32"), []) : x;
    return isinOrder(own(elements), own(others), invert);
  }
  const known = new Set<number>();
  for (const value of listOf(others) as Iterable<number>) if (value === value) known.add(value);
  const from = listOf(elements);
  const out = alloc(like, typeof elements === "number" ? [] : elements.shape, "bool");
  fill(out, (to) => {
    for (let i = 0; i < from.length; i++) to[i] = known.has(from[i]!) !== invert ? 1 : 0;
  });
  return record("isin", out, []);
}

/** The same by the order of the others: more are no larger than an element than come before it. */
function isinOrder(elements: Tensor, others: Tensor, invert: boolean): Tensor {
  const order = sort(reshape(others.detach(), [-1])).values;
  const count = (right: boolean) => searched("isin", order, elements, right);
  const found = logicalAnd(gt(count(true), count(false)), eq(elements, elements)); // NaN is none
  return invert ? logicalNot(found) : found;
}
