/**
 * Operations on elements.
 *
 * @module
 */
import type { Activations, Elementwise } from "../device/kernels.ts";
import { overDims, PLACES, stepsOf } from "./dims.ts";
import { EXP, LOG, NORMAL, NUMBERS, POW, RELU_OF } from "./functions.ts";
import {
  broadcastAt,
  denseAt,
  elementsAt,
  floatsAt,
  gpuOf,
  groupsFor,
  intsAt,
  noKernel,
} from "./place.ts";
import { elementwise as perElement, type Shader } from "./shader.ts";

/** A function of one element and its gradient, as expressions: of `x`, and of `s`aved and `dy`. */
interface Unary {
  f: string;
  grad: string;
}

/** What the kernels of one element compute, by their names. */
const UNARY: Readonly<Record<string, Unary>> = {
  neg: { f: "-x", grad: "-dy" },
  abs: { f: "abs(x)", grad: "select(select(dy * 0.0, -dy, s < 0.0), dy, s > 0.0)" },
  exp: { f: "exp_of(x)", grad: "dy * s" },
  log: { f: "log_of(x)", grad: "dy / s" },
  sqrt: { f: "root(x)", grad: "dy / (s + s)" },
  // by the bits: a GPU may take numbers below 2⁻¹²⁶ for 0
  relu: {
    f: "relu_of(x)",
    grad: "select(0.0, dy, bitcast<i32>(s) > 0 || is_nan(s))",
  },
  tanh: { f: "tanh_of(x)", grad: "dy * (1.0 - s * s)" },
  sigmoid: { f: "sigmoid_of(x)", grad: "dy * (s * (1.0 - s))" },
  reciprocal: { f: "1.0 / x", grad: "-(dy * (s * s))" },
  square: { f: "x * x", grad: "dy * (s + s)" },
  sign: { f: "select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0)", grad: "0.0" },
  gelu: {
    f: "x * normal_of(x, exp_of(-0.5 * x * x))",
    grad: "gelu_grad(s, dy)",
  },
  geluTanh: { f: "x * sigmoid_of(twice_inner(x))", grad: "gelu_tanh_grad(s, dy)" },
  silu: { f: "x * sigmoid_of(x)", grad: "silu_grad(s, dy)" },
  ceil: { f: "ceil(x)", grad: "0.0" },
  floor: { f: "floor(x)", grad: "0.0" },
  trunc: { f: "trunc(x)", grad: "0.0" },
  round: { f: "round(x)", grad: "0.0" },
  frac: { f: "x - trunc(x)", grad: "dy" },
  deg2rad: { f: "x * 0.017453292519943295", grad: "dy * 0.017453292519943295" },
  rad2deg: { f: "x * 57.29577951308232", grad: "dy * 57.29577951308232" },
  rsqrt: { f: "1.0 / root(x)", grad: "-0.5 * dy * s * s * s" },
  expm1: { f: "expm1_of(x)", grad: "dy * (s + 1.0)" },
  log1p: { f: "log1p_of(x)", grad: "dy / (s + 1.0)" },
  log2: { f: "log_of(x) * 1.4426950408889634", grad: "dy / (s * 0.6931471805599453)" },
  log10: { f: "log_of(x) * 0.4342944819032518", grad: "dy / (s * 2.302585092994046)" },
};

