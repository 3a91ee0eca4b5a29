import { constant, integers, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact } from "./case.ts";

/** What changes its input. */
export const inPlace: Case[] = [];
const op = adder(inPlace);

const fixed = constant(uniform([3, 4]));
const addend = constant(uniform([4]));
op("a.add_(b)", [fixed, addend], (f, a, b) => f.add_(a, b), exact);
op("a.add_(b, alpha=0.5)", [fixed, addend], (f, a, b) => f.add_(a, b, 0.5), exact);
op("a.add_(1)", [integers([5], -9, 9)], (f, a) => f.add_(a, 1), exact);
op("a.sub_(b)", [fixed, addend], (f, a, b) => f.sub_(a, b), exact);
op("a.sub_(b, alpha=2)", [fixed, addend], (f, a, b) => f.sub_(a, b, 2), exact);
op("a.mul_(b)", [fixed, addend], (f, a, b) => f.mul_(a, b), exact);
op("a.mul_(a)", [fixed], (f, a) => f.mul_(a, a), exact);
op("a.copy_(b)", [fixed, addend], (f, a, b) => f.copy_(a, b), exact);
op("a.copy_(b)", [fixed, integers([3, 1], -9, 9)], (f, a, b) => f.copy_(a, b), exact);
op("a.fill_(2.5)", [fixed], (f, a) => f.fill_(a, 2.5), exact);
op("a.zero_()", [fixed], (f, a) => f.zero_(a), { ...exact, ...allZero });
op("(a.t().add_(b), a)[1]", [fixed, constant(uniform([3]))], (f, a, b) => {
  f.add_(f.t(a), b);
  return a;
}, exact);
op("(a[:, 1:3].fill_(7), a)[1]", [fixed], (f, a) => {
  f.fill_(f.narrow(a, 1, 1, 2), 7);
  return a;
}, exact);

const positives = constant(uniform([3, 4], 0.25, 0.9));
for (
  const name of [
    "abs_",
    "acos_",
    "asin_",
    "asinh_",
    "atan_",
    "atanh_",
    "ceil_",
    "cos_",
    "cosh_",
    "deg2rad_",
    "digamma_",
    "erf_",
    "erfc_",
    "erfinv_",
    "exp_",
    "exp2_",
    "expm1_",
    "floor_",
    "frac_",
    "lgamma_",
    "log_",
    "log10_",
    "log1p_",
    "log2_",
    "neg_",
    "rad2deg_",
    "reciprocal_",
    "relu_",
    "round_",
    "rsqrt_",
    "sigmoid_",
    "sign_",
    "sin_",
    "sinc_",
    "sinh_",
    "sqrt_",
    "square_",
    "tan_",
    "tanh_",
    "trunc_",
  ] as const
) {
  const zero = ["floor_", "trunc_"].includes(name) ? allZero : {};
  op(`a.${name}()`, [positives], (f, a) => f[name](a), zero);
}
op("a.acosh_()", [constant(uniform([3], 1.5, 3))], (f, a) => f.acosh_(a));
op("(a.t().sqrt_(), a)[1]", [positives], (f, a) => {
  f.sqrt_(f.t(a));
  return a;
});
op("(a[:, 1:3].exp_(), a)[1]", [positives], (f, a) => {
  f.exp_(f.narrow(a, 1, 1, 2));
  return a;
});
op("a.neg_()", [integers([5], -9, 9)], (f, a) => f.neg_(a), exact);
for (
  const [name, python] of [
    ["atan2_", "atan2_"],
    ["copysign_", "copysign_"],
    ["floorDivide_", "floor_divide_"],
    ["fmod_", "fmod_"],
    ["hypot_", "hypot_"],
    ["remainder_", "remainder_"],
    ["xlogy_", "xlogy_"],
    ["div_", "div_"],
    ["pow_", "pow_"],
  ] as const
) {
  op(
    `a.${python}(b)`,
    [positives, constant(uniform([4], 0.2, 0.5))],
    (f, a, b) => f[name](a, b),
  );
}
op("a.clamp_(0.3, 0.5)", [positives], (f, a) => f.clamp_(a, 0.3, 0.5), exact);
op("a.clamp_min_(0.5)", [positives], (f, a) => f.clampMin_(a, 0.5), exact);
op("a.clamp_max_(0.5)", [positives], (f, a) => f.clampMax_(a, 0.5), exact);
op("a.lerp_(b, 0.25)", [fixed, positives], (f, a, b) => f.lerp_(a, b, 0.25));
op(
  "a.addcmul_(b, c, value=0.5)",
  [fixed, positives, addend],
  (f, a, b, c) => f.addcmul_(a, b, c, 0.5),
);
op("a.addcdiv_(c, b, value=2)", [fixed, positives, addend], (f, a, b, c) => f.addcdiv_(a, c, b, 2));
op(
  "a.nan_to_num_(1)",
  [constant(values(["nan", 2, "inf"]))],
  (f, a) => f.nanToNum_(a, { nan: 1 }),
  exact,
);
// whatever is drawn, these are so
op("a * 0 + 3", [fixed], (f, a) => f.uniform_(a, 3, 3), exact);
op("a * 0 + 2", [fixed], (f, a) => f.normal_(a, 2, 0), exact);
op("a * 0 + 1", [fixed], (f, a) => f.bernoulli_(a, 1), exact);
op(
  "(a * 0).bool().int().long() + 1",
  [fixed],
  (f, a) => f.to(f.to(f.gt(f.exponential_(a, 2), -1), "int32"), "int32"),
  exact,
);

