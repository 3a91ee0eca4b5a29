import assert from "node:assert/strict";
import { z } from "zod";
import { flagsOf } from "../../../cli/flags.ts";
import { factorsOf } from "../../../cli/grid/grid_spec.ts";
import { type Importance, importances } from "../../../cli/grid/importance.ts";
import { rangeText } from "../../../cli/grid/ranges.ts";
import { bestThird, configurationsOf, roundsOf, trialsOf } from "../../../cli/grid/search.ts";
import type { GridSpec } from "../../../cli/grid/grid_spec.ts";
import type { TrialResult } from "../../../cli/grid/trial.ts";
import config from "../../../deno.json" with { type: "json" };
import { deno, temporaryFolder, testWith } from "../../subprocess.ts";

const flag = (name: string, schema: z.ZodType) => flagsOf(z.object({ [name]: schema }))[0]!;
const LR = flag("lr", z.number().positive().max(1).default(0.1));
const HIDDEN = flag("hidden", z.int().min(1).default(10));

const spec = {
  options: { epochs: 9 },
  vary: { lr: [0.1, 0.01, 0.001, 0.0001], hidden: [8, 16, 32, 64, 128] },
  seeds: 2,
} as unknown as GridSpec;

Deno.test("configurations at random are the same each time, and among those of a larger number", () => {
  const of = (trials: number) =>
    configurationsOf(spec, { search: "random", trials, minutes: null });
  const texts = (trials: number) => of(trials).map((own) => JSON.stringify(own));
  assert.equal(of(7).length, 7);
  assert.deepEqual(texts(7), texts(7));
  assert.ok(texts(7).every((text) => texts(12).includes(text)));
  const all = configurationsOf(spec, { search: "grid", trials: null, minutes: null });
  assert.equal(all.length, 20);
  assert.deepEqual(of(100), all);
  assert.notDeepEqual(of(7), all.slice(0, 7));
  for (const [search, trials] of [["random", null], ["grid", 3]] as const) {
    assert.throws(() => configurationsOf(spec, { search, trials, minutes: null }), {
      name: "UsageError",
    });
  }
});

Deno.test("with minutes configurations come in no order, and need no number", () => {
  const of = (trials: number | null) =>
    configurationsOf(spec, { search: "random", trials, minutes: 10 });
  const all = configurationsOf(spec, { search: "grid", trials: null, minutes: null });
  assert.equal(of(null).length, 20);
  assert.notDeepEqual(of(null), all);
  assert.deepEqual(of(7), of(null).slice(0, 7));
  const ranged = { ...spec, vary: { lr: [rangeText(LR, "log:1e-4..1")!] } } as unknown as GridSpec;
  assert.equal(
    configurationsOf(ranged, { search: "random", trials: null, minutes: 10 }).length,
    1000,
  );
  assert.throws(() => configurationsOf(spec, { search: "grid", trials: null, minutes: 10 }), {
    name: "UsageError",
    message: "--minutes: goes with --search random or halving",
  });
});

Deno.test("values of a range are drawn from all of it, evenly or by their logarithm, whole where need be", () => {
  const ranged = {
    options: { epochs: 9 },
    vary: {
      lr: [rangeText(LR, "log:1e-4..1")!],
      rate: [rangeText(LR, "0.2..0.6")!],
      hidden: [rangeText(HIDDEN, "3..6")!],
      width: [rangeText(HIDDEN, "log:1..1000")!],
      kind: ["a", "b"],
    },
    seeds: 1,
  } as unknown as GridSpec;
  const of = (trials: number) =>
    configurationsOf(ranged, { search: "random", trials, minutes: null });
  const all = of(400);
  assert.equal(all.length, 400);
  assert.deepEqual(of(50), all.slice(0, 50));
  const values = (key: string) => all.map((own) => own[key] as number).sort((a, b) => a - b);
  const isNear = (value: number, expected: number) =>
    assert.ok(Math.abs(value / expected - 1) < 0.25, `${value}, not ${expected}`);
  assert.ok(values("lr")[0]! >= 1e-4 && values("lr").at(-1)! <= 1);
  assert.ok(values("lr")[200]! > 0.005 && values("lr")[200]! < 0.02, "half are below the middle");
  isNear(values("rate")[200]!, 0.4);
  assert.ok(values("rate")[0]! >= 0.2 && values("rate").at(-1)! <= 0.6);
  for (const n of [3, 4, 5, 6]) isNear(values("hidden").filter((v) => v === n).length, 100);
  assert.ok(values("width").every(Number.isInteger));
  isNear(values("width").filter((v) => v < 32).length, 200);
  isNear(all.filter(({ kind }) => kind === "a").length, 200);
  const [lr] = factorsOf(ranged, all.slice(0, 3));
  assert.equal(lr!.levels.length, 3);
  assert.throws(() => configurationsOf(ranged, { search: "grid", trials: null, minutes: null }), {
    name: "UsageError",
    message: /the range of lr needs --search random or halving, and --trials/,
  });
});

Deno.test("a range is one of a number, from low to high, of values that the option takes", () => {
  assert.equal(rangeText(HIDDEN, "log:16..256"), "log:16..256:int");
  assert.equal(rangeText(LR, "0.1"), null);
  assert.equal(rangeText(flag("place", z.string().default("")), "1..2"), null);
  for (const text of ["0.5..0.1", "log:-1..1", "0..0.5", "0.5..2"]) {
    assert.throws(() => rangeText(LR, text), { name: "UsageError" }, text);
  }
  assert.throws(() => rangeText(HIDDEN, "1.5..3"), /--hidden: needs a whole number/);
});

