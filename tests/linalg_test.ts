/** What the table of ops does not say of decompositions: what has no unique result, and what is refused. */
import assert from "node:assert/strict";
import {
  eye,
  grad,
  gradgradcheck,
  linalg,
  logdet,
  manualSeed,
  ones,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { test } from "./scoped.ts";

function near(a: Tensor, b: Tensor, what: string): void {
  assert.deepEqual(a.shape, b.shape, what);
  if (a.numel > 0) assert.ok(a.sub(b).abs().max().item() < 2e-6, `${what}: ${a} and ${b}`);
}

/** Whether columns are orthonormal. */
function orthonormal(x: Tensor, what: string): void {
  near(x.mT.matmul(x), eye(x.shape.at(-1)!).expand(...x.shape.slice(0, -2), -1, -1), what);
}

/** Matrices of all forms: of a batch, tall, wide, of a lower rank, of zeros, without rows. */
function matrices(): Tensor[] {
  manualSeed(5);
  const shapes = [[2, 4, 4], [5, 3], [3, 5], [1, 1], [40, 30]];
  return [...shapes.map((shape) => randn(shape)), ones([3, 2]), zeros([2, 3])];
}

test("what was decomposed is what its parts make, of orthonormal columns", () => {
  for (const x of matrices()) {
    for (const mode of ["reduced", "complete"] as const) {
      const { Q, R } = linalg.qr(x, mode);
      orthonormal(Q, `Q of ${x.shape}`);
      near(Q.matmul(R), x, `Q·R of ${x.shape}`);
      near(R.triu(), R, `R of ${x.shape}`);
    }
    const { U, S, Vh } = linalg.svd(x, false);
    near(U.mul(S.unsqueeze(-2)).matmul(Vh), x, `U·S·Vh of ${x.shape}`);
    for (const full of [linalg.svd(x), { U, Vh }]) {
      orthonormal(full.U, `U of ${x.shape}`);
      orthonormal(full.Vh.mT, `Vh of ${x.shape}`);
    }
    const { eigenvalues, eigenvectors } = linalg.eigh(x.matmul(x.mT).div(8));
    orthonormal(eigenvectors, `eigenvectors of ${x.shape}`);
    near(
      eigenvectors.mul(eigenvalues.unsqueeze(-2)).matmul(eigenvectors.mT),
      x.matmul(x.mT).div(8),
      `V·L·Vᵀ of ${x.shape}`,
    );
  }
});

test("a gradient of a gradient goes through each of them", () => {
  manualSeed(2);
  const x = randn([3, 3]).add(eye(3).mul(3)).requiresGrad_(), b = randn([3, 2]).requiresGrad_();
  const tall = randn([4, 3]).requiresGrad_();
  const definite = (x: Tensor) => x.matmul(x.mT).add(eye(3));
  const calls: [(...x: Tensor[]) => Tensor, ...Tensor[]][] = [
    [(x, b) => linalg.solve(x!, b!), x, b],
    [(x) => linalg.inv(x!), x],
    [(x) => linalg.det(x!), x],
    [(x) => linalg.logdet(definite(x!)), x],
    [(x, b) => linalg.choleskySolve(b!, linalg.cholesky(definite(x!))), x, b],
    [(x) => linalg.qr(x!).Q, tall],
    [(x) => linalg.eigh(definite(x!)).eigenvectors.square(), x],
    [(x) => linalg.svd(x!, false).U.square(), tall],
    [(x) => linalg.pinv(x!), tall],
    [(x) => linalg.pinv(definite(x!), { hermitian: true }), x],
  ];
  for (const [call, ...inputs] of calls) {
    assert.ok(gradgradcheck(call, inputs, { rtol: 0.05, atol: 0.1 }), `${call}`);
  }
});

test("the determinant of a singular matrix has the gradient of its cofactors", () => {
  const x = tensor([[1, 2, 0], [2, 4, 0], [0, 0, 3]], { requiresGrad: true });
  const y = linalg.det(x);
  y.backward();
  assert.equal(Math.abs(y.item()), 0);
  near(x.grad!, tensor([[12, -6, 0], [-6, 3, 0], [0, 0, 0]], { dtype: "float32" }), "cofactors");
});

test("what least squares leave is told where there are more rows than the rank", () => {
  const a = tensor([[1, 0], [1, 1], [1, 2]]), b = tensor([[1], [3], [6]]);
  const { solution, residuals, rank } = linalg.lstsq(a, b);
  near(solution, tensor([[5 / 6], [2.5]]), "the line");
  near(residuals, tensor([1 / 6]), "what is left");
  assert.equal(rank.item(), 2);
  const { solution: shortest, residuals: none } = linalg.lstsq(ones([3, 2]), b);
  near(shortest, tensor([[5 / 3], [5 / 3]]), "the shortest of all");
  assert.deepEqual(none.shape, [0]);
});

test("matrices that cannot be inverted or factored are refused, by their place", () => {
  const some = tensor([[[1, 0], [0, 1]], [[1, 1], [1, 1]]]);
  assert.throws(() => linalg.inv(some), {
    name: "RangeError",
    message: "inv: the matrix must have an inverse: matrix number 1 has none",
  });
  assert.throws(() => linalg.solve(ones([2, 2]), ones([2])), {
    message: "solve: the matrix must have an inverse: it has none",
  });
  assert.throws(() => linalg.cholesky(some), {
    name: "RangeError",
    message: "cholesky: the matrix must be positive definite: matrix number 1 is not",
  });
  assert.throws(() => linalg.pinv(ones([2, 3]), { hermitian: true }), {
    name: "ShapeError",
    message: "pinv: square matrices are needed: x is [2, 3]",
  });
  assert.throws(() => linalg.det(ones([2, 3])), {
    name: "ShapeError",
    message: "det: square matrices are needed: x is [2, 3]",
  });
});

test("matrices without elements go through what square matrices do", () => {
  for (const shape of [[0, 0], [2, 0, 0], [0, 3, 3]]) {
    const x = zeros(shape, { requiresGrad: true });
    for (const n of [0, 1, 3, -2]) assert.deepEqual(linalg.matrixPower(x, n).shape, shape, `${n}`);
    for (const name of ["inv", "cholesky", "pinv", "matrixExp"] as const) {
      const y = linalg[name](x);
      y.sum().backward();
      assert.deepEqual([y.shape, x.grad?.shape], [shape, shape], name);
    }
    assert.deepEqual(linalg.det(x).toArray(), shape.length === 2 ? 1 : Array(shape[0]).fill(1));
  }
});

Deno.test("log |det| of a singular matrix has an infinite gradient, as PyTorch's", () => {
  for (const f of [(x: Tensor) => linalg.slogdet(x).logabsdet, logdet]) {
    const x = tensor([[1, 2], [2, 4]], { dtype: "float32", requiresGrad: true });
    const y = f(x);
    assert.equal(y.item(), -Infinity);
    y.backward();
    assert.deepEqual(x.grad!.toArray(), [[-Infinity, Infinity], [Infinity, -Infinity]]);
    assert.throws(() => grad(f(x), [x], { createGraph: true }), /^RangeError: (slogdet|logdet): /);
  }
});
