import assert from "node:assert/strict";
import { bestRow } from "../../../cli/grid/findings.ts";
import { gridDifferences, gridId, type GridSpec, gridTrials } from "../../../cli/grid/grid_spec.ts";
import { readGridOptions } from "../../../cli/grid/options.ts";
import { isFused, libraryId } from "../../../cli/grid/provenance.ts";
import { retrainTrial } from "../../../cli/grid/retrain.ts";
import { trialId } from "../../../cli/grid/trial.ts";
import { getKernelBuild, setKernelBuild } from "../../../mod.ts";
import { madeTrial, paperFindings, paperTrials } from "./made_trials.ts";

const ORIGIN = { experiment: "paper", library: "0.1.0", data: "MNIST" };

function spec(raw: Parameters<typeof readGridOptions>[0] = {}): GridSpec {
  return { ...readGridOptions(raw).spec, ...ORIGIN };
}

Deno.test("the default is the paper's grid, three times, in its order", () => {
  const trials = gridTrials(spec());
  assert.deepEqual(trials.map(({ options, seed }) => ({ options, seed })), paperTrials(3));
  assert.equal(trials[25]!.name, "layers 2, lr decay 0.5, momentum 0.9, activation relu, seed 1");
});

Deno.test("--quick is a part of it: 4 configurations, 2 seeds, 2 epochs, unless options say else", () => {
  const quick = gridTrials(spec({ quick: true }));
  assert.equal(quick.length, 8);
  const full = gridTrials(spec({ epochs: "2" })).map(({ id }) => id);
  for (const { id } of quick) assert.ok(full.includes(id));
  assert.equal(gridTrials(spec({ quick: true, seeds: "1", layers: "3" })).length, 2);
  assert.notEqual(readGridOptions({ quick: true }).out, readGridOptions({}).out);
});

Deno.test("every option, the experiment, the library and the data decide a trial's id; the order of a list does not", () => {
  const base = gridTrials(spec())[0]!;
  const { options, seed } = base;
  const changes = [
    { layers: 4 },
    { hidden: 64 },
    { activation: "relu" },
    { lr: 0.02 },
    { momentum: null },
    { lrDecay: null },
    { batchSize: 2 },
    { epochs: 11 },
  ];
  const names = new Set([
    base.id,
    ...changes.map((change) => trialId({ ...options, ...change }, seed, ORIGIN)),
    trialId(options, 1, ORIGIN),
    trialId(options, seed, { ...ORIGIN, experiment: "another" }),
    trialId(options, seed, { ...ORIGIN, library: "0.1.1" }),
    trialId(options, seed, { ...ORIGIN, data: "unverified" }),
  ]);
  assert.equal(names.size, 13);
  // Built in another order of fields, as a message from elsewhere may be.
  const reversed = Object.fromEntries(Object.entries(options).reverse());
  assert.equal(trialId(reversed, seed, ORIGIN), base.id);
  assert.equal(gridId(spec({ layers: "5,2,3,2", momentum: "off, 0.9" })), gridId(spec()));
  assert.notEqual(gridId(spec({ seeds: "4" })), gridId(spec()));
});

Deno.test("two grids are told apart by what differs", () => {
  assert.deepEqual(gridDifferences(spec(), spec({ layers: "5,3,2" })), []);
  assert.deepEqual(gridDifferences(spec(), spec({ momentum: "0.9", epochs: "2", seeds: "1" })), [
    "epochs: 10 there, 2 here",
    "momentum: off 0.9 there, 0.9 here",
    "seeds: 3 there, 1 here",
  ]);
});

Deno.test("the library's name tells whether multiply and add are one rounding", () => {
  const build = getKernelBuild();
  try {
    setKernelBuild("strict");
    assert.equal(isFused(), false);
    assert.match(libraryId(), /^\d+\.\d+\.\d+, kernels [0-9a-f]{8}, two roundings$/);
  } finally {
    setKernelBuild(build);
  }
});

Deno.test("the best configuration has the best mean over seeds, the best single trial or not", () => {
  const given = spec({ layers: "2,3", lrDecay: "off", momentum: "off", seeds: "2" });
  const accuracies = [0.9, 0.91, 0.95, 0.8, 0.94, 0.92, 0.85, 0.8]; // seed 0, then seed 1
  const results = gridTrials(given).map((trial, i) => madeTrial(trial, accuracies[i]!));
  const findings = paperFindings(results.toReversed());
  const best = bestRow(findings).cell.options;
  assert.deepEqual([best.layers, best.activation], [2, "tanh"]);
  const isLoss = { ...findings.metric, isHigherBetter: false };
  const worst = bestRow({ ...findings, metric: isLoss }).cell.options;
  assert.deepEqual([worst.layers, worst.activation], [3, "relu"]);
  const again = retrainTrial(best, given);
  assert.deepEqual([again.options.epochs, again.seed], [20, 0]);
  assert.throws(() => bestRow(paperFindings([])), RangeError);
});
