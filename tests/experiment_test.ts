/** Experiments of one's own, as files that a user writes: every command runs them. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { deno, type Outcome, root, temporaryFolder, testWith } from "./subprocess.ts";
import { Running } from "./running.ts";

/** The task's own command, without the word `deno`. */
const TASK = config.tasks.train.command.split(" ").slice(1);

/** A regression on a table of one's own: the example of the documents. */
function line(): string {
  return Deno.readTextFileSync(`${root}docs/experiments.md`).match(
    /^```ts ignore\n(.*?)^```/ms,
  )![1]!;
}

/** A folder with that experiment, and what \`deno task train\` says there. */
class OwnFolder implements Disposable {
  readonly #folder = temporaryFolder();
  readonly path: string = this.#folder.path;

  constructor() {
    const rows = Array.from({ length: 300 }, (_, i) => [i / 300, 2 * i / 300 + (i * 7 % 10) / 50]);
    Deno.writeTextFileSync(`${this.path}/line.csv`, rows.join("\n"));
    Deno.writeTextFileSync(`${this.path}/line.ts`, line());
  }

  at(name: string): string {
    return `${this.path}/${name}`;
  }

  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.outcome(...args);
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    return stdout;
  }

  outcome(...args: string[]): Promise<Outcome> {
    return deno([...TASK, ...args]);
  }

  bytes(name: string): Uint8Array {
    return Deno.readFileSync(this.at(name));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function testOwn(name: string, fn: (own: OwnFolder) => Promise<void>): void {
  testWith(["read", "write", "run"], name, async () => {
    using own = new OwnFolder();
    await fn(own);
  });
}

testOwn("a regression on a table of one's own is trained, judged and asked", async (own) => {
  const [file, run] = [own.at("line.ts"), own.at("run")];
  const told = await own.run(file, "--out", run, "--epochs", "30"); // learns in some epochs
  assert.match(told, /^a line: 210 to train, 45 dev, 45 test\nA line, 2 parameters\nepochs 30, /);
  assert.match(told, /^epoch +29 +train loss \d/m);
  assert.doesNotMatch(told, /accuracy|NaN/);
  const { dev, test } = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
  assert.ok(dev["R²"] > 0.8 && test["R²"] > 0.8 && test["mean absolute error"] < 0.3);
  assert.match(told, new RegExp(`^test R² +${test["R²"].toFixed(4)}$`, "m"));
  const report = Deno.readTextFileSync(`${run}/report.html`);
  assert.match(report, /<title>A line on a line<\/title>/);
  assert.match(report, /<span>test R²<\/span>/);
  const curves = Deno.readTextFileSync(`${run}/curves.svg`);
  assert.match(curves, /Best dev loss: \d\.\d{4}, after epoch \d/);
  assert.doesNotMatch(report + curves, /NaN|undefined|Confusion|accuracy/i);

  const judged = JSON.parse(await own.run("eval", run, file, "--json"));
  assert.deepEqual([judged.loss, judged["R²"]], [test.loss, test["R²"]]);
  const [answers] = [JSON.parse(await own.run("predict", run, file, "0.5", "--json"))];
  assert.ok(Math.abs(answers[0][0] - 1.1) < 0.2, JSON.stringify(answers));
});

testOwn("a run of it that was interrupted ends with the bits of one that was not", async (own) => {
  const file = own.at("line.ts");
  const [whole, part] = [own.at("whole"), own.at("part")];
  const epochs = ["--epochs", "150", "--ensemble", "2"];
  await own.run(file, "--out", whole, ...epochs, "--quiet");
  const first = new Running([...TASK, file, "--out", part, ...epochs]);
  await first.until(/^epoch +1 /m);
  const { code, stdout } = await first.end("SIGINT");
  assert.equal(code, 130);
  const [, command] = stdout.match(/; deno task train (.*) goes on$/m)!;
  assert.equal(command, `${file} --resume ${part} --table ${own.at("line.csv")}`);
  await own.run(...command!.split(" "), "--quiet");
  for (const seed of ["seed-0", "seed-1"]) {
    const weights = `${seed}/weights.safetensors`;
    assert.deepEqual(own.bytes(`part/${weights}`), own.bytes(`whole/${weights}`));
  }
  const worth = (out: string) => JSON.parse(Deno.readTextFileSync(`${out}/result.json`)).test;
  assert.deepEqual(worth(part), worth(whole));
});

testOwn(
  "an experiment reads what its options name, its folder's by default, and no more",
  async (own) => {
    using other = temporaryFolder();
    Deno.copyFileSync(own.at("line.csv"), `${other.path}/other.csv`);
    const file = own.at("line.ts");
    const quiet = ["--epochs", "1", "--quiet"];
    await own.run(file, "--table", `${other.path}/other.csv`, "--out", own.at("named"), ...quiet);
    const greedy = line().replace(
      `import.meta.dirname + "/line.csv"`,
      JSON.stringify(`${other.path}/other.csv`),
    );
    assert.notEqual(greedy, line());
    Deno.writeTextFileSync(own.at("greedy.ts"), greedy);
    const refused = await own.outcome(own.at("greedy.ts"), "--out", own.at("refused"), ...quiet);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /Requires read access to .*other\.csv/);
  },
);