/** Activations of `x`, with the settings `p.a` and `p.b`; their gradients also of `dy`. */
const ACTIVATION: Readonly<Record<string, Unary>> = {
  elu: {
    f: "select(x, p.a * expm1_of(p.b * x), x <= 0.0)",
    grad: "select(dy, dy * p.a * p.b * exp_of(p.b * x), x <= 0.0)",
  },
  hardshrink: {
    f: "select(x, 0.0, x >= -p.a && x <= p.a)",
    grad: "select(dy, 0.0, x >= -p.a && x <= p.a)",
  },
  hardsigmoid: {
    f: "smaller(larger(x + 3.0, 0.0), 6.0) / 6.0",
    grad: "select(0.0, dy / 6.0, x > -3.0 && x < 3.0)",
  },
  hardswish: {
    f: "x * smaller(larger(x + 3.0, 0.0), 6.0) / 6.0",
    grad: "select(select(dy, dy * (x / 3.0 + 0.5), x < 3.0), 0.0, x <= -3.0)",
  },
  hardtanh: {
    f: "smaller(larger(x, p.a), p.b)",
    grad: "select(dy, 0.0, x <= p.a || x >= p.b)",
  },
  logsigmoid: {
    f: "smaller(x, 0.0) - log1p_of(exp_of(-abs(x)))",
    grad: "dy * sigmoid_of(-x)",
  },
  mish: { f: "x * tanh_of(softplus_of(x))", grad: "mish_grad(x, dy)" },
  softplus: {
    f: "select(softplus_of(p.a * x) / p.a, x, p.a * x > p.b)",
    grad: "select(dy * sigmoid_of(p.a * x), dy, p.a * x > p.b)",
  },
  softshrink: {
    f: "select(select(x * 0.0, x + p.a, x < -p.a), x - p.a, x > p.a)",
    grad: "select(dy, 0.0, x >= -p.a && x <= p.a)",
  },
  softsign: {
    f: "x / (1.0 + abs(x))",
    grad: "dy / ((1.0 + abs(x)) * (1.0 + abs(x)))",
  },
  threshold: { f: "select(x, p.b, x <= p.a)", grad: "select(dy, 0.0, x <= p.a)" },
};

const FUNCTIONS = `${NUMBERS}${RELU_OF}${EXP}${LOG}${NORMAL}
fn root(x: f32) -> f32 { if (x < 0.0) { return nan(); } return sqrt(x); }
fn twice_inner(x: f32) -> f32 { return 2.0 * x * (0.7978845608028654 + 0.035677408136300125 * x * x); }
fn gelu_grad(x: f32, dy: f32) -> f32 {
  let e = exp_of(-0.5 * x * x);
  return dy * (normal_of(x, e) + x * 0.3989422804014327 * e);
}
fn gelu_tanh_grad(x: f32, dy: f32) -> f32 {
  let s = sigmoid_of(twice_inner(x));
  let square = x * x;
  if (square == infinity()) { return nan(); } // as in PyTorch
  let slope = sigmoid_of(-twice_inner(x)) * s;
  return dy * (s + x * slope * (1.5957691216057308 + 0.21406444881780075 * square));
}
fn expm1_of(x: f32) -> f32 {
  if (is_nan(x) || abs(x) > 80.0) { return exp_of(x) - 1.0; }
  let n = round(x * 1.4426950408889634);
  let power = power_of_two(i32(n));
  let m = expm1_near_0((x - n * 0.693359375) + n * 0.00021219444170128554);
  return power * m + (power - 1.0);
}
// 1 + x has lost what x has behind its last place: the quotient gives it back
fn log1p_of(x: f32) -> f32 {
  let u = 1.0 + x;
  if (u == 1.0) { return x; }
  if (is_nan(x) || x <= -1.0 || x > 1e30) { return log_of(u); }
  return log_of(u) * (x / (u - 1.0));
}
fn softplus_of(x: f32) -> f32 { return larger(x, 0.0) + log1p_of(exp_of(-abs(x))); }
fn mish_grad(x: f32, dy: f32) -> f32 {
  let t = tanh_of(softplus_of(x));
  return dy * (t + x * (1.0 - t * t) * sigmoid_of(x));
}
fn silu_grad(x: f32, dy: f32) -> f32 {
  let s = sigmoid_of(x);
  return dy * (s + x * s * sigmoid_of(-x));
}
`;

/**
 * The kernels of some ops, by their names, each made when it is first asked for: from what the op is in
 * WGSL, or (an op that somebody else has made) not at all.
 */
function kernelsOf<Text>(
  texts: Readonly<Record<string, Text>>,
  make: (name: string, text: Text) => Shader,
): (name: string) => Shader {
  const made = new Map<string, Shader>();
  return (name) => {
    let shader = made.get(name);
    if (shader !== undefined) return shader;
    const text = texts[name];
    if (text === undefined) throw noKernel(name);
    made.set(name, shader = make(name, text));
    return shader;
  };
}

const unary = kernelsOf(UNARY, (name, { f }) =>
  perElement({
    name,
    operands: { x: "f32", y: "f32" },
    declarations: FUNCTIONS,
    main: `let x = x_at(i); set_y(i, ${f});`,
  }));

const unaryGrad = kernelsOf(UNARY, (name, { grad }) =>
  perElement({
    name: `${name}'s gradient`,
    operands: { saved: "f32", dy: "f32", dx: "f32" },
    declarations: FUNCTIONS,
    main: `let s = saved_at(i); let dy = dy_at(i); set_dx(i, ${grad});`,
  }));

