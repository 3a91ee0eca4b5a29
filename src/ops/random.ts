/**
 * Random draws by tensors of parameters. They follow `manualSeed`, on any number of threads.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { alloc, allocOn, kernelsOf } from "../device/buffer.ts";
import { canLook, look, write } from "../device/transfer.ts";
import { defaultDevice } from "../devices.ts";
import { generator } from "../core/random.ts";
import { Numbers } from "../core/random_numbers.ts";
import { lgamma } from "../core/special_functions.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, flag, fraction, orNull, whole } from "../core/options.ts";
import { broadcastShape, checkShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./binary.ts";
import { asFloat, cast } from "./cast.ts";
import { checkOperand, checkTensor } from "./check.ts";
import { lt } from "./compare.ts";
import { int32s } from "./int32s.ts";
import { type Operand, shapeOf } from "./operand.ts";
import { unseenBy } from "./unseen.ts";
import { contiguous, reshape } from "./view.ts";

/** Uniform random numbers where x is. */
export function uniformLike(
  op: string,
  x: Tensor,
  shape: Shape = x.shape,
  low = 0,
  high = 1,
): Tensor {
  const out = alloc(x, shape);
  kernelsOf(out).uniform(out, generator().next(), low, high);
  return record(op, out, []);
}

/**
 * 1 with the probability that stands in x (or, given p, that) and else 0, in the shape and dtype of x.
 * Without gradients. RangeError where a probability is not from 0 to 1.
 */
export function bernoulli(x: Tensor, p: number | null = null): Tensor {
  atMost(2, arguments.length, "bernoulli(x, p)");
  checkTensor("bernoulli", x);
  check("bernoulli", "p", p, orNull(fraction));
  if (p !== null) return cast(lt(uniformLike("bernoulli", x), p), x.dtype);
  const chances = contiguous(asFloat("bernoulli", x).detach());
  const unseen = unseenBy(chances);
  if (unseen !== undefined) unseen.checkChances(chances);
  else checkChances(look("bernoulli", chances) as Float32Array);
  return cast(lt(uniformLike("bernoulli", x), chances), x.dtype);
}

function checkChances(chances: Float32Array): void {
  for (const chance of chances) {
    if (chance >= 0 && chance <= 1) continue;
    throw new RangeError(`bernoulli: probabilities must be from 0 to 1: one is ${chance}`);
  }
}

/**
 * Normal random numbers of a mean and a standard deviation, float32: of numbers in a shape, of tensors
 * in the shape that they broadcast to. Without gradients.
 */
export function normal(mean: Operand, std: Operand, shape?: Shape): Tensor {
  atMost(3, arguments.length, "normal(mean, std, shape)");
  checkOperand("normal", mean, "the mean");
  checkOperand("normal", std, "the standard deviation");
  if (shape !== undefined) checkShape("normal", shape);
  const like = typeof mean !== "number" ? mean : std;
  if (typeof like === "number" && shape === undefined) {
    throw new ShapeError("normal: the shape must be given where mean and deviation are numbers");
  }
  const of = broadcastShape("normal", shapeOf(mean), shapeOf(std));
  const to = shape === undefined ? of : broadcastShape("normal", shape, of);
  const out = typeof like === "number" ? allocOn(defaultDevice(), to) : alloc(like, to);
  kernelsOf(out).normal(out, generator().next(), 0, 1);
  const unit = record("normal", out, []);
  const constant = (x: Operand) => typeof x === "number" ? x : x.detach();
  return add(mul(unit, constant(std)), constant(mean));
}

/**
 * Positions 0 … n − 1 drawn by their weights, which need not sum to 1: int32 [numSamples] of weights
 * [n], [rows, numSamples] of [rows, n]. Without replacement each is drawn once at most.
 */