testOwn(
  "a run of a program that nobody named is refused, and one that changed is told",
  async (own) => {
    const [file, run] = [own.at("line.ts"), own.at("run")];
    Deno.writeTextFileSync(file, `${line()}import "./part.ts";\n`);
    Deno.writeTextFileSync(own.at("part.ts"), "export const a = 1;");
    await own.run(file, "--out", run, "--epochs", "1", "--quiet");
    for (const args of [["eval", run], ["predict", run, "0.5"]]) {
      const { code, stderr } = await own.outcome(...args);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^error: --weights: the experiment of .* is a program, .*: add .*line\.ts if/,
      );
    }
    assert.equal((await own.outcome("eval", run, file)).stderr, "");
    Deno.writeTextFileSync(own.at("part.ts"), "export const a = 2;");
    const { code, stderr } = await own.outcome("eval", run, file);
    assert.equal(code, 0);
    assert.match(stderr, /^note: .*line\.ts is not what .* was trained with: its SHA-256 is .*\n$/);
  },
);

testOwn("what is wrong with an experiment's file is told, with exit code 2", async (own) => {
  const wrong: [text: string | null, what: RegExp][] = [
    [null, /: there is no such file$/],
    ["export const a = 1;", /: needs an experiment as its default export: it has none; import \{/],
    ["export default 1;", /: needs an experiment as its default export: it is a number; import/],
    ["export default {", /: .*Unexpected|: .*Expected/],
    ["throw new Error('not today');", /: not today$/],
    [line().replace("epochs: 6", "out: 6"), /: defineExperiment: the option out is the command's/],
  ];
  await Promise.all(wrong.map(async ([text, what], i) => {
    const file = own.at(`wrong_${i}.ts`);
    if (text !== null) Deno.writeTextFileSync(file, text);
    const { code, stdout, stderr } = await own.outcome(file, "--out", own.at(`out_${i}`));
    assert.match(stderr.split("\n")[0]!, what);
    assert.ok(stderr.startsWith(`error: ${file}: `), stderr);
    assert.deepEqual([code, stdout], [2, ""]);
  }));
});

testOwn("the spirals are learnt, and told apart at points that are asked", async (own) => {
  const run = own.at("run");
  await own.run("experiments/spirals.ts", "--out", run, "--epochs", "8", "--quiet");
  const judged = JSON.parse(await own.run("eval", run, "--json", "--set", "dev"));
  assert.ok(judged.accuracy > 0.9 && judged.confusion.length === 3, JSON.stringify(judged));
  assert.match(await own.run("predict", run, "0,0.1"), /^0,0\.1: class \d \(0\.\d/m);
  const { code, stderr } = await own.outcome("predict", run, "1,2,3");
  assert.deepEqual([code, stderr], [
    2,
    "error: predict: needs 2 numbers such as 0.5,-1: it is 1,2,3\n",
  ]);
});
