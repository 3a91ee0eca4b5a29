/** Runs that are somebody else's, in use, or ended by a signal: as programs, from outside. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { printable, UsageError } from "../cli/errors.ts";
import { train } from "../cli/train_command.ts";
import { evaluate } from "../cli/trained/eval.ts";
import { DataError } from "../mod.ts";
import { Running } from "./running.ts";
import { deno, type Outcome, testWith } from "./subprocess.ts";
import { SmallGrids } from "./cli/grid/small_grids.ts";
import { CliFolder } from "./cli_folder.ts";

function testTrust(name: string, fn: (cli: CliFolder) => Promise<void>): void {
  testWith(["read", "write", "run"], name, async () => {
    using cli = new CliFolder(8);
    await fn(cli);
  });
}

const RUN = ["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts"];

/** No program's own stack, and nothing that a terminal would obey. */
function isPlain({ stdout, stderr }: Outcome): void {
  assert.doesNotMatch(stderr, /^ {4}at /m);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
}

/** Ends with that code and that one line on standard error. */
function refused(outcome: Outcome, code: number, stderr: RegExp): void {
  assert.match(outcome.stderr, stderr);
  assert.equal(outcome.stderr.trimEnd().split("\n").length, 1, outcome.stderr);
  assert.equal(outcome.code, code, outcome.stderr);
  isPlain(outcome);
}

/** A network whose file leaves a mark when it runs. */
function markingNetwork(mark: string): string {
  return `import { nn } from "@glim/glim";
Deno.writeTextFileSync(${JSON.stringify(mark)}, "it ran");
export default ({ imageShape: [rows, columns], classes }: {
  imageShape: [number, number];
  classes: number;
}) => new nn.Sequential(new nn.Flatten(), new nn.Linear(rows * columns, classes));
`;
}

testTrust("the program that is a run's network runs only if the user names it", async (cli) => {
  const file = `${cli.path}/own network.ts`, mark = `${cli.path}/mark`;
  Deno.writeTextFileSync(file, markingNetwork(mark));
  const command = cli.command("run", "cnn", "--arch", file, "--batch-size", "40");
  const run = new Running([...command, "--epochs", "1000", "--ema", "0.9"]);
  await run.until(/^epoch +0 /m);
  const { stdout } = await run.end("SIGINT");
  assert.ok(
    stdout.endsWith(`; deno task train --resume ${cli.path}/run --arch '${file}' goes on\n`),
  );
  const { archSha256 } = JSON.parse(cli.text("run/config.json"));
  assert.match(archSha256, /^[0-9a-f]{64}$/);
  Deno.removeSync(mark);

  const image = [`${cli.data}/t10k-images-idx3-ubyte`, "--index", "0"];
  const commands: Record<string, string[]> = {
    predict: ["predict", "--weights", `${cli.path}/run`, ...image],
    eval: ["eval", "--weights", `${cli.path}/run`],
    "the weights alone": ["predict", "--weights", `${cli.path}/run/weights.safetensors`, ...image],
    resume: ["--resume", `${cli.path}/run`],
  };
  for (const [name, args] of Object.entries(commands)) {
    const outcome = await deno([...RUN, ...args]);
    refused(
      outcome,
      2,
      new RegExp(`is a program, ${file}, .* --arch ${file} if you .* SHA-256 ${archSha256}\\)\n$`),
    );
    assert.equal(cli.list(".")!.includes("mark"), false, name);
  }
  const named = await deno([...RUN, ...commands.eval!, "--arch", file]);
  assert.deepEqual([named.code, named.stderr], [0, ""]);
  assert.ok(cli.list(".")!.includes("mark"));

  Deno.writeTextFileSync(file, `${markingNetwork(mark)}// changed\n`);
  const changed = await deno([...RUN, ...commands.predict!, "--arch", file]);
  assert.equal(changed.code, 0, changed.stderr);
  assert.match(
    changed.stderr,
    new RegExp(`^note: --arch: .*SHA-256 is .*, it was ${archSha256}\n$`),
  );
  const resumed = new Running([...RUN, ...commands.resume!, "--arch", file, "--threads", "1"]);
  await resumed.until(/^epoch +\d+ /m);
  assert.equal((await resumed.end("SIGTERM")).code, 143);
});

