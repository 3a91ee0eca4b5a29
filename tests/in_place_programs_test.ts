/** Random programs that change tensors in place, recorded, beside PyTorch. */
import assert from "node:assert/strict";
import { GradientError, scope, type Tensor, tensor } from "../mod.ts";
import fixture from "./fixtures/in_place.json" with { type: "json" };

type Argument = number | number[] | { ref: number };
type Step = [op: string, x: number, ...Argument[]];
interface Program {
  given: number[][];
  steps: Step[];
  values: number[][];
  grad: number[] | null;
}

/** What a program makes of its leaf and a constant: all that it has made. */
function run({ given, steps }: Program): Tensor[] {
  const [leaf, constant] = given.map((values) => tensor(values).reshape(3, 4)) as [Tensor, Tensor];
  leaf.requiresGrad = true;
  const made = [leaf, constant, leaf.mul(1)];
  for (const [op, i, ...rest] of steps) {
    const x = made[i]!;
    const [a, b] = rest;
    const args = rest.map((a) => isRef(a) ? made[a.ref]! : a);
    if (op === "maskedFill_") x.maskedFill_(x.detach().gt(0.3), a as number);
    else if (op === "maskedPut_") x.indexPut_([x.detach().gt(0.3)], a as number);
    else if (op === "put_") x.indexPut_([a as number | number[]], b as number);
    else {
      const method = x[op as "add"] as unknown as (...args: unknown[]) => Tensor;
      const y = method.apply(x, args);
      if (!op.endsWith("_")) made.push(y);
      else assert.equal(y, x, op);
    }
  }
  return made;
}

function isRef(a: Argument): a is { ref: number } {
  return typeof a === "object" && !Array.isArray(a);
}

function close(actual: Tensor, expected: number[], what: string): void {
  const values = [...actual.toTypedArray()];
  assert.equal(values.length, expected.length, what);
  values.forEach((v, i) => {
    const least = 1e-4 * Math.max(1, Math.abs(expected[i]!));
    assert.ok(Math.abs(v - expected[i]!) <= least, `${what}[${i}]: ${v}, PyTorch's ${expected[i]}`);
  });
}

Deno.test("random programs that change results and views in place have PyTorch's gradients", () => {
  const programs = fixture.programs as unknown as Program[];
  for (const [n, program] of programs.entries()) {
    scope(() => {
      const what = `program ${n}: ${JSON.stringify(program.steps)}: `;
      const made = run(program);
      program.values.forEach((values, i) => close(made[i + 2]!, values, `${what}value ${i + 2}`));
      const sums = made.map((x, i) => x.mul(i + 0.5).sum());
      const loss = sums.reduce((a, b) => a.add(b));
      if (program.grad === null) {
        assert.throws(() => loss.backward(), GradientError, what);
      } else {
        loss.backward();
        close(made[0]!.grad!, program.grad, `${what}gradient`);
      }
    });
  }
});
