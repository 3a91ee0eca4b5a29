import { constant, integers, spaced, uniform, values } from "../prng.ts";
import {
  adder,
  allZero,
  type Case,
  exact,
  exactKink,
  kink,
  type Options,
  positive,
  special,
} from "./case.ts";

/** Functions of one element and activations, beside those of `unary.ts` and `activations.ts`. */
export const functions: Case[] = [];
const op = adder(functions);

type Name = keyof Parameters<Case["run"]>[0];

/** A range in which a function is smooth, and inputs at its edges; the differences of Glim's and PyTorch's names. */
interface Of {
  from?: number;
  to?: number;
  edges?: (number | "inf" | "-inf" | "nan")[];
  torch?: string;
  options?: Options;
  edgeOptions?: Options;
  integers?: boolean;
}

const rounded: Of = {
  edges: [...special, 2.5, -2.5, 1.5, -0.5, 1e10],
  options: { ...exactKink, ...allZero },
};

const ofOne: Record<string, Of> = {
  acos: { from: -0.9, to: 0.9 },
  acosh: { from: 1.1, to: 3 },
  asin: { from: -0.9, to: 0.9, edges: [...special, 1e-4] },
  asinh: { edges: [...special, 1e-4, -30, 1e4] },
  atan: { edges: [...special, 1e-4, 1e10] },
  atanh: { from: -0.9, to: 0.9, edges: [...special, 1e-4] },
  ceil: rounded,
  cos: { from: -4, to: 4, edges: [...special, 1e-4, 10, -100, 9999.5, -13437.7, 1e6] },
  cosh: { from: -3, to: 3, edges: [...special, 1e-4, 20, 88.5, -100] },
  deg2rad: { edges: [...special, 180], options: exact, edgeOptions: exactKink },
  digamma: { from: 0.5, to: 4, edges: [0, -1.5, 30, "inf", "nan"] },
  erf: { from: -2, to: 2, edges: [...special, 1e-4, 4, -4] },
  erfc: { from: -2, to: 2, edges: [...special, 1e-4, 4, 8, -4] },
  erfinv: { from: -0.8, to: 0.8, edges: [...special, 0.999, -0.99999] },
  exp2: { from: -3, to: 3, edges: [...special, 127.5, 128, -126.5, -148] },
  expm1: { from: -2, to: 2, edges: [...special, 1e-5, -20, 88, 100] },
  floor: rounded,
  frac: { edges: [...special, 2.5, -2.5], options: exactKink },
  lgamma: { from: 0.5, to: 4, edges: [0, 1, 2, -1, -1.5, 30, "inf", "-inf", "nan"] },
  log10: { from: 0.25, to: 2.25, edges: [...special, 1e-38, 1000, 3e38] },
  log1p: { from: -0.7, to: 3, edges: [...special, 1e-5, -0.99, 3e38] },
  log2: { from: 0.25, to: 2.25, edges: [...special, 8, 1e-38, 3e38] },
  rad2deg: { edges: [...special, 3], options: exact, edgeOptions: exactKink },
  rsqrt: { from: 0.25, to: 2.25, edges: [...special, 1e-10, 3e38] },
  sin: { from: -4, to: 4, edges: [...special, 1e-4, 10, -100, 9999.5, -13437.7, 1e6] },
  sinc: { from: 0.5, to: 2.5, edges: [0, 0.5, -0.25, 2.25, "nan"] },
  sinh: { from: -3, to: 3, edges: [...special, 1e-4, 20, 88.5, -100] },
  tan: { from: -1.2, to: 1.2, edges: [...special, 1e-4, 10, -100] },
  trunc: rounded,
  round: rounded,
};
for (
  const [name, { from = -2, to = 2, edges = special, options = {}, edgeOptions }] of Object.entries(
    ofOne,
  )
) {
  const run: Case["run"] = (f, a) => (f[name as Name] as (x: typeof a) => typeof a)(a);
  for (const shape of [[3], [0, 3], [67, 9]]) {
    op(`a.${name}()`, [uniform(shape, from, to)], run, options);
  }
  op(`a.${name}()`, [values(edges)], run, { ...kink, ...options, ...edgeOptions, ...kink });
  const list = integers(
    [6],
    name === "acosh" ? 1 : 0,
    name.startsWith("a") && name !== "acosh" ? 2 : 4,
  );
  if (name !== "digamma" && name !== "frac") op(`a.${name}()`, [list], run, options);
}
op("torch.polygamma(1, a)", [uniform([3], 0.5, 4)], (f, a) => f.polygamma(1, a));
op("torch.polygamma(3, a)", [uniform([3], 0.5, 4)], (f, a) => f.polygamma(3, a));
op(
  "torch.polygamma(2, a)",
  [values([0.1, -1.5, 30, -2, "nan"])],
  (f, a) => f.polygamma(2, a),
  kink,
);
op(
  "torch.polygamma(60, a.double()).float()",
  [values([20.25, 25, 8.5])], // of sizes too unlike for differences of a sum
  (f, a) => f.polygamma(60, a),
  kink,
);
op("torch.special.entr(a)", [uniform([3, 5], 0.25, 2)], (f, a) => f.entr(a));
op("torch.special.entr(a)", [values(special)], (f, a) => f.entr(a), kink);
op("torch.special.ndtr(a)", [uniform([3, 5], -2, 2)], (f, a) => f.ndtr(a));
op("torch.special.ndtr(a)", [values([...special, 4, -4, 9])], (f, a) => f.ndtr(a), kink);
op("torch.special.log_ndtr(a)", [uniform([3, 5], -4, 4)], (f, a) => f.logNdtr(a));
op(
  "torch.special.log_ndtr(a)",
  [values([-9, -8.5, -7.5, -3, 0, 0.5, 3, "nan", "inf"])],
  (f, a) => f.logNdtr(a),
  kink,
);
op("torch.special.xlog1py(a, b)", [uniform([3, 4]), positive([4])], (f, a, b) => f.xlog1py(a, b));
op(
  "torch.special.xlog1py(a, b)",
  [values([0, 0, 1, 2, 2]), values([2, "inf", -1, 0.5, -2])],
  (f, a, b) => f.xlog1py(a, b),
  kink,
);
op("torch.special.multigammaln(a, 3)", [uniform([3, 5], 1.5, 4)], (f, a) => f.mvlgamma(a, 3));
// 3! Σ (k + ½)⁻⁴ for all k, however far it is from 0
op("a * 0 + 2 * torch.pi ** 4", [values([-7999999.5])], (f, a) => f.polygamma(3, a), kink);
op("torch.sin(a.t())", [uniform([5, 3], -4, 4)], (f, a) => f.sin(f.t(a)));
for (const dtype of ["uint8", "bool"] as const) {
  op("a.float().exp()", [integers([4], 0, 2, dtype)], (f, a) => f.exp(a));
}
op("a.relu()", [integers([5], -3, 4)], (f, a) => f.relu(a), exact);
op("a.round(decimals=2)", [values([1.234, -0.125, 3.999, "nan"])], (f, a) => f.round(a, 2), {
  ...kink,
  ...allZero,
});
op("a.round(decimals=-1)", [values([123, -15, 25])], (f, a) => f.round(a, -1), {
  ...kink,
  ...allZero,
});
op("a.sgn()", [values(special)], (f, a) => f.sgn(a), { ...exactKink, ...allZero });
op("torch.positive(a)", [uniform([3])], (f, a) => f.positive(a), exact);
op("a.isnan()", [values(special)], (f, a) => f.isnan(a), exact);
op("a.isinf()", [values(special)], (f, a) => f.isinf(a), exact);
op("a.isfinite()", [values(special)], (f, a) => f.isfinite(a), exact);
op("a.isfinite()", [integers([3], 0, 9)], (f, a) => f.isfinite(a), exact);
op("a.isnan()", [integers([3], 0, 9)], (f, a) => f.isnan(a), { ...exact, ...allZero });
op("a.signbit()", [values([...special, -0.25])], (f, a) => f.signbit(a), exact);
op("a.nan_to_num()", [values(special)], (f, a) => f.nanToNum(a), exactKink);
op(
  "a.nan_to_num(2, 3, -4)",
  [values(special)],
  (f, a) => f.nanToNum(a, { nan: 2, posinf: 3, neginf: -4 }),
  exactKink,
);
op("a.logit()", [uniform([9], 0.1, 0.9)], (f, a) => f.logit(a));
op("a.logit(0.1)", [values([0, 0.05, 0.5, 0.95, 1, 2])], (f, a) => f.logit(a, 0.1), kink);
op(
  "torch.ldexp(a, b)",
  [constant(uniform([4])), integers([4], -3, 4)],
  (f, a, b) => f.ldexp(a, b),
  exact,
);

