/**
 * What ops make of the values at the edges of float32: PyTorch's values and gradients, in both builds,
 * wherever in a vector a value stands.
 */
import assert from "node:assert/strict";
import { functional as F, scope, setKernelBuild, type Tensor, tensor } from "../../mod.ts";
import { getKernelBuild } from "../../src/wasm/instance.ts";
import fixture from "../fixtures/special.json" with { type: "json" };

type Numbers = (number | string)[];
type Row = (Numbers | null)[];
type Op = (...inputs: Tensor[]) => Tensor;

const list = (numbers: Numbers) =>
  numbers.map((x) =>
    x === "-0" ? -0 : Number(x === "inf" ? Infinity : x === "-inf" ? -Infinity : x)
  );
const values = list(fixture.values);
const exponents = list(fixture.exponents);

/** Enough for vectors, for what they leave over, and for the loops of several vectors. */
const LENGTHS = [1, 3, 4, 7, 33];

const unary: Record<string, (x: Tensor) => Tensor> = {
  neg: F.neg,
  abs: F.abs,
  exp: F.exp,
  log: F.log,
  sqrt: F.sqrt,
  relu: F.relu,
  tanh: F.tanh,
  sigmoid: F.sigmoid,
  gelu: (x) => F.gelu(x),
  "gelu by tanh": (x) => F.gelu(x, { approximate: "tanh" }),
  silu: F.silu,
  leakyRelu: (x) => F.leakyRelu(x),
  clamp: (x) => F.clamp(x, { min: -1, max: 2 }),
  "clamp to infinity": (x) => F.clamp(x, { min: 0 }),
  "to bool and back": (x) => x.to("bool").to("float32"),
};

/**
 * PyTorch contradicts itself: GELU of ∞ is ∞ of one element and in float64, NaN in a longer vector,
 * and that of 3.4e38 overflows there. Here they are ∞ and 3.4e38 everywhere.
 */
const OWN: Record<string, Map<number, number>> = {
  gelu: new Map([[Infinity, Infinity], [3.4e38, 3.4e38]]),
};

const binary: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: F.add,
  sub: F.sub,
  mul: F.mul,
  div: F.div,
  pow: F.pow,
  maximum: F.maximum,
  minimum: F.minimum,
  eq: F.eq,
  ne: F.ne,
  lt: F.lt,
  le: F.le,
  gt: F.gt,
  ge: F.ge,
  where: (a, b) => F.where(a.gt(b), a, b),
  mseLoss: (a, b) => F.mseLoss(a, b, { reduction: "none" }),
};

const labels = (x: Tensor) =>
  tensor(Int32Array.from({ length: x.shape[0]! }, (_, i) => i % x.shape[1]!));

const rows: Record<string, (x: Tensor) => Tensor> = {
  sum: (x) => x.sum(1),
  mean: (x) => x.mean(1),
  amax: (x) => x.amax(1),
  amin: (x) => x.amin(1),
  max: (x) => x.max(1).values,
  min: (x) => x.min(1).values,
  argmax: (x) => x.argmax(1),
  argmin: (x) => x.argmin(1),
  softmax: (x) => x.softmax(1),
  logSoftmax: (x) => x.logSoftmax(1),
  crossEntropy: (x) => F.crossEntropy(x, labels(x), { reduction: "none" }),
  "smoothed crossEntropy": (x) =>
    F.crossEntropy(x, labels(x), { reduction: "none", labelSmoothing: 0.1 }),
  "weighed crossEntropy": (x) => {
    const weight = tensor(Array.from({ length: x.shape[1]! }, (_, i) => i + 0.5));
    return F.crossEntropy(x, labels(x), { reduction: "none", weight });
  },
  nllLoss: (x) => F.nllLoss(x, labels(x), { reduction: "none" }),
};

/** Values and gradients of an op. The gradient that is sent into the result is 1, or 1, 2, 3, 1 … */
/** Numbers as float32, whether they are whole or not. */
function floats(data: number | number[]): Tensor {
  return tensor(data, { dtype: "float32" });
}

function evaluate(
  op: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  varied = false,
): (number[] | null)[] {
  for (const x of inputs) x.requiresGrad = true;
  const y = op(...inputs);
  const dy = Array.from({ length: y.numel }, (_, i) => varied ? i % 3 + 1 : 1);
  if (y.requiresGrad) y.backward(floats(dy).reshape(y.shape));
  return [y, ...inputs.map((x) => x.grad)].map((t) => t && Array.from(t.toTypedArray(), Number));
}

const failures: string[] = [];

/** Notes what differs by more than rounding, smallest denormals by more than one. */
function compare(
  what: (i: number, of: number) => string,
  got: (number[] | null)[],
  expected: Row,
  tiny: (i: number, of: number) => number = () => 3e-45,
) {
  assert.equal(got.length, expected.length);
  got.forEach((numbers, which) => {
    const wanted = expected[which];
    assert.equal(numbers === null, wanted === null, `${what(0, 1)}: which have gradients`);
    if (!numbers || !wanted) return;
    assert.equal(numbers.length, wanted.length, what(0, 1));
    list(wanted).forEach((e, i) => {
      const a = numbers[i]!;
      e = Math.fround(e);
      const near = Object.is(a, e) || a === e ||
        Math.abs(a - e) <= Math.max(2e-4 * Math.abs(e), tiny(i, numbers.length)) &&
          Number.isFinite(a);
      if (!near) {
        const part = which === 0 ? "is" : `has the gradient ${which}`;
        failures.push(`${what(i, numbers.length)} ${part} ${a}: PyTorch has ${e}`);
      }
    });
  });
}

