/** `deno task train grid` as its user meets it: programs, on small data in MNIST's format. */
import assert from "node:assert/strict";
import { deno, testWith } from "../../subprocess.ts";
import { encodeLine } from "../../../cli/grid/lines.ts";
import type { TestEvaluation } from "../../../cli/test_record.ts";
import { bits, SmallGrids } from "./small_grids.ts";

function testGrid(name: string, fn: (grids: SmallGrids) => Promise<void>): void {
  testWith(["read", "write", "run"], `grid ${name}`, async () => {
    using grids = new SmallGrids();
    await fn(grids);
  });
}

function evaluations(grids: SmallGrids, out: string): TestEvaluation[] {
  return JSON.parse(grids.text(`${out}/test.json`)).evaluations;
}

/** From the table on, without what tells of times, places and what was there before. */
function table(stdout: string): string {
  const at = stdout.indexOf("\nlayers ");
  assert.ok(at > 0, stdout);
  return stdout.slice(at).split("\n")
    .filter((line) =>
      !/^(The best is trained|the test set was|8 trials in | *1\/1 )|: grid\.json/.test(line)
    )
    .join("\n").replaceAll(/\n\n+/g, "\n");
}

testGrid("trains, tells, trains the best again and looks at the test set once", async (grids) => {
  const first = await grids.run("run");
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  assert.match(first.stdout, /^4 configurations with 2 seeds are 8 trials of 2 epochs\n/);
  assert.equal(
    first.stdout.match(/^[1-8]\/8 {2}layers [23], .* dev accuracy 0\.\d{4} at/gm)?.length,
    8,
  );
  assert.match(
    first.stdout,
    /^8 trials in \d+\.\d s \(.* of training\)$/m, // the paper's time is for MNIST
  );

  const results = grids.results("run");
  assert.deepEqual(results.map(({ epochs }) => epochs.length), [2, 2, 2, 2, 2, 2, 2, 2, 4]);
  for (const { epochs, dev, bestEpoch, weightHash } of results) {
    assert.deepEqual(epochs.map(({ epoch }) => epoch), Array.from(epochs.keys()));
    const accuracies = epochs.map(({ devAccuracy }) => devAccuracy);
    assert.equal(dev.accuracy, Math.max(...accuracies));
    assert.equal(bestEpoch, accuracies.indexOf(dev.accuracy!));
    assert.match(weightHash, /^[0-9a-f]{64}$/);
  }
  assert.equal(new Set(results.map(({ weightHash }) => weightHash)).size, 9);
  const means = new Map<string, number>();
  for (const { options: { layers, activation }, dev } of results.slice(0, 8)) {
    const key = `${layers} ${activation}`;
    means.set(key, (means.get(key) ?? 0) + dev.accuracy! / 2);
  }
  const again = results[8]!;
  const { seed, options: { layers, activation, epochs } } = again;
  assert.equal(means.get(`${layers} ${activation}`), Math.max(...means.values()));
  assert.deepEqual([seed, epochs], [0, 4]);

  const [evaluation, ...others] = evaluations(grids, "run");
  assert.equal(others.length, 0);
  assert.equal(evaluation!.trial, again.id);
  const accuracy = Number(evaluation!.figures!.accuracy).toFixed(4);
  assert.match(first.stdout, new RegExp(`^test accuracy +${accuracy} +with that`, "m"));
  const page = grids.text("run/report.html").replace(/<style>[^]*<\/style>/, "");
  for (const told of [first.stdout, page]) {
    assert.doesNotMatch(told, /7 h 05 min|\b(the|The) (report|paper)\b|Doncenco|difference$/m);
  }
  assert.deepEqual(grids.list("run"), [
    "curves.svg",
    "grid.json",
    "lock",
    "report.html",
    "test.json",
    "times.json",
    "trials.jsonl",
    "weights.safetensors",
  ]);
  assert.ok(grids.text("run/report.html").includes(again.weightHash));
  assert.match(grids.text("run/curves.svg"), /^<svg[^]*<\/svg>\s*$/);

  const second = await grids.run("run");
  assert.deepEqual([second.code, second.stderr], [0, ""]);
  assert.match(second.stdout, / are 8 trials of 2 epochs; 8 are finished\n/);
  assert.match(
    second.stdout,
    /^the test set was evaluated before, .* --again evaluates it once more$/m,
  );
  assert.equal(table(second.stdout), table(first.stdout));
  assert.deepEqual(evaluations(grids, "run"), [evaluation]);

  assert.equal((await grids.run("run", "--again")).code, 0);
  const looks = evaluations(grids, "run");
  assert.deepEqual(looks.map(({ figures }) => figures), Array(2).fill(evaluation!.figures));
});

