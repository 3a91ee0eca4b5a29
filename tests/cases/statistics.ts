import { constant, type Input, integers, mask, spaced, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact, floats, kink, special } from "./case.ts";

/** Variances, norms, products, scans, and what counts; beside `reductions.ts`. */
export const statistics: Case[] = [];
const op = adder(statistics);

const cube = uniform([3, 4, 5]);
const withNaN = values([1, "nan", 3, -2, "nan", "nan"], [2, 3]);
for (
  const [dim, python] of [[undefined, "None"], [0, "0"], [-1, "-1"], [[0, 2], "(0, 2)"]] as const
) {
  op(`a.var(${python}, keepdim=True)`, [cube], (f, a) => f.var(a, dim, { keepdim: true }));
  op(`a.std(${python}, correction=0)`, [cube], (f, a) => f.std(a, dim, { correction: 0 }));
}
op("a.std()", [uniform([97, 103])], (f, a) => f.std(a));
op("a.var(1)", [values([1, 1, 1, 2, 4, 6], [2, 3])], (f, a) => f.var(a, 1), kink);
op("a.std(1)", [values([1, 1, 1, 2, 4, 6], [2, 3])], (f, a) => f.std(a, 1), kink);
op("a.var(1)", [uniform([3, 1])], (f, a) => f.var(a, 1), kink);
op("torch.std_mean(a, 1)[0]", [cube], (f, a) => f.stdMean(a, 1)[0]);
op("torch.std_mean(a, 1)[1]", [cube], (f, a) => f.stdMean(a, 1)[1]);
op(
  "torch.var_mean(a, unbiased=False)[0]",
  [cube],
  (f, a) => f.varMean(a, undefined, { unbiased: false })[0],
);
op("a.logsumexp(1)", [uniform([3, 4], -3, 3)], (f, a) => f.logsumexp(a, 1));
op("a.logsumexp((0, 2), True)", [cube], (f, a) => f.logsumexp(a, [0, 2], true));
op(
  "a.logsumexp(1)",
  [values([1, "inf", "-inf", "-inf", 200, 201], [3, 2])],
  (f, a) => f.logsumexp(a, 1),
  kink,
);
op("a.logsumexp(0)", [uniform([0, 3])], (f, a) => f.logsumexp(a, 0), kink);
for (
  const [p, python] of [
    [2, "2"],
    [1, "1"],
    [0, "0"],
    [Infinity, "float('inf')"],
    [-Infinity, "-float('inf')"],
    [3, "3"],
    [1.5, "1.5"],
    [0.5, "0.5"],
  ] as const
) {
  const options = p === 0 || p === -Infinity ? { ...kink, ...allZero } : kink;
  const given = p === 0 ? constant : (x: Input) => x; // PyTorch has no gradient of a count
  op(
    `torch.norm(a, ${python}, 1)`,
    [given(uniform([3, 5], 0.2, 1))],
    (f, a) => f.norm(a, p, 1),
    options,
  );
  op(
    `torch.linalg.vector_norm(a, ${python})`,
    [given(values([0, 3, -4, 4]))],
    (f, a) => f.vectorNorm(a, p),
    options,
  );
}
op("torch.norm(a)", [uniform([131, 7])], (f, a) => f.norm(a));
op("torch.norm(a, 2, (0, 2), True)", [cube], (f, a) => f.norm(a, 2, [0, 2], true));
op("torch.norm(a, dim=0)", [uniform([33, 21])], (f, a) => f.norm(a, "fro", 0));
op("torch.linalg.matrix_norm(a)", [cube], (f, a) => f.matrixNorm(a));
op("torch.linalg.matrix_norm(a, 1)", [cube], (f, a) => f.matrixNorm(a, 1), kink);
op(
  "torch.linalg.matrix_norm(a, -float('inf'), (0, 1), True)",
  [cube],
  (f, a) => f.matrixNorm(a, -Infinity, [0, 1], true),
  kink,
);
op("torch.linalg.norm(a)", [cube], (f, a) => f.linalgNorm(a));
op("torch.linalg.norm(a, 1)", [uniform([3, 4])], (f, a) => f.linalgNorm(a, 1), kink);
op("F.normalize(a)", [uniform([3, 4])], (f, a) => f.normalize(a));
op("F.normalize(a, 1, 0)", [uniform([3, 4], 0.1, 1)], (f, a) => f.normalize(a, { p: 1, dim: 0 }));
op("a.prod()", [uniform([3, 4], 0.5, 1.5)], (f, a) => f.prod(a));
op("a.prod(1)", [uniform([3, 7], 0.5, 1.5)], (f, a) => f.prod(a, 1));
op("a.prod(0, True)", [uniform([6, 19], 0.5, 1.5)], (f, a) => f.prod(a, 0, true));
op("a.prod(1)", [values([1, 2, 3, 0, 2, 3, 0, 2, 0], [3, 3])], (f, a) => f.prod(a, 1), kink);
op("a.prod(1)", [integers([4, 5], -3, 4)], (f, a) => f.prod(a, 1), exact);
op("a.prod(0)", [integers([5, 4], 1, 4)], (f, a) => f.prod(a, 0), exact);
op("a.prod(0)", [uniform([0, 3])], (f, a) => f.prod(a, 0), kink);
op(
  "a.sum(1, dtype=torch.int64)",
  [constant(uniform([2, 3], 0, 9))],
  (f, a) => f.sum(a, 1, false, "int32"),
  exact,
);
op("a.float().mean()", [integers([5], 0, 9)], (f, a) => f.mean(a));
op("a.nansum(1)", [withNaN], (f, a) => f.nansum(a, 1), kink);
op("a.nanmean(1)", [withNaN], (f, a) => f.nanmean(a, 1), kink);
op("torch.aminmax(a)[0]", [spaced([7])], (f, a) => f.aminmax(a).min, kink);
op("torch.aminmax(a, dim=1)[1]", [floats([3, 7])], (f, a) => f.aminmax(a, 1).max, kink);
op("a.any()", [mask([9])], (f, a) => f.any(a), exact);
op("a.any(1)", [constant(floats([4, 3]))], (f, a) => f.any(a, 1), exact);
op("a.any((0, 2), True)", [integers([2, 3, 2], 0, 2)], (f, a) => f.any(a, [0, 2], true), exact);
op("a.any(0)", [mask([0, 3])], (f, a) => f.any(a, 0), { ...exact, ...allZero });
op("a.all(1)", [integers([5, 2], 0, 2, "uint8")], (f, a) => f.all(a, 1), exact);
op("a.all()", [values(special)], (f, a) => f.all(a), { ...exact, ...kink });
op("a.all(0)", [mask([0, 3])], (f, a) => f.all(a, 0), exact);
op("a.count_nonzero()", [constant(floats([4, 5]))], (f, a) => f.countNonzero(a), exact);
op("a.count_nonzero(1)", [mask([4, 5])], (f, a) => f.countNonzero(a, 1), exact);