// activations, at their kinks too
const kinks = values([-3, -1, -0.5, 0, 0.5, 1, 3, 6, 25, -25, "inf", "-inf", "nan"]);
const activations: [torch: string, run: Case["run"]][] = [
  ["F.celu(a)", (f, a) => f.celu(a)],
  ["F.celu(a, 0.5)", (f, a) => f.celu(a, 0.5)],
  ["F.elu(a)", (f, a) => f.elu(a)],
  ["F.elu(a, 0.3)", (f, a) => f.elu(a, 0.3)],
  ["F.selu(a)", (f, a) => f.selu(a)],
  ["F.hardshrink(a)", (f, a) => f.hardshrink(a)],
  ["F.hardsigmoid(a)", (f, a) => f.hardsigmoid(a)],
  ["F.hardswish(a)", (f, a) => f.hardswish(a)],
  ["F.hardtanh(a)", (f, a) => f.hardtanh(a)],
  ["F.hardtanh(a, -0.5, 3)", (f, a) => f.hardtanh(a, -0.5, 3)],
  ["F.logsigmoid(a)", (f, a) => f.logsigmoid(a)],
  ["F.mish(a)", (f, a) => f.mish(a)],
  ["F.relu6(a)", (f, a) => f.relu6(a)],
  ["F.rrelu(a)", (f, a) => f.rrelu(a)],
  ["F.softplus(a)", (f, a) => f.softplus(a)],
  ["F.softplus(a, 2, 1)", (f, a) => f.softplus(a, { beta: 2, threshold: 1 })],
  ["F.softshrink(a)", (f, a) => f.softshrink(a)],
  ["F.softsign(a)", (f, a) => f.softsign(a)],
  ["F.tanhshrink(a)", (f, a) => f.tanhshrink(a)],
  ["F.threshold(a, 0.5, 20)", (f, a) => f.threshold(a, 0.5, 20)],
];
for (const [torch, run] of activations) {
  op(torch, [uniform([3, 7], -3, 3)], run, kink);
  op(
    torch,
    [{
      ...kinks,
      values: torch.includes("soft") || torch.includes("mish") || torch.includes("tanhshrink") ||
          torch.includes("logsigmoid")
        ? kinks.values.filter((v) => typeof v === "number")
        : kinks.values,
      shape: [
        torch.includes("soft") || torch.includes("mish") || torch.includes("tanhshrink") ||
          torch.includes("logsigmoid")
          ? 10
          : 13,
      ],
    }],
    run,
    kink,
  );
}
// over the input, which is what comes back
const over: [torch: string, run: Case["run"]][] = [
  ["F.relu(b, inplace=True)", (f, b) => f.relu(b, { inplace: true })],
  ["F.relu6(b, inplace=True)", (f, b) => f.relu6(b, { inplace: true })],
  ["F.leaky_relu(b, 0.2, inplace=True)", (f, b) => f.leakyRelu(b, 0.2, { inplace: true })],
  ["F.silu(b, inplace=True)", (f, b) => f.silu(b, { inplace: true })],
  ["F.elu(b, 0.3, inplace=True)", (f, b) => f.elu(b, 0.3, { inplace: true })],
  ["F.selu(b, inplace=True)", (f, b) => f.selu(b, { inplace: true })],
  ["F.celu(b, 0.5, inplace=True)", (f, b) => f.celu(b, 0.5, { inplace: true })],
  ["F.hardsigmoid(b, inplace=True)", (f, b) => f.hardsigmoid(b, { inplace: true })],
  ["F.hardswish(b, inplace=True)", (f, b) => f.hardswish(b, { inplace: true })],
  ["F.hardtanh(b, -0.5, 2, inplace=True)", (f, b) => f.hardtanh(b, -0.5, 2, { inplace: true })],
  ["F.mish(b, inplace=True)", (f, b) => f.mish(b, { inplace: true })],
  ["F.threshold(b, 0.5, 20, inplace=True)", (f, b) => f.threshold(b, 0.5, 20, { inplace: true })],
  ["F.rrelu(b, inplace=True)", (f, b) => f.rrelu(b, { inplace: true })],
  ["F.dropout(b, 0.5, False, True)", (f, b) => f.dropout(b, 0.5, false, { inplace: true })],
];
for (const [torch, run] of over) {
  op(`(lambda b: ${torch} + b)(a * 2)`, [uniform([3, 7], -3, 3)], (f, a) => {
    const b = f.mul(a, 2);
    return f.add(run(f, b), b);
  }, kink);
}
op("F.prelu(a, b)", [spaced([2, 3, 2]), positive([3])], (f, a, b) => f.prelu(a, b));
op("F.prelu(a, b)", [values([0, -1, 2]), positive([1])], (f, a, b) => f.prelu(a, b), kink);
op("F.glu(a)", [uniform([3, 8])], (f, a) => f.glu(a));
op("F.glu(a, 0)", [uniform([4, 3])], (f, a) => f.glu(a, 0));
op("F.softmin(a, 1)", [uniform([3, 5])], (f, a) => f.softmin(a, 1));