testGrid("gives the same bits after kill -9, for any number of jobs", async (grids) => {
  const whole = await grids.run("whole", "--jobs", "1");
  assert.equal(whole.code, 0, whole.stderr);
  for (const results of [1, 4, 8]) { // the last: while the best is trained again, or tested
    const child = grids.start("killed");
    await grids.until(() => grids.results("killed").length >= results, `${results} results`);
    child.kill("SIGKILL");
    await child.output();
  }
  const rest = await grids.run("killed");
  assert.equal(rest.code, 0, rest.stderr);
  assert.equal(table(rest.stdout), table(whole.stdout));
  assert.deepEqual(bits(grids.results("killed")), bits(grids.results("whole")));
  assert.equal(grids.results("killed").length, 9);
});

testGrid("runs again what is torn, damaged or lost, and says so", async (grids) => {
  const whole = await grids.run("run");
  const expected = grids.results("run");
  const lines = grids.text("run/trials.jsonl").trimEnd().split("\n");
  const file = `${grids.path}/run/trials.jsonl`;
  const damaged = lines[1]!.replace('"bestEpoch":', '"bestEpoch":1');
  const text = [lines[0], damaged, ...lines.slice(2, 8), lines[8]!.slice(0, 100)].join("\n");
  Deno.writeTextFileSync(file, text);
  const repaired = await grids.run("run");
  assert.equal(repaired.code, 0);
  assert.equal(
    repaired.stderr,
    `${file}: the last line is torn: it is cut off, and its trial runs again\n` +
      `${file}: line 2 is damaged: it is passed over, and its trial runs again\n`,
  );
  assert.match(repaired.stdout, /; 7 are finished\n/);
  assert.equal(table(repaired.stdout), table(whole.stdout));
  assert.deepEqual(bits(grids.results("run")), bits(expected));
  assert.equal(evaluations(grids, "run").length, 1);

  Deno.writeTextFileSync(`${grids.path}/run/weights.safetensors`, "lost");
  const retrained = await grids.run("run", "--again");
  assert.match(retrained.stdout, /^The best is trained again/m);
  const [first, second] = evaluations(grids, "run");
  assert.equal(second!.weightHash, first!.weightHash);
});

testGrid("keeps what is finished when the disk is full, and goes on later", async (grids) => {
  // A limit on the size of files stands for the full disk: the write fails in the middle of a line.
  const script = 'trap "" XFSZ; ulimit -f 3; exec "$0" "$@"';
  const full = await new Deno.Command("bash", {
    args: ["-c", script, Deno.execPath(), ...grids.command("run")],
    cwd: grids.path,
    env: { NO_COLOR: "1" },
  }).output();
  const error = new TextDecoder().decode(full.stderr);
  assert.match(
    error,
    /^error: cannot write \S+trials.jsonl: .*: what was finished before is kept/m,
  );
  assert.equal(full.code, 1);
  const kept = grids.results("run");
  assert.ok(kept.length >= 2 && kept.length < 8, String(kept.length));
  const rest = await grids.run("run");
  assert.equal(rest.code, 0);
  assert.match(rest.stdout, new RegExp(`; ${kept.length} are finished\n`));
  assert.deepEqual(grids.results("run").slice(0, kept.length), kept);
});

