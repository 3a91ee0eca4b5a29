import fc from "fast-check";
import assert from "node:assert/strict";
import { cosSin, exp, log } from "../../src/data/portable_math.ts";

/** Fails unless a number is right to a part, by default about eight units in the last place. */
function assertNear(actual: number, expected: number, most = 2e-15): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert(error < most, `${actual}, expected ${expected}`);
}

Deno.test("cosine and sine are Math's, but for the last digits, over a whole turn", () => {
  fc.assert(fc.property(fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }), (x) => {
    const [cos, sin] = cosSin(x);
    assertNear(cos, Math.cos(x));
    assertNear(sin, Math.sin(x));
  }));
  assert.deepEqual(cosSin(0), [1, 0]);
});

Deno.test("exponential and logarithm are Math's, but for the last digits", () => {
  fc.assert(fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (x) => {
    assertNear(exp(x), Math.exp(x), 1e-14); // squared up to four times, which adds up
  }));
  fc.assert(fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (x) => {
    assertNear(log(x), Math.log(x));
  }));
  assert.equal(exp(0), 1);
  assert.equal(log(1), 0);
});
