import assert from "node:assert/strict";
import { clock, gridTable, gridTime } from "../../../cli/grid/table.ts";
import { referenceRow, REPORT_GRID } from "../../../cli/grid/reference.ts";
import { madeTrial, normals, reportConfigs } from "./made_trials.ts";

function trials(seeds: number) {
  const normal = normals(3);
  return reportConfigs(seeds).map((config) =>
    madeTrial(config, 0.976 + 0.001 * normal(), 7 + config.seed % 3)
  );
}

Deno.test("the table has a row a configuration, with the paper's beside it", () => {
  const of = (accuracies: number[]) =>
    gridTable(accuracies.map((accuracy, seed) => {
      const config = { ...reportConfigs(1)[11]!, seed };
      return madeTrial(config, accuracy, 8 + seed % 2);
    })).split("\n").slice(0, 2);
  assert.deepEqual(of([0.979, 0.98, 0.981]), [
    "layers  LR decay  momentum  activation     dev accuracy  epoch      paper  difference",
    "3       0.5       off       ReLU        0.9800 ± 0.0025    8.3  0.9790 @9     +0.0010",
  ]);
  assert.deepEqual(of([0.978]), [
    "layers  LR decay  momentum  activation  dev accuracy  epoch      paper  difference",
    "3       0.5       off       ReLU              0.9780    8.0  0.9790 @9     -0.0010",
  ]);
});

Deno.test("the table has the paper's order, its means, and a sentence a factor", () => {
  const text = gridTable(trials(3));
  const rows = text.split("\n\n")[0]!.split("\n").slice(1);
  assert.deepEqual(
    rows.map((row) => Number(row.match(/(0\.\d{4}) @/)![1])),
    REPORT_GRID.rows.map(({ accuracy }) => accuracy),
  );
  assert.match(text, /^the grid +0\.976\d ± 0\.\d{4} +\S+ ± \S+ +0\.9761 @7\.67 /m);
  assert.match(text, /^momentum 0\.9 .* @7\.17 /m);
  assert.match(text, /^momentum off .* @8\.17 /m);
  for (const factor of ["layers 5 against 2", "LR decay", "momentum", "tanh against ReLU"]) {
    const sentence = new RegExp(
      `^${factor}: [+-]?0\\.\\d{4} \\[\\S+, \\S+\\]: (higher|lower|no difference shown)`,
      "m",
    );
    assert.match(text, sentence);
  }
  assert.match(text, /^Interactions of two factors: \d+ of 24 shown, 1\.2 expected by chance/m);
  assert.match(text, /stands on 3 values/);
  assert.ok(text.split("\n").every((line) => line.length <= 100));
});

Deno.test("the table is the same text whatever the order of trials and the time they took", () => {
  const results = trials(3);
  const turned = results.toReversed().map((trial) => ({ ...trial, seconds: 99 }));
  assert.equal(gridTable(turned), gridTable(results));
});

Deno.test("the table can be drawn of one trial, of an unfinished grid, and of none", () => {
  assert.equal(gridTable([]), "no trial is finished yet");
  assert.match(gridTable(trials(1).slice(0, 1)), /^the grid +0\.97/m);
  for (const n of [2, 3, 7, 25, 60]) assert.ok(!gridTable(trials(3).slice(0, n)).includes("NaN"));
});

Deno.test("other factors have a column too, and no row of the paper's means", () => {
  const results = reportConfigs(1).flatMap((config) =>
    [50, 100].map((hidden) => madeTrial({ ...config, hidden }, 0.97))
  );
  const text = gridTable(results);
  assert.match(text, /^layers +LR decay +momentum +activation +hidden +dev accuracy/);
  assert.match(text, /^hidden 50 +0\.9700 +7\.00$/m);
});

Deno.test("a grid of another length than the paper's says so", () => {
  const short = trials(2).map((trial) => ({ ...trial, config: { ...trial.config, epochs: 2 } }));
  const note = "The paper's trials have 10 epochs, these 2: " +
    "differences from its table are those of the length too.";
  assert.ok(gridTable(short).endsWith(note));
  assert.ok(!gridTable(trials(2)).includes("The paper's trials"));
});

Deno.test("the time stands beside the paper's", () => {
  assert.equal(
    gridTime(trials(1), 300),
    "24 trials in 5 min 00 s (4 min 00 s of training): the paper's 24 took 7 h 05 min, " +
      "85 times the time an epoch",
  );
  assert.equal(
    gridTime(trials(1), 300, null),
    "24 trials in 5 min 00 s (4 min 00 s of training)",
  );
  assert.deepEqual([9.26, 59.96, 3599, 25_500].map(clock), [
    "9.3 s",
    "1 min 00 s",
    "59 min 59 s",
    "7 h 05 min",
  ]);
});

Deno.test("a table that is too wide tells each row in words; without a paper it has no such column", () => {
  for (const width of [50, 80]) {
    const lines = gridTable(trials(3), REPORT_GRID, width).split("\n");
    assert.deepEqual(lines.filter((line) => line.length > width), []);
  }
  assert.match(
    gridTable(trials(1), REPORT_GRID, 50),
    /^layers 2, LR decay 0\.5, momentum 0\.9, activation\n {2}tanh, dev accuracy 0\.\d{4}/,
  );
  assert.doesNotMatch(gridTable(trials(3), null), /paper| @/);
});

Deno.test("a configuration finds its row, or none", () => {
  const config = reportConfigs(1)[0]!;
  assert.equal(referenceRow(config)!.accuracy, 0.9771);
  assert.equal(referenceRow({ ...config, momentum: 0.5 })!.accuracy, 0.9771);
  assert.equal(referenceRow({ ...config, layers: 4 }), undefined);
});
