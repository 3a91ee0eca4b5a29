import assert from "node:assert/strict";
import fc from "fast-check";
import { learningRateFactor } from "../../../cli/recipes/learning_rate.ts";

Deno.test("the learning rate goes up to its highest, and down to 0 along a line or a cosine", () => {
  const linear = { warmUp: 0.2, decay: "linear" } as const;
  const cosine = { warmUp: 0.5, decay: "cosine" } as const;
  const cases: [actual: number, expected: number][] = [
    [learningRateFactor(0, 100, linear), 0.05],
    [learningRateFactor(10, 100, linear), 0.525],
    [learningRateFactor(20, 100, linear), 1],
    [learningRateFactor(60, 100, linear), 0.5],
    [learningRateFactor(100, 100, linear), 0],
    [learningRateFactor(50, 100, cosine), 1],
    [learningRateFactor(75, 100, cosine), 0.5],
    [learningRateFactor(100, 100, cosine), 0],
  ];
  for (const [actual, expected] of cases) assert.ok(Math.abs(actual - expected) < 1e-12);
});

Deno.test("the learning rate has one peak, whatever the number of steps", () => {
  const settings = fc.record({
    warmUp: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    decay: fc.constantFrom("linear" as const, "cosine" as const),
  });
  fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), settings, (steps, settings) => {
    const factors = Array.from(
      { length: steps },
      (_, i) => learningRateFactor(i, steps, settings),
    );
    const peak = factors.indexOf(Math.max(...factors));
    factors.forEach((factor, i) => {
      assert.ok(factor > 0 && factor <= 1);
      if (i > 0 && i <= peak) assert.ok(factor > factors[i - 1]!);
      if (i > peak) assert.ok(factor < factors[i - 1]!);
    });
  }));
});
