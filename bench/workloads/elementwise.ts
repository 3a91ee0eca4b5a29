/**
 * W7: relu, tanh, exp and add on a million elements, softmax on a thousand rows of a thousand.
 *
 * @module
 */
import { functional, randn, steps, type Tensor } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear, sampleIndices } from "../check.ts";
import { ELEMENTS } from "../spec.ts";

/** W7. */
export function* elementwise(): Generator<Case> {
  using a = randn([ELEMENTS]).keep();
  using b = randn([ELEMENTS]).keep();
  const x = a.toTypedArray();
  const y = b.toTypedArray();
  yield streamCase("relu", 8, () => a.relu(), (i) => Math.max(x[i]!, 0));
  yield streamCase("tanh", 8, () => a.tanh(), (i) => Math.tanh(x[i]!));
  yield streamCase("exp", 8, () => a.exp(), (i) => Math.exp(x[i]!));
  yield streamCase("add", 12, () => a.add(b), (i) => x[i]! + y[i]!);
  const side = Math.sqrt(ELEMENTS);
  const square = a.reshape(side, side);
  yield streamCase("softmax", 8, () => functional.softmax(square, 1), (i) => {
    const row = x.subarray(i - i % side, i - i % side + side);
    let sum = 0;
    for (const logit of row) sum += Math.exp(logit);
    return Math.exp(x[i]!) / sum;
  });
}

/** `bytes`: what an element reads and writes. */
function streamCase(
  op: string,
  bytes: number,
  run: () => Tensor,
  expected: (i: number) => number,
): Case {
  return {
    workload: "W7",
    params: { op },
    title: op,
    unit: "Melem/s",
    work: ELEMENTS / 1e6,
    limit: ["copy", bytes * ELEMENTS / 1e9],
    notes: "fresh output each time",
    check: () => {
      using result = run().keep();
      const out = result.toTypedArray();
      for (const i of sampleIndices(ELEMENTS, 500)) {
        const value = expected(i);
        checkNear(`${op} [${i}]`, out[i]!, value, Math.abs(value) * 1e-6);
      }
    },
    run: (k) => {
      for (const _i of steps(k)) run();
    },
  };
}
