/** `deno task train` as it is typed: what it may do, its signals, its terminal and its exit code. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { Running } from "./running.ts";
import { deno, testWith } from "./subprocess.ts";
import { CliFolder } from "./cli_folder.ts";

/** The task's own command, without the word `deno`. */
const TASK = config.tasks.train.command.split(" ").slice(1);

/** A network that tries what programs of others would like to, and tells what it got. */
function curious(port: number, home: string): string {
  return `import { nn } from "@glim/glim";
const tries = {
  "read /etc/passwd": () => Deno.readTextFileSync("/etc/passwd"),
  "read its neighbour": () => Deno.readTextFileSync(${JSON.stringify(`${home}/secret`)}),
  "list its folder": () => Array.from(Deno.readDirSync(${JSON.stringify(home)})),
  "write into its folder": () => Deno.writeTextFileSync(${JSON.stringify(`${home}/left`)}, ""),
  "write into the repository": () => Deno.writeTextFileSync("left", ""),
  "fetch": () => fetch("http://127.0.0.1:${port}/"),
  "import from a host": () => import("http://127.0.0.1:${port}/m.ts"),
  "import from a known host": () => import("https://esm.sh/left-" + "pad"),
  "connect": () => Deno.connect({ hostname: "127.0.0.1", port: ${port} }),
  "run": () => new Deno.Command("id").outputSync(),
  "read the environment": () => Deno.env.toObject(),
  "tell the machine's name": () => Deno.hostname(),
};
const got = [];
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    got.push(name);
  } catch {
    // refused
  }
}
console.log("GOT " + JSON.stringify(got));
export default ({ imageShape: [rows, columns], classes }: {
  imageShape: [number, number];
  classes: number;
}) => new nn.Sequential(new nn.Flatten(), new nn.Linear(rows * columns, classes));
`;
}

testWith(
  ["read", "write", "run", "net"],
  "a network of one's own reads, writes and reaches nothing that the command does not name",
  async () => {
    using cli = new CliFolder(8);
    const file = `${cli.path}/curious.ts`, run = `${cli.path}/run too`;
    let requests = 0;
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      requests++;
      return new Response("");
    });
    Deno.writeTextFileSync(`${cli.path}/secret`, "secret");
    Deno.writeTextFileSync(file, curious(server.addr.port, cli.path));
    const own = ["--arch", file, "--data-dir", cli.data];
    const train = ["cnn", ...own, "--batch-size", "40", "--out", run];
    const commands = [
      [...train, "--epochs", "1"],
      ["eval", "--weights", run, ...own],
      ["predict", "--weights", run, "--arch", file, `${cli.data}/t10k-images-idx3-ubyte`],
    ];
    for (const args of commands) {
      const { code, stdout, stderr } = await deno([...TASK, ...args]);
      assert.deepEqual([code, stderr], [0, ""], args[0]!);
      assert.match(stdout, /^GOT \[\]$/m, args[0]!);
    }
    // Whoever's config it is, it opens no folder to a program.
    const told = JSON.parse(cli.text("run too/config.json"));
    Deno.writeTextFileSync(`${run}/config.json`, JSON.stringify({ ...told, dataDir: "/" }));
    Deno.removeSync(`${run}/report.html`);
    const { stdout } = await deno([...TASK, "--resume", run, "--arch", file]);
    assert.doesNotMatch(stdout, /^GOT \[.+\]$/m);
    assert.equal(requests, 0);
  },
);

testWith(
  ["read", "write", "run"],
  "a network of several files, and a run's own data, are found without being named",
  async () => {
    using cli = new CliFolder(8);
    const file = `${cli.path}/net work.ts`;
    Deno.writeTextFileSync(`${cli.path}/part.ts`, `export { Linear } from "./other.ts";`);
    Deno.writeTextFileSync(
      `${cli.path}/other.ts`,
      `import { nn } from "@glim/glim"; export const Linear = nn.Linear;`,
    );
    Deno.writeTextFileSync(
      file,
      `import { nn } from "@glim/glim";
import { Linear } from "./part.ts";
export default ({ imageShape: [rows, columns], classes }) =>
  new nn.Sequential(new nn.Flatten(), new Linear(rows * columns, classes));
`,
    );
    const options = ["--data-dir", cli.data, "--batch-size", "40", "--epochs", "1"];
    const trained = await deno([
      ...TASK,
      "cnn",
      `--arch=${file}`,
      `--out=${cli.path}/a`,
      ...options,
    ]);
    assert.deepEqual([trained.code, trained.stderr], [0, ""]);
    const plain = await deno([...TASK, "--out", `${cli.path}/b`, "--hidden", "8", ...options]);
    assert.deepEqual([plain.code, plain.stderr], [0, ""]);
    for (const place of ["b", "b/weights.safetensors"]) {
      const judged = await deno([...TASK, "eval", "--weights", `${cli.path}/${place}`]);
      assert.deepEqual([judged.code, judged.stderr], [0, ""]);
    }
    const picture = ["--picture", `${cli.path}/saw.png`];
    const image = [`${cli.data}/t10k-images-idx3-ubyte`, "--index", "0"];
    const read = await deno([
      ...TASK,
      "predict",
      "--weights",
      `${cli.path}/b`,
      ...image,
      ...picture,
    ]);
    assert.deepEqual([read.code, read.stderr], [0, ""]);
    assert.ok(cli.list(".")!.includes("saw.png"));
    const missing = [`${cli.path}/none.png`, "--", "-none.png"];
    const unread = await deno([...TASK, "predict", "--weights", `${cli.path}/b`, ...missing]);
    assert.equal(unread.code, 1);
    assert.equal(
      unread.stderr,
      `error: read ${cli.path}/none.png: there is no such file\n` +
        `error: read -none.png: there is no such file\n`,
    );
    const comma = await deno([...TASK, "--out", `${cli.path}/a,b`]);
    assert.equal(comma.code, 2);
    assert.match(comma.stderr, /^error: Deno takes no path with a comma: rename ".*a,b"\n$/);
    assert.equal((await deno([...TASK, "--lr", "fast"])).code, 2);
    assert.equal((await deno([...TASK, "--data-dir", `${cli.path}/none`])).code, 1);
  },
);

