/** `deno task train` as its user meets it: a program, on a small data set in MNIST's format. */
import assert from "node:assert/strict";
import { data, io, nn, train } from "../mod.ts";
import { DeepNetwork } from "../experiments/paper.ts";
import { sha256 } from "../cli/files.ts";
import { idxFile } from "./data/idx_files.ts";
import { deno, root, testWith, text } from "./subprocess.ts";
import { CliFolder, files, interrupted, NAMES } from "./cli_folder.ts";

function testTrain(name: string, fn: (cli: CliFolder) => Promise<void>): void {
  testWith(["read", "write", "run"], `train ${name}`, async () => {
    using cli = new CliFolder();
    await fn(cli);
  });
}

/** What is kept of a run that ended early. */
const FILES = ["config.json", "curves.svg", "metrics.jsonl", "weights.safetensors"];
const ALL_FILES = [...FILES, "report.html", "result.json", "test.json"].sort();

testTrain("writes config, metrics, curves and the best epoch's weights", async (cli) => {
  const { code, stdout, stderr } = await cli.train("run", "--epochs", "3", "--lr", "0.05");
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.deepEqual(cli.list("run"), ALL_FILES);

  const config = JSON.parse(cli.text("run/config.json"));
  const { checksums } = data.mnist({ dir: cli.data });
  assert.deepEqual(config.data, {
    name: "unverified",
    dir: cli.data,
    checksums,
    isCentred: false,
    inputShape: [16],
  });
  const { layers, hidden, activation, lr, momentum, lrDecay, batchSize, epochs, seed } = config;
  assert.deepEqual(
    { layers, hidden, activation, lr, momentum, lrDecay, batchSize, epochs, seed },
    {
      layers: 3,
      hidden: 100,
      activation: "relu",
      lr: 0.05,
      momentum: null,
      lrDecay: 0.5,
      batchSize: 1,
      epochs: 3,
      seed: 0,
    },
  );

  const metrics = cli.metrics("run");
  assert.deepEqual(metrics.map(({ epoch }) => epoch), [0, 1, 2]);
  for (const record of metrics) {
    for (const [name, value] of Object.entries(record)) assert.ok(Number.isFinite(value), name);
  }
  const best = train.bestEpoch(metrics);
  assert.ok(best.devAccuracy > 0.95, `dev accuracy ${best.devAccuracy}`);
  assert.ok(metrics[1]!.trainLoss < metrics[0]!.trainLoss);
  assert.match(cli.text("run/curves.svg"), /^<svg[^]*<\/svg>\s*$/);
  assert.ok(
    cli.text("run/report.html").includes(sha256(cli.bytes("run/weights.safetensors"))),
  );

  const weights = io.decodeSafetensors(cli.bytes("run/weights.safetensors"));
  assert.deepEqual(Array.from(weights, ([name, { shape }]) => [name, shape]), [
    ["layers.0.weight", [100, 16]],
    ["layers.0.bias", [100]],
    ["layers.2.weight", [100, 100]],
    ["layers.2.bias", [100]],
    ["layers.4.weight", [10, 100]],
    ["layers.4.bias", [10]],
  ]);
  assert.deepEqual(judge(cli, weights, config), {
    loss: best.devLoss,
    accuracy: best.devAccuracy,
  });

  assert.match(stdout, /^unverified from .*: 400 to train, 10000 dev, 200 test\n/);
  assert.equal(stdout.match(/^epoch +\d+ /gm)?.length, 3);
  assert.match(
    stdout,
    new RegExp(`^dev accuracy +${best.devAccuracy.toFixed(4)} +best, epoch ${best.epoch}$`, "m"),
  );
  assert.match(stdout, /^test accuracy +(1\.0|0\.9)\d{3}$/m);
  assert.match(stdout, /^time +0:\d\d$/m);
  assert.doesNotMatch(stdout, /the paper/, "its figures are MNIST's");
  assert.doesNotMatch(cli.text("run/report.html"), /0\.9818|Doncenco/);
});