const activation = kernelsOf(ACTIVATION, (name, { f }) =>
  perElement({
    name,
    operands: { x: "f32", y: "f32" },
    numbers: { a: "f32", b: "f32" },
    declarations: FUNCTIONS,
    main: `let x = x_at(i); set_y(i, ${f});`,
  }));

const activationGrad = kernelsOf(ACTIVATION, (name, { grad }) =>
  perElement({
    name: `${name}'s gradient`,
    operands: { x: "f32", dy: "f32", dx: "f32" },
    numbers: { a: "f32", b: "f32" },
    declarations: FUNCTIONS,
    main: `let x = x_at(i); let dy = dy_at(i); set_dx(i, ${grad});`,
  }));

const clamp = perElement({
  name: "clamp",
  operands: { x: "f32", y: "f32" },
  numbers: { low: "f32", high: "f32" },
  declarations: NUMBERS,
  main: `let x = x_at(i);
  var y = x;
  if (!is_nan(x)) {
    if (x < p.low) { y = p.low; }
    if (y > p.high) { y = p.high; }
  }
  set_y(i, y);`,
});

const clampGrad = perElement({
  name: "clamp's gradient",
  operands: { x: "f32", dy: "f32", dx: "f32" },
  numbers: { low: "f32", high: "f32" },
  main: `let x = x_at(i);
  set_dx(i, select(0.0, dy_at(i), x >= p.low && x <= p.high));`,
});

const leaky = perElement({
  name: "leakyRelu",
  operands: { x: "f32", y: "f32", z: "f32" },
  numbers: { slope: "f32" },
  main: `let y = y_at(i);
  set_z(i, select(p.slope * y, y, x_at(i) > 0.0));`,
});

const BINARY: Readonly<Record<string, string>> = {
  add: "a + b",
  sub: "a - b",
  mul: "a * b",
  div: "a / b",
  maximum: "larger(a, b)",
  minimum: "smaller(a, b)",
  pow: "pow_of(a, b)",
  share: "select(select(1.0, 0.5, a == b), 0.0, a < b)",
};

const BINARY_INT: Readonly<Record<string, string>> = {
  add: "a + b",
  sub: "a - b",
  mul: "a * b",
  maximum: "max(a, b)",
  minimum: "min(a, b)",
  pow: "pow_of(a, b)",
};

/** aᵇ modulo 2³² by squaring; a negative power of an integer is cut off to an integer. */
const POW_INT = `
fn pow_of(a: i32, b: i32) -> i32 {
  if (b < 0) { return select(select(0, select(1, -1, (b & 1) != 0), a == -1), 1, a == 1); }
  var power = 1;
  var base = a;
  for (var n = u32(b); n > 0u; n >>= 1u) {
    if ((n & 1u) != 0u) { power *= base; }
    base *= base;
  }
  return power;
}
`;

const COMPARE: Readonly<Record<string, string>> = {
  eq: "==",
  ne: "!=",
  gt: ">",
  lt: "<",
  ge: ">=",
  le: "<=",
};

const FLOATS = NUMBERS + EXP + LOG + POW;

/** c = op(a, b), all in one order. */
const binaryAlike = kernelsOf(BINARY, (name, c) =>
  perElement({
    name,
    operands: { a: "f32", b: "f32", c: "f32" },
    declarations: FLOATS,
    main: `let a = a_at(i); let b = b_at(i); set_c(i, ${c});`,
  }));

/** Its operands are numbers where the steps are 0 and `isNumber` says so; up to six dimensions. */
const binaryStrided = kernelsOf(BINARY, (name, c) =>
  perElement({
    name,
    operands: { a: "f32", b: "f32", c: "f32" },
    numbers: { dims: "u32", isNumber: "u32", numberA: "f32", numberB: "f32" },
    table: 6, // of each dimension, the innermost first: length, steps of a, b and c
    declarations: FLOATS,
    main: `${PLACES}
  var a = p.numberA;
  var b = p.numberB;
  if ((p.isNumber & 1u) == 0u) { a = a_at(at.x); }
  if ((p.isNumber & 2u) == 0u) { b = b_at(at.y); }
  set_c(at.z, ${c});`,
  }));

