/** Metrics: the values of torchmetrics' own documentation, and what is refused. */
import assert from "node:assert/strict";
import { manualSeed, metrics, ones, rand, randn, tensor, zeros } from "../../mod.ts";
import { DTypeError, ShapeError } from "../../src/core/errors.ts";

const { accuracy, confusionMatrix, meanAbsoluteError, meanSquaredError, r2Score } = metrics;

const labels = (values: unknown[]) => tensor(values as number[], { dtype: "int32" });

Deno.test("errors of regression are those of torchmetrics", () => {
  const preds = tensor([2.5, 0, 2, 8]), target = tensor([3, -0.5, 2, 7]);
  assert.equal(meanAbsoluteError(preds, target).item(), 0.5);
  assert.equal(meanSquaredError(preds, target).item(), 0.375);
  assert.equal(r2Score(preds, target).item().toFixed(4), "0.9486");
  assert.equal(r2Score(target, target).item(), 1);
  const mean = ones([4]).mul(target.mean());
  assert.ok(Math.abs(r2Score(mean, target).item()) < 1e-6, "the mean explains nothing");
});

Deno.test("accuracy takes labels, or scores of which the highest counts", () => {
  const target = labels([0, 1, 2, 3]);
  assert.equal(accuracy(labels([0, 2, 1, 3]), target).item(), 0.5);
  const scores = tensor([[0.1, 0.9, 0], [0.3, 0.1, 0.6], [0.2, 0.5, 0.3]]);
  assert.equal(accuracy(scores, labels([0, 1, 1])).item().toFixed(6), "0.333333");
  // [n, classes, 2]: of each of two places in a sample
  const places = tensor([[[0, 1], [1, 0]], [[1, 1], [0, 0]]]);
  assert.equal(accuracy(places.to("float32"), labels([[1, 0], [0, 1]])).item(), 0.75);
  assert.equal(accuracy(labels([1, 1]).to("uint8"), labels([1, 0]).to("uint8")).item(), 0.5);
});

Deno.test("a confusion matrix has a row for each true class and a column for each predicted one", () => {
  const matrix = confusionMatrix(labels([2, 1, 0, 1]), labels([2, 1, 0, 0]), { numClasses: 3 });
  assert.deepEqual(matrix.toArray(), [[1, 1, 0], [0, 1, 0], [0, 0, 1]]);
  assert.equal(matrix.dtype, "int32");
  manualSeed(1);
  const scores = randn([500, 7]), target = rand([500]).mul(7).to("int32");
  const counts = confusionMatrix(scores, target, { numClasses: 7 });
  assert.equal(counts.sum().item(), 500);
  const right = Array.from({ length: 7 }, (_, i) => (counts.toArray() as number[][])[i]![i]!);
  const share = right.reduce((sum, n) => sum + n) / 500;
  assert.ok(
    Math.abs(share - accuracy(scores, target).item()) < 1e-6,
    "its diagonal is the accuracy",
  );
});

Deno.test("a metric is no part of a graph", () => {
  const preds = randn([3, 4], { requiresGrad: true });
  assert.equal(accuracy(preds, labels([0, 1, 2])).requiresGrad, false);
  assert.equal(meanSquaredError(preds, zeros([3, 4])).requiresGrad, false);
});

Deno.test("what no metric can be of is told", () => {
  assert.throws(
    () => r2Score(ones([3]), ones([3, 1])),
    new ShapeError(
      "r2Score: predictions and target must have one shape and an element: they are [3] and [3, 1]",
    ),
  );
  assert.throws(() => meanAbsoluteError(zeros([0]), zeros([0])), ShapeError);
  assert.throws(
    () => accuracy(ones([3, 2]), labels([0, 1])),
    new ShapeError(
      "accuracy: predictions must be labels [n, …] or float32 scores [n, classes, …] for a target " +
        "[n, …] of at least one label: they are float32 [3, 2] for [2]",
    ),
  );
  assert.throws(
    () => accuracy(ones([2]), ones([2])),
    new DTypeError("accuracy: the target must be labels, int32 or uint8: it is float32"),
  );
  assert.throws(
    () => confusionMatrix(labels([0, 1]), labels([0, 5]), { numClasses: 2 }),
    new RangeError(
      "confusionMatrix: a label is 0 to 1 with numClasses 2: number 1 is 5",
    ),
  );
  assert.throws(
    () => confusionMatrix(labels([-1, 1]), labels([0, 1]), { numClasses: 2 }),
    /a prediction is 0 to 1 with numClasses 2: number 0 is -1$/,
  );
  assert.throws(
    () => confusionMatrix(labels([0]), labels([0]), {} as { numClasses: number }),
    /^TypeError: confusionMatrix: numClasses must be given/,
  );
});
