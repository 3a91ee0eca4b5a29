import { integers, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact, kink } from "./case.ts";

/** Products by PyTorch's names. */
export const linearAlgebra: Case[] = [];
const op = adder(linearAlgebra);

const batches = [uniform([2, 3, 4]), uniform([2, 4, 5])];
op("torch.outer(a, b)", [uniform([3]), uniform([5])], (f, a, b) => f.outer(a, b));
op("torch.dot(a, b)", [uniform([17]), uniform([17])], (f, a, b) => f.dot(a, b));
op(
  "torch.dot(a, b)",
  [integers([9], -9, 9), integers([9], -9, 9)],
  (f, a, b) => f.dot(a, b),
  exact,
);
op("torch.vdot(a, b)", [uniform([5]), uniform([5])], (f, a, b) => f.vdot(a, b));
op("torch.mv(a, b)", [uniform([3, 5]), uniform([5])], (f, a, b) => f.mv(a, b));
op("torch.mm(a, b)", [uniform([3, 5]), uniform([5, 2])], (f, a, b) => f.mm(a, b));
op(
  "torch.mm(a, b)",
  [integers([3, 5], -9, 9), integers([5, 2], -9, 9)],
  (f, a, b) => f.mm(a, b),
  exact,
);
op("a @ b", [integers([2, 3, 5], -9, 9), integers([5], -9, 9)], (f, a, b) => f.matmul(a, b), exact);
op("torch.bmm(a, b)", batches, (f, a, b) => f.bmm(a, b));
op(
  "torch.addmm(a, b, c, beta=0.5, alpha=2)",
  [uniform([5]), uniform([3, 4]), uniform([4, 5])],
  (f, a, b, c) => f.addmm(a, b, c, { beta: 0.5, alpha: 2 }),
);
op(
  "torch.addmm(a, b, c, beta=0)",
  [values(["nan", 1], [2]), uniform([3, 4]), uniform([4, 2])],
  (f, a, b, c) => f.addmm(a, b, c, { beta: 0 }),
  { ...kink, allZero: true },
);
op(
  "torch.addmv(a, b, c)",
  [uniform([3]), uniform([3, 4]), uniform([4])],
  (f, a, b, c) => f.addmv(a, b, c),
);
op(
  "torch.addr(a, b, c, alpha=3)",
  [uniform([3, 4]), uniform([3]), uniform([4])],
  (f, a, b, c) => f.addr(a, b, c, { alpha: 3 }),
);
op("torch.baddbmm(a, b, c)", [uniform([3, 5]), ...batches], (f, a, b, c) => f.baddbmm(a, b, c));
op("torch.addbmm(a, b, c)", [uniform([3, 5]), ...batches], (f, a, b, c) => f.addbmm(a, b, c));
op("torch.inner(a, b)", [uniform([2, 3, 4]), uniform([5, 4])], (f, a, b) => f.inner(a, b));
op(
  "torch.tensordot(a, b)",
  [uniform([2, 3, 4]), uniform([3, 4, 5])],
  (f, a, b) => f.tensordot(a, b),
);
op(
  "torch.tensordot(a, b, ([0, 2], [1, 0]))",
  [uniform([2, 3, 4]), uniform([4, 2, 5])],
  (f, a, b) => f.tensordot(a, b, [[0, 2], [1, 0]]),
);
op("torch.kron(a, b)", [uniform([2, 3]), uniform([4])], (f, a, b) => f.kron(a, b));
op(
  "torch.linalg.cross(a, b, dim=1)",
  [uniform([2, 3]), uniform([1, 3])],
  (f, a, b) => f.cross(a, b, 1),
);
op(
  "torch.linalg.multi_dot([a, b, c])",
  [uniform([5]), uniform([5, 4]), uniform([4, 2])],
  (f, ...list) => f.multiDot(list),
);
op(
  "torch.chain_matmul(a, b, c)",
  [uniform([2, 5]), uniform([5, 4]), uniform([4, 6])],
  (f, ...list) => f.chainMatmul(...list),
);
op("torch.linalg.matrix_power(a, 5)", [uniform([2, 3, 3])], (f, a) => f.matrixPower(a, 5));
op("torch.linalg.matrix_power(a, 0)", [uniform([3, 3])], (f, a) => f.matrixPower(a, 0), {
  allZero: true,
});
op(
  "F.pairwise_distance(a, b)",
  [uniform([3, 4]), uniform([3, 4])],
  (f, a, b) => f.pairwiseDistance(a, b),
);
op(
  "F.pairwise_distance(a, b, 1, keepdim=True)",
  [uniform([3, 4]), uniform([4])],
  (f, a, b) => f.pairwiseDistance(a, b, { p: 1, keepdim: true }),
  kink,
);
op(
  "F.cosine_similarity(a, b)",
  [uniform([3, 4]), uniform([3, 4])],
  (f, a, b) => f.cosineSimilarity(a, b),
);
op(
  "F.cosine_similarity(a, b, 0)",
  [uniform([3, 4]), uniform([3, 1])],
  (f, a, b) => f.cosineSimilarity(a, b, { dim: 0 }),
);
for (const p of ["2.0", "1.0", "float('inf')"]) {
  op(
    `torch.cdist(a, b, ${p})`,
    [uniform([2, 3, 4]), uniform([5, 4])],
    (f, a, b) => f.cdist(a, b, p === "2.0" ? 2 : p === "1.0" ? 1 : Infinity),
    kink,
  );
}
for (const [p, arg] of [[2, "2.0"], [1, "1.0"], [Infinity, "float('inf')"]] as const) {
  op(`torch.pdist(a, ${arg})`, [uniform([5, 3])], (f, a) => f.pdist(a, p), kink);
  op(
    `torch.renorm(a, ${arg}, 1, 0.9)`,
    [uniform([2, 3, 4])],
    (f, a) => f.renorm(a, p, 1, 0.9),
    kink,
  );
}
op("torch.pdist(a.t())", [uniform([2, 6])], (f, a) => f.pdist(f.t(a)), kink);
op("torch.pdist(a)", [uniform([1, 3])], (f, a) => f.pdist(a), allZero);
op("torch.renorm(a.t(), 2, -1, 0.7)", [uniform([3, 4])], (f, a) => {
  return f.renorm(f.t(a), 2, -1, 0.7);
}, kink);
op( // of products
  "torch.cdist(a, b)",
  [uniform([26, 16]), uniform([4, 16])],
  (f, a, b) => f.cdist(a, b),
  { ...kink, tolerance: 2e-5 },
);

