/** How a number is learnt: from its mean in deviations, by its logarithm where it is strongly skewed. */
import { data, DataError, fromTypedArray, functional, nn, type Tensor } from "@glim/glim";

/** What is kept of it with the network. */
export interface Scale {
  /** Of what is learnt from, or of its logarithm: the mean and the deviation. */
  readonly mean: number;
  readonly deviation: number;
  /** Where log(y + offset) is learnt: what it is kept between. */
  readonly log?: {
    readonly offset: number;
    readonly low: number;
    readonly high: number;
  };
}

/** From which skewness on, and which ratio of the 95th to the 5th percentile, a logarithm is learnt. */
const SKEWED = 2, ORDERS = 20;

/**
 * The scale of what is learnt from. By "auto" it is logarithmic where numbers are above 0, or counts
 * from 0 up, and so skewed that large ones would be nearly all that counts, and their logarithms are not.
 * DataError where "yes" asks for the logarithm of what has none.
 */
export function scaleOf(values: Float64Array, choice: "auto" | "yes" | "no"): Scale {
  const plain = momentsOf(values);
  if (choice === "no") return plain;
  const least = values.reduce((a, b) => Math.min(a, b));
  const offset = least > 0 ? 0 : 1;
  if (least < 0 || least === 0 && choice === "auto" && !values.every(Number.isInteger)) {
    if (choice === "auto") return plain;
    throw new DataError(`--log-target: needs a target of numbers from 0 up: one is ${least}`);
  }
  if (choice === "auto" && !isSkewed(values, offset)) return plain;
  const logs = values.map((value) => Math.log(value + offset));
  const { mean, deviation } = momentsOf(logs);
  const [low, high] = [0, 1].map((share) => quantile(logs, share)) as [number, number];
  return {
    mean,
    deviation,
    // no answer is beyond what was learnt from: a power magnifies what is far out
    log: { offset, low, high },
  };
}

/**
 * Whether numbers are over orders of magnitude, and so skewed that a few large ones are nearly all that
 * counts, while the logarithms of numbers + offset are not.
 */
function isSkewed(values: Float64Array, offset: number): boolean {
  const skewness = skewnessOf(values);
  return skewness >= SKEWED &&
    Math.abs(skewnessOf(values.map((value) => Math.log(value + offset)))) < skewness / 2 &&
    quantile(values, 0.95) + offset >= ORDERS * (quantile(values, 0.05) + offset);
}

/**
 * What becomes of columns where a logarithm is learnt: those that are skewed as the target is become
 * logarithms, too, so that products and powers of columns are sums.
 */
export function logarithmicPlan(
  parts: data.DividedTable,
  columns: readonly data.Column[],
  rows: Int32Array,
): data.FittedPlan {
  const skewed = columns.filter(({ type, values }) => {
    const own = Float64Array.from(rows, (row) => values[row]!).filter((v) => !Number.isNaN(v));
    return type === "number" && own.length > 0 && own.every((v) => v >= 0) && isSkewed(own, 1);
  });
  const steps = [data.impute(), data.log(), data.standardise()];
  const plain = data.encoder(parts).plan;
  const plan = data.encoder(parts, {
    columns: Object.fromEntries(skewed.map(({ name }) => [name, steps])),
  }).plan;
  // which values are missing is told of all columns
  const flags = (groups: readonly data.FittedGroup[], are: boolean) =>
    groups.filter(({ steps }) => (steps[0]!.kind === "missing") === are);
  const names = (outputs: readonly string[], are: boolean) =>
    outputs.filter((name) => name.endsWith(" missing") === are);
  return {
    features: plan.features,
    groups: [...flags(plan.groups, false), ...flags(plain.groups, true)],
    outputs: [...names(plan.outputs, false), ...names(plain.outputs, true)],
  };
}

/** The last layer of a network whose answers are in the unit of the target. */
export class Rescale extends nn.Module<[x: Tensor]> {
  readonly mean: Tensor;
  readonly deviation: Tensor;
  readonly #log: Scale["log"];

  constructor({ mean, deviation, log }: Scale) {
    super();
    this.mean = this.registerBuffer("mean", scalar(mean));
    this.deviation = this.registerBuffer("deviation", scalar(deviation));
    this.#log = log;
  }

  forward(x: Tensor): Tensor {
    const scaled = x.mul(this.deviation).add(this.mean);
    if (this.#log === undefined) return scaled;
    const { offset, low, high } = this.#log;
    const numbers = scaled.clamp({ min: low, max: high }).exp();
    return offset === 0 ? numbers : numbers.sub(offset);
  }
}

/**
 * The mean square of distances in deviations of what is learnt: what is large is no reason for large
 * steps.
 */
export function scaledLoss({ deviation, log }: Scale) {
  if (log === undefined) {
    return (output: Tensor, target: Tensor) =>
      functional.mseLoss(output.div(deviation), target.div(deviation));
  }
  const least = 0.999 * Math.exp(log.low); // what is only tested on may be lower, or have no logarithm
  const of = (x: Tensor) => x.add(log.offset).clamp({ min: least }).log().div(deviation);
  return (output: Tensor, target: Tensor) => functional.mseLoss(of(output), of(target));
}

function scalar(value: number): Tensor {
  return fromTypedArray(Float32Array.of(value), [1]);
}

/** The mean of numbers. */
export function meanOf(values: ArrayLike<number>): number {
  return Array.prototype.reduce.call(values, (sum, value) => sum as number + value, 0) as number /
    values.length;
}

function momentsOf(values: Float64Array): { mean: number; deviation: number } {
  const mean = meanOf(values);
  return { mean, deviation: Math.sqrt(meanOf(values.map((v) => (v - mean) ** 2))) || 1 };
}

/** The mean cube of distances from the mean, in deviations: 0 where both sides are alike. */
function skewnessOf(values: Float64Array): number {
  const { mean, deviation } = momentsOf(values);
  return meanOf(values.map((v) => ((v - mean) / deviation) ** 3));
}

function quantile(values: Float64Array, share: number): number {
  return values.toSorted()[Math.round(share * (values.length - 1))]!;
}
