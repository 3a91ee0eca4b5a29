/** Modules called with other parameters, and functions of functions, against PyTorch. */
import assert from "node:assert/strict";
import {
  functionalCall,
  grad,
  gradcheck,
  hessian,
  hvp,
  jacobian,
  nn,
  noGrad,
  ones,
  randn,
  scope,
  type Tensor,
  tensor,
  vhp,
  vmap,
  zeros,
} from "../../mod.ts";
import fixture from "../fixtures/functional.json" with { type: "json" };
import { count, uniformArray } from "../prng.ts";

const of = (seed: number, ...shape: number[]): Tensor =>
  tensor(uniformArray(seed, count(shape)), { shape });

function near(actual: Tensor, expected: readonly number[], what: string): void {
  assert.equal(actual.numel, expected.length, what);
  actual.detach().contiguous().toTypedArray().forEach((value, i) => {
    const error = Math.abs(Number(value) - expected[i]!);
    assert.ok(
      error < 1e-5 * Math.max(1, Math.abs(expected[i]!)),
      `${what}: ${value}, ${expected[i]}`,
    );
  });
}

function fill(model: nn.Module): void {
  noGrad(() => [...model.parameters()].forEach((p, i) => p.copy_(of(500 + i, ...p.shape))));
}

Deno.test("a module with the weights after a step has PyTorch's result, and its gradients through the step", () =>
  scope(() => {
    const norm = new nn.BatchNorm1d(4);
    const model = new nn.Sequential(new nn.Linear(3, 4), norm, new nn.Tanh(), new nn.Linear(4, 1));
    fill(model);
    const [x, y] = [of(600, 5, 3), of(601, 5, 1)];
    const names = [...model.namedParameters()];
    const loss = model.forward(x).sub(y).square().mean();
    const steps = grad(loss, names.map(([_, p]) => p), { createGraph: true });
    const after = names.map(([name, p], i) => [name, p.sub(steps[i]!.mul(0.5))] as const);
    const mean = zeros([4]);
    const result = functionalCall(model, [new Map(after), { "1.running_mean": mean }], x);
    result.sub(y).square().mean().backward();
    near(result, fixture.learnt.result, "the result");
    near(mean, fixture.learnt.mean, "the moments that were given");
    near(norm.runningMean!, fixture.learnt.own, "the module's own moments");
    names.forEach(([name, p], i) => {
      near(p.grad!, fixture.learnt.grads[i]!, name);
      assert.equal(p, new Map(model.namedParameters()).get(name), "it is back in its place");
    });
  }));

Deno.test("a weight that two layers share is replaced in both, or under the name given alone", () => {
  const [first, second] = [0, 1].map(() => new nn.Linear(2, 2, { bias: false })) as [
    nn.Linear,
    nn.Linear,
  ];
  const model = new nn.Sequential(first, second);
  fill(model);
  second.weight = first.weight;
  const [given, x] = [{ "0.weight": of(602, 2, 2) }, of(603, 1, 2)];
  near(functionalCall(model, given, [x]), fixture.tied.tied, "both");
  near(functionalCall(model, given, [x], { tieWeights: false }), fixture.tied.apart, "one");
  assert.equal(first.weight, second.weight);
  const two = { ...given, "1.weight": zeros([2, 2]) };
  assert.throws(() => functionalCall(model, two, x), {
    name: "DataError",
    message: 'functionalCall: "1.weight" has another name, of which another is given',
  });
});

Deno.test("recurrent, normalised-weight and listed parameters are replaced like those of layers", () =>
  scope(() => {
    class Listed extends nn.Module {
      all = new nn.ParameterList([ones([2])]);
      forward(x: Tensor): Tensor {
        return x.mul(this.all.at(0)!);
      }
    }
    const x = randn([2, 3, 2]);
    const models: nn.Module[] = [
      nn.utils.weightNorm(new nn.Linear(2, 2)),
      new nn.Embedding(4, 2),
      new nn.MultiheadAttention(2, 1, { batchFirst: true }) as unknown as nn.Module,
      new nn.GRU(2, 2) as unknown as nn.Module,
      new Listed(),
    ];
    for (const model of models) {
      const args = model instanceof nn.Embedding
        ? [tensor([1, 3, 1], { dtype: "int32" })]
        : model instanceof nn.MultiheadAttention
        ? [x, x, x]
        : [x];
      const first = (y: unknown) => (Array.isArray(y) ? y[0] : y) as Tensor;
      const given = new Map(
        Array.from(model.namedParameters(), ([name, p]) => [name, p.detach().mul(2)]),
      );
      given.forEach((p) => p.requiresGrad = true);
      const y = first(functionalCall(model, given, args));
      y.sum().backward();
      assert.ok([...model.parameters()].every((p) => p.grad === null), String(model));
      assert.ok([...given.values()].every((p) => p.grad !== null), String(model));
      noGrad(() => {
        for (const [name, p] of model.namedParameters()) p.copy_(given.get(name)!);
      });
      assert.deepEqual(y.toArray(), first(model.forward(...args)).toArray());
    }
  }));