testGrid(
  "refuses a folder that is in use, or not this grid's, and leaves it alone",
  async (grids) => {
    const child = grids.start("run", "--epochs", "100000");
    await grids.until(() => grids.list("run").includes("trials.jsonl"), "the first process");
    const [second, other] = await Promise.all([grids.run("run"), grids.run("data")]);
    assert.deepEqual([second.code, second.stdout], [2, ""]);
    assert.match(second.stderr, /^error: --out: another process works in \S+\/run: .*\n$/);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /^error: --out: needs a new or empty folder, .*\/data holds \S+\n$/);

    child.kill("SIGINT");
    const { code, stdout } = await child.output();
    assert.equal(code, 130);
    assert.match(new TextDecoder().decode(stdout), /^interrupted with 0 of 8 trials finished: /m);

    const third = await grids.run("run", "--layers", "3", "--epochs", "100000");
    assert.deepEqual([third.code, third.stdout], [2, ""]);
    assert.match(
      third.stderr,
      /^error: --out: \S+\/run holds another grid \(layers: 2 3 there, 3 here\): name another folder\n$/,
    );

    // as grids were written before they had factors by name
    const { grid, options, vary, ...rest } = JSON.parse(grids.text("run/grid.json"));
    const former = JSON.stringify({ grid: grid.replace(/./g, "0"), ...vary, ...options, ...rest });
    Deno.writeTextFileSync(`${grids.path}/run/grid.json`, former);
    const fourth = await grids.run("run");
    assert.deepEqual([fourth.code, fourth.stdout], [2, ""]);
    assert.match(fourth.stderr, /^error: --out: \S+\/run holds a grid of a former version of Glim/);
    assert.equal(grids.text("run/grid.json"), former);
  },
);

testGrid(
  "--seeds repeats every configuration, and a trial's seed decides its bits",
  async (grids) => {
    const two = await grids.run("two", "--layers", "2", "--seeds", "1");
    assert.equal(two.code, 0, two.stderr);
    const three = await grids.run("three", "--layers", "2", "--seeds", "3");
    assert.equal(three.code, 0, three.stderr);
    const results = grids.results("three").slice(0, 6);
    assert.deepEqual(
      results.map(({ options: { activation }, seed }) => `${activation} ${seed}`).sort(),
      ["relu 0", "relu 1", "relu 2", "tanh 0", "tanh 1", "tanh 2"],
    );
    const first = results.filter(({ seed }) => seed === 0);
    assert.deepEqual(bits(first), bits(grids.results("two").slice(0, 2)));
  },
);

testGrid("stops where a trial fails and names it", async (grids) => {
  const { code, stderr } = await grids.run("run", "--lr", "1e30");
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: trial \(layers [23], .*, seed 0\): fit: the loss is \S+ in epoch 0, step \d+: .*\n$/,
  );
});

testGrid("refuses wrong options and a server that is not there", async (grids) => {
  const wrong: [options: string[], code: number, what: RegExp][] = [
    [["--layers", "2,x"], 2, /^error: --layers: needs a whole number from 1 to 100: it is "x"$/m],
    [["--momentum", "on"], 2, /^error: --momentum: needs a number from 0 .*, or off: it is "on"$/m],
    [["--jobs", "1000"], 2, /^error: --jobs: needs a whole number from 1 to \d+: it is "1000"$/m],
    [["--clear-queue"], 2, /^error: --clear-queue: needs --queue, which says where$/m],
    [["--queue", "http://x"], 2, /^error: --queue: needs nats:\/\/HOST:PORT: it is "http:\/\/x"$/m],
    [
      ["--queue", "nats://127.0.0.1:1"],
      1,
      /^error: --queue: no NATS server answers at nats:\S+:1 /m,
    ],
    [["--queue", "nats://10.0.0.1"], 2, /^error: --queue: needs .* --allow-net=10\.0\.0\.1:4222$/m],
  ];
  await Promise.all(wrong.map(async ([options, code, what], i) => {
    const outcome = await grids.run(`run_${i}`, ...options);
    assert.match(outcome.stderr, what);
    assert.equal(outcome.code, code);
  }));
  const { code, stderr } = await deno([
    "run",
    "--no-prompt",
    "--allow-read",
    "cli/main.ts",
    "worker",
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: --queue: needs nats:\/\/HOST:PORT: it is missing\n$/);
});

testGrid("believes the first of two results of a trial", async (grids) => {
  await grids.run("run");
  const file = `${grids.path}/run/trials.jsonl`;
  const [first] = grids.results("run");
  Deno.writeTextFileSync(file, encodeLine({ ...first, dev: { accuracy: 1 } }), { append: true });
  const { stdout, code } = await grids.run("run");
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /1\.0000/);
});