testWith(
  ["read", "run"],
  "an address that is none is refused by the program, in one line",
  async () => {
    const web = config.tasks.web.command.split(" ").slice(1);
    for (const port of ["99999", "abc", ""]) {
      const { code, stderr } = await deno([...web, "--port", port]);
      assert.equal(code, 1);
      assert.match(stderr, /^error: --port: needs a whole number from 0 to 65535: .*\n$/);
    }
    for (const queue of ["nats://h:99999", "a b"]) {
      const { code, stderr } = await deno([...TASK, "grid", "--quick", "--queue", queue]);
      assert.notEqual(code, 0);
      assert.match(stderr, /^error: --queue: .*\n$/);
    }
  },
);

/** A run that takes its time. */
function long(cli: CliFolder, task: readonly string[] = TASK): string[] {
  const where = ["--data-dir", cli.data, "--out", `${cli.path}/run`];
  return [...task, ...where, "--hidden", "8", "--batch-size", "40", "--epochs", "100000"];
}

testWith(
  ["read", "write", "run"],
  "signals end the training, not only what started it",
  async () => {
    using cli = new CliFolder(8);
    const begin = long(cli);
    const again = [...TASK, "--resume", `${cli.path}/run`];
    for (
      const [command, signal, code] of [[begin, "SIGTERM", 143], [again, "SIGINT", 130]] as const
    ) {
      const before = cli.list("run")?.includes("metrics.jsonl") ? cli.metrics("run").length : 0;
      const run = new Running(command);
      await run.until(new RegExp(`^epoch +${before} `, "m"));
      const outcome = await run.end(signal);
      assert.deepEqual([outcome.code, outcome.stderr], [code, ""]);
      assert.equal(outcome.stdout.match(/^interrupted after /gm)?.length, 1);
      assert.ok(cli.list("run/checkpoints")!.length > 0);
      using lock = Deno.openSync(`${cli.path}/run/config.json`, { read: true, write: true });
      assert.ok(lock.tryLockSync(true), "the training has ended with it");
    }
  },
);

testWith(
  ["read", "write", "run"],
  "a training whose launcher is killed, or the task that started that, ends with a checkpoint",
  async () => {
    for (const task of [TASK, ["task", "--quiet", "train"]]) {
      using cli = new CliFolder(8);
      const run = new Running(long(cli, task));
      await run.until(/^epoch +0 /m);
      const { stdout, signal } = await run.end("SIGKILL"); // its output ends where the training does
      assert.equal(signal, "SIGKILL");
      assert.match(stdout, /^interrupted after /m);
      assert.ok(cli.list("run/checkpoints")!.length > 0);
      using lock = Deno.openSync(`${cli.path}/run/config.json`, { read: true, write: true });
      assert.ok(lock.tryLockSync(true), "the training has ended too");
    }
  },
);

testWith(["read", "write", "run"], "Ctrl-C on a terminal reaches the training once", async () => {
  using cli = new CliFolder(8);
  const words = [Deno.execPath(), ...long(cli)].map((word) => `'${word}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qec", words, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let stdout = "", isPressed = false;
  const keyboard = child.stdin.getWriter();
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    stdout += part;
    if (isPressed || !/epoch +1 .*dev accuracy/.test(stdout)) continue;
    isPressed = true;
    await keyboard.write(Uint8Array.of(3));
  }
  assert.equal((await child.status).code, 130, stdout);
  await keyboard.close().catch(() => {}); // the terminal has gone
  assert.equal(stdout.match(/interrupted after /g)?.length, 1, stdout);
  assert.ok(cli.list("run/checkpoints")!.length > 0);
});
