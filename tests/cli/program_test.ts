import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULTS, timestamp, type TrainOptions } from "../../cli/options.ts";
import { type Actions, createProgram, runProgram } from "../../cli/program.ts";
import { addCnnCommand, type RecipeOptions } from "../../cli/recipes/options.ts";
import type { ResumeOptions } from "../../cli/resume_options.ts";
import { mlpBest } from "../../cli/recipes/mlp_best.ts";
import { medium } from "../../cli/recipes/medium.ts";
import { small } from "../../cli/recipes/small.ts";

interface Result {
  code: number;
  /** What the report's kind of training was called with. */
  options: TrainOptions | undefined;
  /** What a training by a recipe was called with. */
  recipe: RecipeOptions | undefined;
  /** What an interrupted run was gone on with. */
  resume: ResumeOptions | undefined;
  /** What the subcommand was called with. */
  grid: unknown;
  out: string;
  err: string;
}

/** Runs the command line, with `cnn` and a subcommand `grid` beside the training. */
async function run(...args: string[]): Promise<Result> {
  const none = { options: undefined, recipe: undefined, resume: undefined, grid: undefined };
  const result: Result = { code: -1, ...none, out: "", err: "" };
  const actions: Actions = {
    train: (options) => void (result.options = options),
    trainByRecipe: (options) => void (result.recipe = options),
    resume: (options) => void (result.resume = options),
  };
  const program = createProgram(actions, {
    out: (text) => void (result.out += text),
    err: (text) => void (result.err += text),
  });
  addCnnCommand(program, actions);
  program.command("grid").option("--epochs <n>", "epochs", "10")
    .action((options: unknown) => void (result.grid = options));
  result.code = await runProgram(program, args);
  return result;
}

/** What changes against the defaults, `out` aside. */
async function changes(...args: string[]): Promise<Partial<TrainOptions>> {
  const { code, options, err } = await run(...args);
  assert.equal(code, 0, err);
  const { out: _, ...rest } = options!;
  const entries = Object.entries(rest) as [keyof typeof DEFAULTS, unknown][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== DEFAULTS[name]));
}

async function refuses(args: string[], message: string | RegExp): Promise<void> {
  const { code, options, recipe, out, err } = await run(...args);
  assert.deepEqual([code, options, recipe, out], [2, undefined, undefined, ""]);
  if (typeof message === "string") assert.equal(err, `error: ${message}\n`);
  else assert.match(err, message);
}

Deno.test("no argument is the report's final experiment, in a folder of its own", async () => {
  const before = Date.now();
  const { code, options } = await run();
  assert.equal(code, 0);
  const { out, ...rest } = options!;
  assert.deepEqual(rest, {
    layers: 3,
    hidden: 100,
    activation: "relu",
    lr: 0.01,
    momentum: null,
    lrDecay: 0.5,
    batchSize: 1,
    epochs: 20,
    seed: 0,
    threads: 1,
    dataDir: null,
    checkpointEvery: null,
    quiet: false,
  });
  const folders = [before, Date.now()].map((time) => `runs/${timestamp(new Date(time))}`);
  assert.ok(folders.includes(out), out);
});

Deno.test("a timestamp can name a folder on any system", () => {
  assert.equal(timestamp(new Date("2026-11-23T15:31:04.789Z")), "2026-11-23T15-31-04Z");
});

Deno.test("every option reaches the training", async () => {
  const all = "--layers 5 --hidden 64 --activation tanh --lr 1e-3 --momentum 0.5 --lr-decay .1 " +
    "--batch-size 128 --epochs 3 --seed 4294967295 --data-dir d --checkpoint-every 50 --quiet";
  assert.deepEqual(await changes(...all.split(" ")), {
    layers: 5,
    hidden: 64,
    activation: "tanh",
    lr: 0.001,
    momentum: 0.5,
    lrDecay: 0.1,
    batchSize: 128,
    epochs: 3,
    seed: 4294967295,
    dataDir: "d",
    checkpointEvery: 50,
    quiet: true,
  });
  assert.equal((await run("--out", "runs/mine")).options!.out, "runs/mine");
});

Deno.test("momentum and decay go on, off and back to their own values", async () => {
  assert.deepEqual(await changes("--momentum"), { momentum: 0.9 });
  assert.deepEqual(await changes("--momentum", "--no-momentum"), {});
  assert.deepEqual(await changes("--momentum", "--layers", "2"), { momentum: 0.9, layers: 2 });
  assert.deepEqual(await changes("--lr-decay"), {});
  assert.deepEqual(await changes("--no-lr-decay"), { lrDecay: null });
});

