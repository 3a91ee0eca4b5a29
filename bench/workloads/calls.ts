/**
 * W8: what is hardly more than the cost of a call: an add of 16 elements, a turn of a loop.
 *
 * @module
 */
import { randn, steps } from "@glim/glim";
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
      title: requiresGrad ? "adding 16 elements, recorded, µs" : "adding 16 elements, µs",
      unit: "us",
      on: "one",
      notes: `a scope for every ${CALLS} calls`,
      check: () => {
        using sum = a.add(b).keep();
        const [x, y, z] = [a.toTypedArray(), b.toTypedArray(), sum.toTypedArray()];
        z.forEach((value, i) => checkNear(`add [${i}]`, value, Math.fround(x[i]! + y[i]!), 0));
      },
      run: (k) => {
        for (const turn of steps(Math.ceil(k / CALLS))) {
          for (let i = Math.min(k - turn * CALLS, CALLS); i > 0; i--) a.add(b);
        }
      },
    };
  }
  yield {
    workload: "W8",
    params: { op: "a turn of steps()" },
    title: "a turn of `steps()`, µs",
    unit: "us",
    on: "one",
    notes: "an empty turn; the loop is begun once for all",
    check: () => {
      let turns = 0;
      for (const i of steps(3)) turns += i;
      checkNear("turns of steps(3)", turns, 3, 0);
    },
    run: (k) => {
      for (const _i of steps(k));
    },
  };
  yield {
    workload: "W8",
    params: { op: "a loop of one turn" },
    title: "a loop of one turn, µs",
    unit: "us",
    on: "one",
    notes: "steps(1), which begins a loop and ends it",
    check: () => {
      let turns = 0;
      for (const _i of steps(1)) turns++;
      checkNear("turns of steps(1)", turns, 1, 0);
    },
    run: (k) => {
      for (let i = 0; i < k; i++) for (const _i of steps(1));
    },
  };
}
