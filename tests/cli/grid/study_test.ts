/** `deno task grid FILE` as its user meets it: experiments that are not MNIST, and one's own. */
import assert from "node:assert/strict";
import { testWith } from "../../subprocess.ts";
import { Running } from "../../running.ts";
import { testQueue } from "./nats_server.ts";
import { bits, outcomeOf, SmallGrids } from "./small_grids.ts";

function testStudy(name: string, fn: (grids: SmallGrids) => Promise<void>): void {
  testWith(["read", "write", "run"], `a study ${name}`, async () => {
    using grids = new SmallGrids();
    await fn(grids);
  });
}

/** 4 trials of a moment each. */
const SMALL = ["--vary", "lr=0.01,0.001", "--seeds", "2", "--epochs", "40", "--points", "300"];

/** From the table on, without what tells of times. */
function table(stdout: string): string {
  return stdout.slice(stdout.indexOf("\nlr ")).replace(/^\d+ trials in .*$|^\S+: grid\.json/gm, "");
}

testStudy("goes on after kill -9 and a torn line to the same numbers", async (grids) => {
  const whole = await grids.study("whole", ...SMALL, "--jobs", "1");
  assert.deepEqual([whole.code, whole.stderr], [0, ""]);
  assert.match(whole.stdout, /^2 configurations with 2 seeds are 4 trials of 40 epochs\n/);
  assert.match(
    whole.stdout,
    /^lr 0\.01 instead of 0\.001 (raises|shows no difference in) dev acc/m,
  );
  assert.match(whole.stdout, /^The best is trained and tested by: deno task train .*spirals\.ts /m);
  assert.doesNotMatch(whole.stdout, /paper|test accuracy/);
  assert.match(grids.text("whole/report.html"), /<h1>A grid of 4 trials: .*spirals\.ts<\/h1>/);
  assert.deepEqual(grids.list("whole"), [
    "grid.json",
    "lock",
    "report.html",
    "times.json",
    "trials.jsonl",
  ]);

  const killed = new Running(grids.studyCommand("killed", ...SMALL, "--jobs", "1"));
  await killed.until(/^1\/4 /m);
  await killed.end("SIGKILL");
  const file = `${grids.path}/killed/trials.jsonl`;
  Deno.writeTextFileSync(file, grids.text("killed/trials.jsonl").slice(0, -20));
  const kept = grids.results("killed").length;
  const rest = await grids.study("killed", ...SMALL);
  assert.equal(rest.code, 0);
  assert.match(rest.stderr, /: the last line is torn: it is cut off, and its trial runs again\n$/);
  if (kept > 0) assert.match(rest.stdout, new RegExp(`; ${kept} are finished\n`));
  assert.equal(table(rest.stdout), table(whole.stdout));
  assert.deepEqual(bits(grids.results("killed")), bits(grids.results("whole")));
});

testStudy("has its folder alone, and ends at Ctrl-C", async (grids) => {
  const options = SMALL.with(5, "100000");
  const first = new Running(grids.studyCommand("run", ...options));
  await first.until(/ are 4 trials of 100000 epochs\n/);
  await grids.until(() => grids.list("run").includes("trials.jsonl"), "the folder");
  const second = await grids.study("run", ...options);
  assert.deepEqual([second.code, second.stdout], [2, ""]);
  assert.match(second.stderr, /^error: --out: another process works in /);
  const { code, stdout, stderr } = await first.end("SIGINT");
  assert.deepEqual([code, stderr], [130, ""]);
  assert.match(stdout, /^interrupted with 0 of 4 trials finished: /m);
});

/** A straight line, told by its loss: an experiment of one's own, in a folder of one's own. */
const LINE = `
import { nn, optim, rand } from "@glim/glim";
import { defineExperiment, meanAbsoluteError, split } from "@glim/cli";

export default defineExperiment({
  title: "A line",
  options: { lr: 0.1, epochs: 4, bias: true },
  data() {
    const x = rand([60, 1]);
    return { ...split(x, x.mul(3).add(1)), name: "line" };
  },
  build({ options: { lr, bias } }) {
    const model = new nn.Linear(1, 1, { bias });
    return { model, loss: new nn.MSELoss(), optimizer: new optim.SGD(model.parameters(), { lr }) };
  },
  metrics: [meanAbsoluteError()],
});
`;