Deno.test("what mattered is told first, also where the best is in the middle, and chance is told as such", () => {
  const draw = (i: number, k: number) => (i * [7919, 104729, 1299709][k]! % 1009) / 1009;
  const results = Array.from({ length: 60 }, (_, i) => {
    const [lr, hidden, other] = [0, 1, 2].map((k) => draw(i + 1, k)) as [number, number, number];
    const value = 1 - (2 * lr - 1) ** 2 + 0.5 * hidden;
    return { options: { lr, hidden, other }, seed: 0, value };
  }) as unknown as TrialResult[];
  const factors = ["lr", "hidden", "other"].map((key) => ({
    key,
    levels: results.map(({ options }) => options[key]!),
    isDrawn: true,
  }));
  const metric = { digits: 2, of: (result: unknown) => (result as { value: number }).value };
  const all = importances(factors, results, metric as unknown as Parameters<typeof bestThird>[2]);
  assert.deepEqual(all.slice(0, 2).map(({ key }) => key), ["lr", "hidden"]);
  const [lr, hidden, other] = all as [Importance, Importance, Importance];
  assert.ok(lr.share > 0.25 && lr.p < 0.01 && hidden.p < 0.05, JSON.stringify(all));
  assert.ok(other.share < 0.1 && other.p > 0.05, JSON.stringify(other));
  assert.ok(lr.groups[1]!.mean > lr.groups[0]!.mean && lr.groups[1]!.mean > lr.groups[2]!.mean);
  assert.deepEqual(lr.groups.map(({ n }) => n), [20, 20, 20]);
});

Deno.test("a halving gives the best third of each round three times as many epochs", () => {
  assert.deepEqual(roundsOf(27, 20), [1, 3, 9, 27]);
  assert.deepEqual(roundsOf(27, 5), [9, 27]);
  assert.deepEqual(roundsOf(2, 20), [2]);
  assert.deepEqual(roundsOf(30, 1), [30]);
  const all = configurationsOf(spec, { search: "halving", trials: null, minutes: null });
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
    "experiments/spirals.ts --points 300 --vary lr=log:0.001..0.1 --seeds 1 --search halving --trials 6";
  const run = (...more: string[]) =>
    deno([...task, ...args.split(" "), "--out", folder.path, ...more]);
  const first = await run("--epochs", "3");
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /6 configurations with 1 seed are 6 trials of 1 epoch\n/);
  assert.match(first.stdout, /next the best: 2 configurations/);
  assert.match(first.stdout, /2 configurations with 1 seed are 2 trials of 3 epochs\n/);
  assert.match(first.stdout, /What mattered, after 1 epoch:\nlr tells \d+ % of the spread/);
  const report = Deno.readTextFileSync(`${folder.path}/report.html`);
  assert.match(report, /<h2>What mattered<\/h2>/);
  const again = await run("--epochs", "3");
  assert.match(again.stdout, /6 trials of 1 epoch; 6 are finished/);
  const lines = Deno.readTextFileSync(`${folder.path}/trials.jsonl`).trim().split("\n");
  assert.equal(lines.length, 8);
  const more = await run("--epochs", "3", "--trials", "7"); // the same and one more
  assert.match(more.stdout, /7 trials of 1 epoch; 6 are finished/);
  const wrong = await run("--vary", "epochs=1,2");
  assert.match(wrong.stderr, /--search: halving needs one number of epochs/);
});

testWith(
  ["read", "write", "run"],
  "a search begins no trial when its minutes are over, and goes on with more",
  async () => {
    using folder = temporaryFolder();
    const task = config.tasks.grid.command.split(" ").slice(1);
    const run = async (minutes: number, ...more: string[]) => {
      const args =
        "experiments/spirals.ts --points 300 --vary lr=log:0.001..0.1 --seeds 2 --epochs 3 --jobs 1";
      const all = [...args.split(" "), "--out", folder.path, "--minutes", String(minutes), ...more];
      const { code, stdout, stderr } = await deno([...task, ...all]);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const trials = () =>
      Deno.readTextFileSync(`${folder.path}/trials.jsonl`).trim().split("\n").length;
    const random = ["--search", "random"];
    // less than any trial takes: the first configuration is finished all the same
    const first = await run(0.00001, ...random);
    assert.match(first, /minutes of --minutes were over: 1 of 1,?000 configurations are finished/);
    assert.equal(trials(), 2);
    assert.match(
      Deno.readTextFileSync(`${folder.path}/report.html`),
      /of --minutes were over: 1 of/,
    );
    // and more than all take: what is there is kept
    const more = await run(60, ...random, "--trials", "3");
    assert.match(more, /3 configurations with 2 seeds are 6 trials.*; 2 are finished/);
    assert.doesNotMatch(more, /were over/);
    // a share for each round of a halving, of which the last has its trials already
    const halved = await run(0.00001, "--search", "halving", "--trials", "3");
    assert.match(halved, /were over: 1 of 3 configurations are finished, round 1 of 2/);
    assert.match(halved, /1 configuration with 2 seeds are 2 trials of 3 epochs; 2 are finished/);
    assert.equal(trials(), 8, "two of one epoch are new");
  },
);
