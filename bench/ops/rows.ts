/**
 * Functions of 10⁶ elements, each beside PyTorch's expression for it.
 *
 * @module
 */
import * as glim from "@glim/glim";
import type { Tensor } from "@glim/glim";

/** What is timed. */
export interface Row {
  name: string;
  /** A call of this library's. */
  run: () => void;
  /** What gives PyTorch's call. */
  torch: string;
}

type Op = (...operands: (Tensor | number)[]) => Tensor;

const f = glim.functional as unknown as Record<string, Op>;
const N = 10 ** 6;

function uniform(low: number, high: number, ...shape: number[]): Tensor {
  return glim.noGrad(() => glim.rand(shape.length === 0 ? [N] : shape).mul(high - low).add(low))
    .keep();
}

const x = uniform(-2, 2), y = uniform(-2, 2), p = uniform(0.1, 3.1), v = uniform(-0.9, 0.9);
const above = uniform(1.1, 4.1), share = uniform(0.1, 0.99);
const m = uniform(-2, 2, 1000, 1000), a = uniform(-2, 2, 1000, 64), b = uniform(-2, 2, 1000, 64);
const t = uniform(-2, 2, 333333, 3), u = uniform(-2, 2, 333333, 3);
const i = x.mul(1000).to("int32").keep(), j = y.mul(1000).to("int32").keep();
const k = p.mul(10).to("int32").add(1).keep();
const places = glim.rand([1000]).mul(1000).to("int32").keep();
const rows1 = glim.rand([N]).mul(1000).to("int32").keep();
const is = x.gt(0).keep(), isToo = y.gt(0).keep();
const edges = glim.linspace(-2, 2, 1000).keep(), alike = i.div(100).floor().to("int32").keep();
const quarter = glim.tensor([0.25]).keep();

/** What the parts of a small GPT take: see the end of this file. */
const stream = uniform(-2, 2, 768, 128), inner = uniform(-2, 2, 768, 512);
const logits = uniform(-2, 2, 768, 65), weight = uniform(0.5, 1.5, 128);
const labels = glim.rand([768]).mul(65).to("int32").keep();
const heads = uniform(-2, 2, 12, 4, 64, 32), long = uniform(-2, 2, 1, 2, 256, 64);

/** The same inputs of PyTorch's. */
export const INPUTS: Readonly<Record<string, string>> = {
  x: "uniform(-2, 2)",
  y: "uniform(-2, 2)",
  p: "uniform(.1, 3.1)",
  v: "uniform(-.9, .9)",
  above: "uniform(1.1, 4.1)",
  share: "uniform(.1, .99)",
  m: "uniform(-2, 2, 1000, 1000)",
  a: "uniform(-2, 2, 1000, 64)",
  b: "uniform(-2, 2, 1000, 64)",
  t: "uniform(-2, 2, 333333, 3)",
  u: "uniform(-2, 2, 333333, 3)",
  i: "(x * 1000).int()",
  j: "(y * 1000).int()",
  k: "(p * 10).int() + 1",
  places: "(torch.rand(1000) * 1000).long()",
  rows1: "(torch.rand(1000000) * 1000).long()",
  one: "torch.tensor(1.)",
  isit: "x > 0",
  istoo: "y > 0",
  edges: "torch.linspace(-2, 2, 1000)",
  alike: "(i / 100).floor().int()",
  quarter: "torch.tensor([.25])",
  stream: "uniform(-2, 2, 768, 128)",
  inner: "uniform(-2, 2, 768, 512)",
  logits: "uniform(-2, 2, 768, 65)",
  weight: "uniform(.5, 1.5, 128)",
  labels: "(torch.rand(768) * 65).long()",
  heads: "uniform(-2, 2, 12, 4, 64, 32)",
  long: "uniform(-2, 2, 1, 2, 256, 64)",
};

/** All rows. */
export const ROWS: Row[] = [];

function row(name: string, torch: string, run: () => unknown): void {
  ROWS.push({ name, torch: `lambda: ${torch}`, run: () => void run() });
}

/** Functions of one name in both libraries, of the same operands. */
function same(names: string, torch: string, ...operands: Tensor[]): void {
  for (const name of names.split(" ")) {
    const module = ACTIVATIONS.has(name) ? "F" : "torch";
    row(name, `${module}.${name}(${torch})`, () => f[camel(name)]!(...operands));
  }
}

