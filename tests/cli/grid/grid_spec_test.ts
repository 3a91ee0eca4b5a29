import assert from "node:assert/strict";
import type { Options as RunOptions } from "../../../cli/experiment.ts";
import { bestRow } from "../../../cli/grid/findings.ts";
import { gridDifferences, gridId, type GridSpec, gridTrials } from "../../../cli/grid/grid_spec.ts";
import { type GridOptions, readGridOptions } from "../../../cli/grid/options.ts";
import { codeOf, dataSource, isFused, libraryId } from "../../../cli/grid/provenance.ts";
import { trialId } from "../../../cli/grid/trial.ts";
import { loadExperiment } from "../../../cli/load.ts";
import { getKernelBuild, setKernelBuild } from "../../../mod.ts";
import { temporaryFolder, testWith } from "../../subprocess.ts";
import { madeTrial, paperFindings, paperTrials } from "./made_trials.ts";

const ORIGIN = { experiment: "paper.ts 0a", library: "0.1.0", data: "MNIST" };

async function options(...args: string[]): Promise<GridOptions> {
  const read = await readGridOptions(args);
  assert.ok(typeof read !== "string");
  return read;
}

async function spec(...args: string[]): Promise<GridSpec> {
  return { ...(await options(...args)).spec, ...ORIGIN };
}

Deno.test("the default is the paper's grid, three times, in its order", async () => {
  const trials = gridTrials(await spec());
  assert.deepEqual(trials.map(({ options, seed }) => ({ options, seed })), paperTrials(3));
  assert.equal(trials[25]!.name, "layers 2, lr decay 0.5, momentum 0.9, activation relu, seed 1");
  const { out, retrain, metric } = await options();
  assert.deepEqual([out, retrain, metric], ["runs/grid", 20, "accuracy"]);
});

Deno.test("--quick is a part of it: 4 configurations, 2 seeds, 2 epochs, unless options say else", async () => {
  const quick = gridTrials(await spec("--quick"));
  assert.equal(quick.length, 8);
  const full = gridTrials(await spec("--epochs", "2")).map(({ id }) => id);
  for (const { id } of quick) assert.ok(full.includes(id));
  assert.equal(gridTrials(await spec("--quick", "--seeds=1", "--layers", "3")).length, 2);
  assert.equal((await options("--quick")).out, "runs/grid-quick");
});

Deno.test("any experiment's options can be varied, by its own rules", async () => {
  const file = "experiments/spirals.ts";
  const vary = ["--vary", "lr=0.01,0.1,0.01", "--vary=batch-size=8", "--hidden", "4"];
  const read = await options(file, ...vary, "--seeds", "2");
  const { lr, batchSize, hidden } = read.spec.options;
  assert.deepEqual([lr, batchSize, hidden], [undefined, undefined, 4]);
  assert.deepEqual(read.spec.vary, { lr: [0.01, 0.1], batchSize: [8] });
  assert.deepEqual([read.out, read.retrain], ["runs/grid-spirals", null]);
  assert.equal(gridTrials({ ...read.spec, ...ORIGIN }).length, 4);
  assert.equal(gridTrials({ ...(await options(file)).spec, ...ORIGIN })[0]!.name, "seed 0");
  const wrong: [args: string[], message: string | RegExp][] = [
    [["--vary", "lr=0.01,x"], '--lr: needs a number above 0: it is "x"'],
    [["--vary", "hidden=0"], '--hidden: needs a whole number, 1 or more: it is "0"'],
    [["--vary", "lr"], '--vary: needs lr=0.01,0.1 or the like: it is "lr"'],
    [["--vary"], "--vary: needs a list: it is missing"],
    [["--vary", "width=1"], /^--vary: needs one of epochs, .*lr.*: it is "width"$/],
    [
      ["--vary", "lr=1", "--lr", "2"],
      "--lr: has one value and is varied: leave out one of the two",
    ],
    [["--metric", "f1"], /^--metric: needs loss, accuracy.*: it is "f1"$/],
    [["--quick"], /^unknown option '--quick'/],
    [["more"], /^unexpected argument "more": the file of an experiment comes first/],
  ];
  for (const [args, message] of wrong) {
    await assert.rejects(readGridOptions([file, ...args]), { name: "UsageError", message });
  }
  const message = /^unexpected argument "spiral": did you mean spirals\?/;
  await assert.rejects(readGridOptions(["spiral", "--file", "a"]), { name: "UsageError", message });
});

