import assert from "node:assert/strict";
import { classScores, judgementJson, judgementText } from "../../../cli/trained/judgement.ts";

const CONFUSION = [[6, 2, 0], [1, 3, 0], [0, 0, 0]];

Deno.test("precision, recall and F1 are those of the textbook", () => {
  const [zero, one, none] = classScores(CONFUSION);
  assert.deepEqual(zero, { count: 8, precision: 6 / 7, recall: 6 / 8, f1: 12 / 15 });
  assert.deepEqual(one, { count: 4, precision: 3 / 5, recall: 3 / 4, f1: 6 / 9 });
  assert.deepEqual(none, { count: 0, precision: NaN, recall: NaN, f1: NaN });
  const { precision, recall, f1 } = zero!;
  assert.ok(Math.abs(f1 - 2 / (1 / precision + 1 / recall)) < 1e-12);
});

const JUDGEMENT = {
  loss: 0.5,
  samples: 12,
  figures: [["accuracy", 0.75]] as [string, number][],
  classes: classScores(CONFUSION),
  confusion: CONFUSION,
  mistakes: [{
    index: 7,
    label: 0,
    guess: 1,
    probabilities: [0.1, 0.875, 0.025],
    loss: -Math.log(0.1),
    pixels: new Uint8Array(1),
    rows: 1,
    columns: 1,
  }],
};

Deno.test("a judgement is told as tables", () => {
  assert.equal(
    judgementText(JUDGEMENT),
    `accuracy  0.7500   (3 of 12 wrong)
loss      0.5000

class    count  precision   recall       F1
    0        8     0.8571   0.7500   0.8000
    1        4     0.6000   0.7500   0.6667
    2        0          –        –        –

Rows: what it is. Columns: what the network takes it for.
       0   1   2
   0   6   2   .
   1   1   3   .
   2   .   .   .

The worst mistakes:
  image     7: 0, taken for 1 (87.5 %), loss 2.30
`,
  );
});

Deno.test("a judgement is JSON, shares of nothing null", () => {
  const json = JSON.parse(JSON.stringify(judgementJson(JUDGEMENT)));
  assert.deepEqual([json.loss, json.accuracy, json.confusion], [0.5, 0.75, CONFUSION]);
  assert.deepEqual(json.classes[2], { count: 0, precision: null, recall: null, f1: null });
  assert.deepEqual(json.mistakes, [
    { index: 7, label: 0, guess: 1, probability: 0.875, loss: -Math.log(0.1) },
  ]);
});