function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Those of torch.nn.functional. */
const ACTIVATIONS = new Set(
  ("softplus elu selu celu hardswish hardsigmoid hardtanh mish logsigmoid relu6 softsign tanhshrink " +
    "softshrink hardshrink gelu silu leaky_relu glu").split(" "),
);

same("sin cos tan asin acos atan atanh erfinv", "v", v);
same(
  "sinh cosh asinh floor ceil round trunc frac sign exp expm1 exp2 erf erfc tanh sigmoid",
  "x",
  x,
);
same("sgn neg abs square reciprocal isnan isinf isfinite nan_to_num sinc signbit relu", "x", x);
same("rad2deg deg2rad logical_not", "x", x);
same("log log2 log10 log1p rsqrt sqrt lgamma digamma", "p", p);
same("acosh", "above", above);
same("logit", "share", share);
same([...ACTIVATIONS].filter((name) => name !== "glu").join(" "), "x", x);
row("gelu, tanh", "F.gelu(x, approximate='tanh')", () => {
  glim.functional.gelu(x, { approximate: "tanh" });
});
row("softmax", "torch.softmax(m, 1)", () => glim.functional.softmax(m, 1));
row("log_softmax", "torch.log_softmax(m, 1)", () => glim.functional.logSoftmax(m, 1));
row("threshold", "F.threshold(x, .1, 2.)", () => glim.functional.threshold(x, 0.1, 2));
row("glu, 0", "F.glu(x, 0)", () => f.glu!(x, 0));
row("glu, 1", "F.glu(m, 1)", () => f.glu!(m, 1));
row("prelu", "F.prelu(x, quarter)", () => f.prelu!(x, quarter));
row("rrelu", "F.rrelu(x)", () => f.rrelu!(x));
row("swiglu", "F.silu(y) * x", () => f.swiglu!(x, y));

same(
  "atan2 fmod remainder floor_divide hypot xlogy logaddexp logaddexp2 copysign fmax fmin",
  "p, y",
  p,
  y,
);
same("heaviside maximum minimum add sub mul div pow nextafter isclose lt eq", "p, y", p, y);
same("logical_and logical_or logical_xor", "p, y", p, y);
row("div, trunc", "torch.div(p, y, rounding_mode='trunc')", () => {
  glim.functional.div(p, y, { roundingMode: "trunc" });
});
for (const name of ["remainder", "fmod", "floor_divide"]) {
  row(`${name}, 0.7`, `torch.${name}(x, .7)`, () => f[camel(name)]!(x, 0.7));
}
for (
  const [text, power] of [["2", 2], ["3", 3], [".5", 0.5], ["1.7", 1.7], ["-1.5", -1.5]] as const
) {
  row(`pow, ${power}`, `p ** ${text}`, () => f.pow!(p, power));
}
row("pow, 3 of any sign", "x ** 3", () => f.pow!(x, 3));
row("pow, 4 of any sign", "x ** 4", () => f.pow!(x, 4));
row("float_power", "torch.pow(p, y)", () => f.floatPower!(p, y));
row("lerp", "torch.lerp(x, y, .3)", () => f.lerp!(x, y, 0.3));
row("lerp, tensor", "torch.lerp(x, y, share)", () => f.lerp!(x, y, share));
same("addcmul addcdiv", "x, y, p", x, y, p);
row("addcmul, value", "torch.addcmul(x, y, p, value=.5)", () => f.addcmul!(x, y, p, 0.5));
row("addcdiv, value", "torch.addcdiv(x, y, p, value=.5)", () => f.addcdiv!(x, y, p, 0.5));
row("ldexp", "torch.ldexp(x, k)", () => f.ldexp!(x, k));
row("add, 1.5", "x + 1.5", () => f.add!(x, 1.5));
row("clamp", "x.clamp(-1, 1)", () => glim.functional.clamp(x, { min: -1, max: 1 }));
row("where", "torch.where(isit, x, y)", () => f.where!(is, x, y));
row("masked_fill", "x.masked_fill(isit, 0.)", () => glim.functional.maskedFill(x, is, 0));