/** What weights are worth on the dev set. */
function judge(
  cli: CliFolder,
  weights: nn.StateDict,
  { layers, hidden }: { layers: number; hidden: number },
): train.Evaluation {
  const model = new DeepNetwork([16, ...new Array<number>(layers - 1).fill(hidden), 10]);
  model.loadStateDict(weights);
  const loader = new data.DataLoader(data.mnist({ dir: cli.data }).dev, { batchSize: 500 });
  const sums = { loss: 0, correct: 0, samples: 0 };
  for (const [x, y] of loader) {
    const logits = model.forward(x);
    const n = y.numel;
    sums.loss += new nn.CrossEntropyLoss().forward(logits, y).item() * n;
    sums.correct += logits.argmax(1).eq(y).sum().item();
    sums.samples += n;
  }
  return { loss: sums.loss / sums.samples, accuracy: sums.correct / sums.samples };
}

testTrain("gives the same weights for the same seed, on two threads too", async (cli) => {
  // Wide enough that the second thread starts, which takes some work.
  const options = ["--hidden", "300", "--batch-size", "200", "--epochs", "3", "--quiet"];
  const run = async (out: string, ...more: string[]) => {
    const { code, stderr } = await cli.train(out, ...options, ...more);
    assert.equal(code, 0, stderr);
    return cli.bytes(`${out}/weights.safetensors`);
  };
  const threads = String(Math.min(2, navigator.hardwareConcurrency));
  const first = await run("a", "--seed", "5");
  assert.deepEqual(await run("b", "--seed", "5"), first);
  assert.deepEqual(await run("c", "--seed", "5", "--threads", threads), first);
  assert.notDeepEqual(await run("d", "--seed", "6"), first);
});

testTrain("--quiet prints the result and nothing else", async (cli) => {
  const { code, stdout, stderr } = await cli.train("run", "--epochs", "1", "--quiet");
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.trim().split("\n");
  assert.deepEqual(lines.map((line) => line.trim().split(/ {2,}/)[0]), [
    "this run",
    "dev accuracy",
    "test accuracy",
    "time",
    "",
    `${cli.path}/run`,
  ]);
  assert.deepEqual(cli.list("run"), ALL_FILES);
});

testTrain(
  "stops where the loss is no number, names the step, keeps what was written",
  async (cli) => {
    const at = await cli.train("step", "--lr", "1e30", "--epochs", "2");
    assert.equal(at.code, 1, at.stdout);
    assert.match(at.stderr, /^error: fit: the loss is \S+ in epoch 0, step [1-9]\d*: .*\n$/);
    assert.deepEqual(cli.list("step"), ["config.json", "metrics.jsonl"]);

    // One step an epoch: the first is finished before the loss is lost.
    const options = ["--lr", "1e30", "--batch-size", "400", "--epochs", "3"];
    const later = await cli.train("epoch", ...options);
    assert.equal(later.code, 1, later.stdout);
    assert.match(later.stderr, /^error: fit: the loss is \S+ in epoch 1, step 0: .*\n$/);
    assert.deepEqual(cli.metrics("epoch").map(({ epoch }) => epoch), [0]);
    assert.deepEqual(cli.list("epoch"), FILES);
  },
);

testTrain("is finished where its output cannot be written, and says so at its end", async (cli) => {
  // a disk that is always full
  const command = [Deno.execPath(), ...cli.command("run", "--epochs", "2")].join("' '");
  const shell = new Deno.Command("sh", { args: ["-c", `'${command}' >/dev/full`], cwd: root });
  const { code, stderr } = await shell.output();
  const said = text(stderr);
  assert.match(said, /^error: standard output cannot be written: No space left on device.*\n$/);
  assert.equal(code, 1);
  assert.deepEqual(cli.list("run"), ALL_FILES);
});

testTrain("stops at Ctrl-C with exit code 130 and keeps what was finished", async (cli) => {
  const command = cli.command("run", "--epochs", "100000");
  const { code, stdout, stderr } = await interrupted(command, /^epoch +1 /m);
  assert.deepEqual([code, stderr], [130, ""]);
  const epochs = cli.metrics("run").length;
  assert.ok(epochs >= 2);
  assert.ok(
    stdout.endsWith(
      `interrupted after ${epochs} of 100000 epochs: what was finished is in ${cli.path}/run; ` +
        `deno task train --resume ${cli.path}/run goes on\n`,
    ),
    stdout,
  );
  assert.deepEqual(cli.list("run"), ["checkpoints", ...FILES]);
  assert.equal(io.decodeSafetensors(cli.bytes("run/weights.safetensors")).size, 6);
});

