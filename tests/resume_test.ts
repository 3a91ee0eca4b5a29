/** `deno task train --resume`: a run that was killed ends as one that was not. */
import assert from "node:assert/strict";
import { deno, startDeno, testWith } from "./subprocess.ts";
import { unit } from "./prng.ts";
import { CliFolder, interrupted } from "./cli_folder.ts";

function testResume(name: string, fn: (cli: CliFolder) => Promise<void>, side = 4): void {
  testWith(["read", "write", "run"], name, async () => {
    using cli = new CliFolder(side);
    await fn(cli);
  });
}

/** All that a run leaves, without what the clock says and where it lies. */
function remains(cli: CliFolder, out: string): Record<string, unknown> {
  const report = cli.text(`${out}/report.html`)
    .replaceAll(`${cli.path}/${out.split("/")[0]}`, "OUT")
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "DATE")
    .replace(/(\d+ min )?\d+(\.\d)? s\b/g, "TIME")
    .replace(/<td>\d+\.\d<\/td>/g, "TIME");
  return {
    files: cli.list(out)!.filter((name) => name !== "checkpoints"),
    weights: cli.bytes(`${out}/weights.safetensors`),
    metrics: cli.metrics(out).map(({ seconds: _, ...rest }) => rest),
    curves: cli.text(`${out}/curves.svg`),
    report,
  };
}

/** Starts a program and kills it; gives whether it was killed before its end. */
async function kill(command: string[], afterEpoch: number, delay: number): Promise<boolean> {
  const child = startDeno(command);
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let stdout = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => timer ??= setTimeout(() => child.kill("SIGKILL"), delay);
  if (afterEpoch === 0) arm();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    stdout += part.value;
    const epochs = Array.from(stdout.matchAll(/^epoch +(\d+) /gm), ([_, epoch]) => Number(epoch));
    if (epochs.some((epoch) => epoch >= afterEpoch)) arm();
  }
  const { signal, code } = await child.status;
  clearTimeout(timer);
  assert.ok(signal === "SIGKILL" || code === 0, `${stdout}${await errors}`);
  await errors;
  return signal === "SIGKILL";
}

/**
 * Kills a training again and again, at moments that follow from the seed; gives the command that goes
 * on then, or null where it has ended before the last kill.
 */
async function killOften(
  cli: CliFolder,
  command: string[],
  { epochs, kills, seed, haste }: { epochs: number; kills: number; seed: number; haste: number },
): Promise<string[] | null> {
  for (let i = 0; i < kills; i++) {
    // Every other one as it starts, or goes on; the others somewhere within or after an epoch.
    const afterEpoch = i % 2 === 0 ? Math.ceil(0.6 * epochs * (i + 1) / kills) : 0;
    const delay = unit(seed, i) * (afterEpoch === 0 ? 800 : 150) / haste;
    if (!await kill(command, afterEpoch, delay)) return null;
    const threads = String(Math.min(1 + i % 2, navigator.hardwareConcurrency));
    if (cli.list("killed")?.includes("config.json")) {
      command = cli.resuming("killed", "--threads", threads);
    }
  }
  return command;
}

/** Three trainings: a batch of 1, averages and warped images, batch normalisation. */
const RUNS: Record<string, { options: string; epochs: number; kills: number; side: number }> = {
  "the report's network": {
    options: "--hidden 20 --lr 0.02 --momentum --checkpoint-every 37",
    epochs: 60,
    kills: 3,
    side: 4,
  },
  "a multilayer perceptron with averages": {
    options: "--recipe mlp-best --batch-size 20 --ema 0.95 --checkpoint-every 1",
    epochs: 25,
    kills: 3,
    side: 4,
  },
  "a convolutional network": {
    options: "cnn --recipe small --batch-size 20 --checkpoint-every 3",
    epochs: 10,
    kills: 3,
    side: 12,
  },
};

