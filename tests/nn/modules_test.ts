/** The table of modules, run against PyTorch. */
import assert from "node:assert/strict";
import { noGrad, scope, type Tensor, tensor } from "../../mod.ts";
import fixture from "../fixtures/modules.json" with { type: "json" };
import { compare, type Packed } from "../packed.ts";
import { elements, uniformArray, upstream } from "../prng.ts";
import { tensorOf } from "../table.ts";
import { modules, type Result, type Row } from "./modules.ts";

interface Expected {
  print: string;
  state: string[];
  outs: Packed[];
  grads: (Packed | null)[];
}

const rows = fixture.cases as unknown as Record<string, Expected>;
const tolerances = { tolerance: 2e-5, leastScale: 0.1 };

function nameOf({ torch, call }: Row): string {
  return `${torch}: ${call}`;
}

function flat(value: Result): Tensor[] {
  if (value === null) return [];
  return Array.isArray(value) ? value.flatMap(flat) : [value as Tensor];
}

/** Compares results and gradients with PyTorch's, on a device. */
function check(row: Row, device: "cpu" | "reference"): void {
  const expected = rows[nameOf(row)]!;
  scope(() => {
    using m = row.make();
    const weights = [...m.parameters()];
    noGrad(() => {
      weights.forEach((w, i) => w.copy_(tensor(uniformArray(i + 11, w.numel), { shape: w.shape })));
    });
    m.to(device);
    const inputs = row.inputs.map((input, i) => {
      const x = tensorOf(input, elements(input, i + 1)).to(device).detach();
      x.requiresGrad = input.grad;
      return x;
    });
    const outs = flat(row.run(m, ...inputs));
    assert.equal(outs.length, expected.outs.length, "results");
    outs.forEach((y, i) => compare(`result ${i}`, y, expected.outs[i]!, tolerances));
    const losses = outs.filter((y) => y.requiresGrad).map((y) =>
      y.mul(tensor(upstream(y.numel), { shape: y.shape }).to(device)).sum()
    );
    losses.reduce((a, b) => a.add(b)).backward();
    const leaves = [...weights, ...inputs];
    assert.equal(leaves.length, expected.grads.length, "leaves");
    leaves.forEach((leaf, i) => {
      const grad = expected.grads[i]!;
      if (grad === null) assert.equal(leaf.grad, null, `gradient ${i}`);
      else compare(`gradient ${i}`, leaf.grad!, grad, tolerances);
    });
  });
}

Deno.test("the fixture holds exactly the modules of the table", () => {
  assert.deepEqual(Object.keys(rows), modules.map(nameOf));
});

for (const device of ["cpu", "reference"] as const) {
  Deno.test(`every module has PyTorch's results and gradients (${device})`, () => {
    const failures: string[] = [];
    for (const row of modules) {
      try {
        check(row, device);
      } catch (error) {
        failures.push(`${nameOf(row)}\n    ${error}`);
      }
    }
    assert.equal(failures.join("\n"), "");
  });
}

Deno.test("every module has PyTorch's names in its state dict, and prints as it does", () => {
  for (const row of modules) {
    scope(() => {
      using m = row.make();
      const expected = rows[nameOf(row)]!;
      assert.deepEqual([...m.stateDict().keys()], expected.state, nameOf(row));
      if (row.prints) assert.equal(String(m), expected.print);
    });
  }
});