Deno.test("every option, the experiment, the library and the data decide a trial's id; the order of a list does not", async () => {
  const base = gridTrials(await spec())[0]!;
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
  const other = await spec("--layers", "5,2,3,2", "--momentum", "off, 0.9");
  assert.equal(gridId(other), gridId(await spec()));
  assert.notEqual(gridId(await spec("--seeds", "4")), gridId(await spec()));
});

Deno.test("two grids are told apart by what differs", async () => {
  const here = await spec();
  assert.deepEqual(gridDifferences(here, await spec("--layers", "5,3,2")), []);
  const there = await spec("--momentum", "0.9", "--epochs", "2", "--seeds", "1");
  assert.deepEqual(gridDifferences(here, there), [
    "epochs: 10 there, 2 here",
    "momentum: off 0.9 there, 0.9 here",
    "seeds: 3 there, 1 here",
  ]);
});

Deno.test("data are read again only where an option that they read has another value", async () => {
  const loaded = await loadExperiment("experiments/spirals.ts");
  const source = dataSource(loaded);
  const given = (values: object) => loaded.experiment.schema.parse(values) as RunOptions;
  const first = await source(given({ points: 60 }));
  assert.equal(await source(given({ points: 60, lr: 0.5, hidden: 2 })), first);
  const other = await source(given({ points: 90 }));
  assert.notEqual(other.train.length, first.train.length);
  assert.notEqual(await source(given({ points: 90, noise: 0.3 })), other);
});

testWith(
  ["read", "write"],
  "a program that an option names is code of a study's trials",
  async () => {
    using folder = temporaryFolder();
    const loaded = await loadExperiment("experiments/cnn.ts");
    const arch = `${folder.path}/mine.ts`;
    const experimentOf = async (helper: string) => {
      Deno.writeTextFileSync(arch, `export { default } from "./helper.ts";`);
      Deno.writeTextFileSync(`${folder.path}/helper.ts`, helper);
      return (await codeOf(loaded, { arch, dataDir: null })).experiment;
    };
    const [without, one, two] = [
      (await codeOf(loaded, { arch: null, dataDir: null })).experiment,
      await experimentOf("export default 1;"),
      await experimentOf("export default 2;"),
    ];
    assert.match(without, /^cnn\.ts [0-9a-f]{16}$/);
    assert.match(one, /^cnn\.ts [0-9a-f]{16}, arch mine\.ts [0-9a-f]{16}$/);
    assert.notEqual(one, two);
    assert.equal(await experimentOf("export default 1;"), one);
  },
);

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

Deno.test("the best configuration has the best mean over seeds, the best single trial or not", async () => {
  const given = await spec(
    ...["--layers", "2,3", "--lr-decay", "off", "--momentum", "off", "--seeds", "2"],
  );
  const accuracies = [0.9, 0.91, 0.95, 0.8, 0.94, 0.92, 0.85, 0.8]; // seed 0, then seed 1
  const results = gridTrials(given).map((trial, i) => madeTrial(trial, accuracies[i]!));
  const findings = paperFindings(results.toReversed());
  const best = bestRow(findings).cell.options;
  assert.deepEqual([best.layers, best.activation], [2, "tanh"]);
  const isLoss = { ...findings.metric, isHigherBetter: false };
  const worst = bestRow({ ...findings, metric: isLoss }).cell.options;
  assert.deepEqual([worst.layers, worst.activation], [3, "relu"]);
  assert.throws(() => bestRow(paperFindings([])), RangeError);
});