for (
  const [equation, ...shapes] of [
    ["ij,jk->ik", [3, 4], [4, 5]],
    ["bij,bjk", [2, 3, 4], [2, 4, 5]],
    ["ii", [4, 4]],
    ["iij->ji", [3, 3, 2]],
    ["...ij,...jk->...ik", [2, 1, 3, 4], [5, 4, 2]],
    ["i,j,k->kji", [2], [3], [4]],
    ["ij,ij,ij->", [3, 4], [3, 4], [3, 4]],
    ["b...->...", [3, 2, 4]],
  ] as [string, ...number[][]][]
) {
  const list = "abc".slice(0, shapes.length).split("").join(", ");
  op(
    `torch.einsum('${equation}', ${list})`,
    shapes.map((shape) => uniform(shape)),
    (f, ...x) => f.einsum(equation, ...x),
  );
}
op(
  "torch.einsum('ij,jk->ik', a, b)",
  [integers([2, 3], -9, 9), integers([3, 2], -9, 9)],
  (f, ...x) => f.einsum("ij,jk->ik", ...x),
  exact,
);

op("torch.dist(a, b)", [uniform([2, 3]), uniform([3])], (f, a, b) => f.dist(a, b));
op("torch.dist(a, b, 1)", [uniform([5]), uniform([5])], (f, a, b) => f.dist(a, b, 1));
