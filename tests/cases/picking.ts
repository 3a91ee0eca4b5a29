import { slice } from "../../src/ops/indexed.ts";
import { constant, integers, mask, spaced, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact, exactKink, kink } from "./case.ts";

/** What an index names, writing by index, and masks. */
export const picking: Case[] = [];
const op = adder(picking);

const cube = uniform([3, 4, 5]);
const all = slice();
const i = values([2, 0, -1], [3], "int32");
const j = values([1, 1, -4], [3], "int32");
op("a[1, ::2, None]", [cube], (f, a) => f.index(a, [1, slice(null, null, 2), null]), exact);
op("a[..., -1, 1:-1]", [cube], (f, a) => f.index(a, ["...", -1, slice(1, -1)]), exact);
op("a[5:, -9:2:3]", [cube], (f, a) => f.index(a, [slice(5), slice(-9, 2, 3)]), exact);
op("a[None][..., 0]", [uniform([2])], (f, a) => f.index(f.index(a, null), ["...", 0]), exact);
op("a[...]", [uniform([])], (f, a) => f.index(a, ["..."]), exact);
op("a[[2, 0, 2]]", [cube], (f, a) => f.index(a, [[2, 0, 2]]));
op("a[:, b]", [cube, j], (f, a, b) => f.index(a, [all, b]));
op("a[b, c]", [cube, i, j], (f, a, b, c) => f.index(a, [b, c]));
op("a[b, :, c]", [cube, i, j], (f, a, b, c) => f.index(a, [b, all, c]));
op("a[b[:, None], c]", [cube, i, j], (f, a, b, c) => {
  return f.index(a, [f.unsqueeze(b, 1), c]);
});
op("a[1, :, b]", [cube, i], (f, a, b) => f.index(a, [1, all, b]));
op("a[b]", [uniform([3, 4]), mask([3, 4])], (f, a, b) => f.index(a, [b]));
op("a[b, 1:]", [cube, mask([3])], (f, a, b) => f.index(a, [b, slice(1)]));
op("a[:, b, None]", [cube, mask([4, 5])], (f, a, b) => f.index(a, [all, b, null]));
op("a[b, c]", [cube, mask([3, 4]), values([1], [1], "int32")], (f, a, b, c) => {
  return f.index(a, [b, c]);
});
op("a[True]", [uniform([2])], (f, a) => f.index(a, [true]));
op("a[False]", [uniform([2])], (f, a) => f.index(a, [false]));
op("a.t()[b]", [uniform([2, 4]), j], (f, a, b) => f.index(f.t(a), [b]));
op("a[b]", [integers([4], 0, 9, "uint8"), i], (f, a, b) => f.index(a, [b]), exact);

const fixed = constant(uniform([3, 4]));
op(
  "a.index_put((b,), c)",
  [uniform([3, 4]), values([2, 0], [2], "int32"), uniform([4])],
  (f, a, b, c) => {
    return f.indexPut(a, [b], c);
  },
);
op(
  "a.index_put((b, c), d, accumulate=True)",
  [uniform([3, 4]), i, j, uniform([3])],
  (f, a, b, c, d) => {
    return f.indexPut(a, [b, c], d, { accumulate: true });
  },
);
op("(a.index_put_((b,), c), a)[1]", [fixed, mask([3, 4]), constant(uniform([]))], (f, a, b, c) => {
  return f.indexPut_(a, [b], c);
}, exact);
op(
  "(a.t().index_put_((b,), c, accumulate=True), a)[1]",
  [fixed, i, constant(uniform([3]))],
  (f, a, b, c) => {
    f.indexPut_(f.t(a), [b], c, { accumulate: true });
    return a;
  },
);
op(
  "(a[:, 1::2].fill_(7), a)[1]",
  [fixed],
  (f, a) => f.indexPut_(a, [all, slice(1, null, 2)], 7),
  exact,
);
op("(a[1].add_(b), a)[1]", [fixed, constant(uniform([4]))], (f, a, b) => {
  return f.indexPut_(a, [1], b, { accumulate: true });
}, exact);
op("(a.index_put_((b,), c, accumulate=True), a)[1]", [
  integers([4], 0, 9, "uint8"),
  i,
  integers([3], 0, 9, "uint8"),
], (f, a, b, c) => {
  return f.indexPut_(a, [b], c, { accumulate: true });
}, exact);