row("bool and", "isit & istoo", () => f.bitwiseAnd!(is, isToo));
row("bool not", "~isit", () => f.bitwiseNot!(is));
row("bool logical_not", "torch.logical_not(isit)", () => f.logicalNot!(is));
row("bool logical_and", "torch.logical_and(isit, istoo)", () => f.logicalAnd!(is, isToo));
for (const name of ["bitwise_and", "bitwise_or", "bitwise_xor", "add", "mul", "lt", "gcd", "lcm"]) {
  row(`int ${name}`, `torch.${name}(i, j)`, () => f[camel(name)]!(i, j));
}
for (const name of ["remainder", "fmod", "floor_divide", "pow"]) {
  row(`int ${name}`, `torch.${name}(i, k)`, () => f[camel(name)]!(i, k));
}
row("int remainder, 7", "i % 7", () => f.remainder!(i, 7));
for (const name of ["abs", "sign", "neg", "bitwise_not"]) {
  row(`int ${name}`, `torch.${name}(i)`, () => f[camel(name)]!(i));
}
row("int shift", "i << 3", () => f.bitwiseLeftShift!(i, 3));

row("tril", "m.tril()", () => f.tril!(m));
row("triu", "m.triu()", () => f.triu!(m));
row("index_select, 0", "torch.index_select(m, 0, places)", () => f.indexSelect!(m, 0, places));
row("index_select, 1", "torch.index_select(m, 1, places)", () => f.indexSelect!(m, 1, places));
row("gather, 1", "torch.gather(m, 1, rows1.view(1000, 1000))", () => {
  f.gather!(m, 1, rows1.reshape([1000, 1000]));
});
row("flip", "m.flip(1)", () => glim.functional.flip(m, 1));
row("roll", "m.roll(3, 1)", () => f.roll!(m, 3, 1));
row("cat", "torch.cat([m, m])", () => glim.functional.cat([m, m], 0));
row("transpose", "m.t().contiguous()", () => m.T.contiguous());
row(
  "searchsorted",
  "torch.searchsorted(edges, x, out_int32=True)",
  () => f.searchsorted!(edges, x),
);
row("bucketize", "torch.bucketize(x, edges, out_int32=True)", () => f.bucketize!(x, edges));
row("unique_consecutive", "torch.unique_consecutive(alike)", () => {
  glim.functional.uniqueConsecutive(alike);
});
row("unique", "torch.unique(alike)", () => glim.functional.unique(alike));
row("bincount", "torch.bincount(rows1)", () => glim.functional.bincount(rows1));
row("nonzero", "isit.nonzero()", () => glim.functional.nonzero(is));
row("masked_select", "x.masked_select(isit)", () => f.maskedSelect!(x, is));
row("count_nonzero", "torch.count_nonzero(x)", () => glim.functional.countNonzero(x));
row("count_nonzero, bool", "torch.count_nonzero(isit)", () => glim.functional.countNonzero(is));
row("any", "(isit).any()", () => glim.functional.any(is));
row("cdist", "torch.cdist(a, b)", () => f.cdist!(a, b));
row("cdist, 1", "torch.cdist(a[:300], b[:300], 1)", () => f.cdist!(a300, b300, 1));
row("cross", "torch.linalg.cross(t, u)", () => f.cross!(t, u));
row("diff", "x.diff()", () => glim.functional.diff(x));
row("cumsum", "m.cumsum(1)", () => f.cumsum!(m, 1));
row("cumprod", "m.cumprod(1)", () => f.cumprod!(m, 1));
row("sum", "x.sum()", () => f.sum!(x));
row("mean, 0", "m.mean(0)", () => f.mean!(m, 0));
row("amax, 1", "m.amax(1)", () => f.amax!(m, 1));
row("argmax, 1", "m.argmax(1)", () => f.argmax!(m, 1));
row("prod, 1", "m.prod(1)", () => glim.functional.prod(m, 1));
row("std, 1", "m.std(1)", () => glim.functional.std(m, 1));
row("norm", "torch.linalg.vector_norm(x)", () => glim.functional.vectorNorm(x));
row("logsumexp, 1", "m.logsumexp(1)", () => f.logsumexp!(m, 1));
row("sort", "m.sort(1)", () => glim.functional.sort(m, 1));
row("topk", "m.topk(10, 1)", () => glim.functional.topk(m, 10, 1));

