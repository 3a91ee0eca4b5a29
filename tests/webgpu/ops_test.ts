/** The table of op cases on the GPU, against PyTorch. */
import assert from "node:assert/strict";
import { setDefaultDevice } from "../../src/devices.ts";
import * as linalg from "../../src/linalg/mod.ts";
import * as ops from "../../src/ops/mod.ts";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { type Case, cases } from "../cases.ts";
import { compareElements, type Packed } from "../packed.ts";
import { upstream } from "../prng.ts";
import { root, testWith } from "../subprocess.ts";
import { inputsOf, row } from "../table.ts";
import { REFUSED, refusedOp } from "./refused.ts";
import { gpuTest, variable } from "./running.ts";

/** Only rows whose name has this in it: `GLIM_ROWS=conv2d deno test …`, to look at some closely. */
const only = variable("GLIM_ROWS");

/** Rows at a time: their results are read together. */
const GROUP = 100;

/** What is asked of the elements, which a GPU computes in another order than PyTorch. */
const TOLERANCE = 1e-5;

/** Rows whose gradients are quotients of numbers below 2⁻¹²⁶, which a GPU may take for 0. */
const DENORMAL = ["a.log() of (0,1,-1,0.5,inf,-inf,nan,1e-38,3e+38) [9]"];

/** A row's results, on their way. */
async function run(c: Case): Promise<void> {
  const inputs = inputsOf(c);
  const y = c.run(ops, ...inputs);
  const { grads } = row(c);
  assert.equal(y.device, "webgpu");
  const compare = async (what: string, actual: Tensor, expected: Packed) => {
    const tolerance = Math.max(c.tolerance, TOLERANCE);
    compareElements(what, actual, await actual.data() as Float32Array, expected, {
      ...c,
      tolerance,
    });
  };
  const checks = [compare("the value", y, row(c))];
  assert.equal(y.requiresGrad, grads.some((g) => g !== null), "requiresGrad");
  if (y.requiresGrad) {
    y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
    inputs.forEach((input, i) => {
      const expected = grads[i];
      if (!expected) return assert.equal(input.grad, null, `input ${i} has a gradient`);
      assert(input.grad, `input ${i} has no gradient`);
      if (!DENORMAL.includes(c.name)) checks.push(compare(`gradient ${i}`, input.grad, expected));
    });
  }
  await Promise.all(checks);
}

testWith(["read"], "the page of the GPU names every op that is refused there", () => {
  const page = Deno.readTextFileSync(`${root}docs/webgpu.md`);
  const part = page.slice(
    page.indexOf("## What runs there"),
    page.indexOf("## When it is worth it"),
  );
  assert.deepEqual(REFUSED.filter((op) => !part.includes(`\`${op}\``)), []);
});

/** By which name the list knows a refused op. */
function family(op: string): string {
  return op in linalg ? "linalg" : op;
}

gpuTest(
  "every row has PyTorch's value and gradients on the GPU, but for ops that refuse by name",
  async () => {
    const failures: string[] = [];
    const refused = new Set<string>();
    const chosen = cases.filter(({ name }) => name.includes(only));
    setDefaultDevice("webgpu");
    try {
      for (let at = 0; at < chosen.length; at += GROUP) {
        await Promise.all(
          chosen.slice(at, at + GROUP).map(async (c) => {
            try {
              await run(c);
            } catch (error) {
              const op = refusedOp(error);
              if (op !== null) return void refused.add(family(op));
              failures.push(`${c.name}\n    ${(error as Error).message}`);
            }
          }),
        );
      }
    } finally {
      setDefaultDevice("cpu");
    }
    const shown = failures.slice(0, Number(variable("GLIM_SHOWN")) || 20).join("\n  ");
    assert(failures.length === 0, `${failures.length} of ${chosen.length} rows fail:\n  ${shown}`);
    if (only === "") assert.deepEqual([...refused].sort(), REFUSED);
  },
);
