/**
 * Reductions, and softmax along rows.
 *
 * @module
 */
import { allocOn, type Buffer } from "../device/buffer.ts";
import type { ReduceOp, Reductions, SoftmaxForm } from "../device/kernels.ts";
import type { Gpu } from "./device.ts";
import { MUL } from "../device/arithmetic.ts";
import { elementwise } from "./elementwise.ts";
import { EXP, LOG, NUMBERS } from "./functions.ts";
import { elementsAt, floatsAt, gpuOf, intsAt } from "./place.ts";
import { fold, foldFunction, groupsOf, lanesFor, perRow, upToPowerOfTwo } from "./rows.ts";
import { type Shader, shader } from "./shader.ts";

type Computed = "float32" | "int32";

/** How elements are folded; a sum of squares is a sum of what was squared before, a mean is a sum that is divided in the end. */
type Fold = Exclude<ReduceOp, "mean" | "sumSquares">;

/** What a reduction begins with, and what it makes of two. */
const FOLDS: Readonly<Record<Fold, Readonly<Record<Computed, readonly [string, string]>>>> = {
  sum: { float32: ["0.0", "a + b"], int32: ["0", "a + b"] },
  prod: { float32: ["1.0", "a * b"], int32: ["1", "a * b"] },
  max: { float32: ["-infinity()", "larger(a, b)"], int32: ["-2147483647 - 1", "max(a, b)"] },
  min: { float32: ["infinity()", "smaller(a, b)"], int32: ["2147483647", "min(a, b)"] },
};

/** The shaders of a family, by their keys. */
function shadersOf<Key extends string>(
  keys: readonly Key[],
  make: (key: Key) => Shader,
): Readonly<Record<Key, Shader>> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<Key, Shader>;
}

type ReduceKey = `${Fold} ${Computed}`;
type ArgKey = `${"max" | "min"} ${Computed}`;

const ARG_KEYS: readonly ArgKey[] = ["max float32", "max int32", "min float32", "min int32"];
const REDUCE_KEYS: readonly ReduceKey[] = [
  "sum float32",
  "sum int32",
  "prod float32",
  "prod int32",
  ...ARG_KEYS,
];

function declarationsOf(
  key: ReduceKey,
): [declarations: string, start: string, view: "f32" | "i32"] {
  const [op, dtype] = key.split(" ") as [Fold, Computed];
  const [start, f] = FOLDS[op][dtype];
  const view = dtype === "int32" ? "i32" : "f32";
  return [NUMBERS + foldFunction("folded", { f, type: view }), start, view];
}

/** The result, divided where it is that of a mean. */
function divided(view: string): string {
  return view === "f32" ? "result / p.divisor" : "result";
}

/** Along rows: x [rows / parts, all] → y [rows], of which each part of a row of x makes one. */
const reduceRows = shadersOf(REDUCE_KEYS, (key) => {
  const [declarations, start, view] = declarationsOf(key);
  return perRow({
    name: `${key} along rows`,
    operands: { x: view, y: view },
    numbers: { all: "u32", parts: "u32", divisor: "f32" },
    declarations,
    main: `let begin = (row % p.parts) * p.n;
    let end = min(p.all, begin + count);
    let base = row / p.parts * p.all;
    var value: ${view} = ${start};
    for (var j = begin + lane; j < end; j += p.lanes) {
      value = folded_of(value, x_at(base + j));
    }
    let result = ${fold("folded", "value")};
    if (lane == 0u && isThere) { set_y(row, ${divided(view)}); }`,
  });
});

/**
 * Down columns: x [outer, all, inner] → y [outer, parts, inner]. Neighbouring threads have neighbouring
 * columns, and `lanes` threads share one.
 */
const reduceColumns = shadersOf(REDUCE_KEYS, (key) => {
  const [declarations, start, view] = declarationsOf(key);
  return shader({
    name: `${key} down columns`,
    operands: { x: view, y: view },
    numbers: {
      columns: "u32",
      n: "u32",
      lanes: "u32",
      all: "u32",
      parts: "u32",
      inner: "u32",
      divisor: "f32",
    },
    declarations,
    main: `let width = 256u / p.lanes;
  let lane = local.x / width;
  for (var first = group.x * width; first < p.columns; first += groups.x * width) {
    let column = first + local.x % width;
    let slice = column / p.inner;
    let i = column % p.inner;
    let begin = (slice % p.parts) * p.n;
    let end = min(p.all, begin + p.n);
    let base = slice / p.parts * p.all * p.inner + i;
    var value: ${view} = ${start};
    if (column < p.columns) {
      for (var j = begin + lane; j < end; j += p.lanes) {
        value = folded_of(value, x_at(base + j * p.inner));
      }
    }
    let result = folded(value, local.x, lane, p.lanes, width);
    if (lane == 0u && column < p.columns) { set_y(column, ${divided(view)}); }
  }`,
  });
});

