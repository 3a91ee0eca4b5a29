/** Functions of elements: each gradient is a slope, element by element. */
import {
  array,
  broadcastPositions,
  type Dtype,
  type NDArray,
  type Shape,
} from "../arrays/array.ts";
import { asArray, mapped, zipped } from "../arrays/elementwise.ts";
import * as arrays from "../arrays/mod.ts";
import { unaryGrad } from "../elementwise.ts";
import { record, scattered, type Value, type Vjp } from "./value.ts";

/** A value, or a number that stands for one. */
export type Operand = Value | number;

/** A function of single elements. */
export type Single = (x: Value) => Value;

/** A function of pairs of elements. */
export type Pairwise = (a: Operand, b: Operand) => Value;

/** y = f(x) with the slope by x and y: where one saturates, its rounding matters. */
function single(x: Value, f: arrays.Single, slope: (x: number, y: number) => number): Value {
  const from = x.array;
  const vjp: Vjp = (dy) => {
    const to = y.array.data;
    return array(dy.shape, dy.data.map((g, i) => g * slope(from.data[i]!, to[i]!)));
  };
  const y: Value = record(f(from), [[x, vjp]]);
  return y;
}

export const neg: Single = (x) => single(x, arrays.neg, () => -1);
export const abs: Single = (x) => single(x, arrays.abs, Math.sign);
export const exp: Single = (x) => single(x, arrays.exp, Math.exp);
export const log: Single = (x) => single(x, arrays.log, (x) => 1 / x);
export const sqrt: Single = (x) => single(x, arrays.sqrt, (x) => 0.5 / Math.sqrt(x));
export const relu: Single = (x) => single(x, arrays.relu, (x) => x > 0 ? 1 : 0);
export const tanh: Single = (x) => single(x, arrays.tanh, (_, y) => 1 - y * y);
export const sigmoid: Single = (x) => single(x, arrays.sigmoid, (_, y) => y * (1 - y));
export const silu: Single = (x) => single(x, arrays.silu, (x) => unaryGrad.silu!(x, 1));

/** Smooth functions beyond those of `../arrays`: each with its slope. */
const smooth = (f: (x: number) => number, slope: (x: number, y: number) => number): Single => (x) =>
  single(x, (x) => mapped(x, f), slope);

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const sin: Single = smooth(Math.sin, Math.cos);
export const cos: Single = smooth(Math.cos, (x) => -Math.sin(x));
export const atan: Single = smooth(Math.atan, (x) => 1 / (1 + x * x));
export const expm1: Single = smooth(Math.expm1, Math.exp);
export const log1p: Single = smooth(Math.log1p, (x) => 1 / (1 + x));
export const rsqrt: Single = smooth((x) => 1 / Math.sqrt(x), (x) => -0.5 / (x * Math.sqrt(x)));
export const square: Single = smooth((x) => x * x, (x) => 2 * x);
export const softplus: Single = smooth((x) => Math.log1p(Math.exp(x)), logistic);
export const logsigmoid: Single = smooth((x) => -Math.log1p(Math.exp(-x)), (x) => logistic(-x));
export const mish: Single = smooth((x) => x * Math.tanh(Math.log1p(Math.exp(x))), (x) => {
  const t = Math.tanh(Math.log1p(Math.exp(x)));
  return t + x * (1 - t * t) * logistic(x);
});
export const elu: Single = smooth((x) => x > 0 ? x : Math.expm1(x), (x) => x > 0 ? 1 : Math.exp(x));
export const softsign: Single = smooth(
  (x) => x / (1 + Math.abs(x)),
  (x) => (1 + Math.abs(x)) ** -2,
);

export function gelu(x: Value, options: { approximate?: string } = {}): Value {
  const name = options.approximate === "tanh" ? "geluTanh" : "gelu";
  return single(x, (x) => arrays.gelu(x, options), (x) => unaryGrad[name]!(x, 1));
}

export function leakyRelu(x: Value, negativeSlope = 0.01): Value {
  return single(x, (x) => arrays.leakyRelu(x, negativeSlope), (x) => x > 0 ? 1 : negativeSlope);
}

export function clamp(x: Value, options: { min?: number; max?: number }): Value {
  const { min = -Infinity, max = Infinity } = options;
  return single(x, (x) => arrays.clamp(x, options), (x) => x >= min && x <= max ? 1 : 0);
}

function of(x: Operand): NDArray {
  return typeof x === "number" ? asArray(x) : x.array;
}

function plain(x: Operand): arrays.Operand {
  return typeof x === "number" ? x : x.array;
}