testTrust("a run has one process, and ends at any signal with a checkpoint", async (cli) => {
  const begin = cli.command("run", "--hidden", "8", "--batch-size", "40", "--epochs", "100000");
  const again = cli.resuming("run");
  const ends = [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]] as const;
  let epochs = 0;
  for (const [i, [signal, code]] of ends.entries()) {
    const run = new Running(i === 0 ? begin : again);
    await run.until(new RegExp(`^epoch +${epochs} `, "m"));
    refused(
      await deno(again),
      2,
      /^error: --resume: another process trains in .*\/run: wait for it/,
    );
    const outcome = await run.end(signal);
    assert.deepEqual([outcome.code, outcome.stderr], [code, ""]);
    assert.match(outcome.stdout, /^interrupted after \d+ of 100000 epochs: .* goes on\n$/m);
    assert.ok(cli.list("run/checkpoints")!.length > 0);
    const metrics = cli.metrics("run");
    assert.deepEqual(metrics.map(({ epoch }) => epoch), [...metrics.keys()]);
    assert.ok(metrics.length > epochs);
    epochs = metrics.length;
  }
  // Who is killed holds no lock.
  const run = new Running(again);
  await run.until(new RegExp(`^epoch +${epochs} `, "m"));
  assert.equal((await run.end("SIGKILL")).signal, "SIGKILL");
  const last = new Running(again);
  await last.until(new RegExp(`^epoch +${epochs} `, "m"));
  assert.equal((await last.end("SIGINT")).code, 130);
});

testTrust("an ensemble has one process too, and so has each of its networks", async (cli) => {
  const options = ["--recipe", "mlp-best", "--batch-size", "40", "--ensemble", "2"];
  const run = new Running(cli.command("run", ...options, "--epochs", "100000"));
  await run.until(/^network 1 of 2[^]*^epoch +0 /m);
  for (const folder of ["run", "run/seed-0"]) {
    refused(await deno(cli.resuming(folder)), 2, /^error: --resume: another process trains in /);
  }
  const { code, stdout, stderr } = await run.end("SIGTERM");
  assert.deepEqual([code, stderr], [143, ""]);
  assert.match(stdout, /^interrupted with 0 of 2 networks trained/m);
  assert.ok(cli.list("run/seed-0/checkpoints")!.length > 0);
});

testWith(["read", "write", "run"], "a grid ends at any signal, and goes on", async () => {
  using cli = new SmallGrids();
  for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const before = cli.results("run").length;
    const grid = new Running(cli.command("run", "--epochs", "40", "--jobs", "1"), {
      cwd: cli.path,
    });
    await cli.until(() => cli.results("run").length > before, "a result");
    const outcome = await grid.end(signal);
    assert.deepEqual([outcome.code, outcome.stderr], [code, ""]);
    assert.match(outcome.stdout, /^interrupted with \d of 8 trials finished: /m);
  }
});