testTrain(
  "says what is wrong with the data, in one line, and makes no run folder",
  async (cli) => {
    const good = files();
    const [images, labels] = [good[NAMES[0]], good[NAMES[1]]];
    const damage: [what: RegExp, make: (folder: string) => void][] = [
      [/no folder /, (folder) => Deno.removeSync(folder, { recursive: true })],
      [/is a file, not a folder/, (folder) => {
        Deno.removeSync(folder, { recursive: true });
        Deno.writeTextFileSync(folder, "");
      }],
      [/lacks the test labels \(t10k-labels-idx1-ubyte\)/, (folder) => {
        Deno.removeSync(`${folder}/${NAMES[3]}`);
      }],
      [/train-images-idx3-ubyte: readIdx: .* this one has 1000: truncated/, (folder) => {
        Deno.writeFileSync(`${folder}/${NAMES[0]}`, images.subarray(0, 1000));
      }],
      [/training images must be uint8 of 3 dimension\(s\): they are uint8 \[10400\]/, (folder) => {
        Deno.writeFileSync(`${folder}/${NAMES[0]}`, labels);
      }],
      [/begins with 00 00, this one with 3c 21 64 6f/, (folder) => {
        Deno.writeTextFileSync(`${folder}/${NAMES[0]}`, "<!doctype html>");
      }],
      [/each image needs one label: .* has 10400, .* has 9/, (folder) => {
        Deno.writeFileSync(`${folder}/${NAMES[1]}`, idxFile(8, [9], new Uint8Array(9)));
      }],
      [/a label is 0 to 9: number 10399 is 10/, (folder) => {
        Deno.writeFileSync(`${folder}/${NAMES[1]}`, labels.with(labels.length - 1, 10));
      }],
    ];
    await Promise.all(damage.map(async ([what, make], i) => {
      const folder = `${cli.path}/damaged_${i}`;
      Deno.mkdirSync(folder);
      for (const [name, bytes] of Object.entries(good)) {
        Deno.writeFileSync(`${folder}/${name}`, bytes);
      }
      make(folder);
      const { code, stdout, stderr } = await cli.train(`run_${i}`, "--data-dir", folder);
      assert.match(stderr, what);
      assert.match(stderr, /^error: mnist: .*\n$/);
      assert.deepEqual([code, stdout, cli.list(`run_${i}`)], [1, "", undefined]);
    }));
  },
);

testTrain(
  "refuses a folder that it cannot or must not write to, with exit code 2",
  async (cli) => {
    Deno.mkdirSync(`${cli.path}/old`);
    Deno.writeTextFileSync(`${cli.path}/old/config.json`, "mine");
    Deno.writeTextFileSync(`${cli.path}/file`, "mine");
    const old = cli.train("old");
    const below = cli.train("file/run");
    const denied = deno(
      cli.command("denied").filter((argument) => argument !== "--allow-write"),
    );
    assert.deepEqual(await old, {
      code: 2,
      stdout: "",
      stderr: `error: --out: needs a new or empty folder: ${cli.path}/old holds config.json; ` +
        `name another folder, or remove this one\n`,
    });
    assert.equal(cli.text("old/config.json"), "mine");
    assert.match((await below).stderr, /^error: --out: cannot write to \S+\/file\/run: .*\n$/);
    assert.equal((await below).code, 2);
    assert.equal(cli.text("file"), "mine");
    assert.match(
      (await denied).stderr,
      /^error: --out: needs the permissions .*--allow-write=.*\n$/,
    );
    assert.equal((await denied).code, 2);
  },
);

