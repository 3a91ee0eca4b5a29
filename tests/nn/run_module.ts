/** A row of the table of modules on a device, and what PyTorch has in its place. */
import assert from "node:assert/strict";
import { type DeviceName, noGrad, type Tensor, tensor } from "../../mod.ts";
import fixture from "../fixtures/modules.json" with { type: "json" };
import type { Packed } from "../packed.ts";
import { elements, uniformArray, upstream } from "../prng.ts";
import { tensorOf } from "../table.ts";
import type { Result, Row } from "./modules.ts";

/** What PyTorch has of a row. */
export interface Expected {
  print: string;
  state: string[];
  outs: Packed[];
  grads: (Packed | null)[];
}

/** That of all rows, by their names. */
export const expectedOf = fixture.cases as unknown as Record<string, Expected>;

/** How close results are. */
export const tolerances = { tolerance: 2e-5, leastScale: 0.1 };

/** What a row is called. */
export function nameOf({ torch, call }: Row): string {
  return `${torch}: ${call}`;
}

function flat(value: Result): Tensor[] {
  if (value === null) return [];
  return Array.isArray(value) ? value.flatMap(flat) : [value as Tensor];
}

/** One tensor beside PyTorch's. */
export type Pair = readonly [what: string, actual: Tensor, expected: Packed];

/** Results and gradients of a row on a device. Its weights are by a formula, as PyTorch's were. */
export function pairsOf(row: Row, device: DeviceName): Pair[] {
  const expected = expectedOf[nameOf(row)]!;
  const m = row.make();
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
  const losses = outs.filter((y) => y.requiresGrad).map((y) =>
    y.mul(tensor(upstream(y.numel), { shape: y.shape }).to(device)).sum()
  );
  losses.reduce((a, b) => a.add(b)).backward();
  const leaves = [...weights, ...inputs];
  assert.equal(leaves.length, expected.grads.length, "leaves");
  const gradients = leaves.flatMap((leaf, i): Pair[] => {
    const grad = expected.grads[i]!;
    if (grad !== null) return [[`gradient ${i}`, leaf.grad!, grad]];
    assert.equal(leaf.grad, null, `gradient ${i}`);
    return [];
  });
  return [...outs.map((y, i): Pair => [`result ${i}`, y, expected.outs[i]!]), ...gradients];
}