/** Configs that no run writes, and what is said of them. */
const ODD: readonly (readonly [change: Record<string, unknown>, told: RegExp])[] = [
  [{ ensemble: 1e9 }, /ensemble needs to be a whole number from 1 to 1000: it is 1000000000\n/],
  [{ seed: "7" }, /seed needs to be a whole number from 0 to 4294967295: it is "7"\n/],
  [{ imageShape: [8, null] }, /imageShape\.1 needs .*: it is null\n/],
  [{ imageShape: { length: 1e9 } }, /imageShape needs to be a list of 2: it is \{"length":1000000/],
  [{ arch: { toString: 1 } }, /arch needs to be a path, or null: it is \{"toString":1\}\n/],
];

/** Those that matter to a run that goes on only. */
const ODD_RUN: typeof ODD = [
  [{ arch: "\x1b]0;owned\x07.ts" }, /program, \\u\{1b\}\]0;owned\\u\{7\}\.ts, which/],
  [{ epochs: null }, /epochs needs to be a whole number, 1 or more: it is null\n/],
  [{ batchSize: 0.5 }, /batchSize needs .*: it is 0\.5\n/],
  [{ lr: "fast" }, /lr needs to be a number above 0: it is "fast"\n/],
  [{ augment: { rotation: 1 } }, /augment needs to be true or false: it is \{"rotation":1\}\n/],
  [{ data: { checksums: 1 } }, /data\.name needs to be a text: it is missing\n/],
  [{ data: undefined }, /--resume: needs a run's folder/],
  [
    { experiment: "constructor" },
    /the experiment of .* is a program, constructor, which runs only/,
  ],
  [{ experiment: undefined, recipe: "constructor" }, /--resume: needs a run's folder/],
];

testTrust("a config that no run wrote is refused, by its field", async (cli) => {
  const made = await cli.train("run", "--recipe", "mlp-best", "--epochs", "1");
  assert.equal(made.code, 0, made.stderr);
  const config = JSON.parse(cli.text("run/config.json"));
  Deno.removeSync(`${cli.path}/run/report.html`);
  const write = (text: string) => Deno.writeTextFileSync(`${cli.path}/run/config.json`, text);
  const run = `${cli.path}/run`;
  const both = [["--resume", run], ["eval", "--weights", run]];
  const inside = [() => train(both[0]!), () => evaluate(both[1]!.slice(1))];
  for (const [calls, odd] of [[inside, ODD], [inside.slice(0, 1), ODD_RUN]] as const) {
    for (const [change, told] of odd) {
      write(JSON.stringify({ ...config, ...change }));
      for (const call of calls) {
        await assert.rejects(call, (error: Error) => {
          assert.ok(
            [UsageError, DataError].some((kind) => error instanceof kind),
            `${error.stack}`,
          );
          assert.match(`error: ${printable(error.message)}\n`, told);
          return true;
        });
      }
    }
  }
  // and as programs
  const [change, told] = ODD_RUN[0]!;
  write(JSON.stringify({ ...config, ...change }));
  refused(await deno([...RUN, ...both[0]!]), 2, told);
  for (const text of ["[".repeat(1e6), "null", " ".repeat(2 ** 20 + 1)]) {
    write(text);
    for (const outcome of await Promise.all(both.map((args) => deno([...RUN, ...args])))) {
      refused(outcome, outcome.code, /^error: /);
      assert.ok([1, 2].includes(outcome.code), outcome.stderr);
      assert.ok(outcome.stderr.length < 500);
    }
  }
});

testTrust("nothing is written through a link in a folder", async (cli) => {
  const made = await cli.train("run", "--hidden", "8", "--batch-size", "100", "--epochs", "1");
  assert.equal(made.code, 0, made.stderr);
  const victim = `${cli.path}/victim`;
  Deno.writeTextFileSync(victim, "precious");
  for (const name of ["report.html", "metrics.jsonl"]) Deno.removeSync(`${cli.path}/run/${name}`);
  Deno.symlinkSync(victim, `${cli.path}/run/metrics.jsonl`);
  refused(
    await deno(cli.resuming("run")),
    2,
    /^error: --resume: .*metrics\.jsonl is a symbolic l/,
  );
  Deno.mkdirSync(`${cli.path}/grid`);
  Deno.writeTextFileSync(`${cli.path}/grid/grid.json`, "{}");
  for (const name of ["trials.jsonl", "grid.json.part", "lock"]) {
    Deno.symlinkSync(victim, `${cli.path}/grid/${name}`);
    const grid = ["grid", "--quick", "--data-dir", cli.data, "--out", `${cli.path}/grid`];
    refused(await deno([...RUN, ...grid]), 2, /^error: --out: .* is a symbolic link/);
    Deno.removeSync(`${cli.path}/grid/${name}`);
  }
  assert.equal(Deno.readTextFileSync(victim), "precious");
});

testTrust("a small file that unpacks to gigabytes is refused at once", async (cli) => {
  const made = await cli.train("run", "--hidden", "8", "--batch-size", "100", "--epochs", "1");
  assert.equal(made.code, 0, made.stderr);
  const part = gzipSync(new Uint8Array(16 * 2 ** 20), { level: 9 });
  const bomb = (rows: number) => {
    const head = new Uint8Array(16);
    head.set([0, 0, 8, 3]);
    [rows, 8, 8].forEach((n, i) => new DataView(head.buffer).setUint32(4 + 4 * i, n));
    return Buffer.concat([gzipSync(head), ...Array.from({ length: 190 }, () => part)]);
  };
  const file = `${cli.path}/images.gz`;
  const told = [[47_000_000, /is unpacked up to \d+: its header promises 3008000016/], [
    1000,
    /this one has more: its header does not belong to it/,
  ]] as const;
  for (const [rows, message] of told) {
    Deno.writeFileSync(file, bomb(rows));
    refused(await deno([...RUN, "predict", "--weights", `${cli.path}/run`, file]), 1, message);
  }
});