const at = integers([2, 3], 0, 3);
const apart = values([0, 1, 2, 2, 0, 1], [2, 3], "int32"); // no place twice in a column
const src = uniform([3, 4]);
op(
  "a.gather(0, b)",
  [uniform([]), values([0, 0], [2], "int32")],
  (f, a, b) => f.gather(a, 0, b),
);
op(
  "a.scatter(0, b, c)",
  [src, apart, uniform([2, 3])],
  (f, a, b, c) => f.scatter(a, 0, b, c),
  exact,
);
op("a.scatter(1, b, 2.5)", [src, at], (f, a, b) => f.scatter(a, 1, b, 2.5), exact);
op(
  "a.scatter(-1, b, 7)",
  [integers([3, 4], -9, 9), at],
  (f, a, b) => f.scatter(a, -1, b, 7),
  exact,
);
op("a.scatter(1, b, 2.5, reduce='add')", [constant(src), at], (f, a, b) => {
  return f.scatter(a, 1, b, 2.5, { reduce: "add" });
});
op("a.scatter_add(0, b, c)", [src, at, uniform([2, 3])], (f, a, b, c) => f.scatterAdd(a, 0, b, c));
op(
  "a.scatter_add(1, b, c)",
  [integers([2, 4], -9, 9), at, integers([2, 3], -9, 9)],
  (f, a, b, c) => {
    return f.scatterAdd(a, 1, b, c);
  },
  exact,
);
const between = values([-0.5, 0.25, 0.5, -0.25, 1, -0.75], [2, 3]); // no ties with what is spaced
for (const reduce of ["sum", "prod", "mean", "amax", "amin"] as const) {
  for (const includeSelf of [true, false]) {
    const python = `reduce='${reduce}', include_self=${includeSelf ? "True" : "False"}`;
    op(
      `a.scatter_reduce(0, b, c, ${python})`,
      [spaced([3, 4]), at, between],
      (f, a, b, c) => {
        return f.scatterReduce(a, 0, b, c, reduce, { includeSelf });
      },
      includeSelf || reduce[0] !== "a" ? {} : kink, // ties with what does not take part
    );
  }
}
op(
  "a.scatter_reduce(0, b, c, reduce='prod')",
  [
    values([2, 0, 3, 4]),
    values([0, 0, 1, 1, 2], [5], "int32"),
    values([0, 3, 4, 5, 0]),
  ],
  (f, a, b, c) => f.scatterReduce(a, 0, b, c, "prod"),
  kink,
);
op(
  "a.scatter_reduce(0, b, c, reduce='amax')",
  [
    values([2, 1, 3]),
    values([0, 0, 1, 1, 0], [5], "int32"),
    values([2, 1, 4, 4, "nan"]),
  ],
  (f, a, b, c) => f.scatterReduce(a, 0, b, c, "amax"),
  kink,
);
op("a.scatter_reduce(0, b, c, reduce='mean')", [
  integers([3], -9, 9),
  values([0, 0, 1], [3], "int32"),
  integers([3], -9, 9),
], (f, a, b, c) => {
  return f.scatterReduce(a, 0, b, c, "mean");
}, exact);

const rows = values([2, 0], [2], "int32");
op("a.index_add(0, b, c, alpha=-0.5)", [src, rows, uniform([2, 4])], (f, a, b, c) => {
  return f.indexAdd(a, 0, b, c, { alpha: -0.5 });
});
op(
  "a.index_add(1, b, c)",
  [integers([2, 3], -9, 9), rows, integers([2, 2], -9, 9)],
  (f, a, b, c) => {
    return f.indexAdd(a, 1, b, c);
  },
  exact,
);
op(
  "a.index_copy(-1, b, c)",
  [src, rows, uniform([3, 2])],
  (f, a, b, c) => f.indexCopy(a, -1, b, c),
  exact,
);
op("a.index_fill(1, b, 7)", [src, rows], (f, a, b) => f.indexFill(a, 1, b, 7), exact);
op(
  "a.index_fill(0, b, c)",
  [src, rows, uniform([])],
  (f, a, b, c) => f.indexFill(a, 0, b, c),
);
for (const reduce of ["prod", "mean", "amax", "amin"] as const) {
  op(`a.index_reduce(0, b, c, '${reduce}')`, [
    spaced([3, 4]),
    values([2, 0, 2], [3], "int32"),
    values([0, 0.5, -1, 2, 0.25, -0.5, 1, -1.5, -0.25, 0.75, 3, -0.75], [3, 4]),
  ], (f, a, b, c) => {
    return f.indexReduce(a, 0, b, c, reduce);
  });
}

