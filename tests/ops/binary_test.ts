/**
 * Functions of two elements and comparisons: each is a function, a method and operators of ONNX, with
 * PyTorch's values and gradients in the rows that the table of cases has for it.
 */
import assert from "node:assert/strict";
import * as binary from "../../src/ops/of_two.ts";
import { binaryRows } from "../../src/ops/binary_op.ts";
import * as compare from "../../src/ops/compare.ts";
import { nextafter } from "../../src/ops/stepwise.ts";
import * as ops from "../../src/ops/mod.ts";
import type * as f from "../../src/ops/mod.ts";
import { scope } from "../../src/scope/scope.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { binary as first } from "../cases/binary.ts";
import { ofTwo } from "../cases/of_two.ts";
import { checkExport, Lambda } from "../io/onnx_runtime.ts";
import { ofTwo as inOnnx } from "../../src/io/onnx/operators/rows.ts";
import { compare as compareWith } from "../packed.ts";
import { uniformArray, upstream } from "../prng.ts";
import { inputsOf, row } from "../table.ts";

const cases = [...first, ...ofTwo];
const functions: Record<string, f.Binary> = { ...binary, ...compare, nextafter } as Record<
  string,
  f.Binary
>;

for (const [name, op] of Object.entries(functions)) {
  const calls = cases.filter(({ run }) => String(run).includes(`f.${name}(a, b)`));

  Deno.test(`${name} has PyTorch's values and gradients, as a function and as a method`, () => {
    assert.ok(calls.length > 0, `tests/cases/binary.ts has no row with f.${name}(a, b)`);
    const method = (a: f.Operand, b: f.Operand) =>
      (a as unknown as Record<string, (b: f.Operand) => Tensor>)[name]!(b);
    for (const c of calls) {
      for (const run of [op, method]) {
        scope(() => {
          const inputs = inputsOf(c);
          const y = c.run({ ...ops, [name]: run }, ...inputs);
          compareWith("the value", y, row(c), c);
          if (!y.requiresGrad) return;
          y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
          inputs.forEach(({ grad }, i) => {
            const expected = row(c).grads[i];
            if (expected != null) compareWith(`gradient ${i}`, grad!, expected, c);
          });
        });
      }
    }
  });

  if (!(name in inOnnx)) continue; // ONNX has none

  Deno.test(`${name} is written as operators of ONNX`, async () => {
    const model = new Lambda((x) => op(x, x.abs()).to("float32").add(op(x.square(), 0.5)));
    await checkExport(name, model, (n) => tensor(uniformArray(n, 24 * n), { shape: [n, 4, 6] }));
  });
}

Deno.test("a function of two elements has a row, and a row's name is one op's", () => {
  const names = binaryRows.map(({ name }) => name).filter((name) => name !== "truncDivide"); // of div
  assert.deepEqual([...names].sort(), Object.keys(functions).sort());
  assert.equal(new Set(names).size, names.length);
});

/** What is a method but not told as one, or told but none: never. */
type Untold = Exclude<
  keyof typeof binary | keyof typeof compare,
  keyof binary.MethodsOfTwo | keyof f.CompareMethods
>;

Deno.test("each function of two elements is told as a method of tensors", () => {
  const untold: Untold[] = []; // what is missing in the interfaces could stand here
  const none: never[] = untold;
  assert.deepEqual(none, []);
});
