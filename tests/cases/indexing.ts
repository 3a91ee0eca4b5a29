import { integers, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact } from "./case.ts";

/** Joining and indexing. */
export const indexing: Case[] = [];
const op = adder(indexing);

op(
  "torch.cat([a, b], 0)",
  [uniform([2, 3]), uniform([4, 3])],
  (f, ...list) => f.cat(list, 0),
  exact,
);
op(
  "torch.cat([a, b], -1)",
  [uniform([3, 2]), uniform([3, 5])],
  (f, ...list) => f.cat(list, -1),
  exact,
);
op(
  "torch.cat([a, b, c], 1)",
  [uniform([2, 1, 4]), uniform([2, 3, 4]), uniform([2, 2, 4])],
  (f, ...list) => f.cat(list, 1),
  exact,
);
op("torch.cat([a], 0)", [uniform([3])], (f, a) => f.cat([a], 0), exact);
op("torch.cat([a, a], 0)", [uniform([3])], (f, a) => f.cat([a, a], 0));
op("torch.cat([a, b.t()], 1)", [uniform([2, 3]), uniform([4, 2])], (f, a, b) => {
  return f.cat([a, f.t(b)], 1);
}, exact);
op(
  "torch.cat([a, b], 0)",
  [uniform([0, 3]), uniform([2, 3])],
  (f, ...list) => f.cat(list, 0),
  exact,
);
op(
  "torch.cat([a, b], 0)",
  [integers([3], 0, 9), integers([2], 0, 9)],
  (f, ...list) => f.cat(list, 0),
  exact,
);
op("torch.stack([a, b], 0)", [uniform([3]), uniform([3])], (f, ...list) => f.stack(list, 0), exact);
op(
  "torch.stack([a, b], -1)",
  [uniform([2, 3]), uniform([2, 3])],
  (f, ...list) => f.stack(list, -1),
  exact,
);
op(
  "torch.stack([a, b, c], 1)",
  [uniform([2, 3]), uniform([2, 3]), uniform([2, 3])],
  (f, ...list) => f.stack(list, 1),
  exact,
);
op("torch.stack([a, b], 0)", [uniform([]), uniform([])], (f, ...list) => f.stack(list, 0), exact);
op("a.index_select(0, b)", [uniform([4, 3]), values([2, 0, 2], [3], "int32")], (f, a, b) => {
  return f.indexSelect(a, 0, b);
});
op("a.index_select(1, b)", [uniform([2, 4, 3]), values([3, 1], [2], "int32")], (f, a, b) => {
  return f.indexSelect(a, 1, b);
});
op("a.index_select(-1, b)", [uniform([3, 4]), values([0, 0, 0, 3], [4], "int32")], (f, a, b) => {
  return f.indexSelect(a, -1, b);
});
op("a.index_select(0, b)", [uniform([4, 3]), values([], [0], "int32")], (f, a, b) => {
  return f.indexSelect(a, 0, b);
});
op("a.t().index_select(0, b)", [uniform([3, 4]), values([1, 3], [2], "int32")], (f, a, b) => {
  return f.indexSelect(f.t(a), 0, b);
});
op("a.gather(1, b)", [uniform([3, 4]), integers([3, 2], 0, 4)], (f, a, b) => f.gather(a, 1, b));
op("a.gather(0, b)", [uniform([3, 4]), integers([5, 4], 0, 3)], (f, a, b) => f.gather(a, 0, b));
op("a.gather(0, b)", [uniform([3, 4]), integers([2, 3], 0, 3)], (f, a, b) => f.gather(a, 0, b));
op("a.gather(-1, b)", [uniform([2, 3, 4]), integers([2, 3, 6], 0, 4)], (f, a, b) => {
  return f.gather(a, -1, b);
});
op("a.gather(1, b)", [uniform([64, 10]), integers([64, 1], 0, 10)], (f, a, b) => f.gather(a, 1, b));

// copies of which a part is another tensor
for (const dim of [0, 1, -1]) {
  const shape = [2, 3, 4].toSpliced(dim, 1);
  op(
    `torch.select_scatter(a, b, ${dim}, -1)`,
    [uniform([2, 3, 4]), uniform(shape)],
    (f, a, b) => f.selectScatter(a, b, dim, -1),
    exact,
  );
}
op(
  "torch.select_scatter(a.t(), b, 0, 1)",
  [uniform([4, 3]), uniform([4])],
  (f, a, b) => f.selectScatter(f.t(a), b, 0, 1),
  exact,
);
op(
  "torch.slice_scatter(a, b, 1, 1, None, 2)",
  [uniform([3, 6]), uniform([3, 3])],
  (f, a, b) => f.sliceScatter(a, b, 1, 1, null, 2),
  exact,
);
op(
  "torch.slice_scatter(a, b, -1, -2)",
  [uniform([3, 6]), uniform([3, 2])],
  (f, a, b) => f.sliceScatter(a, b, -1, -2),
  exact,
);
op(
  "torch.slice_scatter(a, b)",
  [uniform([2, 3]), uniform([2, 3])],
  (f, a, b) => f.sliceScatter(a, b),
  { ...exact, ...allZero },
);
op(
  "torch.diagonal_scatter(a, b, 1)",
  [uniform([3, 4]), uniform([3])],
  (f, a, b) => f.diagonalScatter(a, b, 1),
  exact,
);
op(
  "torch.diagonal_scatter(a, b, -1, 0, 2)",
  [uniform([3, 2, 4]), uniform([2, 2])],
  (f, a, b) => f.diagonalScatter(a, b, -1, 0, 2),
  exact,
);
