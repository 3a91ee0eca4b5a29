/**
 * Connectionist temporal classification on the host, in float64: the forward-backward algorithm of
 * Graves et al., 2006, over the labels of a sample with a blank before, between and behind them.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc } from "../device/buffer.ts";
import { readNow, write } from "../device/transfer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { contiguous } from "./view.ts";

/** What `ctcLoss` was told. */
export interface CtcRule {
  /** The class that stands for no label. */
  blank: number;
  /** Whether a loss that is infinite, and its gradient, count as 0. */
  zeroInfinity: boolean;
}

/** The losses [n] of log-probabilities [steps, n, classes]. RangeError where a label is no class. */
export function onHost(
  op: string,
  logProbs: Tensor,
  targets: Tensor,
  inputs: readonly number[],
  lengths: readonly number[],
  rule: CtcRule,
): Tensor {
  const [_, n, classes] = logProbs.shape as [number, number, number];
  const logp = readNow(op, contiguous(logProbs)) as Float32Array;
  const slope = new Float64Array(logp.length);
  const labelsOf = reader(op, targets, lengths, classes, rule.blank);
  const losses = inputs.map((steps, i) => {
    const rowOf = (t: number) => (t * n + i) * classes;
    return addSample(logp, slope, { labels: labelsOf(i), steps, classes, rowOf }, rule);
  });
  const out = alloc(logProbs, [n]);
  write(out, losses);
  return record(op, out, [[logProbs, (dy) => {
    const scales = readNow(op, contiguous(dy)) as Float32Array;
    const dx = alloc(logProbs, logProbs.shape);
    write(dx, slope.map((v, k) => v * scales[Math.floor(k / classes) % n]!));
    return record(op, dx, []);
  }]], { saved: [] });
}

/** Gives the labels of a sample, with blanks around each: blank, a, blank, b, blank. */
function reader(
  op: string,
  targets: Tensor,
  lengths: readonly number[],
  classes: number,
  blank: number,
): (sample: number) => number[] {
  const list = readNow(op, contiguous(targets)) as ArrayLike<number>;
  const isOneList = targets.ndim === 1 && (lengths.length !== 1 || list.length === lengths[0]);
  const width = targets.ndim === 2 ? targets.shape[1]! : list.length;
  let start = 0;
  const starts = lengths.map((length, i) => {
    start += length;
    return isOneList ? start - length : i * width;
  });
  return (i) => {
    const labels = Array.from({ length: 2 * lengths[i]! + 1 }, (_, s) => {
      return s % 2 === 0 ? blank : Number(list[starts[i]! + (s - 1) / 2]);
    });
    if (labels.every((label) => label >= 0 && label < classes)) return labels;
    throw new RangeError(
      `${op}: labels must be from 0 to ${classes - 1}: sample ${i} has others`,
    );
  };
}

/** A sample: its labels with blanks, how many steps spell them, and where a step's row begins. */
interface Sample {
  labels: number[];
  steps: number;
  classes: number;
  rowOf: (t: number) => number;
}

/** A sample's loss; adds its gradient to `slope`. */
function addSample(
  logp: Float32Array,
  slope: Float64Array,
  { labels, steps, classes, rowOf }: Sample,
  { zeroInfinity }: CtcRule,
): number {
  const at = (t: number, s: number) => logp[rowOf(t) + labels[s]!]!;
  const ahead = ways(at, labels, steps);
  const back = labels.toReversed();
  const last = labels.length - 1;
  const end = ahead[steps - 1];
  const total = end === undefined
    ? last === 0 ? 0 : -Infinity // no steps spell no labels
    : logAdd(end[last]!, last > 0 ? end[last - 1]! : -Infinity);
  if (total === -Infinity && zeroInfinity) return 0;
  const behind = ways((t, s) => at(steps - 1 - t, last - s), back, steps);
  for (let t = 0; t < steps; t++) {
    const row = rowOf(t);
    for (let c = 0; c < classes; c++) slope[row + c] = Math.exp(logp[row + c]!);
    labels.forEach((label, s) => {
      const both = ahead[t]![s]! + behind[steps - 1 - t]![last - s]!;
      slope[row + label]! -= Math.exp(both - at(t, s) - total);
    });
  }
  return -total;
}

/** log(eᵃ + eᵇ). */
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
