import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import {
  arena,
  assertClose,
  bits,
  type Kernels,
  numbers,
  SIZES,
  tableOf,
  testBuilds,
} from "./harness.ts";

const RULE: reference.AdamRule = {
  lr: 0.01,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupled: false,
  step: 10,
};

/** Rules by what they are called; whether the largest average square is kept. */
const RULES: Record<string, [rule: reference.AdamRule, amsgrad: boolean]> = {
  "Adam": [RULE, false],
  "first step": [{ ...RULE, step: 1 }, false],
  "weight decay": [{ ...RULE, weightDecay: 0.1 }, false],
  "AdamW": [{ ...RULE, weightDecay: 0.1, decoupled: true }, false],
  "AMSGrad": [RULE, true],
  "AMSGrad, AdamW": [{ ...RULE, weightDecay: 0.1, decoupled: true, step: 1000 }, true],
  "no averages": [{ ...RULE, betas: [0, 0], eps: 0.1 }, false],
};

/** The four or five arrays of a step: w, g, m, v and, for AMSGrad, the largest v. */
function arrays(n: number, amsgrad: boolean): Float32Array[] {
  const positive = (seed: number) => numbers(n, 1, seed).map((x) => x * x + 0.01);
  const all = [numbers(n, 1, 1), numbers(n, 1, 2), numbers(n, 0.1, 3), positive(4)];
  if (amsgrad) all.push(positive(5));
  return all;
}

function call(kernels: Kernels, at: Float32Array[], rule: reference.AdamRule) {
  const { lr, betas: [beta1, beta2], eps, weightDecay, step } = rule;
  const corrections = [1 - beta1 ** step, 1 - beta2 ** step];
  const numbersOf = [lr, beta1, beta2, eps, weightDecay, Number(rule.decoupled)];
  const table = tableOf({ n: at[0]!.length, arrays: at, corrections });
  return (begin: number, end: number) => kernels.adam!(table, 1, ...numbersOf, begin, end);
}

testBuilds("adam: every rule at every length", (kernels) => {
  for (const [name, [rule, amsgrad]] of Object.entries(RULES)) {
    for (const n of SIZES) {
      arena.clear();
      const before = arrays(n, amsgrad);
      const at = before.map((a, i) => arena.put(a, (n + i) % 5));
      call(kernels, at, rule)(0, n);
      const [w, g, m, v, top] = before;
      const expected = Array.from(
        w!,
        (x, i) =>
          reference.adam(x, g![i]!, m![i]!, v![i]!, top === undefined ? null : top[i]!, rule),
      );
      assertClose(at[0]!, expected.map(([x]) => x), 2, `${name}: w`, 1e-7);
      assertClose(at[1]!, g!, 0, `${name}: g must stay`);
      assertClose(at[2]!, expected.map(([_, x]) => x), 2, `${name}: m`, 1e-7);
      assertClose(at[3]!, expected.map((e) => e[2]), 2, `${name}: v`, 1e-7);
      if (amsgrad) assertClose(at[4]!, expected.map((e) => e[3]!), 2, `${name}: top`, 1e-7);
      arena.check();
    }
  }
});

testBuilds("adam: parts give the bits of the whole, and touch nothing else", (kernels) => {
  for (const [name, [rule, amsgrad]] of Object.entries(RULES)) {
    for (const n of SIZES) {
      const run = (...parts: [begin: number, end: number][]) => {
        arena.clear();
        const at = arrays(n, amsgrad).map((a, i) => arena.put(a, i));
        for (const [begin, end] of parts) call(kernels, at, rule)(begin, end);
        arena.check();
        return at.map((a) => a.slice());
      };
      const whole = run([0, n]);
      const a = Math.floor(n / 3), b = Math.min(n, a + Math.ceil(n / 2));
      assert.deepEqual(run([0, a], [b, n], [a, b]).map(bits), whole.map(bits), name);
      const middle = run([a, b]).map((array) => array.slice(b));
      assert.deepEqual(middle, arrays(n, amsgrad).map((array) => array.slice(b)), name);
    }
  }
});

testBuilds("adam: a NaN gradient stays with its own weight", (kernels) => {
  const before = arrays(9, true);
  before[1]![3] = NaN;
  const at = before.map((a) => arena.put(a));
  call(kernels, at, RULE)(0, 9);
  for (const array of [at[0]!, at[2]!, at[3]!, at[4]!]) {
    assert.deepEqual(Array.from(array, Number.isNaN), Array.from(array, (_, i) => i === 3));
  }
});

testBuilds("adam: no array is read or written past its end", (kernels) => {
  for (const n of [1, 2, 3, 5, 7, 9]) {
    for (let last = 0; last < 5; last++) {
      arena.clear();
      const at = arrays(n, true).map((a, i) => i === last ? arena.last(a) : arena.put(a));
      assert.doesNotThrow(() => call(kernels, at, RULE)(0, n), `array ${last} of ${n} elements`);
      arena.check();
    }
  }
});