Deno.test("a wrong value is refused by name, with what the option needs", async () => {
  await refuses(["--layers", "0"], '--layers: needs a whole number from 1 to 100: it is "0"');
  await refuses(["--epochs", "1.5"], '--epochs: needs a whole number, 1 or more: it is "1.5"');
  await refuses(
    ["--hidden", "0x10"],
    /^error: --hidden: needs a whole number from 1 to 100000: it/,
  );
  await refuses(["--lr", "0"], '--lr: needs a number above 0: it is "0"');
  await refuses(["--lr", "1e999"], '--lr: needs a number above 0: it is "1e999"');
  await refuses(["--lr", "fast"], '--lr: needs a number above 0: it is "fast"');
  await refuses(["--momentum", "1"], '--momentum: needs a number from 0 to below 1: it is "1"');
  await refuses(
    ["--lr-decay", "1"],
    '--lr-decay: needs a number above 0 and below 1 (or use --no-lr-decay): it is "1"',
  );
  await refuses(["--activation", "gelu"], '--activation: needs relu or tanh: it is "gelu"');
  await refuses(["--seed", "-1"], '--seed: needs a whole number from 0 to 4294967295: it is "-1"');
  await refuses(["--out", ""], "--out: needs a path: it is empty");
  await refuses(["--data-dir="], "--data-dir: needs a path: it is empty");
});

Deno.test("no more threads than cores", async () => {
  const cores = navigator.hardwareConcurrency;
  assert.equal((await run("--threads", `${cores}`)).options!.threads, cores);
  await refuses(
    ["--threads", `${cores + 1}`],
    `--threads: needs a whole number from 1 to ${cores}: it is "${cores + 1}"`,
  );
});

Deno.test("an unknown option is refused with the one that was meant", async () => {
  await refuses(["--lyers", "3"], "unknown option '--lyers'\n(Did you mean --layers?)");
  await refuses(["--layers"], "option '--layers <n>' argument missing");
});

