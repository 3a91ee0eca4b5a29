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

const RULE: reference.RmspropRule = {
  lr: 0.01,
  alpha: 0.9,
  eps: 1e-3,
  weightDecay: 0,
  momentum: 0.8,
};

/** What is kept besides the average square. */
const KEPT: [centered: boolean, momentum: boolean][] = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
];

/** w, g, v, the average gradient and the momentum buffer; null for what is not kept. */
function arrays(n: number, centered: boolean, momentum: boolean): (Float32Array | null)[] {
  return [
    numbers(n, 1, 1),
    numbers(n, 1, 2),
    numbers(n, 1, 3).map((x) => x * x + 0.1),
    centered ? numbers(n, 0.1, 4) : null,
    momentum ? numbers(n, 1, 5) : null,
  ];
}

function call(kernels: Kernels, at: (Float32Array | null)[], rule: reference.RmspropRule) {
  const { lr, alpha, eps, weightDecay, momentum } = rule;
  const table = tableOf({ n: at[0]!.length, arrays: at });
  return (begin: number, end: number) => {
    kernels.rmsprop!(table, 1, lr, alpha, eps, weightDecay, momentum, begin, end);
  };
}

testBuilds("rmsprop: every rule at every length", (kernels) => {
  for (const [centered, momentum] of KEPT) {
    for (const rule of [RULE, { ...RULE, weightDecay: 0.1 }]) {
      for (const n of SIZES) {
        arena.clear();
        const before = arrays(n, centered, momentum);
        const at = before.map((a, i) => a === null ? null : arena.put(a, (n + i) % 5));
        call(kernels, at, rule)(0, n);
        const [w, g, v, mean, m] = before;
        const expected = Array.from(w!, (x, i) => {
          return reference.rmsprop(x, g![i]!, v![i]!, mean?.[i] ?? null, m?.[i] ?? null, rule);
        });
        const what = `centered ${centered}, momentum ${momentum}, decay ${rule.weightDecay}`;
        assertClose(at[0]!, expected.map(([x]) => x), 2, `${what}: w`, 1e-7);
        assertClose(at[1]!, g!, 0, `${what}: g must stay`);
        assertClose(at[2]!, expected.map(([_, x]) => x), 2, `${what}: v`, 1e-7);
        if (centered) assertClose(at[3]!, expected.map((e) => e[2]!), 2, `${what}: mean`, 1e-7);
        if (momentum) assertClose(at[4]!, expected.map((e) => e[3]!), 4, `${what}: m`, 1e-6);
        arena.check();
      }
    }
  }
});

testBuilds("rmsprop: parts give the bits of the whole, and touch nothing else", (kernels) => {
  for (const [centered, momentum] of KEPT) {
    for (const n of SIZES) {
      const initial = () => arrays(n, centered, momentum).filter((a) => a !== null);
      const run = (...parts: [begin: number, end: number][]) => {
        arena.clear();
        const at = arrays(n, centered, momentum).map((a, i) => a === null ? null : arena.put(a, i));
        for (const [begin, end] of parts) call(kernels, at, RULE)(begin, end);
        arena.check();
        return at.filter((a) => a !== null).map((a) => a.slice());
      };
      const whole = run([0, n]);
      const a = Math.floor(n / 3), b = Math.min(n, a + Math.ceil(n / 2));
      assert.deepEqual(run([0, a], [b, n], [a, b]).map(bits), whole.map(bits));
      assert.deepEqual(run([a, b]).map((x) => x.slice(b)), initial().map((x) => x.slice(b)));
    }
  }
});

testBuilds("rmsprop: a variance that rounds below 0 counts as 0, a NaN stays NaN", (kernels) => {
  const value = Math.fround(0.1); // its square, rounded, is below the product of the average
  const at = [[2, 2], [value, NaN], [value * value * (1 - 1e-6), 1], [value, 1], null].map((a) =>
    a === null ? null : arena.put(Float32Array.from(a))
  );
  call(kernels, at, { ...RULE, alpha: 0.999999 })(0, 2);
  const [w] = at;
  assertClose([w![0]!], [2 - 0.01 * 0.1 / 1e-3], 4, "w");
  assert.ok(Number.isNaN(w![1]));
});

testBuilds("rmsprop: no array is read or written past its end", (kernels) => {
  for (const n of [1, 2, 3, 5, 7, 9]) {
    for (let last = 0; last < 5; last++) {
      arena.clear();
      const at = arrays(n, true, true).map((a, i) => i === last ? arena.last(a!) : arena.put(a!));
      assert.doesNotThrow(() => call(kernels, at, RULE)(0, n), `array ${last} of ${n} elements`);
      arena.check();
    }
  }
});