testStudy("of one's own experiment is judged by its loss, or by a metric", async (grids) => {
  const file = `${grids.path}/line.ts`;
  Deno.writeTextFileSync(file, LINE);
  const options = ["--vary", "lr=0.1,0.001", "--vary", "bias=true,false"];
  const study = async (...more: string[]) => {
    const command = grids.studyCommand("run", ...options, ...more);
    command[command.findIndex((word) => word.endsWith("spirals.ts"))] = file;
    const config = new URL("../../../cli/deno.json", import.meta.url).pathname;
    command.splice(1, 0, "--config", config);
    return await outcomeOf(
      new Deno.Command(Deno.execPath(), {
        args: command,
        cwd: grids.path,
        env: { NO_COLOR: "1" },
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  };
  const { code, stdout, stderr } = await study();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^lr +bias +dev loss +epoch$/m);
  assert.match(stdout, /^lr 0\.1 instead of 0\.001 lowers dev loss by \d+\.\d+ ± \d+\.\d+$/m);
  assert.match(stdout, /^bias on instead of off (lowers dev loss|shows)/m);
  const best = stdout.match(/^The best is .*$/m)![0];
  assert.match(best, /line\.ts --lr 0\.1 (--bias|--no-bias)$/);
  const retrained = await study("--retrain", "6");
  assert.deepEqual([retrained.code, retrained.stderr], [0, ""]);
  assert.match(retrained.stdout, /^test loss +\d+\.\d+ +with that epoch's weights$/m);
  const report = grids.text("run/report.html");
  assert.match(report, /<span>dev loss, those of epoch \d, the best<\/span>/);
  assert.match(report, /<span>test loss<\/span>/);
  assert.match(grids.text("run/curves.svg"), /Best dev loss: \d\.\d{4}, after epoch \d/);
  assert.doesNotMatch(report + grids.text("run/curves.svg"), /NaN|accuracy/i);
  const again = await study("--metric", "mean absolute error");
  assert.match(again.stdout, /^lr 0\.1 instead of 0\.001 lowers dev mean absolute error by /m);
});

testQueue("has no use for a worker with other code of the experiment", async (grids, { url }) => {
  const source = Deno.readTextFileSync(new URL("../../../experiments/spirals.ts", import.meta.url));
  /** The experiment in a folder of its own, which imports a file that imports a helper. */
  const write = (folder: string, helper: string): string => {
    const path = `${grids.path}/${folder}`;
    Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${path}/spirals.ts`, `import "./part.ts";\n${source}`);
    Deno.writeTextFileSync(`${path}/part.ts`, `export * from "./helper.ts";`);
    Deno.writeTextFileSync(`${path}/helper.ts`, helper);
    return `${path}/spirals.ts`;
  };
  const config = new URL("../../../cli/deno.json", import.meta.url).pathname;
  const run = ([run, ...rest]: string[]) => new Running([run!, "--config", config, ...rest]);
  const file = write("grid", "export const a = 1;");
  const command = grids.studyCommand("run", ...SMALL, "--queue", url);
  const grid = run(command.map((word) => word.endsWith("spirals.ts") ? file : word));
  await grid.until(/^for each machine that is to work: deno task train worker .*spirals\.ts /m);
  const other = write("other", "export const a = 2;");
  const { code, stderr } = await run(grids.studyWorker(url, other)).ended();
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: worker: grid \w+ needs the experiment spirals\.ts \w{16}: this worker has spirals\.ts \w{16}\n$/,
  );
  const same = write("elsewhere", "export const a = 1;");
  const worker = await run(grids.studyWorker(url, same)).ended();
  const ended = await grid.ended();
  assert.deepEqual([worker.code, worker.stderr, ended.code, ended.stderr], [0, "", 0, ""]);
});
