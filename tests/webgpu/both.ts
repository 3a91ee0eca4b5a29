/** The same computation on the CPU and on the GPU. */
import assert from "node:assert/strict";
import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { uniformArray, upstream } from "../prng.ts";

/** What an op gave and the gradients of its inputs, one after the other. */
export type Values = Float32Array[];

/** Elements of an input, or the seed of random ones. */
export interface Given {
  shape: readonly number[];
  of: number | ArrayLike<number>;
}

/** An op's value and the gradients of all inputs on a device. */
export async function valuesOn(
  device: "cpu" | "webgpu",
  given: readonly Given[],
  op: (...inputs: Tensor[]) => Tensor,
): Promise<Values> {
  const inputs = given.map(({ shape, of }) => {
    const n = shape.reduce((product, length) => product * length, 1);
    const values = typeof of === "number" ? uniformArray(of, n) : Float32Array.from(of);
    return tensor(values, { shape, device, requiresGrad: true });
  });
  const y = op(...inputs);
  y.backward(tensor(upstream(y.numel), { shape: [...y.shape], device }));
  const all = [y, ...inputs.map((x) => x.grad!)].map((x) => x.data());
  return await Promise.all(all) as Values;
}

/** Fails unless all lists are equal within a part of each list's largest value. */
export function assertNear(what: string, actual: Values, expected: Values, part: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((list, k) => {
    const most = part * list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    list.forEach((value, i) => {
      const found = actual[k]![i]!;
      if (Object.is(found, value) || Math.abs(found - value) <= most) return;
      const name = k === 0 ? "the value" : `gradient ${k - 1}`;
      assert.fail(`${what}: ${name}: element ${i} is ${found}, on the CPU ${value}`);
    });
  });
}

/** Checks an op on the GPU against the CPU, within a part of the largest value; 0: the same bits. */
export async function assertLikeCpu(
  what: string,
  given: readonly Given[],
  op: (...inputs: Tensor[]) => Tensor,
  part: number,
): Promise<void> {
  const expected = await valuesOn("cpu", given, op);
  const actual = await valuesOn("webgpu", given, op);
  assertNear(what, actual, expected, part);
  assert.deepEqual(await valuesOn("webgpu", given, op), actual, `${what}: another run, other bits`);
}

/** Asserts that two lists have the same elements; of long ones `deepEqual` takes minutes to say where not. */
export function assertSame(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  what = "elements",
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    assert.fail(`${what}: element ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}