/** Elements that one thread walks at most before a long row is cut into parts. */
const LONG = 64;

/** Groups that a GPU is given at least, where there is work for them. */
const MANY = 256;

/** Into how many parts of equal length n is cut, which are folded again: by the shape alone. */
function partsOf(n: number, lanes: number, groups: number): [parts: number, span: number] {
  if (n <= LONG * lanes || groups >= MANY / 4) return [1, n];
  const wanted = Math.min(Math.ceil(n / (16 * lanes)), Math.ceil(MANY / groups));
  const span = Math.ceil(n / wanted);
  return [Math.ceil(n / span), span];
}

function reduce(op: ReduceOp, x: Buffer, y: Buffer, outer: number, n: number, inner: number): void {
  const gpu = gpuOf(y);
  const dtype = x.dtype === "int32" ? "int32" : "float32";
  const outputs = outer * inner;
  if (outputs === 0) return;
  const xAt = elementsAt(x, dtype, outputs * n, op, "x");
  const yAt = elementsAt(y, dtype, outputs, op, "the result");
  if (op === "mean") foldAll(gpu, "sum", dtype, xAt, yAt, outer, n, inner, n);
  else if (op === "sumSquares") {
    const squares = allocOn(gpu, x.shape);
    elementwise.binary(MUL, x, x, squares);
    reduce("sum", squares, y, outer, n, inner);
    squares.storage.release("the sum that they were a part of");
  } else foldAll(gpu, op, dtype, xAt, yAt, outer, n, inner, 1);
}

/** Folds n elements, in parts where they are many, whose results are folded in turn. */
function foldAll(
  gpu: Gpu,
  op: Fold,
  dtype: Computed,
  xAt: number,
  yAt: number,
  outer: number,
  n: number,
  inner: number,
  divisor: number,
): void {
  const outputs = outer * inner;
  const lanes = inner === 1
    ? lanesFor(n)
    : Math.min(256 / Math.min(32, upToPowerOfTwo(outputs)), upToPowerOfTwo(n / 4));
  const [parts, span] = partsOf(n, lanes, groupsOf(outputs, lanes));
  const run = (to: number, by: number) => {
    const groups = groupsOf(outputs * parts, lanes);
    const numbers = [xAt, to, outputs * parts, span, lanes, n, parts];
    if (inner === 1) gpu.run(reduceRows[`${op} ${dtype}`], groups, 1, 1, [...numbers, by]);
    else gpu.run(reduceColumns[`${op} ${dtype}`], groups, 1, 1, [...numbers, inner, by]);
  };
  if (parts === 1) return run(yAt, divisor);
  gpu.withScratch(outputs * parts, (to) => {
    run(to, 1);
    foldAll(gpu, op, dtype, to, yAt, outer, parts, inner, divisor);
  });
}

/**
 * The place of the largest key in each part of a row, the first of equal ones. Keys of floats are their
 * bits, turned so that they are ordered like the numbers: NaN above all, 0 and −0 the same. Where
 * `isSecond`, `places` are those that were found in `all` parts of a row of `length`.
 */
const argRows = shadersOf(ARG_KEYS, (key) => {
  const [op, dtype] = key.split(" ") as ["max" | "min", Computed];
  const isInt = dtype === "int32";
  const turned = op === "max" ? "" : "0x80000000u ^ ";
  return perRow({
    name: `arg${key}`,
    operands: { x: isInt ? "i32" : "f32", y: "u32", places: "u32" },
    numbers: { all: "u32", parts: "u32", length: "u32", isSecond: "u32" },
    declarations: `${
      isInt
        ? `fn key_of(x: i32) -> u32 { return ${
          op === "max" ? "" : "~"
        }(bitcast<u32>(x) ^ 0x80000000u); }`
        : `fn key_of(x: f32) -> u32 {
  var bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
  if ((bits << 1u) == 0u) { return 0x80000000u; }
  bits = ${turned}bits;
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}`
    }
${
      foldFunction("best", {
        f: "select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y))",
        type: "vec2<u32>",
      })
    }`,
    main: `let begin = (row % p.parts) * p.n;
    let end = min(p.all, begin + count);
    let whole = row / p.parts;
    var found = vec2<u32>(0u, 0xffffffffu);
    for (var j = begin + lane; j < end; j += p.lanes) {
      var place = j;
      if (p.isSecond != 0u) { place = places_at(whole * p.all + j); }
      found = best_of(found, vec2<u32>(key_of(x_at(whole * p.length + place)), place));
    }
    let result = ${fold("best", "found")};
    if (lane == 0u && isThere) { set_y(row, result.y); }`,
  });
});

