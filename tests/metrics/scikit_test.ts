/** Metrics beside those of scikit-learn. */
import assert from "node:assert/strict";
import { metrics, scope, tensor } from "../../mod.ts";
import fixture from "../fixtures/scikit.json" with { type: "json" };

type Case = Record<string, number> & {
  logits: number[][];
  labels: number[];
  confusion: number[][];
};

const cases = Object.entries(fixture.cases) as unknown as [string, Case][];

/** A metric that is told some samples in batches of 7. */
function told<V>(
  metric: metrics.Metric<V>,
  preds: number[] | number[][],
  target: number[],
  floats = false,
): V {
  for (let at = 0; at < target.length; at += 7) {
    scope(() => {
      const part = target.slice(at, at + 7);
      const y = floats ? tensor(part, { dtype: "float32" }) : tensor(part, { dtype: "int32" });
      metric.update(tensor(preds.slice(at, at + 7) as number[], { dtype: "float32" }), y);
    });
  }
  return metric.compute();
}

function near(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${what}: ${actual}, scikit-learn: ${expected}`);
}

for (const [name, { logits, labels, confusion, ...figures }] of cases) {
  Deno.test(`metrics of ${name}, told in batches, are scikit-learn's`, () => {
    const of = (metric: metrics.Metric) => told(metric, logits, labels);
    assert.deepEqual(told(metrics.confusion(), logits, labels), confusion);
    near(of(metrics.accuracy()), figures.accuracy!, "accuracy");
    near(of(metrics.logLoss()), figures.logLoss!, "logLoss");
    let seen = 2;
    for (const [figure, expected] of Object.entries(figures)) {
      const [what, average] = figure.split(" ") as ["f1", "macro"];
      if (average === undefined) continue;
      near(of(metrics[what]({ average })), expected, figure);
      seen++;
    }
    assert.ok(seen >= 13, String(seen));
    if (figures.top2 !== undefined) near(of(metrics.topK({ k: 2 })), figures.top2, "top2");
    if (logits[0]!.length > 2 || name.includes("ties")) return;
    // one score a sample: a logit, then a probability
    const scores = logits.map(([a, b]) => b! - a!);
    near(told(metrics.rocAuc(), scores, labels), figures["rocAuc macro"]!, "rocAuc of logits");
    near(told(metrics.f1(), scores, labels), figures["f1 binary"]!, "f1 of logits");
    const chances = scores.map((s) => 1 / (1 + Math.exp(-s)));
    near(told(metrics.f1(), chances, labels), figures["f1 binary"]!, "f1 of probabilities");
    near(told(metrics.logLoss(), chances, labels, true), figures.logLoss!, "logLoss of floats");
  });
}

Deno.test("errors of numbers are scikit-learn's, also where the targets are far from 0", () => {
  const { preds, target, ...figures } = fixture.errors;
  for (const name of ["mae", "rmse", "r2"] as const) {
    near(told(metrics[name](), preds, target, true), figures[name], name);
  }
});

Deno.test("a class without a sample is refused by name, not made a figure", () => {
  const auc = metrics.rocAuc();
  assert.throws(() => told(auc, [0.1, 0.9], [1, 1]), {
    name: "RangeError",
    message: "rocAuc: samples of each class are needed: none of the 2 is of class 0",
  });
  auc.reset();
  assert.throws(() => auc.compute(), /rocAuc: compute needs a sample/);
  assert.equal(told(auc, [0.5, 0.5], [0, 1]), 0.5); // a tie counts half
});

Deno.test("calibration tells how sure answers are and how often they are right", () => {
  const { error, bins } = told(metrics.calibration({ bins: 2 }), [[0.8, 0.2], [0.9, 0.1], [
    0.3,
    0.7,
  ]], [0, 1, 1]);
  assert.equal(bins.length, 2);
  assert.equal(bins[0]!.count, 0);
  assert.equal(bins[1]!.count, 3);
  near(bins[1]!.confidence, 0.8, "confidence");
  near(error, 0.8 - 2 / 3, "error");
});

Deno.test("what cannot be predictions is refused", () => {
  const labels = tensor([0, 1], { dtype: "int32" });
  assert.throws(() => metrics.f1().update(tensor([[0.5, 1]]), labels), /f1: predictions must be/);
  assert.throws(() => metrics.f1().update(tensor([[0, 1], [1, 0]]), tensor([0.5, 1])), /int32/);
  const topK = metrics.topK({ k: 1 });
  assert.throws(
    () => topK.update(tensor([[0, 1], [1, 0]]), tensor([0, 2], { dtype: "int32" })),
    /labels are 0 to 1/,
  );
});