const places = values([[0, 1, 2, 0], [2, 0, 0, 1]].flat(), [2, 4], "int32");
const source = constant(uniform([2, 4]));
op("a.scatter_(0, b, c)", [fixed, places, source], (_f, a, b, c) => a.scatter_(0, b, c), exact);
op("a.scatter_(0, b, 5)", [fixed, places], (_f, a, b) => a.scatter_(0, b, 5), exact);
op(
  "a.scatter_add_(0, b, c)",
  [fixed, places, source],
  (_f, a, b, c) => a.scatterAdd_(0, b, c),
);
op(
  "a.scatter_reduce_(0, b, c, 'amax')",
  [fixed, places, source],
  (_f, a, b, c) => a.scatterReduce_(0, b, c, "amax"),
  exact,
);
const rows = values([2, 0], [2], "int32");
op(
  "a.index_add_(0, b, c, alpha=2)",
  [fixed, rows, source],
  (_f, a, b, c) => a.indexAdd_(0, b, c, { alpha: 2 }),
);
op(
  "a.index_copy_(0, b, c)",
  [fixed, rows, source],
  (_f, a, b, c) => a.indexCopy_(0, b, c),
  exact,
);
op("a.index_fill_(0, b, 3)", [fixed, rows], (_f, a, b) => a.indexFill_(0, b, 3), exact);
op(
  "(a.t().index_fill_(0, b, 3), a)[1]",
  [fixed, rows],
  (f, a, b) => {
    f.t(a).indexFill_(0, b, 3);
    return a;
  },
  exact,
);
op(
  "a.masked_scatter_(b > 0, c)",
  [fixed, constant(uniform([3, 4])), constant(uniform([12]))],
  (f, a, b, c) => a.maskedScatter_(f.gt(b, 0), c),
  exact,
);
op("a.tril_()", [fixed], (_f, a) => a.tril_(), exact);
op("a.triu_(1)", [fixed], (_f, a) => a.triu_(1), exact);
op("a.fill_diagonal_(7)", [fixed], (_f, a) => a.fillDiagonal_(7), exact);
op("a.fill_diagonal_(7, True)", [constant(uniform([7, 3]))], (_f, a) => {
  return a.fillDiagonal_(7, true);
}, exact);
op("a.fill_diagonal_(7, True)", [constant(uniform([4, 3]))], (_f, a) => {
  return a.fillDiagonal_(7, true);
}, exact);
op("a.fill_diagonal_(7)", [constant(uniform([7, 3]))], (_f, a) => a.fillDiagonal_(7), exact);
op("(a * 2).fill_diagonal_(7)", [uniform([3, 3, 3])], (f, a) => {
  return f.mul(a, 2).fillDiagonal_(7);
}, exact);
op("a.unsqueeze_(1)", [fixed], (_f, a) => a.unsqueeze_(1), exact);
op("a.squeeze_()", [constant(uniform([3, 1, 2]))], (_f, a) => a.squeeze_(), exact);
op("a.transpose_(0, 1) * 2", [fixed], (f, a) => f.mul(a.transpose_(0, 1), 2), exact);
op("a.t_()", [fixed], (_f, a) => a.t_(), exact);