testTrain("refuses wrong options with exit code 2 and names them", async (cli) => {
  const wrong: [options: string[], what: RegExp][] = [
    [["--layers", "0"], /^error: --layers: needs a whole number from 1 to 100: it is "0"$/m],
    [["--lr", "-1"], /^error: --lr: needs a number above 0: it is "-1"$/m],
    [["--activation", "gelu"], /^error: --activation: needs relu or tanh: it is "gelu"$/m],
    [["--batch-size", "1.5"], /^error: --batch-size: needs a whole number .* it is "1.5"$/m],
    [["--threads", "1000"], /^error: --threads: needs a whole number .* it is "1000"$/m],
    [["--learning-rate", "1"], /^error: unknown option '--learning-rate'/m],
    [["fast"], /^error: unexpected argument "fast"/m],
    [["gtp", "--file", "a.txt"], /^error: unexpected argument "gtp": did you mean gpt\?/m],
    [["--hiden", "7"], /^error: unknown option '--hiden': did you mean --hidden\?$/m],
    [["--epochs"], /^error: option '--epochs <n>' argument missing$/m],
  ];
  await Promise.all(wrong.map(async ([options, what], i) => {
    const { code, stdout, stderr } = await cli.train(`run_${i}`, ...options);
    assert.match(stderr, what);
    assert.deepEqual([code, stdout, cli.list(`run_${i}`)], [2, "", undefined]);
  }));
});

/** Options and arguments as `--help` lists them: name, and what is said of it. */
function listed(help: string): Map<string, string> {
  const entries = help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)((?:.*\n)(?: {8,}.*\n)*)/gm);
  return new Map(Array.from(entries, ([_, name, text]) => [name!, text!.trim()]));
}

const COMMANDS = [
  "",
  "cnn",
  "experiments/table_classes.ts",
  "experiments/table_numbers.ts",
  "experiments/pictures.ts",
  "experiments/sounds.ts",
  "experiments/gpt.ts",
  "experiments/names.ts",
  "grid",
  "worker",
  "predict",
  "eval",
];

/** The options of other tasks, by their sources. */
function otherOptions(): Set<string> {
  const files = ["deno.json", "bench/options.ts", "tests/fuzz/main.ts", "tests/mutants/main.ts"];
  const text = [...files, "web/site/main.ts", "docs/site/main.ts"].map((path) =>
    Deno.readTextFileSync(root + path)
  );
  return new Set(text.join("\n").match(/--[a-z][a-z-]+/g));
}

testWith(
  ["read", "run"],
  "help only reads, says something of each option, and lists all that the documents name",
  async () => {
    const known = otherOptions();
    for (const name of ["--user", "--pass", "--tls", "--tlscert", "--tlskey"]) known.add(name); // NATS's
    for (const name of ["--platform", "--minify", "--keep-names", "--output"]) known.add(name); // Deno's
    known.add("--unstable-webgpu").add("--preload").add("--template"); // Deno's too, and npm create vite's
    for (
      const name of [
        "--experimental-wasm-revectorize",
        "--no-wasm-bounds-checks",
        "--trace-wasm-revectorize",
      ]
    ) {
      known.add(name); // V8's
    }
    for (const command of COMMANDS) {
      const args = [
        "run",
        "--no-prompt",
        "--allow-read",
        "cli/main.ts",
        ...command.split(" ").filter(Boolean),
      ];
      const { code, stdout, stderr } = await deno([...args, "--help"]);
      assert.deepEqual([code, stderr], [0, ""], command);
      const options = listed(stdout);
      assert.ok(options.size >= 5, `${command}: ${[...options.keys()]}`);
      for (const [name, text] of options) {
        assert.match(text, /(^|\s{2,}|\n\s+)\w[^]{8,}/, `${command} ${name}: ${text}`);
        known.add(name);
      }
    }
    const documents = ["README.md", "CONTRIBUTING.md"];
    for (const { name } of Deno.readDirSync(`${root}docs`)) {
      if (name.endsWith(".md")) documents.push(`docs/${name}`);
    }
    const unknown = documents.flatMap((path) => {
      const names = Deno.readTextFileSync(root + path).match(/--[a-z][a-z-]+/g) ?? [];
      return names.filter((name) => !known.has(name) && !name.startsWith("--allow-"))
        .map((name) => `${path}: ${name}`);
    });
    assert.deepEqual(unknown, []);
  },
);