export function multinomial(weights: Tensor, numSamples: number, replacement = false): Tensor {
  atMost(3, arguments.length, "multinomial(weights, numSamples, replacement)");
  const op = "multinomial";
  checkTensor(op, weights, "the weights");
  check(op, "the number of samples", numSamples, whole(1));
  check(op, "replacement", replacement, flag);
  if (weights.ndim !== 1 && weights.ndim !== 2) {
    throw new ShapeError(
      `${op}: weights must be [n] or [rows, n]: they are ${show(weights.shape)}`,
    );
  }
  const n = weights.shape.at(-1)!;
  const rows = weights.ndim === 1 ? 1 : weights.shape[0]!;
  const of = contiguous(asFloat(op, weights, "the weights").detach());
  const shape = [rows, replacement ? numSamples : n];
  const unseen = unseenBy(of);
  if (unseen !== undefined) {
    const at = unseen.multinomial(op, reshape(of, [rows, n]), numSamples, replacement);
    return reshape(at, [...weights.shape.slice(0, -1), numSamples]);
  }
  const chances = (look(op, of) as Float32Array).slice();
  const draws = (look(op, uniformLike(op, weights, shape)) as Float32Array).slice();
  const list: number[] = [];
  for (let row = 0; row < rows; row++) {
    const of = chances.subarray(row * n, (row + 1) * n);
    const from = draws.subarray(row * shape[1]!, (row + 1) * shape[1]!);
    checkWeights(op, of, replacement ? 1 : numSamples);
    list.push(...(replacement ? drawnAgain(of, from) : drawnOnce(of, from, numSamples)));
  }
  const out = record(op, int32s(weights.storage.device, list.length, list), []);
  return weights.ndim === 1 ? out : reshape(out, [rows, numSamples]);
}

function checkWeights(op: string, weights: Float32Array, needed: number): void {
  let positive = 0;
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`${op}: weights must be finite and at least 0: one is ${weight}`);
    }
    if (weight > 0) positive++;
  }
  if (positive < needed) {
    throw new RangeError(
      `${op}: as many weights above 0 as samples are needed, ${needed}: there are ${positive}`,
    );
  }
}

/** A position for each draw in [0, 1): where in the running sum of the weights it falls. */
function drawnAgain(weights: Float32Array, draws: Float32Array): number[] {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  weights.forEach((weight, i) => sums[i] = sum += weight);
  return Array.from(draws, (draw) => {
    let [low, high] = [0, weights.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > draw * sum) high = middle;
      else low = middle + 1;
    }
    while (weights[low] === 0) low--; // rounding beyond the last of them
    return low;
  });
}

/** The positions whose exponential waiting times −log(1 − u) / weight are the shortest. */
function drawnOnce(weights: Float32Array, draws: Float32Array, count: number): number[] {
  const times = Float64Array.from(
    weights,
    (weight, i) => weight > 0 ? -Math.log1p(-draws[i]!) / weight : Infinity,
  );
  const order = Array.from(times, (_, i) => i).sort((i, j) => times[i]! - times[j]! || i - j);
  return order.slice(0, count);
}

/**
 * How often what happens at the rates in x does happen: whole numbers of x's shape, float32. Without
 * gradients. RangeError where a rate is below 0; on a GPU the next read throws it.
 */
export function poisson(x: Tensor): Tensor {
  atMost(1, arguments.length, "poisson(x)");
  const from = contiguous(asFloat("poisson", x).detach());
  if (!canLook(from)) return poissonLater(from);
  const rates = look("poisson", from) as Float32Array;
  const key = generator().next();
  const counts = Float32Array.from(rates, (rate, i) => {
    if (!(rate >= 0)) throw new RangeError(`poisson: rates must be at least 0: one is ${rate}`);
    return poissonSample(rate, new Numbers(key, i));
  });
  const out = alloc(x, x.shape, "float32");
  write(out, counts);
  return record("poisson", out, []);
}

/** The same of rates that the host does not see. */
function poissonLater(rates: Tensor): Tensor {
  const out = alloc(rates, rates.shape);
  const blame = (position: number, bits: number) => {
    const rate = new Float32Array(Uint32Array.of(bits).buffer)[0];
    return new RangeError(
      `poisson: rates must be finite and at least 0: the one at position ${position} is ${rate}`,
    );
  };
  if (out.numel > 0) kernelsOf(out).poisson!(rates, out, generator().next(), blame);
  return record("poisson", out, []);
}

/**
 * By a product of uniform numbers (Knuth), and of large rates by rejection: Hörmann, "The transformed
 * rejection method for generating Poisson random variables", 1993.
 */
function poissonSample(rate: number, numbers: Numbers): number {
  if (rate < 10) {
    const least = Math.exp(-rate);
    let count = 0;
    for (let product = numbers.uniform(); product > least; product *= numbers.uniform()) count++;
    return count;
  }
  const b = 0.931 + 2.53 * Math.sqrt(rate), a = 0.02483 * b - 0.059;
  const inverse = 1.1239 + 1.1328 / (b - 3.4), sure = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = numbers.uniform() - 0.5, v = numbers.uniform();
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor((2 * a / edge + b) * u + rate + 0.43);
    if (edge >= 0.07 && v <= sure) return count;
    if (count < 0 || (edge < 0.013 && v > edge)) continue;
    const density = count * Math.log(rate) - rate - lgamma(count + 1);
    if (Math.log(v * inverse / (a / (edge * edge) + b)) <= density) return count;
  }
}
