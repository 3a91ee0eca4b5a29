import assert from "node:assert/strict";
import { bestEpoch, type EpochRecord } from "../../src/train/epoch_record.ts";
import { curvesSvg } from "../../cli/report/charts.ts";

function history(...devAccuracies: number[]): EpochRecord[] {
  return devAccuracies.map((devAccuracy, epoch) => ({
    epoch,
    trainLoss: 1 / (epoch + 1),
    trainAccuracy: 0.9 + 0.01 * epoch,
    devLoss: 1 / (epoch + 2),
    devAccuracy,
    learningRate: 0.01,
    seconds: 1,
  }));
}

Deno.test("the best epoch is the first of those with the highest dev accuracy", () => {
  assert.equal(bestEpoch(history(0.9, 0.95, 0.95, 0.94)).epoch, 1);
  assert.throws(() => bestEpoch([]), RangeError);
});

Deno.test("curvesSvg has a title, both axes' names, four lines, the best epoch, and a dark form", () => {
  const svg = curvesSvg(history(0.91, 0.95, 0.93));
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.ok(svg.endsWith("</svg>"));
  assert.match(svg, /<title>Loss, Accuracy over 3 epochs\. Best dev accuracy: 0\.9500, /);
  assert.match(svg, /@media \(prefers-color-scheme:dark\)/);
  for (const text of ["Loss", "Accuracy", "train", "dev", "0.9500, after epoch 1"]) {
    assert.ok(svg.includes(`${text}</text>`), text);
  }
  assert.equal(svg.match(/>epoch<\/text>/g)?.length, 2);
  // A line of three points is a path of a move and two more.
  const lines = svg.match(/<path class="line [ab]" d="M[^"LZ]+L[^"LZ]+L[^"LZ]+" \/>/g);
  assert.equal(lines?.length, 4);
});

Deno.test("curvesSvg draws the same bytes for the same history, and leaves gaps for NaN", () => {
  const records = history(0.91, 0.95, 0.93);
  assert.equal(curvesSvg(records), curvesSvg(records));
  records[1]!.devLoss = NaN;
  assert.ok(!curvesSvg(records).includes("NaN"));
});

Deno.test("curvesSvg refuses an empty history", () => {
  assert.throws(() => curvesSvg([]), RangeError);
});
