/** What tests of the whole table of op cases share. */
import assert from "node:assert/strict";
import { tensor } from "../src/tensor/create.ts";
import * as ops from "../src/ops/mod.ts";
import { scope } from "../src/scope/scope.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { type Case, cases } from "./cases.ts";
import fixture from "./fixtures/ops.json" with { type: "json" };
import { compare, type Packed } from "./packed.ts";
import { elements, type Input, upstream } from "./prng.ts";

/** What PyTorch has for a row: its value, and a gradient for each input or none. */
export type Row = Packed & { grads: (Packed | null)[] };

/** PyTorch's results by the rows' names. */
export const rows = fixture.cases as unknown as Record<string, Row>;

/** PyTorch's results for a row. */
export function row(c: Case): Row {
  const found = rows[c.name];
  assert(found, `no fixture: run python tests/fixtures/make.py ops`);
  return found;
}

/** An input of a row with these elements. */
export function tensorOf(input: Input, list: ArrayLike<number>): Tensor {
  const { shape, dtype, grad: requiresGrad } = input;
  return tensor(Float32Array.from(list), { shape, dtype, requiresGrad });
}

/** The inputs of a row. */
export function inputsOf(c: Case): Tensor[] {
  return c.inputs.map((input, i) => tensorOf(input, elements(input, i + 1)));
}

/** Compares a row's value with PyTorch's. */
export function compareValue(c: Case): void {
  compare("the value", c.run(ops, ...inputsOf(c)), row(c), c);
}

/** Compares a row's gradients with PyTorch's. */
export function compareGradients(c: Case): void {
  const inputs = inputsOf(c);
  const y = c.run(ops, ...inputs);
  const { grads } = row(c);
  assert.equal(y.requiresGrad, grads.some((g) => g !== null), "requiresGrad");
  if (!y.requiresGrad) return;
  y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
  inputs.forEach((input, i) => {
    const expected = grads[i];
    if (!expected) return assert.equal(input.grad, null, `input ${i} has a gradient`);
    assert(input.grad, `input ${i} has no gradient`);
    compare(`gradient ${i}`, input.grad, expected, c);
  });
}

/** Runs a check on each row, in a scope; then throws with all that failed. */
export function forEachRow(check: (c: Case) => void, among: readonly Case[] = cases): void {
  const failures: string[] = [];
  for (const c of among) {
    try {
      scope(() => check(c));
    } catch (error) {
      failures.push(`${c.name}\n    ${(error as Error).message}`);
    }
  }
  const shown = failures.slice(0, 20).join("\n  ");
  assert(failures.length === 0, `${failures.length} rows fail:\n  ${shown}`);
}
