/**
 * Metrics that need all scores: how well they rank, and what they are worth as probabilities.
 *
 * @module
 */
import { atMost, checkOptions, flag, type Kinds, oneOf, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type BatchShape, classShape, type Elements, Metric } from "./metric.ts";

/** Options of what is computed from probabilities. */
export interface ProbabilityOptions {
  /**
   * Whether scores are logits. Default: they are, unless all of them are from 0 to 1 and, where there
   * are several, those of each sample sum to 1.
   */
  logits?: boolean;
}

/** A metric that keeps all scores and labels. */
abstract class ScoreMetric<V> extends Metric<V> {
  readonly #logits: boolean | undefined;
  #scores: number[] = [];
  #labels: number[] = [];
  #classes = 0;

  constructor(name: string, higherIsBetter: boolean, logits: boolean | undefined) {
    super(name, higherIsBetter);
    this.#logits = logits;
  }

  protected check(preds: Tensor, target: Tensor): BatchShape {
    const shape = classShape(this.name, preds, target, { needsScores: true });
    if (this.#classes === 0 || this.#classes === shape.scores) return shape;
    throw new RangeError(
      `${this.name}: each batch must have as many scores a sample: ${this.#classes} before, ` +
        `${shape.scores} now`,
    );
  }

  protected add(preds: Elements, target: Elements, { samples, scores }: BatchShape): void {
    this.#classes = scores;
    const most = Math.max(2, scores);
    for (let i = 0; i < samples; i++) {
      const label = Number(target[i]);
      if (!Number.isInteger(label) || label < 0 || label >= most) {
        throw new RangeError(`${this.name}: labels are 0 to ${most - 1}: one is ${label}`);
      }
      this.#labels.push(label);
    }
    for (let i = 0; i < samples * scores; i++) {
      const score = preds[i]!;
      if (Number.isNaN(score)) throw new RangeError(`${this.name}: a score is NaN`);
      this.#scores.push(score);
    }
  }

  protected clear(): void {
    this.#scores = [];
    this.#labels = [];
    this.#classes = 0;
  }

  /** The labels. */
  protected get labels(): readonly number[] {
    return this.#labels;
  }

  /** Probabilities of each class: one list a class, with a number a sample. */
  protected probabilities(): Float64Array[] {
    const [n, c, scores] = [this.#labels.length, this.#classes, this.#scores];
    if (c === 1) {
      const isLogit = this.#logits ?? scores.some((score) => score < 0 || score > 1);
      const one = Float64Array.from(scores, (s) => isLogit ? 1 / (1 + Math.exp(-s)) : s);
      return [one.map((p) => 1 - p), one];
    }
    const columns = Array.from({ length: c }, () => new Float64Array(n));
    const isLogit = this.#logits ?? !this.#areProbabilities();
    for (let i = 0; i < n; i++) {
      let most = -Infinity, sum = 0;
      for (let j = 0; j < c; j++) most = Math.max(most, scores[i * c + j]!);
      for (let j = 0; j < c; j++) {
        const score = scores[i * c + j]!;
        sum += columns[j]![i] = isLogit ? Math.exp(score - most) : score;
      }
      if (isLogit) { for (const column of columns) column[i]! /= sum; }
    }
    return columns;
  }

  /** Scores that rank samples by how much they are of class 1 of two; they are not squeezed. */
  protected ranks(): Float64Array {
    const [c, scores] = [this.#classes, this.#scores];
    if (c === 1) return Float64Array.from(scores);
    return Float64Array.from(this.#labels, (_, i) => scores[2 * i + 1]! - scores[2 * i]!);
  }

  /** Classes there can be. */
  protected get classes(): number {
    return Math.max(2, this.#classes);
  }

  #areProbabilities(): boolean {
    const [n, c, scores] = [this.#labels.length, this.#classes, this.#scores];
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < c; j++) {
        const score = scores[i * c + j]!;
        if (score < 0) return false;
        sum += score;
      }
      if (Math.abs(sum - 1) > 1e-4) return false;
    }
    return true;
  }

  /** Refuses a class that no sample has. */
  protected checkBoth(): void {
    const found = new Set(this.#labels);
    for (let c = 0; c < this.classes; c++) {
      if (found.has(c)) continue;
      throw new RangeError(
        `${this.name}: samples of each class are needed: none of the ${this.#labels.length} is of ` +
          `class ${c}`,
      );
    }
  }
}

/** How figures of single classes become one. */
export interface RankingOptions extends ProbabilityOptions {
  /** Of more than two classes, each against the rest: their mean, or by their samples. Default: `"macro"`. */
  average?: "macro" | "weighted";
}

const RANKING: Kinds<RankingOptions> = { average: oneOf("macro", "weighted"), logits: flag };

/** Numbers of scores, the highest first. */
function descending(scores: Float64Array): number[] {
  return Array.from(scores.keys()).sort((i, j) => scores[j]! - scores[i]!);
}

/** The chance that a sample of the class has a higher score than another; ties count half. */
function areaUnderRoc(scores: Float64Array, isOf: (i: number) => boolean): number {
  const order = descending(scores);
  let area = 0, positive = 0, negative = 0;
  for (let i = 0; i < order.length;) {
    const score = scores[order[i]!]!;
    let [p, n] = [0, 0];
    for (; i < order.length && scores[order[i]!] === score; i++) isOf(order[i]!) ? p++ : n++;
    area += n * (positive + p / 2);
    positive += p;
    negative += n;
  }
  return area / (positive * negative);
}

/** Σ (recall gained at a score) · (precision there). */
function averagePrecisionOf(scores: Float64Array, isOf: (i: number) => boolean): number {
  const order = descending(scores);
  const total = order.reduce((sum, i) => sum + (isOf(i) ? 1 : 0), 0);
  let sum = 0, positive = 0;
  for (let i = 0; i < order.length;) {
    const score = scores[order[i]!]!;
    const before = positive;
    for (; i < order.length && scores[order[i]!] === score; i++) if (isOf(order[i]!)) positive++;
    sum += (positive - before) / total * (positive / i);
  }
  return sum;
}

class RankingMetric extends ScoreMetric<number> {
  readonly #of: typeof areaUnderRoc;
  readonly #average: "macro" | "weighted";

  constructor(
    name: string,
    of: typeof areaUnderRoc,
    { average = "macro", logits }: RankingOptions,
  ) {
    super(name, true, logits);
    this.#of = of;
    this.#average = average;
  }

  protected value(): number {
    this.checkBoth();
    const { labels } = this;
    if (this.classes === 2) return this.#of(this.ranks(), (i) => labels[i] === 1);
    const columns = this.probabilities();
    const weights = columns.map((_, c) =>
      this.#average === "weighted" ? labels.filter((label) => label === c).length : 1
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return columns.reduce(
      (sum, scores, c) => sum + this.#of(scores, (i) => labels[i] === c) * weights[c]! / total,
      0,
    );
  }
}

/**
 * The area under the ROC curve: how probably a sample of class 1 has a higher score than one of class
 * 0, ties counting half. Of more classes each against the rest. `compute` throws RangeError where a
 * class has no sample. Told scores [n, classes], or one logit or probability a sample.
 */
export function rocAuc(options: RankingOptions = {}): Metric {
  atMost(1, arguments.length, "rocAuc({ average, logits })");
  return new RankingMetric("rocAuc", areaUnderRoc, checkOptions("rocAuc", options, RANKING));
}

/**
 * The mean of the precisions at all scores, each weighted by the recall that it gains. Of more classes
 * each against the rest. `compute` throws RangeError where a class has no sample. Told as {@link rocAuc}.
 */
export function averagePrecision(options: RankingOptions = {}): Metric {
  atMost(1, arguments.length, "averagePrecision({ average, logits })");
  const checked = checkOptions("averagePrecision", options, RANKING);
  return new RankingMetric("averagePrecision", averagePrecisionOf, checked);
}

const PROBABILITY: Kinds<ProbabilityOptions> = { logits: flag };

/** What float32 can hold next to 0: a probability of 0 is no infinite loss, as in scikit-learn. */
const LEAST = 2 ** -23;

class LogLoss extends ScoreMetric<number> {
  protected value(): number {
    const columns = this.probabilities();
    let sum = 0;
    this.labels.forEach((label, i) => {
      sum -= Math.log(Math.min(1 - LEAST, Math.max(LEAST, columns[label]![i]!)));
    });
    return sum / this.labels.length;
  }
}

/** The mean of −log(probability of the true class). Told as {@link rocAuc}. */
export function logLoss(options: ProbabilityOptions = {}): Metric {
  atMost(1, arguments.length, "logLoss({ logits })");
  return new LogLoss("logLoss", false, checkOptions("logLoss", options, PROBABILITY).logits);
}

/** Answers that were about as sure of themselves. */
export interface CalibrationBin {
  /** How many there were. */
  count: number;
  /** Mean probability that they gave to the class they predicted; NaN of none. */
  confidence: number;
  /** Share of them that were right; NaN of none. */
  accuracy: number;
}

/** How sure answers are and how often they are right: what a diagram of reliability shows. */
export interface Calibration {
  /** Mean distance of the two, each bin by its answers: the expected calibration error. */
  error: number;
  /** From probability 0 to 1. */
  bins: CalibrationBin[];
}

class CalibrationMetric extends ScoreMetric<Calibration> {
  readonly #bins: number;

  constructor(bins: number, logits: boolean | undefined) {
    super("calibration", false, logits);
    this.#bins = bins;
  }

  protected value(): Calibration {
    const columns = this.probabilities();
    const sums = Array.from({ length: this.#bins }, () => ({ count: 0, confidence: 0, right: 0 }));
    this.labels.forEach((label, i) => {
      let best = 0;
      columns.forEach((column, c) => {
        if (column[i]! > columns[best]![i]!) best = c;
      });
      const p = columns[best]![i]!;
      // (0, 1/b], (1/b, 2/b] …
      const bin = sums[Math.max(0, Math.ceil(p * this.#bins) - 1)]!;
      bin.count++;
      bin.confidence += p;
      if (best === label) bin.right++;
    });
    const bins = sums.map(({ count, confidence, right }) => ({
      count,
      confidence: confidence / count,
      accuracy: right / count,
    }));
    const error = bins.reduce(
      (sum, { count, confidence, accuracy }) =>
        count === 0 ? sum : sum + count / this.labels.length * Math.abs(confidence - accuracy),
      0,
    );
    return { error, bins };
  }
}

/** Options of {@link calibration}. */
export interface CalibrationOptions extends ProbabilityOptions {
  /** Into how many bins answers are put by their probability. Default: 10. */
  bins?: number;
}

const CALIBRATION: Kinds<CalibrationOptions> = { ...PROBABILITY, bins: whole(1) };

/**
 * Whether answers are as often right as they are sure: the expected calibration error, and the bins of
 * its diagram. Told as {@link rocAuc}.
 */
export function calibration(options: CalibrationOptions = {}): Metric<Calibration> {
  atMost(1, arguments.length, "calibration({ bins, logits })");
  const { bins = 10, logits } = checkOptions("calibration", options, CALIBRATION);
  return new CalibrationMetric(bins, logits);
}
