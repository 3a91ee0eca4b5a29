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
import { type CtcRule, onHost } from "./ctc_on_host.ts";
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
  const isSeen = canLook(logProbs);
  const [inputs, lengths] = ([
    ["the input lengths", inputLengths],
    ["the target lengths", targetLengths],
  ] as const).map(([what, counts]) =>
    isSeen || !Buffer.is(counts) || canLook(counts)
      ? numbersOf(op, what, counts)
      : countsOf(op, what, counts as Tensor)
  ) as [Tensor | number[], Tensor | number[]];
  const ofEach = (counts: Tensor | number[], holds: (t: number) => boolean) =>
    Buffer.is(counts) ? counts.numel === n : counts.length === n && counts.every(holds);
  if (!ofEach(inputs, (t) => t <= steps) || !ofEach(lengths, () => true) || blank >= classes) {
    throw badLengths(op, logProbs, inputs, lengths, blank);
  }
  checkSameDevice(op, targets, logProbs, "the targets");
  const rule: CtcRule = { blank, zeroInfinity };
  if (!isSeen) {
    return reduced(...onDevice(op, logProbs, targets, inputs, lengths, rule), reduction);
  }
  const losses = onHost(op, logProbs, targets, inputs as number[], lengths as number[], rule);
  return reduced(losses, lengths, reduction);
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
  rule: CtcRule,
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
