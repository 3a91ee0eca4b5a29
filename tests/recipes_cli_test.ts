/** `deno task train cnn` and `--recipe` as programs, on small data sets in MNIST's format. */
import assert from "node:assert/strict";
import { io } from "../mod.ts";
import { testWith } from "./subprocess.ts";
import { CliFolder, interrupted } from "./cli_folder.ts";

function testRecipe(name: string, fn: (cli: CliFolder) => Promise<void>): void {
  testWith(["read", "write", "run"], name, async () => {
    using cli = new CliFolder(20);
    await fn(cli);
  });
}

const FILES = [
  "config.json",
  "curves.svg",
  "metrics.jsonl",
  "report.html",
  "result.json",
  "test.json",
  "weights.safetensors",
];

/** Few steps, large enough to learn something. */
const SHORT = ["--epochs", "2", "--batch-size", "50"];

testRecipe("train cnn trains a network on images of another size", async (cli) => {
  const short = ["cnn", "--recipe", "small", ...SHORT, "--no-augment", "--seed", "3"];
  const options = [...short, "--label-smoothing", "0"]; // so that all losses are of one kind
  const { code, stdout, stderr } = await cli.train("run", ...options);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(cli.list("run"), FILES);

  const {
    experiment,
    arch,
    imageShape,
    classes,
    augment,
    epochs,
    batchSize,
    lr,
    seed,
    threads,
    data,
  } = JSON.parse(cli.text("run/config.json"));
  assert.deepEqual(
    { experiment, arch, imageShape, classes, augment, epochs, batchSize, lr, seed, threads, data },
    {
      experiment: "experiments/cnn_small.ts",
      arch: null,
      imageShape: [20, 20],
      classes: 10,
      augment: false,
      epochs: 2,
      batchSize: 50,
      lr: 0.15,
      seed: 3,
      threads: navigator.hardwareConcurrency,
      data: {
        name: "unverified",
        dir: cli.data,
        checksums: data.checksums,
        isCentred: false,
        inputShape: [1, 20, 20],
      },
    },
  );

  const metrics = cli.metrics("run");
  assert.equal(metrics.length, 2);
  const result = JSON.parse(cli.text("run/result.json"));
  const { devLoss, devAccuracy } = metrics[1]!;
  assert.deepEqual([result.dev.loss, result.dev.accuracy], [devLoss, devAccuracy]);
  const weights = io.decodeSafetensors(cli.bytes("run/weights.safetensors"));
  assert.deepEqual(weights.get("net.18.weight")?.shape, [10, 48 * 2 * 2]);

  assert.match(stdout, /^unverified from .*: 400 to train, 10000 dev, 200 test\n5 convolutions/);
  assert.match(stdout, /^epochs 2, batch size 50, lr 0\.15, .*, no augment, seed 3$/m);
  assert.doesNotMatch(stdout, /PyTorch/, "PyTorch's figures are MNIST's");
  assert.match(stdout, new RegExp(`^test accuracy +${result.test.accuracy.toFixed(4)}$`, "m"));
  const report = cli.text("run/report.html");
  assert.ok(report.includes("the weights that were taken are the last epoch&#39;s weights"));
  for (const word of ["Doncenco", "NaN", "undefined"]) assert.ok(!report.includes(word), word);
});

testRecipe("the same command gives the same weights, another seed others", async (cli) => {
  const options = ["--recipe", "mlp-best", ...SHORT, "--ema", "0.9", "--label-smoothing", "0.1"];
  const run = async (out: string, ...more: string[]) => {
    const { code, stdout, stderr } = await cli.train(out, ...options, ...more, "--quiet");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^\n +this run\ndev accuracy .*\ntest accuracy .*\ntime .*\n\n\S+\n$/);
    assert.ok(stdout.endsWith(`/${out}\n`), stdout);
    return cli.bytes(`${out}/weights.safetensors`);
  };
  const first = await run("a");
  assert.deepEqual(await run("b", "--threads", "1"), first);
  assert.notDeepEqual(await run("c", "--seed", "1"), first);
});

testRecipe("--ensemble trains a network a seed, and lets them vote", async (cli) => {
  const options = ["--recipe", "mlp-best", ...SHORT, "--ensemble", "2", "--seed", "5"];
  const { code, stdout, stderr } = await cli.train("run", ...options);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(cli.list("run"), [
    "config.json",
    "report.html",
    "result.json",
    "seed-5",
    "seed-6",
    "test.json",
  ]);
  assert.deepEqual(cli.list("run/seed-5"), FILES);
  assert.notDeepEqual(
    cli.bytes("run/seed-5/weights.safetensors"),
    cli.bytes("run/seed-6/weights.safetensors"),
  );
  assert.equal(JSON.parse(cli.text("run/config.json")).ensemble, 2);
  assert.equal(JSON.parse(cli.text("run/seed-6/config.json")).seed, 6);
  const { members, test } = JSON.parse(cli.text("run/result.json"));
  assert.deepEqual(members, [5, 6].map((n) => JSON.parse(cli.text(`run/seed-${n}/result.json`))));
  const show = (accuracy: number) => accuracy.toFixed(4);
  assert.match(
    stdout,
    new RegExp(
      `^seed 5: dev \\S+, test ${show(members[0].test.accuracy)}\n` +
        `seed 6: dev \\S+, test ${show(members[1].test.accuracy)}\n[^]*` +
        `^test accuracy +${show(test.accuracy)}$`,
      "m",
    ),
  );
  assert.match(cli.text("run/report.html"), /Those that vote/);
});