Deno.test("help goes to standard output, with the defaults and examples", async () => {
  const { code, out, err, options } = await run("--help");
  assert.deepEqual([code, err, options], [0, "", undefined]);
  assert.match(out, /^Usage: deno task train \[options\] \[command\]\n/);
  for (const name of Object.keys(DEFAULTS)) {
    assert.ok(out.includes(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`), name);
  }
  assert.match(out, /--hidden <n> .*\(default: 100\)\n/);
  assert.match(out, /\nExamples:\n {2}deno task train {5}/);
});

Deno.test("a subcommand takes its own options, after its name", async () => {
  assert.deepEqual((await run("grid", "--epochs", "2")).grid, { epochs: "2" });
  await refuses(
    ["--epochs", "2", "grid"],
    "--epochs: stands before grid: the options of a command come after its name",
  );
  await refuses(["grid", "--layers", "2"], /^error: unknown option '--layers'/);
});

/** What a recipe's command line gives, `out` aside. */
async function recipeOf(...args: string[]): Promise<Omit<RecipeOptions, "out">> {
  const { code, recipe, options, err } = await run(...args);
  assert.deepEqual([code, options], [0, undefined], err);
  const { out: _, ...rest } = recipe!;
  return rest;
}

Deno.test("a recipe is trained as it is, on all cores, unless options say else", async () => {
  const plain = {
    arch: null,
    ensemble: 1,
    seed: 0,
    threads: navigator.hardwareConcurrency,
    dataDir: null,
    checkpointEvery: null,
    quiet: false,
  };
  assert.deepEqual(await recipeOf("cnn"), { ...plain, recipe: medium });
  assert.deepEqual(await recipeOf("cnn", "--recipe", "Small"), { ...plain, recipe: small });
  assert.deepEqual(await recipeOf("--recipe", "mlp-best"), { ...plain, recipe: mlpBest });
  assert.deepEqual(await recipeOf("--recipe", "small"), { ...plain, recipe: small });
});

Deno.test("every option of a recipe reaches its training, with both commands", async () => {
  const all = "--ensemble 3 --weight-decay 0 --label-smoothing 0.1 --ema .999 --no-augment " +
    "--epochs 2 --batch-size 50 --lr 0.01 --seed 7 --threads 1 --data-dir d --checkpoint-every 50 --quiet";
  const settings = {
    ...small.settings,
    weightDecay: 0,
    labelSmoothing: 0.1,
    ema: 0.999,
    warp: null,
    epochs: 2,
    batchSize: 50,
    lr: 0.01,
  };
  const expected = {
    recipe: { ...small, settings },
    arch: null,
    ensemble: 3,
    seed: 7,
    threads: 1,
    dataDir: "d",
    checkpointEvery: 50,
    quiet: true,
  };
  const options = ["--recipe", "small", ...all.split(" ")];
  assert.deepEqual(await recipeOf(...options), expected);
  assert.deepEqual(await recipeOf("cnn", ...options), expected);
  assert.equal((await recipeOf("cnn", "--arch", "my.ts")).arch, "my.ts");
  assert.equal((await run("cnn", "--out", "o")).recipe!.out, "o");
});

Deno.test("a recipe that there is not is refused with those that there are", async () => {
  await refuses(["cnn", "--recipe", "big"], '--recipe: needs medium or small: it is "big"');
  await refuses(
    ["--recipe", "big"],
    '--recipe: needs mlp-best, medium, or small: it is "big"',
  );
  await refuses(["cnn", "--recipe", "mlp-best"], /--recipe: needs medium or small/);
});

Deno.test("an option that does not fit is refused by name", async () => {
  for (const [option, ...value] of ["--layers 2", "--momentum", "--lr-decay .5"].map(words)) {
    await refuses(
      ["--recipe", "small", option!, ...value],
      `${option}: does not go with --recipe, whose network and schedule are its own`,
    );
    await refuses(["cnn", option!, ...value], new RegExp(`^error: unknown option '${option}'`));
  }
  for (const [option, ...value] of ["--ema .9", "--no-augment", "--ensemble 2"].map(words)) {
    await refuses(
      [option!, ...value],
      `${option}: goes with a recipe only: add --recipe, or use the command cnn`,
    );
  }
  await refuses(
    ["--arch", "my.ts"],
    "--arch: goes with a recipe only: add --recipe, or use the command cnn",
  );
});

function words(text: string): string[] {
  return text.split(" ");
}

Deno.test("a wrong value of a recipe's option is refused with what it needs", async () => {
  const share = "needs a number from 0 to below 1";
  await refuses(["cnn", "--ema", "1"], `--ema: ${share}: it is "1"`);
  await refuses(["cnn", "--label-smoothing", "-0.1"], `--label-smoothing: ${share}: it is "-0.1"`);
  await refuses(
    ["cnn", "--weight-decay", "-1"],
    '--weight-decay: needs a number, 0 or more: it is "-1"',
  );
  await refuses(
    ["cnn", "--ensemble", "0"],
    '--ensemble: needs a whole number from 1 to 1000: it is "0"',
  );
  await refuses(["cnn", "--arch", ""], "--arch: needs a path: it is empty");
});

Deno.test("the help of cnn names the recipes and what an architecture file is", async () => {
  const { code, out, err } = await run("cnn", "--help");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^Usage: deno task train cnn \[options\]\n/);
  assert.match(out, /--recipe <name> .*medium or small \(default: medium\)/);
  for (const { name, title } of [medium, small]) {
    assert.match(out, new RegExp(`${name} .*${title}`));
  }
  assert.match(out, /default export is a function/);
});

Deno.test("a run goes on with what it is told, and keeps its settings", async () => {
  const plain = {
    run: "r",
    threads: null,
    checkpointEvery: null,
    dataDir: null,
    epochs: null,
    out: null,
    arch: null,
    allowOtherBuild: false,
    quiet: false,
  };
  assert.deepEqual((await run("--resume", "r")).resume, plain);
  assert.deepEqual((await run("cnn", "--resume", "r")).resume, plain);
  const all =
    "--threads 1 --checkpoint-every 7 --data-dir d --arch n.ts --allow-other-build --quiet";
  assert.deepEqual((await run("--resume", "r", ...all.split(" "))).resume, {
    run: "r",
    threads: 1,
    checkpointEvery: 7,
    dataDir: "d",
    epochs: null,
    out: null,
    arch: "n.ts",
    allowOtherBuild: true,
    quiet: true,
  });
  await refuses(
    ["--resume", "r", "--lr", "1"],
    "--lr: does not go with --resume: a run keeps its settings",
  );
  await refuses(
    ["cnn", "--resume", "r", "--seed", "1"],
    /^error: --seed: does not go with --resume/,
  );
  await refuses(["--allow-other-build"], "--allow-other-build: goes with --resume only");
  await refuses(
    ["--checkpoint-every", "0"],
    '--checkpoint-every: needs a whole number, 1 or more: it is "0"',
  );
});

Deno.test("a word that is no command is refused", async () => {
  const message = 'unexpected argument "gird": options begin with --, commands are cnn, grid';
  await refuses(["gird"], message);
  await refuses(["grid", "gird"], message);
});

Deno.test("an error of the training itself is not taken for wrong usage", async () => {
  const fail = () => Promise.reject(new RangeError("no memory"));
  const program = createProgram({ train: fail, trainByRecipe: fail, resume: fail });
  await assert.rejects(runProgram(program, []), new RangeError("no memory"));
});

Deno.test("any words give options within their bounds or exit code 2 with a message", async () => {
  const flags = ["--layers", "--lr", "--momentum", "--no-momentum", "--lr-decay", "--batch-size"];
  const word = fc.oneof(
    fc.constantFrom(...flags),
    fc.string(),
    fc.double().map(String),
    fc.nat().map(String),
  );
  await fc.assert(fc.asyncProperty(fc.array(word, { maxLength: 4 }), async (args) => {
    const { code, options, out, err } = await run(...args);
    if (code === 0 && options) {
      assert.ok(options.layers >= 1 && options.layers <= 100 && Number.isInteger(options.layers));
      assert.ok(options.lr > 0 && options.lr < Infinity);
      assert.ok(options.momentum === null || options.momentum >= 0 && options.momentum < 1);
      assert.ok(options.lrDecay === null || options.lrDecay > 0 && options.lrDecay < 1);
    } else if (code === 0) {
      assert.match(out, /^Usage/);
    } else {
      assert.equal(code, 2);
      assert.match(err, /^error: /);
    }
  }));
});