/** Runs a check with both builds, then throws with all that differed. */
function inBothBuilds(name: string, check: () => void): void {
  for (const build of ["fast", "strict"] as const) {
    Deno.test(`${name} (${build} build)`, () => {
      const before = getKernelBuild();
      setKernelBuild(build);
      failures.length = 0;
      try {
        scope(check);
      } finally {
        setKernelBuild(before);
      }
      assert.ok(
        failures.length === 0,
        `${failures.length} differ:\n${failures.slice(0, 30).join("\n")}`,
      );
    });
  }
}

Deno.test("the table of special values has the names of its fixture", () => {
  assert.deepEqual(Object.keys(unary), Object.keys(fixture.unary));
  assert.deepEqual(Object.keys(binary), Object.keys(fixture.binary));
  for (const [n, made] of Object.entries(fixture.rows)) {
    assert.deepEqual(["x", ...Object.keys(rows)], Object.keys(made), n);
  }
});

inBothBuilds("ops of one input have PyTorch's special values in every lane", () => {
  for (const [name, op] of Object.entries(unary)) {
    const expected = structuredClone((fixture.unary as Record<string, Row>)[name]!);
    for (const [x, y] of OWN[name] ?? []) expected[0]![values.indexOf(x)] = y;
    for (const n of LENGTHS) {
      for (let start = 0; start < values.length; start += n === 33 ? 1 : n) {
        const at = Array.from({ length: n }, (_, i) => (start + i) % values.length);
        const got = evaluate(op as Op, [floats(at.map((i) => values[i]!))]);
        const wanted = expected.map((numbers) => numbers && at.map((i) => numbers[i]!));
        compare((i) => `${name} of ${values[at[i]!]} at ${i} of ${n}`, got, wanted);
      }
    }
  }
});

inBothBuilds("ops of two inputs have PyTorch's special values, broadcast or not", () => {
  const n = values.length;
  const first = values.flatMap((x) => Array<number>(n).fill(x));
  const second = values.flatMap(() => values);
  for (const [name, op] of Object.entries(binary)) {
    const expected = (fixture.binary as Record<string, Row>)[name]!;
    const part = (begin: number, end: number) => expected.map((e) => e && e.slice(begin, end));
    for (const length of [n * n, 33, 7, 4, 3]) {
      for (let at = 0; at < n * n; at += length) {
        const [a, b] = [first.slice(at, at + length), second.slice(at, at + length)];
        const got = evaluate(op as Op, [floats(a), floats(b)]);
        compare((i) => `${name} of ${a[i]} and ${b[i]} in ${length}`, got, part(at, at + a.length));
      }
    }
    if (name === "mseLoss") continue; // it does not broadcast
    const [column, row] = [floats(values).reshape(n, 1), floats(values)];
    const got = evaluate(() => op(column, row), [])[0]!;
    compare((i) => `${name} of ${first[i]} by ${second[i]}`, [got], [expected[0]!]);
    for (const [i, x] of values.entries()) {
      if (name === "pow") break; // numbers as exponents are a matter of their own
      const left = evaluate(() => op(floats(x), row), []);
      compare((j) => `${name} of one ${x} by ${values[j]}`, left, [part(i * n, i * n + n)[0]!]);
    }
  }
});

inBothBuilds("powers by numbers and of numbers have PyTorch's special values", () => {
  exponents.forEach((e, i) => {
    // of −0 PyTorch has 1 / √−0 = −∞ where IEEE's pow has ∞
    const at = values.map((_, j) => j).filter((j) =>
      Math.abs(e) !== 0.5 || !Object.is(values[j], -0)
    );
    const wanted = fixture.powers[i]!.map((numbers) => at.map((j) => numbers[j]!));
    const x = floats(at.map((j) => values[j]!));
    compare((j) => `${values[at[j]!]} to the ${e}`, evaluate((x) => x!.pow(e), [x]), wanted);
    const power = evaluate((x) => F.pow(e, x!), [floats(values)]);
    compare((j) => `${e} to the ${values[j]}`, power, fixture.bases[i]!);
  });
});

inBothBuilds("reductions, softmax and losses have PyTorch's special values", () => {
  for (const [n, { x, ...made }] of Object.entries(fixture.rows)) {
    const flat = list(x);
    const shape = [flat.length / Number(n), Number(n)];
    const describe = (i: number) => {
      const row = flat.slice(i * shape[1]!, (i + 1) * shape[1]!);
      return `[${row.slice(0, 7).join(", ")}${row.length > 7 ? ", …" : ""}]`;
    };
    for (const [name, op] of Object.entries(rows)) {
      const got = evaluate(op as Op, [floats(flat).reshape(shape).detach()], true);
      const rowOf = (i: number, of: number) => Math.floor(i * shape[0]! / of);
      const wanted = (made as Record<string, Row>)[name]!;
      // a sum in another order is another one by what its largest summands lose
      const tiny = (i: number, of: number) => {
        const row = rowOf(i, of);
        const largest = Math.max(
          ...flat.slice(row * shape[1]!, (row + 1) * shape[1]!).map(Math.abs),
        );
        return Number.isFinite(largest)
          ? 1e-6 * Math.min(largest, name === "sum" || name === "mean" ? 1e38 : 1)
          : 1e-6;
      };
      compare((i, of) => `${name} of ${describe(rowOf(i, of))} at ${i}`, got, wanted, tiny);
    }
  }
});
