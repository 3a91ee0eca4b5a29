import assert from "node:assert/strict";
import type { train } from "../../mod.ts";
import { Meter } from "../../web/worker/meter.ts";

function info(epoch: number, samples: number, meanLoss: number): train.StepInfo {
  return { epoch, step: 0, totalSteps: 0, samples, loss: meanLoss, meanLoss };
}

Deno.test("the meter tells the mean loss of the samples since the last time, epoch by epoch", () => {
  const meter = new Meter();
  meter.clear(false);
  meter.start();
  assert.equal(meter.read(info(0, 100, 2), 1, 1000)!.loss, 2);
  assert.equal(meter.read(info(0, 200, 1.5), 2, 1000)!.loss, 1);
  assert.equal(meter.read(info(0, 200, 1.5), 2, 1000), null, "nothing has happened");
  const next = meter.read(info(1, 50, 0.5), 3, 1000)!;
  assert.deepEqual([next.loss, next.epoch], [0.5, 1.05]);
});

Deno.test("samples before a checkpoint that was opened count for neither speed nor loss", () => {
  const meter = new Meter();
  meter.clear(true);
  assert.equal(meter.read(info(2, 900, 1), 29, 1000), null);
  const progress = meter.read(info(2, 1000, 1.1), 30, 1000)!;
  assert.ok(Math.abs(progress.loss - 2) < 1e-9);
});