const binaryInt = kernelsOf(BINARY_INT, (name, c) =>
  perElement({
    name,
    operands: { a: "i32", b: "i32", c: "i32" },
    declarations: POW_INT,
    main: `let a = a_at(i); let b = b_at(i); set_c(i, ${c});`,
  }));

/** What joins the bits of two elements, in WGSL. */
const BITS: Readonly<Record<string, string>> = { and: "&", or: "|", xor: "^" };

const bitsOfInts = kernelsOf(BITS, (name, operator) =>
  perElement({
    name,
    operands: { a: "i32", b: "i32", c: "i32" },
    main: `set_c(i, a_at(i) ${operator} b_at(i));`,
  }));

/** A thread joins four pairs, the bytes of a word. */
const bitsOfBytes = kernelsOf(BITS, (name, operator) =>
  perElement({
    name: `${name} of bools`,
    operands: { a: "u8", b: "u8", c: "u8" },
    numbers: { all: "u32" },
    main: `var four = 0u;
  for (var j = 0u; j < min(4u, p.all - 4u * i); j++) {
    four |= (a_at(4u * i + j) ${operator} b_at(4u * i + j)) << (8u * j);
  }
  set_c(i, four);`,
  }));

/** A thread compares four pairs, whose answers are the four bytes of a word. */
function compareShader(name: string, operator: string, view: "f32" | "i32"): Shader {
  // NaN differs from everything, which a GPU need not know
  const test = `a ${operator} b`;
  const answer = view === "i32"
    ? test
    : name === "ne"
    ? `is_nan(a) || is_nan(b) || ${test}`
    : `!is_nan(a) && !is_nan(b) && ${test}`;
  return perElement({
    name,
    operands: { a: view, b: view, c: "u8" },
    numbers: { all: "u32" },
    declarations: NUMBERS,
    main: `var four = 0u;
  for (var j = 0u; j < min(4u, p.all - 4u * i); j++) {
    let a = a_at(4u * i + j);
    let b = b_at(4u * i + j);
    if (${answer}) { four |= 1u << (8u * j); }
  }
  set_c(i, four);`,
  });
}

const compareFloats = kernelsOf(COMPARE, (name, text) => compareShader(name, text, "f32"));
const compareInts = kernelsOf(COMPARE, (name, text) => compareShader(name, text, "i32"));

const where = perElement({
  name: "where",
  operands: { condition: "u8", a: "u32", b: "u32", c: "u32" },
  main: "set_c(i, select(b_at(i), a_at(i), condition_at(i) != 0u));",
});

