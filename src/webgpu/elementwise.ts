/**
 * Operations on elements.
 *
 * @module
 */
import type { Activations, Elementwise } from "../device/kernels.ts";
import { overDims, PLACES, stepsOf } from "./dims.ts";
import { CURVES, POLYGAMMA } from "./curves.ts";
import {
  ACTIVATION,
  BINARY,
  BINARY_CURVED,
  BINARY_INT,
  CURVED,
  FUNCTIONS,
  GCD,
  polygammaOf,
  POW_INT,
  QUOTIENTS,
  UNARY,
} from "./formulas.ts";
import { EXP, LOG, NUMBERS, POW } from "./functions.ts";
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
import { SPECIAL, SPECIAL_OF_ONE, SPECIAL_OF_TWO } from "./special.ts";

/**
 * The kernels of some ops, by their names, each made when it is first asked for: from what the op is in
 * WGSL, or (an op that somebody else has made) not at all.
 */
function kernelsOf<Text>(
  texts: Readonly<Record<string, Text>>,
  make: (name: string, text: Text) => Shader,
  more?: (name: string) => Text | undefined,
): (name: string) => Shader {
  const made = new Map<string, Shader>();
  return (name) => {
    let shader = made.get(name);
    if (shader !== undefined) return shader;
    const text = texts[name] ?? more?.(name);
    if (text === undefined) throw noKernel(name);
    made.set(name, shader = make(name, text));
    return shader;
  };
}

/** All of one element that have a name of their own. */
const ALL_UNARY = { ...UNARY, ...CURVED, ...SPECIAL_OF_ONE };

/** The functions that those of one element call: the curves where it is one, and of the many derivatives. */
function functionsFor(name: string): string {
  if (name in UNARY) return FUNCTIONS;
  if (name in SPECIAL_OF_ONE) return SPECIAL;
  return FUNCTIONS + CURVES + (name in CURVED ? "" : POW + POLYGAMMA);
}

const unary = kernelsOf(ALL_UNARY, (name, { f }) =>
  perElement({
    name,
    operands: { x: "f32", y: "f32" },
    declarations: functionsFor(name),
    main: `let x = x_at(i); set_y(i, ${f});`,
  }), polygammaOf);

const unaryGrad = kernelsOf(ALL_UNARY, (name, { grad }) =>
  perElement({
    name: `${name}'s gradient`,
    operands: { saved: "f32", dy: "f32", dx: "f32" },
    declarations: functionsFor(name),
    main: `let s = saved_at(i); let dy = dy_at(i); set_dx(i, ${grad});`,
  }), polygammaOf);

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

const COMPARE: Readonly<Record<string, string>> = {
  eq: "==",
  ne: "!=",
  gt: ">",
  lt: "<",
  ge: ">=",
  le: "<=",
};

const ALL_BINARY = { ...BINARY, ...BINARY_CURVED, ...SPECIAL_OF_TWO };

/** The functions that those of two elements call. */
function floatsFor(name: string): string {
  if (name in SPECIAL_OF_TWO) return SPECIAL;
  return name in BINARY_CURVED ? FUNCTIONS + CURVES : NUMBERS + EXP + LOG + POW;
}

/** c = op(a, b), all in one order. */
const binaryAlike = kernelsOf(ALL_BINARY, (name, c) =>
  perElement({
    name,
    operands: { a: "f32", b: "f32", c: "f32" },
    declarations: floatsFor(name),
    main: `let a = a_at(i); let b = b_at(i); set_c(i, ${c});`,
  }));

/** Its operands are numbers where the steps are 0 and `isNumber` says so; up to six dimensions. */
const binaryStrided = kernelsOf(ALL_BINARY, (name, c) =>
  perElement({
    name,
    operands: { a: "f32", b: "f32", c: "f32" },
    numbers: { dims: "u32", isNumber: "u32", numberA: "f32", numberB: "f32" },
    table: 6, // of each dimension, the innermost first: length, steps of a, b and c
    declarations: floatsFor(name),
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
    declarations: POW_INT + GCD,
    main: `let a = a_at(i); let b = b_at(i); set_c(i, ${c});`,
  }));

const quotient = kernelsOf(QUOTIENTS, (name, c) =>
  perElement({
    name: `${name} of int32`,
    operands: { a: "i32", b: "i32", c: "i32" },
    blames: true,
    main: `let a = a_at(i);
  var b = b_at(i);
  if (b == 0) { blame(i, 0u); b = 1; }
  set_c(i, ${c});`,
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

function dividedBy0(op: string): RangeError {
  return new RangeError(`${op}: integers must not be divided by 0`);
}

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
    const gpu = gpuOf(c);
    if (!(op in QUOTIENTS)) return gpu.run(binaryInt(op), groupsFor(n), 1, 1, [aAt, bAt, cAt, n]);
    const numbers = [aAt, bAt, cAt, n, gpu.entryFor(() => dividedBy0(op))];
    gpu.run(quotient(op), groupsFor(n), 1, 1, numbers);
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
