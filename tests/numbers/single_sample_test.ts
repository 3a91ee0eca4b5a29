/**
 * The gradient of a weight that a single sample made is kept as two vectors u and v, and optimizers
 * may take it so. Whatever stands in them, the step must have the bits of one with u·vᵀ written out.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  functional as F,
  getKernelBuild,
  nn,
  optim,
  scope,
  setKernelBuild,
  tensor,
} from "../../mod.ts";

type Make = (parameters: nn.Parameter[]) => optim.SGD | optim.Adam | optim.RMSprop;

const RULES: Record<string, Make> = {
  "SGD": (p) => new optim.SGD(p, { lr: 0.1 }),
  "SGD with weight decay": (p) => new optim.SGD(p, { lr: 0.1, weightDecay: 0.01 }),
  "SGD with momentum": (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
  "SGD with momentum and weight decay": (p) =>
    new optim.SGD(p, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  "SGD with dampening": (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, dampening: 0.5 }),
  "SGD by Nesterov": (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true }),
  "SGD of averages": (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, momentumMode: "ema" }),
  "Adam": (p) => new optim.Adam(p, { lr: 0.1 }),
  "AdamW": (p) => new optim.AdamW(p, { lr: 0.1 }),
  "RMSprop": (p) => new optim.RMSprop(p, { lr: 0.1, centered: true, momentum: 0.9 }),
};

const special = fc.constantFrom(0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-45, -1e-45, 1e-38, 3e38);
const number = fc.oneof(
  { weight: 2, arbitrary: special },
  { weight: 1, arbitrary: fc.constantFrom(0, -0) },
  { weight: 3, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
);
const vectors = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 37 })).chain(
  ([rows, columns]) =>
    fc.record({
      u: fc.array(number, { minLength: rows, maxLength: rows }),
      v: fc.array(number, { minLength: columns, maxLength: columns }),
      w: fc.array(number, { minLength: rows * columns, maxLength: rows * columns }),
    }),
);

/** The bits of a weight after two steps; NaN has one, whichever sign and payload it has. */
function bits(make: Make, u: number[], v: number[], w: number[], read: boolean): number[] {
  return scope(() => {
    const weight = new nn.Parameter(tensor(w).reshape(u.length, v.length));
    const optimizer = make([weight]);
    for (let step = 0; step < 2; step++) {
      optimizer.zeroGrad();
      F.linear(tensor([v], { dtype: "float32" }), weight).backward(
        tensor([u], { dtype: "float32" }),
      );
      if (read) weight.grad!.toTypedArray();
      optimizer.step();
    }
    const after = Float32Array.from(weight.toTypedArray(), (x) => Number.isNaN(x) ? NaN : x);
    optimizer[Symbol.dispose]();
    weight[Symbol.dispose]();
    return Array.from(new Int32Array(after.buffer));
  });
}

for (const build of ["fast", "strict"] as const) {
  for (const [name, make] of Object.entries(RULES)) {
    Deno.test(`any single sample's step has the bits of its written gradient: ${name} (${build} build)`, () => {
      const before = getKernelBuild();
      setKernelBuild(build);
      try {
        fc.assert(
          fc.property(vectors, ({ u, v, w }) => {
            assert.deepEqual(bits(make, u, v, w, false), bits(make, u, v, w, true));
          }),
          { numRuns: 60 },
        );
      } finally {
        setKernelBuild(before);
      }
    });
  }
}
