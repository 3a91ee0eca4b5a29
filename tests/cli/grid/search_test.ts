import assert from "node:assert/strict";
import { bestThird, configurationsOf, roundsOf, trialsOf } from "../../../cli/grid/search.ts";
import type { GridSpec } from "../../../cli/grid/grid_spec.ts";
import type { TrialResult } from "../../../cli/grid/trial.ts";
import config from "../../../deno.json" with { type: "json" };
import { deno, temporaryFolder, testWith } from "../../subprocess.ts";

const spec = {
  options: { epochs: 9 },
  vary: { lr: [0.1, 0.01, 0.001, 0.0001], hidden: [8, 16, 32, 64, 128] },
  seeds: 2,
} as unknown as GridSpec;

Deno.test("configurations at random are the same each time, and among those of a larger number", () => {
  const of = (trials: number) => configurationsOf(spec, { search: "random", trials });
  const texts = (trials: number) => of(trials).map((own) => JSON.stringify(own));
  assert.equal(of(7).length, 7);
  assert.deepEqual(texts(7), texts(7));
  assert.ok(texts(7).every((text) => texts(12).includes(text)));
  const all = configurationsOf(spec, { search: "grid", trials: null });
  assert.equal(all.length, 20);
  assert.deepEqual(of(100), all);
  assert.notDeepEqual(of(7), all.slice(0, 7));
  for (const [search, trials] of [["random", null], ["grid", 3]] as const) {
    assert.throws(() => configurationsOf(spec, { search, trials }), { name: "UsageError" });
  }
});

Deno.test("a halving gives the best third of each round three times as many epochs", () => {
  assert.deepEqual(roundsOf(27, 20), [1, 3, 9, 27]);
  assert.deepEqual(roundsOf(27, 5), [9, 27]);
  assert.deepEqual(roundsOf(2, 20), [2]);
  assert.deepEqual(roundsOf(30, 1), [30]);
  const all = configurationsOf(spec, { search: "halving", trials: null });
  const trials = trialsOf(spec, all, 3);
  assert.equal(trials.length, 40);
  assert.ok(trials.every(({ options }) => options.epochs === 3));
  const results = trials as unknown as TrialResult[];
  const metric = (isHigherBetter: boolean) =>
    ({
      isHigherBetter,
      of: ({ options, seed }: TrialResult) =>
        options.hidden === 64
          ? NaN
          : Number(options.hidden) + 1000 * Number(options.lr) + 100 * seed,
    }) as unknown as Parameters<typeof bestThird>[2];
  const best = bestThird(all, results, metric(true));
  assert.equal(best.length, 7);
  assert.deepEqual(best.slice(0, 4).map(({ lr, hidden }) => [lr, hidden]), [
    [0.1, 8],
    [0.1, 16],
    [0.1, 32],
    [0.1, 128],
  ]);
  const low = bestThird(all, results, metric(false));
  assert.ok(low.every(({ hidden }) => hidden !== 64), "one that is no number is never the best");
  assert.deepEqual(low[0], { lr: 0.01, hidden: 8 });
});

testWith(["read", "write", "run"], "grid --search halving goes on from what it has", async () => {
  using folder = temporaryFolder();
  const task = config.tasks.grid.command.split(" ").slice(1);
  const args =
    "experiments/spirals.ts --points 300 --vary lr=0.1,0.01,0.001 --seeds 1 --search halving";
  const run = (...more: string[]) =>
    deno([...task, ...args.split(" "), "--out", folder.path, ...more]);
  const first = await run("--epochs", "3");
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /3 configurations with 1 seed are 3 trials of 1 epoch\n/);
  assert.match(first.stdout, /next the best: 1 configuration/);
  assert.match(first.stdout, /1 configuration with 1 seed are 1 trial of 3 epochs\n/);
  const again = await run("--epochs", "3");
  assert.match(again.stdout, /3 trials of 1 epoch; 3 are finished/);
  const lines = Deno.readTextFileSync(`${folder.path}/trials.jsonl`).trim().split("\n");
  assert.equal(lines.length, 4);
  const wrong = await run("--vary", "epochs=1,2");
  assert.match(wrong.stderr, /--search: halving needs one number of epochs/);
});