for (const dim of [0, 1, -1]) {
  op(`a.cumsum(${dim})`, [cube], (f, a) => f.cumsum(a, dim));
  op(`a.cumprod(${dim})`, [uniform([3, 4, 5], 0.5, 1.5)], (f, a) => f.cumprod(a, dim));
}
op("a.cumsum(0)", [uniform([1003])], (f, a) => f.cumsum(a, 0));
op("a.cumsum(1)", [mask([3, 5])], (f, a) => f.cumsum(a, 1), exact);
op("a.cumsum(0)", [uniform([])], (f, a) => f.cumsum(a, 0));
op("a.cumsum(1)", [uniform([3, 0])], (f, a) => f.cumsum(a, 1));
op("a.cumprod(0)", [integers([5], 1, 4)], (f, a) => f.cumprod(a, 0), exact);
op(
  "a.cumprod(1)",
  [values([2, 0, 3, 4, 0, 5, 0, 1, 2, 3], [2, 5])],
  (f, a) => f.cumprod(a, 1),
  kink,
);
op("a.cummax(1)[0]", [floats([3, 9])], (f, a) => f.cummax(a, 1).values, kink);
op("a.cummax(1)[1]", [constant(floats([3, 9]))], (f, a) => f.cummax(a, 1).indices, exact);
op(
  "a.cummin(0)[0]",
  [values([3, "nan", 2, 1, 5, 0], [3, 2])],
  (f, a) => f.cummin(a, 0).values,
  kink,
);
op("a.cummin(0)[1]", [integers([9, 2], 0, 5)], (f, a) => f.cummin(a, 0).indices, exact);
op("a.logcumsumexp(1)", [uniform([3, 5], -3, 3)], (f, a) => f.logcumsumexp(a, 1));
op("a.logcumsumexp(0)", [values(["-inf", "-inf", 1, 20])], (f, a) => f.logcumsumexp(a, 0), kink);
op("torch.diff(a)", [uniform([3, 5])], (f, a) => f.diff(a));
op(
  "torch.diff(a, 2, 0, b)",
  [uniform([3, 2]), uniform([1, 2])],
  (f, a, prepend) => f.diff(a, { n: 2, dim: 0, prepend }),
);
op("torch.diff(a)", [mask([7])], (f, a) => f.diff(a), exact);
op("torch.trapezoid(a)", [uniform([3, 5])], (f, a) => f.trapezoid(a));
op("torch.trapezoid(a, b)", [uniform([3, 5]), uniform([5])], (f, a, b) => f.trapezoid(a, b));
op(
  "torch.trapezoid(a, dx=0.5, dim=0)",
  [uniform([3, 5])],
  (f, a) => f.trapezoid(a, null, { dx: 0.5, dim: 0 }),
);
op("torch.cumulative_trapezoid(a)", [uniform([3, 5])], (f, a) => f.cumulativeTrapezoid(a));

