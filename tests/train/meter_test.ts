import assert from "node:assert/strict";
import type { train } from "../../mod.ts";
import { Meter } from "../../src/train/meter.ts";

function info(epoch: number, samples: number, meanLoss: number): train.StepInfo {
  return { epoch, step: 0, totalSteps: 0, samples, loss: meanLoss, meanLoss };
}

Deno.test("the meter tells loss and speed of the samples since the last time, epoch by epoch", () => {
  const meter = new Meter();
  meter.begin({ epoch: 0, sums: { samples: 0, loss: 0, correct: 0 } });
  meter.start(1000);
  assert.deepEqual(meter.read(info(0, 100, 2), 2000), { recentLoss: 2, samplesPerSecond: 100 });
  const second = meter.read(info(0, 200, 1.5), 3000)!;
  assert.deepEqual([second.recentLoss, Math.round(second.samplesPerSecond)], [1, 100]);
  assert.equal(meter.read(info(0, 200, 1.5), 4000), null, "nothing has happened");
  assert.equal(meter.read(info(1, 50, 0.5), 5000)!.recentLoss, 0.5);
});

Deno.test("samples before a checkpoint that was gone on from count for neither", () => {
  const meter = new Meter();
  meter.begin({ epoch: 2, sums: { samples: 900, loss: 900, correct: 0 } });
  meter.start(1000);
  const { recentLoss, samplesPerSecond } = meter.read(info(2, 1000, 1.1), 2000)!;
  assert.ok(Math.abs(recentLoss - 2) < 1e-9);
  assert.equal(samplesPerSecond, 100);
});
