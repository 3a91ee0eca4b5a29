/** The table of building blocks, run against PyTorch. */
import assert from "node:assert/strict";
import { getKernelBuild, memory, scope, setKernelBuild, type Tensor, tensor } from "../../mod.ts";
import fixture from "../fixtures/blocks.json" with { type: "json" };
import { compare, type Packed } from "../packed.ts";
import { elements } from "../prng.ts";
import type { Block } from "./block.ts";
import { blocks } from "./blocks.ts";

interface Row {
  outputs: Packed[];
  losses: Packed[];
  grads: Record<string, Packed | null>;
}

const rows = fixture.cases as unknown as Record<string, Row>;

/** Errors that are allowed, relative to each tensor's own scale. */
const close = { tolerance: 2e-5 };

function inputsOf({ inputs }: Block): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input], i) => {
      const { shape, dtype, grad: requiresGrad } = input;
      const data = Float32Array.from(elements(input, i + 1));
      return [name, tensor(data, { shape, dtype, requiresGrad })];
    }),
  );
}

function check(block: Block): void {
  const row = rows[block.name];
  assert(row, "no fixture: run python tests/fixtures/make.py blocks");
  const inputs = inputsOf(block);
  const { outputs, losses } = block.run(inputs);
  losses.forEach((loss, i) => loss.backward(undefined, { retainGraph: i < losses.length - 1 }));
  assert.deepEqual([outputs.length, losses.length], [row.outputs.length, row.losses.length]);
  outputs.forEach((y, i) => compare(`output ${i}`, y, row.outputs[i]!, close));
  losses.forEach((loss, i) => compare(`loss ${i}`, loss, row.losses[i]!, close));
  for (const [name, x] of Object.entries(inputs)) {
    const expected: Packed | null = row.grads[name] ?? null;
    assert.equal(x.grad === null, expected === null, `whether ${name} has a gradient`);
    if (x.grad !== null) compare(`the gradient of ${name}`, x.grad, expected!, close);
  }
}

Deno.test("the fixture holds exactly the building blocks of the table", () => {
  assert.deepEqual(Object.keys(rows), blocks.map(({ name }) => name));
});

for (const build of ["fast", "strict"] as const) {
  Deno.test(`${blocks.length} building blocks have PyTorch's values and gradients in the ${build} build`, () => {
    const before = getKernelBuild();
    setKernelBuild(build);
    try {
      const failures: string[] = [];
      for (const block of blocks) {
        const live = memory().tensors;
        try {
          scope(() => check(block));
          assert.equal(memory().tensors, live, "tensors are left behind");
        } catch (error) {
          failures.push(`${block.name}: ${(error as Error).message}`);
        }
      }
      assert.equal(failures.length, 0, failures.join("\n"));
    } finally {
      setKernelBuild(before);
    }
  });
}
