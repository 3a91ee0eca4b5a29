import assert from "node:assert/strict";
import { besideReport } from "../../cli/beside_report.ts";

const BEST = {
  epoch: 7,
  trainLoss: 0.1,
  trainAccuracy: 0.99,
  devLoss: 0.2,
  devAccuracy: 0.9806,
  learningRate: 0.01,
  seconds: 1,
};

Deno.test("a run on MNIST stands beside the paper", () => {
  assert.equal(
    besideReport(BEST, 0.9816, 32, true),
    `
                this run   the paper
dev accuracy      0.9806      0.9818   best, epoch 7
test accuracy     0.9816      0.9816   with that epoch's weights
time                0:32`,
  );
});

Deno.test("a run on other data stands alone", () => {
  assert.equal(
    besideReport(BEST, 0.9816, 32, false),
    `
                this run
dev accuracy      0.9806   best, epoch 7
test accuracy     0.9816   with that epoch's weights
time                0:32`,
  );
});