Deno.test("what cannot be replaced is refused, and nothing is left replaced", () => {
  const model = new nn.Sequential(new nn.Linear(2, 1));
  const own = model.at(0) as nn.Linear;
  const x = ones([1, 2]);
  assert.throws(() => functionalCall(model, { weight: ones([1, 2]) }, x), {
    name: "DataError",
    message: 'functionalCall: Sequential has no "weight": it has 0.weight, 0.bias',
  });
  assert.throws(() => functionalCall(model, { "0.weight": ones([1, 2]) }, x, { strict: true }), {
    message: "functionalCall: strict needs all parameters: missing: 0.bias",
  });
  const weight = own.weight;
  assert.throws(() => functionalCall(model, { "0.weight": ones([1, 3]) }, x), {
    name: "ShapeError",
  });
  assert.equal(own.weight, weight);
  class Later extends nn.Module<[x: Tensor], Promise<Tensor>> {
    w = new nn.Parameter(ones([2]));
    forward(x: Tensor): Promise<Tensor> {
      return Promise.resolve(x.mul(this.w));
    }
  }
  const later = new Later();
  assert.throws(
    () => functionalCall(later, { w: zeros([2]) }, x),
    /forward must not give a promise/,
  );
  assert.deepEqual(later.w.toArray(), [1, 1]);
  assert.throws(
    () => functionalCall(model, 3 as unknown as Map<string, Tensor>, x),
    /the parameters must be tensors by name, in a Map or an object: it is 3/,
  );
  assert.throws(
    () => functionalCall(model, [{ "0.bias": ones([1]) }, { "0.bias": ones([1]) }], x),
    /"0\.bias" is given twice/,
  );
});

Deno.test("products with Hessians are PyTorch's, and those with the whole Hessian", () => {
  const f = (x: Tensor) => x.sin().mul(x.flip([0]).exp()).sum().mul(x.select(0, 0));
  const [x, v] = [of(604, 4), of(605, 4)];
  for (
    const [product, expected] of [[hvp, fixture.products.hvp], [vhp, fixture.products.vhp]] as const
  ) {
    product(f, x, v).forEach((t, i) => near(t, expected[i]!, `${product.name} ${i}`));
    near(product(f, x, v)[1], [...hessian(f, x).matmul(v).toTypedArray()] as number[], "the whole");
    assert.deepEqual(product((x) => x.sum(), x, v)[1].toArray(), [0, 0, 0, 0]);
  }
  assert.throws(() => hvp((x) => x, x, v), {
    name: "GradientError",
    message: "hvp: the function must give one element: it gives [4]",
  });
  assert.throws(() => vhp(f, x, ones([3])), { message: "vhp: v must be [4]: it is [3]" });
});

Deno.test("vmap has PyTorch's numbers for arguments, results and functions of every kind", () => {
  const { product, outDims, sums, nested } = fixture.mapped;
  const [a, b] = [of(606, 2, 3), of(607, 3, 4)];
  const mv = vmap((m: Tensor, v: Tensor) => m.matmul(v), { inDims: [0, null] });
  near(mv(a.reshape(2, 1, 3), ones([3])), product, "a matrix each");
  const twice = vmap((x: Tensor) => [x.mul(2), x.sum()] as const, { inDims: 1, outDims: [1, 0] });
  const [doubled, summed] = twice(b);
  near(doubled, outDims, "columns");
  near(summed, sums, "sums");
  const dot = (x: Tensor, y: Tensor) => x.mul(y).sum();
  const all = vmap(vmap(dot, { inDims: [null, 1] }), { inDims: [0, null] });
  near(all(a, b), nested, "one in another");
  assert.ok(gradcheck(all, [a.detach().requiresGrad_(), b.detach().requiresGrad_()]));
  const slopes = vmap((x: Tensor) => jacobian((x) => x.square(), x))(a);
  assert.deepEqual(slopes.shape, [2, 3, 3]);
  const scaled = vmap((x: Tensor, by: number) => x.mul(by), { inDims: [0, null] });
  assert.deepEqual(scaled(ones([2]), 3).toArray(), [3, 3]);
});

Deno.test("vmap refuses batches that do not fit", () => {
  const add = vmap((x: Tensor, y: Tensor) => x.add(y));
  assert.throws(() => add(ones([2]), ones([3])), {
    name: "ShapeError",
    message: "vmap: batches of one length of at least 1 are needed: they are 2, 3",
  });
  assert.throws(() => add(ones([0]), ones([0])), { name: "ShapeError" });
  assert.throws(() => add(ones([2]), 3 as unknown as Tensor), /argument 1, unless inDims has null/);
  assert.throws(() => vmap((x: Tensor) => x, { inDims: [0, 0] })(ones([2])), {
    name: "RangeError",
    message: "vmap: inDims must be one for each argument: there are 2 of 1",
  });
  assert.throws(() => vmap(() => 3 as unknown as Tensor)(), /batches of one length/);
  assert.throws(
    () => vmap((_: Tensor) => 3 as unknown as Tensor)(ones([2])),
    /vmap: the function must give a tensor or a list of tensors: it gives 3/,
  );
  assert.throws(
    () => vmap((x: Tensor) => [x, x], { outDims: [0] })(ones([2])),
    /vmap: outDims must be one for each result: there are 1 of 2/,
  );
});