/** What {@link ROW_STATS} calls. */
export const ROW_FUNCTIONS: string = NUMBERS + EXP + LOG +
  foldFunction("largest", { f: "larger(a, b)", type: "f32" }) +
  foldFunction("total", { f: "a + b", type: "f32" });

/** In a kernel made by `perRow`: a row's largest element, `top`, and Σ exp(x − top), `sum`. */
export const ROW_STATS: string = `var most = -infinity();
    for (var j = lane; j < count; j += p.lanes) { most = larger(most, x_at(row * p.n + j)); }
    let top = ${fold("largest", "most")};
    var part = 0.0;
    for (var j = lane; j < count; j += p.lanes) { part += exp_of(x_at(row * p.n + j) - top); }
    let sum = ${fold("total", "part")};`;

/** An element of each form, of z = x − top. */
const SOFTMAX: Readonly<Record<SoftmaxForm, string>> = {
  softmax: "exp_of(z) / sum",
  logSoftmax: "z - log_of(sum)",
  maskedSoftmax: "select(exp_of(z) / sum, 0.0, top == -infinity())",
};

const softmax = shadersOf(
  ["softmax", "logSoftmax", "maskedSoftmax"],
  (form: SoftmaxForm) =>
    perRow({
      name: form,
      operands: { x: "f32", y: "f32" },
      declarations: ROW_FUNCTIONS,
      main: `${ROW_STATS}
    for (var j = lane; j < count; j += p.lanes) {
      let z = x_at(row * p.n + j) - top;
      set_y(row * p.n + j, ${SOFTMAX[form]});
    }`,
    }),
);

const softmaxGrad = shadersOf(["log", "plain"], (form) =>
  perRow({
    name: form === "log" ? "logSoftmax's gradient" : "softmax's gradient",
    operands: { y: "f32", dy: "f32", dx: "f32" },
    declarations: ROW_FUNCTIONS,
    main: `var part = 0.0;
    for (var j = lane; j < count; j += p.lanes) {
      let i = row * p.n + j;
      part += dy_at(i)${form === "log" ? "" : " * y_at(i)"};
    }
    let sum = ${fold("total", "part")};
    for (var j = lane; j < count; j += p.lanes) {
      let i = row * p.n + j;
      set_dx(i, ${
      form === "log" ? "dy_at(i) - exp_of(y_at(i)) * sum" : "(dy_at(i) - sum) * y_at(i)"
    });
    }`,
  }));

/** Reductions, and softmax along rows. */
export const reductions: Omit<Reductions, "channelMoments"> = {
  reduce,

  argReduce(op, x, y, rows, n) {
    const gpu = gpuOf(y);
    const dtype = x.dtype === "int32" ? "int32" : "float32";
    const shader = argRows[`${op} ${dtype}`];
    const xAt = elementsAt(x, dtype, rows * n, `arg${op}`, "x");
    const yAt = intsAt(y, rows, `arg${op}`, "the result");
    const lanes = lanesFor(n);
    const [parts, span] = partsOf(n, lanes, groupsOf(rows, lanes));
    const groups = groupsOf(rows * parts, lanes);
    if (parts === 1) {
      return gpu.run(shader, groups, 1, 1, [xAt, yAt, 0, rows, n, lanes, n, 1, n, 0]);
    }
    gpu.withScratch(rows * parts, (at) => {
      gpu.run(shader, groups, 1, 1, [xAt, at, 0, rows * parts, span, lanes, n, parts, n, 0]);
      const fewer = lanesFor(parts);
      gpu.run(shader, groupsOf(rows, fewer), 1, 1, [
        ...[xAt, yAt, at],
        ...[rows, parts, fewer, parts, 1, n, 1],
      ]);
    });
  },

  softmax(op, x, y, rows, n) {
    const xAt = floatsAt(x, rows * n, op, "x");
    const yAt = floatsAt(y, rows * n, op, "the result");
    const lanes = lanesFor(n);
    gpuOf(y).run(softmax[op], groupsOf(rows, lanes), 1, 1, [xAt, yAt, rows, n, lanes]);
  },

  softmaxGrad(op, y, dy, dx, rows, n) {
    const yAt = floatsAt(y, rows * n, op, "y");
    const dyAt = floatsAt(dy, rows * n, op, "dy");
    const dxAt = floatsAt(dx, rows * n, op, "dx");
    const lanes = lanesFor(n);
    const shader = softmaxGrad[op === "logSoftmax" ? "log" : "plain"];
    gpuOf(dx).run(shader, groupsOf(rows, lanes), 1, 1, [yAt, dyAt, dxAt, rows, n, lanes]);
  },
};