/** The gradients of two operands that broadcast, by the slope of each. */
function pairs(
  a: Operand,
  b: Operand,
  shape: Shape,
  slopes: readonly [Slope, Slope],
): [Value, Vjp][] {
  const [x, y] = [of(a), of(b)];
  const p = broadcastPositions(x.shape, shape), q = broadcastPositions(y.shape, shape);
  const list: [Value, Vjp][] = [];
  ([[a, p, slopes[0]], [b, q, slopes[1]]] as const).forEach(([operand, at, slope]) => {
    if (typeof operand === "number") return;
    list.push([operand, (dy) => {
      const part = dy.data.map((g, i) => g * slope(x.data[p[i]!]!, y.data[q[i]!]!));
      return scattered(operand.shape, at, part);
    }]);
  });
  return list;
}

type Slope = (a: number, b: number) => number;

function pairwise(f: arrays.Pairwise, da: Slope, db: Slope, reads = true): Pairwise {
  return (a, b) => {
    const out = f(plain(a), plain(b));
    const list = pairs(a, b, out.shape, [da, db]);
    return record(out, list, reads ? {} : { saved: [] });
  };
}

const share: Slope = (a, b) => a > b ? 1 : a === b ? 0.5 : 0;
const power: Slope = (a, b) => b === 0 ? 0 : b * Math.pow(a, b - 1);

export const add: Pairwise = pairwise(arrays.add, () => 1, () => 1, false);
export const sub: Pairwise = pairwise(arrays.sub, () => 1, () => -1, false);
export const mul: Pairwise = pairwise(arrays.mul, (_, b) => b, (a) => a);
export const div: Pairwise = pairwise(arrays.div, (_, b) => 1 / b, (a, b) => -a / (b * b));
export const maximum: Pairwise = pairwise(arrays.maximum, share, (a, b) => share(b, a));
export const minimum: Pairwise = pairwise(arrays.minimum, (a, b) => share(b, a), share);
export const pow: Pairwise = pairwise(arrays.pow, power, (a, b) => Math.pow(a, b) * Math.log(a));

export const atan2: Pairwise = pairwise(
  (a, b) => zipped(asArray(a), asArray(b), Math.atan2),
  (a, b) => b / (a * a + b * b),
  (a, b) => -a / (a * a + b * b),
);
export const hypot: Pairwise = pairwise(
  (a, b) => zipped(asArray(a), asArray(b), Math.hypot),
  (a, b) => a / Math.hypot(a, b),
  (a, b) => b / Math.hypot(a, b),
);

function comparison(f: arrays.Pairwise): Pairwise {
  return (a, b) => record(f(plain(a), plain(b)), []);
}

export const eq: Pairwise = comparison(arrays.eq);
export const ne: Pairwise = comparison(arrays.ne);
export const gt: Pairwise = comparison(arrays.gt);
export const lt: Pairwise = comparison(arrays.lt);
export const ge: Pairwise = comparison(arrays.ge);
export const le: Pairwise = comparison(arrays.le);

export function where(condition: Value, a: Operand, b: Operand): Value {
  const out = arrays.where(condition.array, plain(a), plain(b));
  const at = broadcastPositions(condition.shape, out.shape);
  const holds = condition.array.data;
  const list: [Value, Vjp][] = [];
  for (const [operand, wanted] of [[a, true], [b, false]] as const) {
    if (typeof operand === "number") continue;
    const positions = broadcastPositions(operand.shape, out.shape);
    list.push([operand, (dy) => {
      const part = dy.data.map((g, i) => (holds[at[i]!] !== 0) === wanted ? g : 0);
      return scattered(operand.shape, positions, part);
    }]);
  }
  return record(out, list, { saved: [condition] });
}

export function to(x: Value, dtype: Dtype): Value {
  if (x.array.dtype === dtype) return x;
  return record(arrays.to(x.array, dtype), []);
}

/** x with another elements in its place, in x's dtype. */
function changed(x: Value, next: NDArray): Value {
  x.change(array(x.shape, mapped(next, (v) => v).data, x.array.dtype));
  return x;
}

function inPlace(f: arrays.Pairwise, x: Value, other: Operand, alpha: number): Value {
  const step = alpha === 1 ? plain(other) : arrays.mul(plain(other), alpha);
  return changed(x, f(x.array, step));
}

export function add_(x: Value, other: Operand, alpha = 1): Value {
  return inPlace(arrays.add, x, other, alpha);
}

export function sub_(x: Value, other: Operand, alpha = 1): Value {
  return inPlace(arrays.sub, x, other, alpha);
}

export function mul_(x: Value, other: Operand): Value {
  return inPlace(arrays.mul, x, other, 1);
}

export function copy_(x: Value, from: Value): Value {
  return changed(x, arrays.expand(from.array, x.shape));
}

export function fill_(x: Value, value: number): Value {
  return changed(x, array(x.shape, new Float64Array(x.array.data.length).fill(value)));
}