testRecipe("an ensemble that is interrupted says what is done", async (cli) => {
  const options = ["--recipe", "mlp-best", "--ensemble", "100", "--epochs", "1"];
  const command = cli.command("run", ...options);
  const { code, stdout, stderr } = await interrupted(command, /^network 2 of 100/m);
  assert.deepEqual([code, stderr], [130, ""]);
  const [, done, folders] = stdout.match(
    /interrupted with (\d+) of 100 networks trained: they are in ([^;]*)(;.*)?\n$/,
  )!;
  // Said once, by the network that was interrupted, or where it was between two by the ensemble.
  const hint = `; deno task train --resume ${cli.path}/run goes on\n`;
  assert.equal(stdout.split(hint).length, 2, stdout);
  const paths = Array.from({ length: Number(done) }, (_, i) => `${cli.path}/run/seed-${i}`);
  assert.equal(folders, paths.join(", "));
  for (const i of paths.keys()) assert.deepEqual(cli.list(`run/seed-${i}`), FILES);
});

/** An architecture file's text, with a body of the default export. */
function architecture(body: string): string {
  return `import { nn } from "@glim/glim";
export default function ({ imageShape: [rows, columns], classes }: {
  imageShape: [number, number];
  classes: number;
}) {
  ${body}
}
`;
}

testRecipe("--arch trains a network of one's own by the recipe's rules", async (cli) => {
  const file = `${cli.path}/my.ts`;
  Deno.writeTextFileSync(
    file,
    architecture(
      "return new nn.Sequential(new nn.Flatten(), new nn.Linear(rows * columns, classes));",
    ),
  );
  const { code, stdout, stderr } = await cli.train("run", "cnn", "--arch", file, ...SHORT);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(stdout.includes("The network of my.ts, 4.0k parameters\n"), stdout);
  const config = JSON.parse(cli.text("run/config.json"));
  assert.deepEqual([config.experiment, config.arch], ["experiments/cnn.ts", file]);
  const weights = io.decodeSafetensors(cli.bytes("run/weights.safetensors"));
  assert.deepEqual([...weights.keys()], ["1.weight", "1.bias"]);
});

testRecipe("what is wrong with an architecture file is told, with exit code 2", async (cli) => {
  const wrong: [text: string | null, what: RegExp][] = [
    [null, /: there is no such file$/],
    ["export const network = 1;", /: needs a function as its default export: it has none$/],
    ["export default 1;", /: needs a function as its default export: it is a number$/],
    ["export default function (", /: .*Unexpected/],
    ["throw new Error('not today');\nexport default () => 1;", /: not today$/],
    [architecture("return 1;"), /: its default export must give an nn.Module: it gives a number/],
    [architecture("throw new Error('too small');"), /: its default export failed: too small$/],
    [
      architecture("return new nn.Sequential(new nn.Flatten(), new nn.Linear(400, 11));"),
      /: its network must give logits \[2, 10\] for images \[2, 1, 20, 20\]: they are \[2, 11\]$/,
    ],
    [
      architecture("return new nn.Linear(400, 10);"),
      /: its network fails on images \[2, 1, 20, 20\]: .*linear: .*400/,
    ],
    [architecture("return new nn.Flatten();"), /: its network has nothing to learn$/],
    [
      architecture("const net = new nn.Linear(1, 1);\n  net.forward = () => 7;\n  return net;"),
      /: its network must give logits \[2, 10\] for images .*: it gives a number$/,
    ],
    [
      architecture(
        "const net = new nn.Linear(1, 1);\n" +
          "  net.forward = (x) => x.flatten(1).narrow(1, 0, classes);\n  return net;",
      ),
      /: its logits do not depend on what it can learn$/,
    ],
  ];
  await Promise.all(wrong.map(async ([text, what], i) => {
    const file = `${cli.path}/wrong_${i}.ts`;
    if (text !== null) Deno.writeTextFileSync(file, text);
    const { code, stdout, stderr } = await cli.train(`run_${i}`, "cnn", "--arch", file);
    assert.ok(stderr.startsWith(`error: --arch: ${file}: `), stderr);
    assert.match(stderr.split("\n")[0]!, what);
    assert.ok(!stderr.includes("\\u{"), stderr); // Deno's errors have colours and several lines
    assert.deepEqual([code, stdout, cli.list(`run_${i}`)], [2, "", undefined]);
  }));
});

testWith(["read", "write", "run"], "a recipe that does not suit the data says so", async () => {
  using cli = new CliFolder(4);
  const small = await cli.train("small", "cnn");
  assert.deepEqual(small, {
    code: 1,
    stdout: "",
    stderr: "error: network: images of 4 × 4 pixels are too small for its convolutions\n",
  });
  const large = await cli.train("large", "--recipe", "mlp-best", "--batch-size", "401");
  assert.deepEqual(large, {
    code: 2,
    stdout: "",
    stderr: "error: --batch-size: needs at most the 400 training samples: it is 401\n",
  });
  assert.deepEqual([cli.list("small"), cli.list("large")], [undefined, undefined]);
});