for (const [name, { options, epochs, kills, side }] of Object.entries(RUNS)) {
  testResume(`${name}, killed ${kills} times, ends as if it had never been`, async (cli) => {
    const whole = [...options.split(" "), "--epochs", String(epochs)];
    const { code, stderr } = await cli.train("whole", ...whole);
    assert.deepEqual([code, stderr], [0, ""]);

    const seed = Math.floor(Math.random() * 2 ** 32);
    let [command, said] = [cli.command("killed", ...whole), ""];
    for (let haste = 1;; haste *= 2) {
      said = `seed ${seed}, delays divided by ${haste}`;
      const resumed = await killOften(cli, command, { epochs, kills, seed, haste });
      if (resumed !== null) {
        command = resumed;
        break;
      }
      assert.ok(haste < 1024, `it always ends before: ${said}`);
      Deno.removeSync(`${cli.path}/killed`, { recursive: true }); // a quick machine: once more
    }
    const last = await deno(command);
    assert.deepEqual([last.code, last.stderr], [0, ""], said);
    assert.deepEqual(remains(cli, "killed"), remains(cli, "whole"), said);
  }, side);
}

const SHORT = ["--hidden", "20", "--batch-size", "40", "--epochs", "4", "--checkpoint-every", "7"];

/** A run that was stopped before its last epoch, and one that was not: `killed` and `whole`. */
async function killedAndWhole(cli: CliFolder, options: readonly string[]): Promise<string> {
  const { code, stderr } = await cli.train("whole", ...options);
  assert.deepEqual([code, stderr], [0, ""]);
  const path = `${cli.path}/killed`;
  await copy(`${cli.path}/whole`, path);
  Deno.removeSync(`${path}/report.html`);
  const config = cli.text("killed/config.json").replaceAll(`${cli.path}/whole`, path);
  Deno.writeTextFileSync(`${path}/config.json`, config);
  return path;
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

testResume("a damaged checkpoint is told, and the one before it is used", async (cli) => {
  const path = await killedAndWhole(cli, SHORT);
  const names = cli.list("killed/checkpoints")!;
  const last = `${path}/checkpoints/${names.at(-1)}`;
  const bytes = Deno.readFileSync(last);
  Deno.writeFileSync(last, bytes.subarray(0, bytes.length - 1));
  Deno.writeTextFileSync(`${last}.0123abcd.part`, "cut in the middle of wri");
  const { code, stdout, stderr } = await deno(cli.resuming("killed"));
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`^passed over: .*${names.at(-1)}: .*\n$`));
  assert.match(stdout, /^going on in epoch \d after step \d$/m);
  assert.deepEqual(remains(cli, "killed"), remains(cli, "whole"));
  assert.ok(!cli.list("killed/checkpoints")!.some((name) => name.endsWith(".part")));
});

testResume("a run with damaged checkpoints only is refused, and left as it is", async (cli) => {
  const path = await killedAndWhole(cli, SHORT);
  const names = cli.list("killed/checkpoints")!;
  for (const name of names) {
    const file = `${path}/checkpoints/${name}`;
    const bytes = Deno.readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    Deno.writeFileSync(file, bytes);
  }
  const before = cli.text("killed/metrics.jsonl");
  const { code, stderr } = await deno(cli.resuming("killed"));
  assert.equal(code, 1);
  for (const name of names) assert.ok(stderr.includes(name), stderr);
  assert.equal(cli.text("killed/metrics.jsonl"), before);
});

testResume("a run that came to no checkpoint begins anew", async (cli) => {
  const path = await killedAndWhole(cli, SHORT);
  Deno.removeSync(`${path}/checkpoints`, { recursive: true });
  const { code, stderr } = await deno(cli.resuming("killed", "--quiet"));
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(remains(cli, "killed"), remains(cli, "whole"));
});