const a300 = uniform(-2, 2, 300, 64), b300 = uniform(-2, 2, 300, 64);
const ones = glim.ones([N]).keep();

/** A function and its gradients, from the text of PyTorch's function and its operands. */
function gradient(name: string, torch: string, op: Op, ...operands: Tensor[]): void {
  const inputs = operands.map((x) => {
    const input = x.clone().keep();
    input.requiresGrad = true;
    return input;
  });
  const run = () => {
    const y = op(...inputs);
    const dy = ones.narrow(0, 0, y.numel).reshape(y.shape);
    glim.grad([y], inputs, { gradOutputs: [dy] });
  };
  ROWS.push({ name: `gradient of ${name}`, torch: `gradient(${torch})`, run });
}

function gradients(names: string, torch: string, ...operands: Tensor[]): void {
  for (const name of names.split(" ")) {
    const module = ACTIVATIONS.has(name) ? "F" : "torch";
    gradient(name, `${module}.${name}, ${torch}`, f[camel(name)]!, ...operands);
  }
}

gradients("softplus elu selu celu mish logsigmoid hardswish gelu silu tanhshrink softsign", "x", x);
gradients(
  "sin cos tan sinh cosh tanh exp expm1 exp2 erf erfc atan asinh sigmoid square abs",
  "x",
  x,
);
gradients("nan_to_num relu", "x", x);
gradients("asin acos atanh erfinv", "v", v);
gradients("log log2 log10 log1p sqrt rsqrt reciprocal lgamma", "p", p);
gradients("atan2 hypot xlogy logaddexp fmod remainder copysign fmax pow div", "p, y", p, y);
gradients("addcmul addcdiv", "x, y, p", x, y, p);
gradients("logit", "share", share);
gradients("acosh", "above", above);
gradient("lerp", "lambda a, b: torch.lerp(a, b, .3), x, y", (a, b) => f.lerp!(a!, b!, 0.3), x, y);
gradient("glu", "lambda a: F.glu(a, 0), x", (a) => f.glu!(a!, 0), x);
gradient("gelu, tanh", "lambda a: F.gelu(a, approximate='tanh'), x", (a) => {
  return glim.functional.gelu(a as Tensor, { approximate: "tanh" });
}, x);
gradient("pow, 3", "lambda a: a ** 3, x", (a) => f.pow!(a!, 3), x);
gradient("pow, 1.7", "lambda a: a ** 1.7, p", (a) => f.pow!(a!, 1.7), p);
gradient("tril", "torch.tril, m", f.tril!, m);
gradient("softmax", "lambda a: torch.softmax(a, 1), m", (a) => f.softmax!(a!, 1), m);

// What is no product in a step of the GPT that bench/gpt.ts trains, and attention of longer texts.
const attention =
  "lambda q, k, v, causal=True: F.scaled_dot_product_attention(q, k, v, is_causal=causal)";
gradient(
  "GPT, layer_norm",
  "lambda x, w: F.layer_norm(x, (128,), w), stream, weight",
  (x, w) => glim.functional.layerNorm(x as Tensor, [128], { weight: w as Tensor }),
  stream,
  weight,
);
gradient("GPT, gelu", "F.gelu, inner", f.gelu!, inner);
gradient("GPT, cross_entropy", "lambda x: F.cross_entropy(x, labels), logits", (x) => {
  return glim.functional.crossEntropy(x as Tensor, labels);
}, logits);
gradient(
  "GPT, attention",
  `${attention}, heads, heads, heads`,
  (q, k, v) => {
    return glim.attend(q as Tensor, k as Tensor, v as Tensor, { isCausal: true });
  },
  heads,
  heads,
  heads,
);
gradient(
  "attention of 256",
  `${attention}, long, long, long`,
  (q, k, v) => {
    return glim.attend(q as Tensor, k as Tensor, v as Tensor, { isCausal: true });
  },
  long,
  long,
  long,
);
gradient(
  "attention of 256, all",
  `lambda q, k, v: (${attention})(q, k, v, False), long, long, long`,
  (q, k, v) => glim.attend(q as Tensor, k as Tensor, v as Tensor),
  long,
  long,
  long,
);
