import assert from "node:assert/strict";
import type { Findings } from "../../../cli/grid/findings.ts";
import { PAPER } from "../../../cli/grid/paper.ts";
import { gridTable, gridTime } from "../../../cli/grid/table.ts";
import { clock } from "../../../cli/words.ts";
import { madeTrial, normals, PAPER_FACTORS, paperFindings, paperTrials } from "./made_trials.ts";

function findings(seeds: number): Findings {
  const normal = normals(3);
  return paperFindings(
    paperTrials(seeds).map((trial) =>
      madeTrial(trial, 0.976 + 0.001 * normal(), 7 + trial.seed % 3)
    ),
  );
}

Deno.test("the table has a row a configuration, with the paper's beside it", () => {
  const { options } = paperTrials(1)[11]!;
  const of = (accuracies: number[]) =>
    gridTable(
      paperFindings(
        accuracies.map((accuracy, seed) => madeTrial({ options, seed }, accuracy, 8 + seed % 2)),
      ),
    ).split("\n").slice(0, 2);
  assert.deepEqual(of([0.979, 0.98, 0.981]), [
    "layers  lr decay  momentum  activation     dev accuracy  epoch  the paper  difference",
    "3       0.5       off       relu        0.9800 ± 0.0025    8.3  0.9790 @9     +0.0010",
  ]);
  assert.deepEqual(of([0.978]), [
    "layers  lr decay  momentum  activation  dev accuracy  epoch  the paper  difference",
    "3       0.5       off       relu              0.9780    8.0  0.9790 @9     -0.0010",
  ]);
});

Deno.test("the table has the paper's order, its means, and a sentence a factor", () => {
  const text = gridTable(findings(3));
  const rows = text.split("\n\n")[0]!.split("\n").slice(1);
  const theirs = paperTrials(1).map(({ options }) => PAPER.find(options)!.dev.accuracy);
  assert.deepEqual(rows.map((row) => Number(row.match(/(0\.\d{4}) @/)![1])), theirs);
  assert.match(text, /^all trials +0\.976\d ± 0\.\d{4} +\S+ ± \S+ +0\.9761 @7\.67 /m);
  assert.match(text, /^momentum 0\.9 .* @7\.17 /m);
  assert.match(text, /^momentum off .* @8\.17 /m);
  for (
    const factor of ["layers 5 instead of 2", "lr decay 0.5", "momentum 0.9", "activation tanh"]
  ) {
    const sentence = new RegExp(
      `^${factor}.*( shows no difference in| raises| lowers) dev accuracy.*\\d ± .* points`,
      "m",
    );
    assert.match(text, sentence);
  }
  assert.match(text.replaceAll("\n  ", " "), /^momentum 0\.9 .* epoch .*; the paper: -1\.00 /m);
  assert.match(text, /^Interactions of two factors: \d+ of 24 shown, 1\.2 expected by chance/m);
  assert.match(text, /stands on 3 values/);
  assert.ok(text.split("\n").every((line) => line.length <= 100));
});

Deno.test("the table is the same text whatever the order of trials and the time they took", () => {
  const { results, ...rest } = findings(3);
  const turned = results.toReversed().map((trial) => ({ ...trial, seconds: 99 }));
  assert.equal(gridTable({ results: turned, ...rest }), gridTable({ results, ...rest }));
});

Deno.test("the table can be drawn of one trial, of an unfinished grid, and of none", () => {
  const { results } = findings(3);
  assert.equal(gridTable(paperFindings([])), "no trial is finished yet");
  assert.match(gridTable(paperFindings(results.slice(0, 1))), /^all trials +0\.97/m);
  for (const n of [2, 3, 7, 25, 60]) {
    assert.ok(!gridTable(paperFindings(results.slice(0, n))).includes("NaN"));
  }
  const { options } = paperTrials(1)[0]!;
  const repeated = [0.97, 0.98].map((accuracy, seed) => madeTrial({ options, seed }, accuracy));
  const one: Findings = { ...paperFindings(repeated), factors: [], reference: null };
  assert.match(gridTable(one), /^ *dev accuracy {2}epoch\n *0\.9750 ± 0\.0635 {4}7\.0$/m);
});

Deno.test("other factors have a column too, and no row of the paper's means", () => {
  const results = paperTrials(1).flatMap(({ options, seed }) =>
    [50, 100].map((hidden) => madeTrial({ options: { ...options, hidden }, seed }, 0.97))
  );
  const factors = [...PAPER_FACTORS, { key: "hidden", levels: [50, 100] }];
  const text = gridTable({ ...paperFindings(results), factors });
  assert.match(text, /^layers +lr decay +momentum +activation +hidden +dev accuracy/);
  assert.match(text, /^hidden 50 +0\.9700 +7\.00$/m);
});

Deno.test("a grid of another length than the paper's says so", () => {
  const short = paperTrials(2).map(({ options, seed }) =>
    madeTrial({ options: { ...options, epochs: 2 }, seed }, 0.97)
  );
  const note = "The trials of the paper have 10 epochs, these 2: " +
    "differences from its table are those of the length too.";
  assert.ok(gridTable(paperFindings(short), 200).endsWith(note));
  assert.ok(!gridTable(findings(2)).includes("The trials of the paper"));
});

Deno.test("the time stands beside the paper's", () => {
  assert.equal(
    gridTime(findings(1), 300),
    "24 trials in 5 min 00 s (4 min 00 s of training): the 24 of the paper took 7 h 05 min, " +
      "85 times the time an epoch",
  );
  assert.equal(
    gridTime({ ...findings(1), reference: null }, 300),
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
    const lines = gridTable(findings(3), width).split("\n");
    assert.deepEqual(lines.filter((line) => line.length > width), []);
  }
  assert.match(
    gridTable(findings(1), 50),
    /^layers 2, lr decay 0\.5, momentum 0\.9, activation\n {2}tanh, dev accuracy 0\.\d{4}/,
  );
  assert.doesNotMatch(gridTable({ ...findings(3), reference: null }), /paper| @/);
});

Deno.test("a configuration finds its row in the paper's table, or none", () => {
  const { options } = paperTrials(1)[0]!;
  assert.equal(PAPER.find(options)!.dev.accuracy, 0.9771);
  assert.equal(PAPER.find({ ...options, momentum: 0.5 })!.dev.accuracy, 0.9771);
  assert.equal(PAPER.find({ ...options, layers: 4 }), undefined);
});