op("a.masked_fill(b, 7)", [src, mask([4])], (f, a, b) => f.maskedFill(a, b, 7), exact);
op("a.masked_fill(b, c)", [src, mask([3, 4]), uniform([])], (f, a, b, c) => f.maskedFill(a, b, c));
op(
  "a.masked_fill(b, 7)",
  [integers([4], 0, 9, "uint8"), mask([4])],
  (f, a, b) => f.maskedFill(a, b, 7),
  exact,
);
op("(a.t().masked_fill_(b, -1), a)[1]", [fixed, mask([4, 3])], (f, a, b) => {
  f.maskedFill_(f.t(a), b, -1);
  return a;
}, exact);
op("a.masked_select(b)", [src, mask([3, 1])], (f, a, b) => f.maskedSelect(a, b));
op(
  "a.masked_scatter(b, c)",
  [src, mask([3, 4]), uniform([12])],
  (f, a, b, c) => f.maskedScatter(a, b, c),
  exact,
);
op("a.take(b)", [src, values([0, -1, 5, 5], [2, 2], "int32")], (f, a, b) => f.take(a, b));
op(
  "torch.take_along_dim(a, b, 1)",
  [src, integers([1, 2], 0, 4)],
  (f, a, b) => f.takeAlongDim(a, b, 1),
);
op(
  "torch.take_along_dim(a, b)",
  [src, integers([2, 2], 0, 12)],
  (f, a, b) => f.takeAlongDim(a, b),
);

op("a.nonzero()", [integers([3, 4], 0, 2)], (f, a) => f.nonzero(a), exactKink);
op("torch.argwhere(a)", [mask([2, 2, 3])], (f, a) => f.argwhere(a), exactKink);
op("torch.where(a)[1]", [mask([3, 4])], (f, a) => f.where(a)[1]!, exactKink);
for (const [dtype, cast] of [["int32", ""], ["uint8", ".long()"]] as const) {
  op(
    `torch.stack(torch.unravel_index(a${cast}, (3, 4, 2)))`,
    [integers([2, 5], 0, 24, dtype)],
    (f, a) => f.stack(f.unravelIndex(a, [3, 4, 2])),
    exact,
  );
}
op("torch.bincount(a, minlength=7)", [integers([9], 0, 5)], (f, a) => {
  return f.bincount(a, { minlength: 7 });
}, exactKink);
op("torch.bincount(a, b).to(b.dtype)", [integers([9], 0, 5), constant(uniform([9]))], (f, a, b) => {
  return f.bincount(a, { weights: b });
});
op("torch.unique(a)", [integers([4, 3], -2, 3)], (f, a) => f.unique(a), exactKink);
op("torch.unique(a, return_inverse=True)[1]", [integers([4, 3], -2, 3)], (f, a) => {
  return f.unique(a, { returnInverse: true })[1]!;
}, exactKink);
op("torch.unique(a, dim=1, return_counts=True)[1]", [integers([2, 9], 0, 2)], (f, a) => {
  return f.unique(a, { dim: 1, returnCounts: true })[1]!;
}, exactKink);
op(
  "torch.unique_consecutive(a)",
  [constant(values([1, 1, 2, 2, 1]))],
  (f, a) => f.uniqueConsecutive(a),
  exactKink,
);
const bounds = values([-1, 0, 0, 2], [4], "int32");
op(
  "torch.searchsorted(a, b)",
  [bounds, integers([3, 4], -2, 4)],
  (f, a, b) => f.searchsorted(a, b),
  exactKink,
);
op(
  "torch.searchsorted(a, b, right=True)",
  [bounds, integers([3, 4], -2, 4)],
  (f, a, b) => {
    return f.searchsorted(a, b, { right: true });
  },
  exactKink,
);
op(
  "torch.bucketize(b, a)",
  [bounds, integers([3, 4], -2, 4)],
  (f, a, b) => f.bucketize(b, a),
  exactKink,
);
op("torch.isin(a, b)", [integers([3, 4], -2, 4), bounds], (f, a, b) => f.isin(a, b), exactKink);
op("torch.poisson(a)", [constant(values([0, 0, 0]))], (f, a) => f.poisson(a), {
  ...exactKink,
  ...allZero,
});
op("torch.bernoulli(a)", [constant(values([1, 0, 0, 1]))], (f, a) => f.bernoulli(a), exactKink);
op("torch.multinomial(a, 1)", [constant(values([0, 2, 0, 0, 0, 1], [2, 3]))], (f, a) => {
  return f.multinomial(a, 1);
}, exactKink);
op(
  "torch.normal(a, 0 * a)",
  [constant(uniform([2, 3]))],
  (f, a) => f.normal(a, f.mul(a, 0)),
  exactKink,
);
