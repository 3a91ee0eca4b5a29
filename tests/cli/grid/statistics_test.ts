import assert from "node:assert/strict";
import { estimate, mean, studentT95 } from "../../../cli/grid/statistics.ts";
import { normals } from "./made_trials.ts";

Deno.test("Student's t is that of printed tables", () => {
  const table: [degrees: number, t: number][] = [
    [1, 12.706205],
    [2, 4.302653],
    [3, 3.182446],
    [4, 2.776445],
    [5, 2.570582],
    [9, 2.262157],
    [10, 2.228139],
    [11, 2.200985],
    [30, 2.042272],
    [120, 1.979930],
  ];
  for (const [degrees, t] of table) {
    assert.ok(Math.abs(studentT95(degrees) - t) < 1e-6, `${degrees}: ${studentT95(degrees)}`);
  }
  assert.ok(Math.abs(studentT95(100_000) - 1.959988) < 1e-5);
});

Deno.test("degrees of freedom are whole and at least 1", () => {
  for (const degrees of [0, -1, 1.5, NaN]) {
    assert.throws(() => studentT95(degrees), {
      name: "RangeError",
      message: "studentT95: degrees of freedom must be a whole number of at least 1: " +
        `they are ${degrees}`,
    });
  }
});

Deno.test("an estimate has mean, standard deviation and half the interval's width", () => {
  const { n, mean, sd, half } = estimate([1, 2, 3, 4]);
  assert.deepEqual([n, mean], [4, 2.5]);
  assert.ok(Math.abs(sd - Math.sqrt(5 / 3)) < 1e-15);
  assert.ok(Math.abs(half - 3.182446305 * Math.sqrt(5 / 3) / 2) < 1e-8);
});

Deno.test("one value has a mean and no interval, none has nothing", () => {
  assert.deepEqual(estimate([3]), { n: 1, mean: 3, sd: NaN, half: NaN });
  assert.throws(() => estimate([]), RangeError);
  assert.throws(() => mean([]), RangeError);
});

Deno.test("of 95 % intervals 95 in 100 hold the true mean", () => {
  for (const n of [2, 3, 12]) {
    const normal = normals(n);
    let held = 0;
    const repeats = 10_000;
    for (let i = 0; i < repeats; i++) {
      const { mean, half } = estimate(Array.from({ length: n }, () => 5 + normal()));
      if (Math.abs(mean - 5) <= half) held++;
    }
    // Three standard deviations of the share that is held are 0.0065.
    assert.ok(Math.abs(held / repeats - 0.95) < 0.0065, `${n}: ${held / repeats}`);
  }
});
