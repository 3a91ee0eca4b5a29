/**
 * Connectionist temporal classification.
 *
 * @module
 */
import { isTracked, record } from "../autograd/autograd.ts";
import { alloc, Buffer, kernelsOf } from "../device/buffer.ts";
import { canLook, readNow, write } from "../device/transfer.ts";
import { ShapeError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  either,
  flag,
  type Kinds,
  listOf,
  whole,
} from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { div, maximum, mul, sub } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkSameDevice, checkTensor, tensorKind } from "./check.ts";
import { constant } from "./int32s.ts";
import { mean } from "./reduce.ts";
import { LOSS, type LossOptions, type Reduction } from "./reduction.ts";
import { cumsum } from "./scan.ts";
import { indices } from "./select.ts";
import { sum } from "./sum.ts";
import { contiguous, reshape, unsqueeze } from "./view.ts";

/** Options of {@link ctcLoss}. */
export interface CtcOptions extends LossOptions {
  /** The class that stands for no label. Default: 0. */
  blank?: number;
  /** Whether a loss that is infinite, and its gradient, count as 0. Default: false. */
  zeroInfinity?: boolean;
}

/** What ctcLoss takes. */
export const CTC: Kinds<CtcOptions> = { ...LOSS, blank: whole(0), zeroInfinity: flag };

/** Numbers of steps: a list, or a tensor of integers. */
export type Counts = readonly number[] | Tensor;

const COUNTS = either(listOf(whole(0)), tensorKind);

function numbersOf(op: string, what: string, counts: Counts): number[] {
  check(op, what, counts, COUNTS);
  const list = Array.isArray(counts)
    ? [...counts]
    : Array.from(readNow(op, contiguous(counts as Tensor)) as ArrayLike<number>, Number);
  if (list.every((n) => Number.isInteger(n) && n >= 0)) return list;
  throw new RangeError(
    `${op}: ${what} must be whole numbers of at least 0: they are ${describe(list)}`,
  );
}

function logAdd(a: number, b: number): number {
  const most = Math.max(a, b);
  return most === -Infinity ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
}

/** log of the sum over all ways through a sample's steps, from one end: [steps, states]. */
function ways(logp: (t: number, s: number) => number, labels: number[], steps: number): number[][] {
  const all: number[][] = [];
  for (let t = 0; t < steps; t++) {
    const last = all[t - 1];
    all.push(labels.map((label, s) => {
      if (last === undefined) return s < 2 ? logp(0, s) : -Infinity;
      let sum = logAdd(last[s]!, s > 0 ? last[s - 1]! : -Infinity);
      // blanks may be left out between two labels that differ
      if (s > 1 && s % 2 === 1 && label !== labels[s - 2]) sum = logAdd(sum, last[s - 2]!);
      return sum + logp(t, s);
    }));
  }
  return all;
}

/**
 * −log of the probability of a sequence of labels, summed over all ways in which steps may spell it:
 * Graves et al., "Connectionist temporal classification", 2006. On the CPU it is computed in float64.
 *
 * `"mean"` divides each loss by the length of its target first. The gradient is PyTorch's, which is that
 * of what went into the log-softmax.
 *
 * @param logProbs Log-probabilities [steps, n, classes], or [steps, classes].
 * @param targets Labels [n, most], [most], or those of all samples one after the other, [sum of lengths].
 * @param inputLengths How many steps each sample has.
 * @param targetLengths How many labels each sample has.
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Counts,
  targetLengths: Counts,
  options: CtcOptions = {},
): Tensor {
  const op = "ctcLoss";
  atMost(5, arguments.length, "ctcLoss(logProbs, targets, inputLengths, targetLengths, options)");
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = checkOptions(op, options, CTC);
  logProbs = asFloat(op, logProbs, "the log-probabilities");
  checkTensor(op, targets, "the targets");
  if (logProbs.ndim === 2) {
    const loss = ctcLoss(unsqueeze(logProbs, 1), targets, inputLengths, targetLengths, options);
    return reduction === "none" ? reshape(loss, []) : loss;
  }
  if (logProbs.ndim !== 3) {
    throw new ShapeError(
      `${op}: log-probabilities must be [steps, n, classes]: they are ${show(logProbs.shape)}`,
    );
  }
  const [steps, n, classes] = logProbs.shape as [number, number, number];
  const given = [
    ["the input lengths", inputLengths],
    ["the target lengths", targetLengths],
  ] as const;
  if (!canLook(logProbs)) {
    const [inputs, lengths] = given.map(([what, counts]) => {
      const isUnseen = Buffer.is(counts) && !canLook(counts);
      return isUnseen ? countsOf(op, what, counts as Tensor) : numbersOf(op, what, counts);
    }) as [Tensor | number[], Tensor | number[]];
    const ofEach = (counts: Tensor | number[], holds: (t: number) => boolean) =>
      Buffer.is(counts) ? counts.numel === n : counts.length === n && counts.every(holds);
    if (!ofEach(inputs, (t) => t <= steps) || !ofEach(lengths, () => true) || blank >= classes) {
      throw badLengths(op, logProbs, inputs, lengths, blank);
    }
    checkSameDevice(op, targets, logProbs, "the targets");
    const rule = { blank, zeroInfinity };
    return reduced(...onDevice(op, logProbs, targets, inputs, lengths, rule), reduction);
  }
  const [inputs, lengths] = given.map(([what, counts]) => numbersOf(op, what, counts)) as [
    number[],
    number[],
  ];
  if (
    inputs.length !== n || lengths.length !== n || inputs.some((t) => t > steps) || blank >= classes
  ) throw badLengths(op, logProbs, inputs, lengths, blank);
  checkSameDevice(op, targets, logProbs, "the targets");
  const p = readNow(op, contiguous(logProbs)) as Float32Array;
  const list = readNow(op, contiguous(targets)) as ArrayLike<number>;
  const isOneList = targets.ndim === 1 && n !== 1 ||
    targets.ndim === 1 && list.length === lengths[0];
  const width = targets.ndim === 2 ? targets.shape[1]! : list.length;
  let start = 0;
  const slope = new Float64Array(p.length);
  const losses = lengths.map((length, i) => {
    const from = isOneList ? start : i * width;
    start += length;
    const labels = Array.from({ length: 2 * length + 1 }, (_, s) => {
      return s % 2 === 0 ? blank : Number(list[from + (s - 1) / 2]);
    });
    if (labels.some((label) => !(label >= 0 && label < classes))) {
      throw new RangeError(
        `${op}: labels must be from 0 to ${classes - 1}: sample ${i} has others`,
      );
    }
    const count = inputs[i]!;
    const at = (t: number, s: number) => p[(t * n + i) * classes + labels[s]!]!;
    const ahead = ways(at, labels, count);
    const [a, b] = [labels.length - 1, labels.length - 2];
    const end = ahead[count - 1];
    const total = end === undefined
      ? length === 0 ? 0 : -Infinity
      : logAdd(end[a]!, b >= 0 ? end[b]! : -Infinity);
    if (total === -Infinity && zeroInfinity) return 0;
    const back = labels.toReversed();
    const behind = ways((t, s) => at(count - 1 - t, back.length - 1 - s), back, count);
    for (let t = 0; t < count; t++) {
      const row = (t * n + i) * classes;
      for (let c = 0; c < classes; c++) slope[row + c] = Math.exp(p[row + c]!);
      labels.forEach((label, s) => {
        const both = ahead[t]![s]! + behind[count - 1 - t]![back.length - 1 - s]!;
        slope[row + label]! -= Math.exp(both - at(t, s) - total);
      });
    }
    return -total;
  });
  const out = alloc(logProbs, [n]);
  write(out, losses);
  const each = record(op, out, [[logProbs, (dy) => {
    const scales = readNow(op, contiguous(dy)) as Float32Array;
    const dx = alloc(logProbs, logProbs.shape);
    write(dx, slope.map((v, k) => v * scales[Math.floor(k / classes) % n]!));
    return record(op, dx, []);
  }]], { saved: [] });
  return reduced(each, lengths, reduction);
}

/** Lengths that the host does not see. */
function countsOf(op: string, what: string, counts: Tensor): Tensor {
  if (counts.ndim === 1) return indices(op, counts, what);
  throw new ShapeError(`${op}: ${what} must be a vector: they are ${show(counts.shape)}`);
}

