import { constant, integers, mask, spaced, uniform, values } from "../prng.ts";
import { adder, type Case, exact, exactKink, floats, kink } from "./case.ts";

/** What depends on the order of elements. */
export const order: Case[] = [];
const op = adder(order);

const edges = values([3, "nan", -0.5, 0, "inf", "-inf", 3, -2, "nan", 1e-40, -1e-40, 0], [2, 6]);
for (const [dim, shape] of [[1, [3, 7]], [0, [9, 4]], [-1, [2, 3, 45]], [1, [2, 5, 3]]] as const) {
  op(`a.sort(${dim})[0]`, [spaced([...shape])], (f, a) => f.sort(a, dim).values, exact);
  op(
    `torch.argsort(a, dim=${dim}, descending=True, stable=True)`,
    [constant(floats([...shape]))],
    (f, a) => f.argsort(a, dim, true, true),
    exact,
  );
}
op("a.sort(descending=True)[0]", [spaced([3300])], (f, a) => f.sort(a, -1, true).values, exact);
op(
  "torch.sort(a, stable=True)[1]",
  [integers([300], -20, 20)],
  (f, a) => f.sort(a, -1, false, true).indices,
  exact,
);
op("torch.sort(a, dim=1, stable=True)[0]", [edges], (f, a) => f.sort(a, 1).values, exactKink);
op(
  "torch.argsort(a, dim=1, descending=True, stable=True)",
  [constant(edges)],
  (f, a) => f.argsort(a, 1, true),
  exact,
);
op("torch.sort(a, stable=True)[0]", [mask([50])], (f, a) => f.sort(a).values, exact);
op("a.sort(0)[0]", [uniform([])], (f, a) => f.sort(a, 0).values);
op("a.sort(1)[0]", [uniform([3, 0])], (f, a) => f.sort(a, 1).values);
op("a.msort()", [spaced([5, 3])], (f, a) => f.msort(a), exact);
op("a.topk(3)[0]", [spaced([4, 9])], (f, a) => f.topk(a, 3).values, exact);
op("a.topk(3)[1]", [constant(spaced([4, 9]))], (f, a) => f.topk(a, 3).indices, exact);
op("a.topk(2, 0, False)[0]", [spaced([100, 3])], (f, a) => f.topk(a, 2, 0, false).values, exact);
op("a.topk(7)[1]", [constant(spaced([3300]))], (f, a) => f.topk(a, 7).indices, exact);
op("a.topk(2, 1)[0]", [edges], (f, a) => f.topk(a, 2, 1).values, exactKink);
op("a.kthvalue(2, 1)[0]", [spaced([3, 5])], (f, a) => f.kthvalue(a, 2, 1).values, exact);
op(
  "a.kthvalue(4, 0, True)[1]",
  [constant(spaced([5, 3]))],
  (f, a) => f.kthvalue(a, 4, 0, true).indices,
  exact,
);
op("a.median()", [spaced([3, 4])], (f, a) => f.median(a), exact);
op(
  "a.median(1)[0]",
  [values([1, "nan", 3, 5, 2, 4], [2, 3])],
  (f, a) => f.median(a, 1).values,
  exactKink,
);
op(
  "a.median(0, True)[1]",
  [constant(spaced([5, 3]))],
  (f, a) => f.median(a, 0, true).indices,
  exact,
);
op("a.median()", [values([1, 2, 2, 3, 2, 0], [2, 3])], (f, a) => f.median(a), kink);
op("a.median()", [integers([7], 0, 50)], (f, a) => f.median(a), exact);
op(
  "a.nanmedian(1)[0]",
  [values([1, "nan", 3, "nan", "nan", "nan"], [2, 3])],
  (f, a) => f.nanmedian(a, 1).values,
  exactKink,
);
op("a.nanmedian()", [values([1, "nan", 3, 2])], (f, a) => f.nanmedian(a), exactKink);
op("a.mode(1)[0]", [values([1, 2, 2, 3, 3, 3], [2, 3])], (f, a) => f.mode(a, 1).values, exactKink);
op(
  "a.mode(0, True)[1]",
  [values([2, 1, 2, 3, 3, 1], [3, 2], "int32")],
  (f, a) => f.mode(a, 0, true).indices,
  exact,
);
op("a.quantile(0.3)", [spaced([9])], (f, a) => f.quantile(a, 0.3), kink);
op(
  "a.quantile(b, 1)",
  [spaced([3, 5]), constant(values([0, 0.4, 1]))],
  (f, a, b) => f.quantile(a, b, 1),
  kink,
);
op(
  "a.quantile(0.6, 0, True, interpolation='nearest')",
  [spaced([5, 3])],
  (f, a) => f.quantile(a, 0.6, 0, { keepdim: true, interpolation: "nearest" }),
  kink,
);
op(
  "a.quantile(0.3, 1, interpolation='midpoint')",
  [spaced([3, 4])],
  (f, a) => f.quantile(a, 0.3, 1, { interpolation: "midpoint" }),
  kink,
);
op(
  "a.quantile(0.5, 1)",
  [values([1, "nan", 3, 5, 2, 4], [2, 3])],
  (f, a) => f.quantile(a, 0.5, 1),
  kink,
);
op(
  "a.nanquantile(0.5, 1)",
  [values([1, "nan", 3, 5, 2, 4], [2, 3])],
  (f, a) => f.nanquantile(a, 0.5, 1),
  kink,
);
