/**
 * Metrics that follow from how many samples of each class were taken for which.
 *
 * @module
 */
import { isIndex } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { atMost, checkOptions, describe, type Kinds, oneOf, whole } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type BatchShape, classShape, type Elements, Metric } from "./metric.ts";

/** Counts [true][predicted], which grow with the labels. */
class Counts {
  size = 0;
  #counts = new Float64Array(0);

  at(label: number, guess: number): number {
    return label < this.size && guess < this.size ? this.#counts[label * this.size + guess]! : 0;
  }

  add(name: string, label: number, guess: number): void {
    const highest = Math.max(label, guess);
    if (!(Math.min(label, guess) >= 0 && highest < MOST && Number.isInteger(label))) {
      throw new RangeError(
        `${name}: labels are whole numbers from 0 to ${MOST - 1}: one is ${
          label >= 0 && Number.isInteger(label) ? guess : label
        }`,
      );
    }
    this.grow(highest + 1);
    this.#counts[label * this.size + guess]!++;
  }

  grow(size: number): void {
    if (size <= this.size) return;
    const counts = new Float64Array(size * size);
    for (let i = 0; i < this.size; i++) {
      counts.set(this.#counts.subarray(i * this.size, (i + 1) * this.size), i * size);
    }
    [this.size, this.#counts] = [size, counts];
  }

  rows(): number[][] {
    return Array.from(
      { length: this.size },
      (_, i) => Array.from(this.#counts.subarray(i * this.size, (i + 1) * this.size)),
    );
  }
}

/** Classes that are counted at most. */
const MOST = 10_000;

/** A metric of counts: highest scores, one score above its middle, or labels are what is predicted. */
abstract class CountMetric<V> extends Metric<V> {
  #counts = new Counts();
  /** Of single scores, were they logits. */
  #ofLogits = new Counts();
  #areLogits = false;

  protected check(preds: Tensor, target: Tensor): BatchShape {
    return classShape(this.name, preds, target);
  }

  protected add(preds: Elements, target: Elements, { samples, scores }: BatchShape): void {
    if (scores > 1) this.#counts.grow(scores);
    for (let i = 0; i < samples; i++) {
      const label = Number(target[i]);
      if (scores === 1) {
        const score = preds[i]!;
        if (score < 0 || score > 1) this.#areLogits = true;
        this.#counts.add(this.name, label, score > 0.5 ? 1 : 0);
        this.#ofLogits.add(this.name, label, score > 0 ? 1 : 0);
      } else if (scores === 0) {
        this.#counts.add(this.name, label, Number(preds[i]));
      } else {
        let best = 0;
        for (let j = 1; j < scores; j++) {
          if (preds[i * scores + j]! > preds[i * scores + best]!) best = j;
        }
        this.#counts.add(this.name, label, best);
      }
    }
  }

  protected get counts(): Counts {
    return this.#areLogits ? this.#ofLogits : this.#counts;
  }

  protected clear(): void {
    this.#counts = new Counts();
    this.#ofLogits = new Counts();
    this.#areLogits = false;
  }
}

/** Of class c: predicted and true, predicted, true. */
function tally(counts: Counts, c: number): [both: number, predicted: number, actual: number] {
  let predicted = 0, actual = 0;
  for (let i = 0; i < counts.size; i++) {
    predicted += counts.at(i, c);
    actual += counts.at(c, i);
  }
  return [counts.at(c, c), predicted, actual];
}

class AccuracyMetric extends CountMetric<number> {
  protected value(): number {
    let right = 0;
    for (let c = 0; c < this.counts.size; c++) right += this.counts.at(c, c);
    return right / this.samples;
  }
}

/** The share of samples that are predicted right. */
export function accuracyMetric(): Metric {
  return new AccuracyMetric("accuracy", true);
}

class ConfusionMetric extends CountMetric<number[][]> {
  protected value(): number[][] {
    return this.counts.rows();
  }
}

/** How many samples of class i were predicted as class j: [i][j]. */
export function confusion(): Metric<number[][]> {
  atMost(0, arguments.length, "confusion()");
  return new ConfusionMetric("confusion", true);
}

/** How figures of single classes become one. */
export type Average = "binary" | "micro" | "macro" | "weighted";

/** Options of {@link precision}, {@link recall} and {@link f1}. */
export interface AverageOptions {
  /**
   * `"binary"`: the figure of class 1 (of two); `"macro"`: the mean of all classes; `"weighted"`: the
   * mean, each class by its samples; `"micro"`: of all samples together. Default: `"binary"` of two
   * classes, `"macro"` of more.
   */
  average?: Average;
}

const AVERAGE: Kinds<AverageOptions> = { average: oneOf("binary", "micro", "macro", "weighted") };

/** A class's figure by what was predicted and true, predicted, true. */
type OfClass = (both: number, predicted: number, actual: number) => number;

class AveragedMetric extends CountMetric<number> {
  readonly #of: OfClass;
  readonly #average: Average | undefined;

  constructor(name: string, of: OfClass, average: Average | undefined) {
    super(average === undefined || average === "binary" ? name : `${name} (${average})`, true);
    this.#of = of;
    this.#average = average;
  }

  protected value(): number {
    const { counts } = this;
    const average = this.#average ?? (counts.size <= 2 ? "binary" : "macro");
    const tallies = Array.from({ length: counts.size }, (_, c) => tally(counts, c));
    if (average === "binary") {
      if (counts.size > 2) {
        throw new RangeError(
          `${this.name}: average "binary" is of two classes: there are ${counts.size}`,
        );
      }
      return this.#of(...tallies[1] ?? [0, 0, 0]);
    }
    // a class that nobody has and nobody predicts is none
    const met = tallies.filter(([_, predicted, actual]) => predicted + actual > 0);
    if (average === "micro") {
      const sum = (k: number) => met.reduce((sum, tally) => sum + tally[k]!, 0);
      return this.#of(sum(0), sum(1), sum(2));
    }
    const weights = met.map(([_, __, actual]) => average === "weighted" ? actual : 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return met.reduce((sum, tally, i) => sum + this.#of(...tally) * weights[i]! / total, 0);
  }
}

/** 0 where nothing could be right or wrong, as scikit-learn has it. */
function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/**
 * Which share of the samples that are predicted as a class are of it; 0 where there are none. Told
 * labels [n], scores [n, classes], or one logit or probability a sample.
 */
export function precision(options: AverageOptions = {}): Metric {
  atMost(1, arguments.length, "precision({ average })");
  const { average } = checkOptions("precision", options, AVERAGE);
  return new AveragedMetric("precision", (both, predicted) => ratio(both, predicted), average);
}

/** Which share of a class's samples are predicted as it; 0 where there are none. Told as {@link precision}. */
export function recall(options: AverageOptions = {}): Metric {
  atMost(1, arguments.length, "recall({ average })");
  const { average } = checkOptions("recall", options, AVERAGE);
  return new AveragedMetric("recall", (both, _, actual) => ratio(both, actual), average);
}

/** The harmonic mean of precision and recall. Told as {@link precision}. */
export function f1(options: AverageOptions = {}): Metric {
  atMost(1, arguments.length, "f1({ average })");
  const { average } = checkOptions("f1", options, AVERAGE);
  const of: OfClass = (both, predicted, actual) => ratio(2 * both, predicted + actual);
  return new AveragedMetric("f1", of, average);
}

/** The share of samples whose label is among the k with the highest scores. */
class TopK extends Metric {
  readonly #k: number;
  #right = 0;

  constructor(k: number) {
    super(`top-${k} accuracy`, true);
    this.#k = k;
  }

  protected check(preds: Tensor, target: Tensor): BatchShape {
    const shape = classShape(this.name, preds, target, { needsScores: true });
    if (!isIndex(target.dtype)) {
      throw new DTypeError(`${this.name}: the target must be labels: it is ${target.dtype}`);
    }
    return shape;
  }

  protected add(preds: Elements, target: Elements, { samples, scores: c }: BatchShape): void {
    for (let i = 0; i < samples; i++) {
      const label = target[i]!;
      if (label < 0 || label >= c) {
        throw new RangeError(`${this.name}: labels are 0 to ${c - 1}: one is ${describe(label)}`);
      }
      const own = preds[i * c + label]!;
      let above = 0;
      for (let j = 0; j < c; j++) {
        const score = preds[i * c + j]!;
        if (score > own || score === own && j > label) above++; // of ties the later, as NumPy sorts
      }
      if (above < this.#k) this.#right++;
    }
  }

  protected value(): number {
    return this.#right / this.samples;
  }

  protected clear(): void {
    this.#right = 0;
  }
}

/** Options of {@link topK}. */
export interface TopKOptions {
  /** How many of the highest scores count. Default: 5. */
  k?: number;
}

const TOP_K: Kinds<TopKOptions> = { k: whole(1) };

/** The share of samples whose label is among the k classes with the highest scores [n, classes]. */
export function topK(options: TopKOptions = {}): Metric {
  atMost(1, arguments.length, "topK({ k })");
  const { k = 5 } = checkOptions("topK", options, TOP_K);
  return new TopK(k);
}
