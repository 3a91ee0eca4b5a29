/**
 * W8: an add of 16 elements, which is hardly more than the cost of a call.
 *
 * @module
 */
import { randn, steps } from "../../mod.ts";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";

/** Calls in a turn of the loop: about as many ops as a training step has. */
const CALLS = 32;

/** W8. */
export function* calls(): Generator<Case> {
  for (const requiresGrad of [false, true]) {
    using a = randn([16], { requiresGrad }).keep();
    using b = randn([16]).keep();
    yield {
      workload: "W8",
      params: { op: requiresGrad ? "add, recorded" : "add" },
      unit: "us",
      on: "one",
      notes: `a scope for every ${CALLS} calls`,
      check: () => {
        using sum = a.add(b).keep();
        const [x, y, z] = [a.toTypedArray(), b.toTypedArray(), sum.toTypedArray()];
        z.forEach((value, i) => checkNear(`add [${i}]`, value, Math.fround(x[i]! + y[i]!), 0));
      },
      run: (k) => {
        for (let left = k; left > 0; left -= CALLS) {
          for (const _i of steps(1)) {
            for (let i = Math.min(left, CALLS); i > 0; i--) a.add(b);
          }
        }
      },
    };
  }
}
