/**
 * Where values belong among numbers in order. Where the device has no kernel for that, the host searches.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, kernelsOf } from "../device/buffer.ts";
import { look } from "../device/transfer.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, checkOptions, flag, type Kinds, oneOf, orNull } from "../core/options.ts";
import { numelOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkComputes, checkOperand, checkSameDevice, checkTensor, tensorKind } from "./check.ts";
import { int32s } from "./int32s.ts";
import { commonDType, type Operand, operandAs } from "./operand.ts";
import { gather, indices } from "./select.ts";
import { contiguous, reshape } from "./view.ts";

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

/** How many numbers of the sequence come before each value: int32 in the shape of the values. */
export function searched(
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
