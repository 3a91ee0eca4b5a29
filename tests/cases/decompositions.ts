import * as linalg from "../../src/linalg/mod.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { constant, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact } from "./case.ts";

/** Decompositions, equations and what follows from them: `linalg`. */
export const decompositions: Case[] = [];
const op = adder(decompositions);

const near = { tolerance: 3e-5 };
const right = uniform([3, 2]);
const unit = constant(values([2, 0, 0, 0, 2, 0, 0, 0, 2], [3, 3]));
const [square, batch] = [uniform([3, 3]), uniform([2, 3, 3])];
/** Regular matrices, and positive definite ones. */
const [regular, definite] = ["(a + b)", "(a @ a.mT + b)"];
const plus = (a: Tensor, b: Tensor) => a.add(b);
const squared = (a: Tensor, b: Tensor) => a.matmul(a.mT).add(b);
const both =
  (f: (x: Tensor, ...rest: Tensor[]) => Tensor, of = plus): Case["run"] => (_f, a, b, ...rest) =>
    f(of(a!, b!), ...rest);

op(
  `torch.linalg.solve(${regular}, c)`,
  [batch, unit, right],
  both((a, c) => linalg.solve(a, c!)),
  near,
);
op(
  `torch.linalg.solve(${regular}, c, left=False)`,
  [square, unit, uniform([4, 3])],
  both((a, c) => linalg.solve(a, c!, { left: false })),
  near,
);
op(
  `torch.linalg.solve(${regular}, c)`,
  [batch, unit, uniform([2, 3])],
  both((a, c) => linalg.solve(a, c!)),
  near,
);
op(`torch.linalg.inv(${regular})`, [batch, unit], both(linalg.inv), near);
op("torch.linalg.inv(a)", [uniform([0, 2, 2])], (_f, a) => linalg.inv(a));
op(
  `torch.linalg.solve_triangular(${regular}, c, upper=True)`,
  [batch, unit, right],
  both((a, c) => linalg.solveTriangular(a, c!, { upper: true })),
  near,
);
op(
  `torch.linalg.solve_triangular(${regular}, c, upper=False, left=False, unitriangular=True)`,
  [square, unit, uniform([2, 3])],
  both((a, c) => linalg.solveTriangular(a, c!, { upper: false, left: false, unitriangular: true })),
  near,
);
op("torch.linalg.det(a)", [batch], (_f, a) => linalg.det(a), near);
const singular = values([1, 2, 2, 4], [2, 2]);
op("torch.linalg.det(a)", [constant(singular)], (_f, a) => linalg.det(a), { ...exact, ...allZero });
op("torch.linalg.slogdet(a)[0]", [constant(batch)], (_f, a) => linalg.slogdet(a).sign, exact);
op(
  `torch.linalg.slogdet(${regular})[1]`,
  [batch, unit],
  both((x) => linalg.slogdet(x).logabsdet),
  near,
);
op(`torch.logdet(${definite})`, [batch, unit], both(linalg.logdet, squared), near);
op(
  `torch.linalg.cholesky(${definite})`,
  [batch, unit],
  both((x) => linalg.cholesky(x), squared),
  near,
);
op(
  `torch.linalg.cholesky(${definite}, upper=True)`,
  [square, unit],
  both((x) => linalg.cholesky(x, { upper: true }), squared),
  near,
);
op(
  `torch.cholesky_solve(c, torch.linalg.cholesky(${definite}))`,
  [batch, unit, right],
  both((x, c) => linalg.choleskySolve(c!, linalg.cholesky(x)), squared),
  near,
);
op(
  `torch.cholesky_inverse(torch.linalg.cholesky(${definite}, upper=True), True)`,
  [square, unit],
  both((x) => linalg.choleskyInverse(linalg.cholesky(x, { upper: true }), true), squared),
  near,
);
const [tall, wide] = [uniform([2, 4, 3]), uniform([3, 5])];
for (const x of [tall, wide]) {
  op("torch.linalg.qr(a)[0]", [x], (_f, a) => linalg.qr(a).Q, near);
  op("torch.linalg.qr(a)[1]", [x], (_f, a) => linalg.qr(a).R, near);
  op(
    "torch.linalg.svd(a, False)[0].square()",
    [x],
    (_f, a) => linalg.svd(a, false).U.square(),
    near,
  );
  op(
    "torch.linalg.svd(a, False)[2].square()",
    [x],
    (_f, a) => linalg.svd(a, false).Vh.square(),
    near,
  );
  op("torch.linalg.pinv(a)", [x], (_f, a) => linalg.pinv(a), near);
}
op("torch.linalg.qr(a, 'r')[1]", [constant(tall)], (_f, a) => linalg.qr(a, "r").R, near);
op("torch.linalg.svdvals(a)", [tall], (_f, a) => linalg.svdvals(a), near);
op(
  `torch.linalg.eigvalsh(${definite})`,
  [batch, unit],
  both((x) => linalg.eigvalsh(x), squared),
  near,
);
op(
  `torch.linalg.eigh(${definite}, 'U')[1].square()`,
  [square, unit],
  both((x) => linalg.eigh(x, "U").eigenvectors.square(), squared),
  near,
);
op("torch.linalg.matrix_rank(a)", [constant(singular)], (_f, a) => linalg.matrixRank(a), exact);
op(
  "torch.linalg.matrix_rank(a, hermitian=True)",
  [constant(values([1, 2, 0, 2, 4, 0, 0, 0, -3], [3, 3]))],
  (_f, a) => linalg.matrixRank(a, { hermitian: true }),
  exact,
);
op(
  "torch.linalg.matrix_rank(a, atol=b, rtol=torch.tensor(0.3))",
  [constant(batch), constant(values([0, 5]))],
  (_f, a, atol) => linalg.matrixRank(a, { atol, rtol: 0.3 }),
  exact,
);
op(
  `torch.linalg.pinv(${definite} - 2 * b, hermitian=True)`,
  [batch, unit],
  both((x) => linalg.pinv(x, { hermitian: true }), (a, b) => squared(a, b).sub(b.mul(2))),
  near,
);
op(
  "torch.linalg.pinv(a, atol=b, hermitian=True)", // of which the lower triangle counts
  [constant(batch), constant(values([0, 0.5]))],
  (_f, a, atol) => linalg.pinv(a, { atol, hermitian: true }),
  near,
);
op(
  "torch.linalg.pinv(a, rtol=b)",
  [constant(batch), constant(values([0, 0.5]))],
  (_f, a, rtol) => linalg.pinv(a, { rtol }),
  near,
);
op(`torch.linalg.cond(${regular})`, [batch, unit], both((x) => linalg.cond(x)), near);
op("torch.linalg.cond(a, 1)", [constant(batch)], (_f, a) => linalg.cond(a, 1), near);
for (const x of [batch, tall, wide]) {
  op("torch.linalg.lu(a)[1]", [x], (_f, a) => linalg.lu(a).L, near);
  op("torch.linalg.lu(a)[2]", [x], (_f, a) => linalg.lu(a).U, near);
  op("torch.linalg.lu(a)[0]", [constant(x)], (_f, a) => linalg.lu(a).P, exact);
  op("torch.linalg.lu_factor(a)[0]", [x], (_f, a) => linalg.luFactor(a).LU, near);
  op(
    "torch.linalg.lu_factor(a)[1].long()",
    [constant(x)],
    (_f, a) => linalg.luFactor(a).pivots,
    exact,
  );
  op(
    "sum(t.square().sum() for t in torch.lu_unpack(*torch.linalg.lu_factor(a)))",
    [x],
    (f, a) => {
      const { LU, pivots } = linalg.luFactor(a);
      const { P, L, U } = linalg.luUnpack(LU, pivots);
      return [P, L, U].map((t) => f.sum(f.square(t))).reduce((s, t) => f.add(s, t));
    },
    near,
  );
}
op("torch.linalg.lu(a)[2]", [constant(singular)], (_f, a) => linalg.lu(a).U, exact);
op("torch.linalg.lu(a)[2]", [uniform([2, 0, 3])], (_f, a) => linalg.lu(a).U);
for (
  const [torch, options] of [
    ["", {}],
    [", left=False", { left: false }],
    [", adjoint=True", { adjoint: true }],
    [", left=False, adjoint=True", { left: false, adjoint: true }],
  ] as const
) {
  op(
    `torch.linalg.lu_solve(*torch.linalg.lu_factor(${regular}), c${torch})`,
    [batch, unit, "left" in options ? uniform([4, 3]) : right],
    both((a, c) => {
      const { LU, pivots } = linalg.luFactor(a);
      return linalg.luSolve(LU, pivots, c!, options);
    }),
    near,
  );
}
op(
  "torch.linalg.lstsq(a, b)[0]",
  [uniform([5, 3]), uniform([5, 2])],
  (_f, a, b) => linalg.lstsq(a, b).solution,
  near,
);
for (const i of [0, 2] as const) {
  op(
    `torch.linalg.lstsq(a, b, rcond=0.6, driver="gelsd")[${i}]`,
    [constant(uniform([5, 3])), constant(uniform([5, 2]))],
    (_f, a, b) => linalg.lstsq(a, b, { rcond: 0.6 })[i === 0 ? "solution" : "rank"],
    i === 0 ? near : exact,
  );
}
op("torch.linalg.matrix_exp(a * 3)", [batch], (f, a) => linalg.matrixExp(f.mul(a, 3)), near);
op("torch.linalg.matrix_norm(a, 'nuc')", [tall], (_f, a) => linalg.matrixNorm(a, "nuc"), near);
op(
  "torch.linalg.norm(a, 2, (0, 2), True)",
  [tall],
  (_f, a) => linalg.norm(a, 2, [0, 2], true),
  near,
);
op(
  `torch.linalg.matrix_power(${regular}, -2)`,
  [square, unit],
  both((x) => linalg.matrixPower(x, -2)),
  near,
);
op("torch.linalg.cross(a, b)", [square, uniform([1, 3])], (_f, a, b) => linalg.cross(a, b));
op(
  "torch.linalg.vecdot(a, b, dim=0)",
  [square, uniform([3])],
  (_f, a, b) => linalg.vecdot(a, b, 0),
);
op("torch.linalg.vander(a, N=4)", [uniform([2, 3])], (_f, a) => linalg.vander(a, 4));
op("torch.linalg.diagonal(a, offset=1)", [batch], (_f, a) => linalg.diagonal(a, 1), exact);
op(
  "torch.linalg.tensorinv((a + b).reshape(3, 3, 1), ind=1)",
  [square, unit],
  both((x) => linalg.tensorinv(x.reshape(3, 3, 1), 1)),
  near,
);
op(
  "torch.linalg.tensorsolve((a + b).reshape(3, 1, 3), c)",
  [square, unit, uniform([3, 1])],
  both((x, c) => linalg.tensorsolve(x.reshape(3, 1, 3), c!)),
  near,
);
op(
  "torch.linalg.tensorsolve((a + b).reshape(3, 3, 1), c, dims=(1, 2))",
  [square, unit, uniform([3])],
  both((x, c) => linalg.tensorsolve(x.reshape(3, 3, 1), c!, { dims: [1, 2] })),
  near,
);
op(
  "torch.linalg.tensorsolve((a + b).reshape(3, 1, 3).movedim(2, 0), c, dims=(0,))",
  [square, unit, uniform([3, 1])],
  both((x, c) => linalg.tensorsolve(x.reshape(3, 1, 3).movedim(2, 0), c!, { dims: [0] })),
  near,
);