function badLengths(
  op: string,
  { shape }: Tensor,
  inputs: Tensor | number[],
  lengths: Tensor | number[],
  blank: number,
): RangeError {
  const shown = (counts: Tensor | number[]) =>
    Buffer.is(counts) ? `a tensor ${show(counts.shape)}` : describe(counts);
  return new RangeError(
    `${op}: ${shape[1]} lengths of each kind are needed, of at most ${
      shape[0]
    } steps, and a blank ` +
      `below ${shape[2]}: they are ${shown(inputs)}, ${shown(lengths)} and ${blank}`,
  );
}

/** The losses and the target lengths, of a device that has a kernel for it. */
function onDevice(
  op: string,
  logProbs: Tensor,
  targets: Tensor,
  inputs: Tensor | number[],
  lengths: Tensor | number[],
  rule: { blank: number; zeroInfinity: boolean },
): [losses: Tensor, lengths: Tensor] {
  const [steps, n, classes] = logProbs.shape as [number, number, number];
  const { device } = logProbs.storage;
  const [counts, sizes] = [inputs, lengths].map((list) =>
    Buffer.is(list) ? list : constant(op, device, [n], "int32", list)
  ) as [Tensor, Tensor];
  const labels = indices(op, reshape(targets, [-1]), "the targets");
  const width = targets.ndim === 2 ? targets.shape[1]! : 0;
  const starts = targets.ndim === 2
    ? constant(op, device, [n], "int32", Array.from({ length: n }, (_, i) => i * width))
    : n === 0
    ? sizes
    : sub(cumsum(sizes, 0), sizes);
  const most = Buffer.is(lengths) ? (width || labels.numel) : Math.max(0, ...lengths);
  const losses = alloc(logProbs, [n]);
  const slope = isTracked(logProbs) ? alloc(logProbs, logProbs.shape) : null;
  const blame = (row: number) =>
    new RangeError(
      row < n
        ? `${op}: lengths must be of at most ${steps} steps and as many labels as there are, ` +
          `${labels.numel} in all: those of sample ${row} are not`
        : `${op}: labels must be from 0 to ${classes - 1}: sample ${row - n} has others`,
    );
  if (n > 0) {
    kernelsOf(losses).ctcLoss!(
      ...[contiguous(logProbs), labels, starts, counts, sizes, losses, slope] as const,
      { ...rule, most },
      blame,
    );
  }
  const each = record(op, losses, [[logProbs, (dy) => {
    return mul(record(op, slope!, []), reshape(dy, [n, 1]));
  }]], { saved: [] });
  return [each, sizes];
}

function reduced(
  losses: Tensor,
  lengths: readonly number[] | Tensor,
  reduction: Reduction,
): Tensor {
  if (reduction !== "mean") return reduction === "sum" ? sum(losses) : losses;
  if (Buffer.is(lengths)) return mean(div(losses, maximum(cast(lengths, "float32"), 1)));
  const counts = alloc(losses, losses.shape);
  write(counts, lengths.map((length) => Math.max(1, length)));
  return mean(div(losses, record("ctcLoss", counts, [])));
}