/** Operations on elements. */
export const elementwise: Elementwise & Activations = {
  unary(op, x, y) {
    const n = y.numel;
    const from = denseAt(x, y, op.name, "x");
    const to = denseAt(y, y, op.name, "the result");
    gpuOf(y).run(unary(op.kernel), groupsFor(n), 1, 1, [from, to, n]);
  },

  unaryGrad(op, saved, dy, dx) {
    const n = dx.numel;
    const savedAt = denseAt(saved, dx, op.name, "what was saved");
    const from = denseAt(dy, dx, op.name, "dy");
    const to = denseAt(dx, dx, op.name, "dx");
    gpuOf(dx).run(unaryGrad(op.kernel), groupsFor(n), 1, 1, [savedAt, from, to, n]);
  },

  activation({ name: op }, x, y, a, b) {
    const n = y.numel;
    const from = denseAt(x, y, op, "x");
    const to = denseAt(y, y, op, "the result");
    gpuOf(y).run(activation(op), groupsFor(n), 1, 1, [from, to, n, a, b]);
  },

  activationGrad({ name: op }, x, dy, dx, a, b) {
    const n = dx.numel;
    const xAt = denseAt(x, dx, op, "x");
    const from = denseAt(dy, dx, op, "dy");
    const to = denseAt(dx, dx, op, "dx");
    gpuOf(dx).run(activationGrad(op), groupsFor(n), 1, 1, [xAt, from, to, n, a, b]);
  },

  clamp(x, y, low, high) {
    const n = y.numel;
    const from = denseAt(x, y, "clamp", "x");
    const to = denseAt(y, y, "clamp", "the result");
    gpuOf(y).run(clamp, groupsFor(n), 1, 1, [from, to, n, low, high]);
  },

  clampGrad(x, dy, dx, low, high) {
    const n = dx.numel;
    const xAt = denseAt(x, dx, "clamp", "x");
    const from = denseAt(dy, dx, "clamp", "dy");
    const to = denseAt(dx, dx, "clamp", "dx");
    gpuOf(dx).run(clampGrad, groupsFor(n), 1, 1, [xAt, from, to, n, low, high]);
  },

  leakyRelu(x, y, z, slope) {
    const n = z.numel;
    const xAt = denseAt(x, z, "leakyRelu", "x");
    const yAt = denseAt(y, z, "leakyRelu", "y");
    const to = denseAt(z, z, "leakyRelu", "the result");
    gpuOf(z).run(leaky, groupsFor(n), 1, 1, [xAt, yAt, to, n, slope]);
  },

  binary({ name: op }, a, b, c) {
    const n = c.numel;
    const gpu = gpuOf(c);
    if (
      typeof a !== "number" && typeof b !== "number" && a.isContiguous && b.isContiguous &&
      c.isContiguous && a.numel === n && b.numel === n
    ) {
      const aAt = floatsAt(a, n, op, "a");
      const bAt = floatsAt(b, n, op, "b");
      const cAt = floatsAt(c, n, op, "the result");
      return gpu.run(binaryAlike(op), groupsFor(n), 1, 1, [aAt, bAt, cAt, n]);
    }
    const { shape } = c;
    const aAt = typeof a === "number" ? 0 : broadcastAt(a, "float32", shape, op, "a");
    const bAt = typeof b === "number" ? 0 : broadcastAt(b, "float32", shape, op, "b");
    const cAt = broadcastAt(c, "float32", shape, op, "the result");
    const isNumber = (typeof a === "number" ? 1 : 0) + (typeof b === "number" ? 2 : 0);
    const numbers = [typeof a === "number" ? a : 0, typeof b === "number" ? b : 0];
    overDims(
      shape,
      [stepsOf(a, shape), stepsOf(b, shape), c.strides],
      (dims, table, offsets, count) => {
        gpu.run(binaryStrided(op), groupsFor(count), 1, 1, [
          aAt + offsets[0]!,
          bAt + offsets[1]!,
          cAt + offsets[2]!,
          count,
          dims,
          isNumber,
          ...numbers,
        ], table);
      },
    );
  },

  binaryInt({ name: op }, a, b, c) {
    const n = c.numel;
    const aAt = intsAt(a, n, op, "a");
    const bAt = intsAt(b, n, op, "b");
    const cAt = intsAt(c, n, op, "the result");
    gpuOf(c).run(binaryInt(op), groupsFor(n), 1, 1, [aAt, bAt, cAt, n]);
  },

  bits(op, a, b, c) {
    const n = c.numel;
    const { dtype } = c;
    const aAt = elementsAt(a, dtype, n, op, "a");
    const bAt = elementsAt(b, dtype, n, op, "b");
    const cAt = elementsAt(c, dtype, n, op, "the result");
    if (dtype === "int32") {
      return gpuOf(c).run(bitsOfInts(op), groupsFor(n), 1, 1, [aAt, bAt, cAt, n]);
    }
    const words = Math.ceil(n / 4);
    gpuOf(c).run(bitsOfBytes(op), groupsFor(words), 1, 1, [aAt, bAt, cAt, words, n]);
  },

  compare({ name: op }, a, b, c) {
    const n = c.numel;
    const isInt = a.dtype === "int32";
    const dtype = isInt ? "int32" : "float32";
    const aAt = elementsAt(a, dtype, n, op, "a");
    const bAt = elementsAt(b, dtype, n, op, "b");
    const cAt = elementsAt(c, "bool", n, op, "the result");
    const words = Math.ceil(n / 4);
    const shader = isInt ? compareInts(op) : compareFloats(op);
    gpuOf(c).run(shader, groupsFor(words), 1, 1, [aAt, bAt, cAt, words, n]);
  },

  where(condition, a, b, c) {
    const n = c.numel;
    const dtype = c.dtype === "int32" ? "int32" : "float32";
    const at = elementsAt(condition, "bool", n, "where", "the condition");
    const aAt = elementsAt(a, dtype, n, "where", "a");
    const bAt = elementsAt(b, dtype, n, "where", "b");
    const cAt = elementsAt(c, dtype, n, "where", "the result");
    gpuOf(c).run(where, groupsFor(n), 1, 1, [at, aAt, bAt, cAt, n]);
  },
};
