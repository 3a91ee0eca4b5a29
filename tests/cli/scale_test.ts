/** Which targets are learnt by their logarithm. */
import assert from "node:assert/strict";
import { tensor } from "../../mod.ts";
import { scaledLoss, scaleOf } from "../../cli/tables/scale.ts";

/** e^(0 … 10), evenly. */
const GROWTH = Float64Array.from({ length: 200 }, (_, i) => Math.exp(10 * i / 199));

Deno.test("what is above 0, skewed and over orders of magnitude is learnt by its logarithm", () => {
  const { mean, deviation, log } = scaleOf(GROWTH, "auto");
  assert.ok(
    Math.abs(mean - 5) < 1e-9 && Math.abs(deviation - 2.9) < 0.01,
    `${mean} ${deviation}`,
  );
  assert.deepEqual(log, { offset: 0, low: 0, high: 10 });
  const counts = GROWTH.map((v) => Math.floor(v) - 1);
  assert.deepEqual(scaleOf(counts, "auto").log, { offset: 1, low: 0, high: Math.log(22026) });
  assert.equal(scaleOf(GROWTH, "no").log, undefined);
});

Deno.test("the loss is of logarithms, and of what lies below all that was learnt from, too", () => {
  const scale = { mean: 0, deviation: 2, log: { offset: 1, low: 0, high: 7 } };
  const loss = scaledLoss(scale);
  const of = (output: number, target: number) =>
    loss(tensor([[output]]).float(), tensor([[target]]).float()).item();
  assert.ok(Math.abs(of(Math.E - 1, 0) - 0.25) < 1e-6);
  assert.ok(of(0, -5) < 1e-6, "no NaN");
});

Deno.test("what is not is learnt as it is, unless the logarithm is asked for", () => {
  const even = Float64Array.from({ length: 200 }, (_, i) => 1 + i);
  const tight = GROWTH.map((v) => 20_000 + v); // skewed, but of one order
  const signed = GROWTH.map((v) => v - 2);
  const shares = GROWTH.map((v) => v < 3 ? 0 : v / 40_000); // with zeros that are no counts
  for (const values of [even, tight, signed, shares]) {
    assert.equal(scaleOf(values, "auto").log, undefined);
  }
  assert.deepEqual(scaleOf(even, "yes").log, { offset: 0, low: 0, high: Math.log(200) });
  assert.throws(() => scaleOf(signed, "yes"), /--log-target: .* from 0 up: one is -1/);
});