const variables = uniform([3, 6]);
op("torch.cov(a)", [variables], (f, a) => f.cov(a));
op("torch.cov(a, correction=0)", [uniform([7])], (f, a) => f.cov(a, { correction: 0 }));
op(
  "torch.cov(a, fweights=b, aweights=c)",
  [variables, integers([6], 1, 4), constant(uniform([6], 0.5, 2))],
  (f, a, b, c) => f.cov(a, { fweights: b, aweights: c }),
);
op("torch.corrcoef(a)", [variables], (f, a) => f.corrcoef(a), { leastScale: 1 });

// whatever is drawn, it is one class
op(
  "F.gumbel_softmax(a, hard=True).amax(-1).detach() + a[..., 0] * 0",
  [uniform([2, 3])],
  (f, a) => f.amax(f.gumbelSoftmax(a, { hard: true }), -1).detach().add(a.select(-1, 0).mul(0)),
  { ...allZero, smooth: false },
);

op("torch.histc(a, 7, -1, 1)", [constant(uniform([67, 3]))], (f, a) => f.histc(a, 7, -1, 1), exact);
op("torch.histc(a, 5)", [constant(uniform([40]))], (f, a) => f.histc(a, 5), exact);
op(
  "torch.histc(a, 4, 0, 3)",
  [constant(values([0, 3, 1, 2, -1, 4, 0.75, 1.5, 2.25, "nan", "inf", "-inf"]))],
  (f, a) => f.histc(a, 4, 0, 3),
  exact,
);
op("torch.histc(a, 3)", [constant(values([2, 2, 2]))], (f, a) => f.histc(a, 3), exact);
op("torch.histc(a, 3, 1, 1)", [constant(values([1, 5, 0]))], (f, a) => f.histc(a, 3, 1, 1), exact);
