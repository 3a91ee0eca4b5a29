import * as reference from "../reference.ts";
import { arena, assertClose, inParts, numbers, SIZES, tableOf, testBuilds } from "./harness.ts";

const RULE: reference.SgdRule = {
  lr: 0.1,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  ema: false,
  first: false,
};

/** Rules by what they are called; `null` for no momentum buffer. */
const RULES: Record<string, [rule: reference.SgdRule, buffer: boolean]> = {
  "plain": [RULE, false],
  "weight decay": [{ ...RULE, weightDecay: 0.01 }, false],
  "momentum": [{ ...RULE, momentum: 0.9 }, true],
  "dampening": [{ ...RULE, momentum: 0.9, dampening: 0.3, weightDecay: 0.1 }, true],
  "first step": [{ ...RULE, momentum: 0.9, dampening: 0.3, first: true }, true],
  "Nesterov": [{ ...RULE, momentum: 0.8, nesterov: true, weightDecay: 0.1 }, true],
  "first step, Nesterov": [{ ...RULE, momentum: 0.8, nesterov: true, first: true }, true],
  "moving average": [{ ...RULE, momentum: 0.9, ema: true }, true],
  "moving average, Nesterov": [{ ...RULE, momentum: 0.9, ema: true, nesterov: true }, true],
};

testBuilds("sgd: every rule at every length, whole and in parts", (kernels) => {
  for (const [name, [rule, buffered]] of Object.entries(RULES)) {
    for (const n of SIZES) {
      arena.clear();
      const w = arena.put(numbers(n, 1, 1), n % 4), g = arena.put(numbers(n, 1, 2), 1);
      const old = numbers(n, 1, 3);
      if (rule.first) old.fill(NaN); // what an unused buffer holds must not matter
      const m = arena.put(old, 2);
      const expected = Array.from(w, (v, i) => {
        return reference.sgd(v, g[i]!, buffered ? old[i]! : null, rule);
      });
      const flags = Number(rule.nesterov) | Number(rule.ema) << 1;
      const { lr, momentum, dampening, weightDecay } = rule;
      const numbersOf = [lr, momentum, dampening, weightDecay, flags, 0];
      const table = tableOf({ n, arrays: [w, g, buffered ? m : null], flags: rule.first ? 4 : 0 });
      const run = (b: number, e: number) => kernels.sgd!(table, 1, ...numbersOf, b, e);
      // The step changes m too, which inParts does not put back.
      inParts(n, w, (b, e) => {
        m.set(old.subarray(b, e), b);
        run(b, e);
      });
      assertClose(w, expected.map(([v]) => v), 1, name, 1e-7);
      if (buffered) assertClose(m, expected.map(([, v]) => v!), 2, name, 1e-7);
      arena.check();
    }
  }
});
