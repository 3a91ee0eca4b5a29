import assert from "node:assert/strict";
import {
  gridDifferences,
  gridId,
  type GridSpec,
  gridTrials,
} from "../../../cli/grid/configurations.ts";
import { isFused, libraryId } from "../../../cli/grid/ground.ts";
import { readGridOptions } from "../../../cli/grid/options.ts";
import { REPORT_GRID } from "../../../cli/grid/reference.ts";
import { bestConfiguration, retrainTrial } from "../../../cli/grid/retrain.ts";
import { trialId, type TrialResult } from "../../../cli/grid/trial.ts";
import { getKernelBuild, setKernelBuild } from "../../../mod.ts";

const GROUND = { library: "0.1.0", data: "MNIST" };

function spec(raw: Parameters<typeof readGridOptions>[0] = {}): GridSpec {
  return { ...readGridOptions(raw).spec, ...GROUND };
}

Deno.test("the default is the report's grid, three times, in its order", () => {
  const trials = gridTrials(spec());
  assert.equal(trials.length, 72);
  for (let seed = 0; seed < 3; seed++) {
    REPORT_GRID.rows.forEach((row, i) => {
      assert.deepEqual(trials[seed * 24 + i]!.config, {
        layers: row.layers,
        hidden: 100,
        activation: row.tanh ? "tanh" : "relu",
        lr: 0.01,
        momentum: row.momentum ? 0.9 : null,
        lrDecay: row.lrDecay ? 0.5 : null,
        batchSize: 1,
        epochs: 10,
        seed,
      });
    });
  }
});

Deno.test("--quick is a part of it: 4 configurations, 2 seeds, 2 epochs, unless options say else", () => {
  const quick = gridTrials(spec({ quick: true }));
  assert.equal(quick.length, 8);
  const full = gridTrials(spec({ epochs: "2" })).map(({ id }) => id);
  for (const { id } of quick) assert.ok(full.includes(id));
  assert.equal(gridTrials(spec({ quick: true, seeds: "1", layers: "3" })).length, 2);
  assert.notEqual(readGridOptions({ quick: true }).out, readGridOptions({}).out);
});

Deno.test("every choice, the library and the data decide a trial's name; the order of a list does not", () => {
  const base = gridTrials(spec())[0]!;
  const { config } = base;
  const others = [
    { ...config, layers: 4 },
    { ...config, hidden: 64 },
    { ...config, activation: "relu" as const },
    { ...config, lr: 0.02 },
    { ...config, momentum: null },
    { ...config, lrDecay: null },
    { ...config, batchSize: 2 },
    { ...config, epochs: 11 },
    { ...config, seed: 1 },
  ].map((other) => trialId(other, GROUND));
  const names = new Set([
    base.id,
    ...others,
    trialId(config, { ...GROUND, library: "0.1.1" }),
    trialId(config, { ...GROUND, data: "unverified" }),
  ]);
  assert.equal(names.size, 12);
  // Built in another order of fields, as a message from elsewhere may be.
  const reversed = Object.fromEntries(Object.entries(config).reverse()) as typeof config;
  assert.equal(trialId(reversed, GROUND), base.id);
  assert.equal(gridId(spec({ layers: "5,2,3,2", momentum: "off, 0.9" })), gridId(spec()));
  assert.notEqual(gridId(spec({ seeds: "4" })), gridId(spec()));
});

Deno.test("two grids are told apart by what differs", () => {
  assert.deepEqual(gridDifferences(spec(), spec()), []);
  assert.deepEqual(gridDifferences(spec(), spec({ momentum: "0.9", epochs: "2" })), [
    "momentum: 0.9 off there, 0.9 here",
    "epochs: 10 there, 2 here",
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

Deno.test("the best configuration has the highest mean over seeds, the best single trial or not", () => {
  const trials = gridTrials(spec({ layers: "2,3", lrDecay: "off", momentum: "off", seeds: "2" }));
  const accuracies = [0.9, 0.91, 0.95, 0.8, 0.94, 0.92, 0.85, 0.8]; // seed 0, then seed 1
  const results = trials.map(({ id, config }, i): TrialResult => ({
    id,
    config,
    epochs: [],
    bestAccuracy: accuracies[i]!,
    bestEpoch: 0,
    weightHash: "",
    seconds: 1,
  }));
  const best = bestConfiguration(results.toReversed());
  assert.deepEqual([best.layers, best.activation], [2, "tanh"]);
  const again = retrainTrial(best, spec());
  assert.deepEqual([again.config.epochs, again.config.seed], [20, 0]);
  assert.throws(() => bestConfiguration([]), RangeError);
});