testResume("a checkpoint of another network or data is refused", async (cli) => {
  const path = await killedAndWhole(cli, SHORT);
  const config = cli.text("killed/config.json");
  const refused = async (from: string, to: string, what: RegExp) => {
    assert.ok(config.includes(from));
    Deno.writeTextFileSync(`${path}/config.json`, config.replace(from, to));
    const { code, stderr } = await deno(cli.resuming("killed"));
    assert.match(stderr, what);
    assert.equal(code, 1);
  };
  await refused(
    '"hidden": 20',
    '"hidden": 21',
    /^error: .*layers\.0\.weight.*\[21, 16\].*\[20, 16\]/,
  );
  await refused('"layers": 3', '"layers": 2', /^error: .*4 is needed, the checkpoint has 6/);
  await refused('"batchSize": 40', '"batchSize": 50', /^error: .*batchSize/);
  const [checksum] = JSON.parse(config).data.checksums;
  await refused(checksum, "0", /^error: resume: the data must be the same/);
});

testResume("what cannot go on is told with what to do", async (cli) => {
  Deno.mkdirSync(`${cli.path}/empty`);
  const empty = await deno(cli.resuming("empty"));
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /^error: .*\/empty\/config\.json.*\n$/);
  for (const config of ["{}", "null", '{ "recipe": "small" }']) {
    Deno.writeTextFileSync(`${cli.path}/empty/config.json`, config);
    const other = await deno(cli.resuming("empty"));
    assert.match(other.stderr, /^error: --resume: needs a run's folder: .*\/empty is no run's\n$/);
    assert.equal(other.code, 2);
  }
  const { code, stderr } = await cli.train("done", ...SHORT);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await deno(cli.resuming("done")), {
    code: 2,
    stdout: "",
    stderr: `error: --resume: ${cli.path}/done is finished: its report.html has the results\n`,
  });
});

testResume("an ensemble goes on with the network that was interrupted", async (cli) => {
  const options = [
    "--recipe",
    "mlp-best",
    "--batch-size",
    "50",
    "--epochs",
    "6",
    "--ensemble",
    "2",
  ];
  const { code, stderr } = await cli.train("whole", ...options);
  assert.deepEqual([code, stderr], [0, ""]);
  const command = cli.command("killed", ...options);
  const { stdout, ...end } = await interrupted(command, /^network 2[^]*^epoch +1 /m);
  assert.deepEqual(end, { code: 130, stderr: "" });
  assert.match(stdout, /; deno task train --resume \S+\/killed goes on\n/);
  const resumed = await deno(cli.resuming("killed"));
  assert.deepEqual([resumed.code, resumed.stderr], [0, ""]);
  assert.match(resumed.stdout, /^network 1 of 2, seed 0: trained before$/m);
  assert.match(resumed.stdout, /^network 2 of 2, seed 1$/m);
  for (const seed of ["seed-0", "seed-1"]) {
    assert.deepEqual(remains(cli, `killed/${seed}`), remains(cli, `whole/${seed}`));
  }
  const worth = (out: string) => {
    const { dev, test, members } = JSON.parse(cli.text(`${out}/result.json`));
    return {
      dev,
      test,
      members: members.map(({ dev, test }: typeof members[0]) => ({ dev, test })),
    };
  };
  assert.deepEqual(worth("killed"), worth("whole"));
});

testResume(
  "a run that is killed after its look at the test set does not look again",
  async (cli) => {
    const first = await cli.train("run", "--epochs", "2", "--quiet");
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    const { evaluations } = JSON.parse(cli.text("run/test.json"));
    assert.equal(evaluations.length, 1);
    // What is on record is told, whatever the set would give now.
    evaluations[0].figures.accuracy = 0.1234;
    Deno.writeTextFileSync(`${cli.path}/run/test.json`, JSON.stringify({ evaluations }));
    for (const name of ["result.json", "report.html"]) Deno.removeSync(`${cli.path}/run/${name}`);
    const { code, stdout, stderr } = await deno(cli.resuming("run"));
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^test accuracy +0\.1234$/m);
    assert.equal(JSON.parse(cli.text("run/result.json")).test.accuracy, 0.1234);
    assert.deepEqual(JSON.parse(cli.text("run/test.json")), { evaluations });
  },
);
