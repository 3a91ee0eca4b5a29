/**
 * Functions of one element: each is a function, a method and operators of ONNX, with PyTorch's values
 * and gradients in the rows that the table of cases has for it.
 */
import assert from "node:assert/strict";
import type * as f from "../../src/ops/mod.ts";
import * as unary from "../../src/ops/of_one.ts";
import { unaryRows } from "../../src/ops/unary_op.ts";
import { scope } from "../../src/scope/scope.ts";
import { type Tensor, tensor } from "../../mod.ts";
import { functions as others } from "../cases/functions.ts";
import { unary as first } from "../cases/unary.ts";
import { checkExport, Lambda } from "../io/onnx_runtime.ts";
import { ofOne } from "../../src/io/onnx/operators/rows.ts";
import { compare } from "../packed.ts";
import { uniformArray, upstream } from "../prng.ts";
import { inputsOf, row } from "../table.ts";

const cases = [...first, ...others];
const functions: Record<string, f.Unary> = { ...unary };

for (const [name, op] of Object.entries(functions)) {
  const rows = cases.filter(({ torch, run }) =>
    new RegExp(`\\.${name}\\(\\)$`).test(torch) ||
    new RegExp(`=> ?f\\.${name}\\(a\\)$`).test(String(run))
  );

  Deno.test(`${name} has PyTorch's values and gradients, as a function and as a method`, () => {
    assert.ok(rows.length > 0, `tests/cases/unary.ts has no row a.${name}()`);
    const method = (x: Tensor) => (x as unknown as Record<string, () => Tensor>)[name]!();
    for (const c of rows) {
      for (const run of [op, method]) {
        scope(() => {
          const [x] = inputsOf(c) as [Tensor];
          const y = run(x);
          compare("the value", y, row(c), c);
          if (!y.requiresGrad) return;
          y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
          compare("the gradient", x.grad!, row(c).grads[0]!, c);
        });
      }
    }
  });

  if (!(name in ofOne)) continue; // ONNX has none

  Deno.test(`${name} is written as operators of ONNX`, async () => {
    const model = new Lambda((x) => op(x.abs().add(0.5)).sub(op(x).where(x.gt(0), 0)));
    await checkExport(name, model, (n) => tensor(uniformArray(n, 24 * n), { shape: [n, 4, 6] }));
  });
}

Deno.test("a function of one element has a row, and a row in this folder is one op's", () => {
  const names = new Set(unaryRows.map(({ name }) => name));
  assert.deepEqual(Object.keys(functions).filter((name) => !names.has(name)), []);
  const kernels = unaryRows.map(({ kernel }) => kernel);
  assert.equal(new Set(kernels).size, kernels.length);
});

/** What is a method but not told as one, or told but none: never. */
type Untold = Exclude<keyof typeof unary, keyof unary.MethodsOfOne>;

Deno.test("each function of one element is told as a method of tensors", () => {
  const untold: Untold[] = []; // what is missing in MethodsOfOne could stand here
  const none: never[] = untold;
  assert.deepEqual(none, []);
});
