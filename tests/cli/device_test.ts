/** `--device`: an experiment where its tensors are told to be. */
import assert from "node:assert/strict";
import { encodePng } from "../../cli/images/picture.ts";
import { deno, temporaryFolder, testWith } from "../subprocess.ts";
import { gpuTest } from "../webgpu/running.ts";

/** A line that tells where its network and its data are. */
const LINE = `
import { nn, optim, rand } from "@glim/glim";
import { accuracy, confusion, defineExperiment, split } from "@glim/cli";

export default defineExperiment({
  title: "Two halves",
  options: { lr: 0.5, epochs: 3, batchSize: 8 },
  data() {
    const x = rand([60, 2]);
    const halves = split(x, x.argmax(1));
    console.log("data on " + halves.train.get(0)[0].device);
    return { ...halves, name: "halves", classes: 2 };
  },
  build({ options: { lr } }) {
    const model = new nn.Linear(2, 2);
    console.log("network on " + model.weight.device);
    const optimizer = new optim.SGD(model.parameters(), { lr });
    return { model, loss: new nn.CrossEntropyLoss(), optimizer };
  },
  metrics: [accuracy(), confusion()],
});
`;

const CONFIG = new URL("../../cli/deno.json", import.meta.url).pathname;
const MAIN = ["run", "--config", CONFIG, "--no-prompt", "--allow-read", "--allow-write"];

testWith(
  ["read", "write", "run"],
  "--device says where a training, its judgement and its answers are computed",
  async () => {
    using folder = temporaryFolder();
    const at = (name: string) => `${folder.path}/${name}`;
    Deno.writeTextFileSync(at("halves.ts"), LINE);
    const glim = async (...words: string[]) => {
      const { code, stdout, stderr } = await deno([...MAIN, "cli/main.ts", ...words]);
      assert.deepEqual([code, stderr], [0, ""]);
      return stdout;
    };
    const losses: number[] = [];
    for (const device of ["cpu", "reference"]) {
      const chosen = device === "cpu" ? [] : ["--device", device];
      const out = at(device);
      const said = await glim(at("halves.ts"), "--out", out, ...chosen);
      assert.match(said, new RegExp(`^data on ${device}\nnetwork on ${device}$`, "m"));
      assert.equal(JSON.parse(Deno.readTextFileSync(`${out}/config.json`)).device, device);
      const judged = await glim("eval", out, at("halves.ts"), "--json", ...chosen);
      assert.match(judged, new RegExp(`network on ${device}`));
      const { loss, confusion } = JSON.parse(judged.trim().split("\n").at(-1)!);
      assert.equal(confusion.flat().reduce((sum: number, n: number) => sum + n, 0), 9);
      losses.push(loss);
      const answer = await glim("predict", out, at("halves.ts"), "1,0", ...chosen);
      assert.match(answer, /^1,0: class 0 \(0\.\d+, 0\.\d+\)$/m);
    }
    assert.ok(Math.abs(losses[0]! - losses[1]!) < 1e-5, String(losses));

    const wrong = await deno([...MAIN, "cli/main.ts", at("halves.ts"), "--device", "abacus"]);
    assert.equal(wrong.code, 2);
    assert.equal(
      wrong.stderr,
      'error: --device: needs cpu, webgpu, or reference: it is "abacus"\n',
    );
  },
);

/** An experiment whose process ends in the middle: on the GPU after 8 steps, on the CPU after 17. */
const ENDING = LINE.replace("epochs: 3", "epochs: 5")
  .replace("import { nn", "import { getDefaultDevice, nn")
  .replace(
    "return { model,",
    `const end = { webgpu: 8, cpu: 17 }[getDefaultDevice()];
    const callbacks = [{ onStepEnd: ({ totalSteps }) => totalSteps === end && Deno.exit(9) }];
    return { callbacks, model,`,
  );

gpuTest(
  "a run on the GPU that was killed goes on on the CPU, and back, and is judged on both",
  async () => {
    using folder = temporaryFolder();
    const [file, out] = [`${folder.path}/ending.ts`, `${folder.path}/run`];
    Deno.writeTextFileSync(file, ENDING);
    const glim = (...words: string[]) => deno([...MAIN, "cli/main.ts", ...words]);
    const begun = await glim(file, "--out", out, "--device", "webgpu", "--checkpoint-every", "5");
    assert.equal(begun.code, 9, begun.stderr);
    assert.match(begun.stdout, /^network on webgpu$/m);
    const config = JSON.parse(Deno.readTextFileSync(`${out}/config.json`));
    assert.equal(config.device, "webgpu");
    assert.ok(config.environment.gpu.length > 0);
    for (const [device, code, from] of [["cpu", 9, 5], ["webgpu", 0, 15]] as const) {
      const { code: found, stdout, stderr } = await glim(file, "--resume", out, "--device", device);
      assert.equal(found, code, stderr);
      assert.match(stdout, new RegExp(`^network on ${device}$`, "m"));
      const [, epoch, step] = /going on in epoch (\d) after step (\d)/.exec(stdout)!;
      assert.equal(Number(epoch) * 6 + Number(step), from);
    }
    const losses: number[] = [];
    for (const device of ["cpu", "webgpu"]) {
      const { stdout } = await glim("eval", out, file, "--json", "--device", device);
      losses.push(JSON.parse(stdout.trim().split("\n").at(-1)!).loss);
    }
    assert.ok(Math.abs(losses[0]! - losses[1]!) < 1e-5, String(losses));
  },
);

gpuTest("a GPU that is lost in the middle ends a run with one line, and it goes on", async () => {
  using folder = temporaryFolder();
  const [file, out] = [`${folder.path}/losing.ts`, `${folder.path}/run`];
  const device = new URL("../../src/webgpu/device.ts", import.meta.url);
  Deno.writeTextFileSync(
    file,
    LINE.replace("import { nn", `import { opened } from "${device}";\nimport { nn`).replace(
      "return { model,",
      `const callbacks = [{ onStepEnd: ({ totalSteps }) => totalSteps === 8 && opened?.close() }];
    return { callbacks, model,`,
    ),
  );
  const glim = (...words: string[]) => deno([...MAIN, "cli/main.ts", ...words]);
  const lost = await glim(file, "--out", out, "--device", "webgpu", "--checkpoint-every", "5");
  assert.equal(lost.code, 1, lost.stdout);
  assert.match(lost.stderr, /^error: webgpu: the GPU was lost: it was closed: open it anew/m);
  assert.doesNotMatch(lost.stderr, /^ +at /m);
  const { code, stderr } = await glim(file, "--resume", out, "--device", "cpu");
  assert.equal(code, 0, stderr);
});

gpuTest("a grid computes its trials on the GPU, and keeps them apart from the CPU's", async () => {
  using folder = temporaryFolder();
  const [file, out] = [`${folder.path}/halves.ts`, `${folder.path}/grid`];
  Deno.writeTextFileSync(file, LINE);
  const grid = (...words: string[]) =>
    deno([
      ...MAIN,
      "cli/main.ts",
      "grid",
      file,
      ...["--vary", "lr=0.1,0.5", "--seeds", "1", "--epochs", "2", "--out", out, ...words],
    ]);
  const { code, stdout, stderr } = await grid("--device", "webgpu", "--retrain", "2");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^network on webgpu$/m);
  assert.doesNotMatch(stdout, /network on cpu/);
  assert.match(JSON.parse(Deno.readTextFileSync(`${out}/grid.json`)).library, /, webgpu \S/);
  const other = await grid();
  assert.equal(other.code, 2, other.stdout);
  assert.match(other.stderr, /holds another grid \(library: .*webgpu .* there, .*kernels/);
  const queued = await grid("--device", "webgpu", "--queue", "nats://127.0.0.1:1");
  assert.match(queued.stderr, /^error: --device: does not go with --queue/);
});

testWith(
  ["read", "write", "run"],
  "without a GPU --device webgpu says so, and where else",
  async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/halves.ts`;
    // an engine without WebGPU
    Deno.writeTextFileSync(file, `delete Navigator.prototype.gpu;\n${LINE}`);
    const { code, stderr } = await deno([...MAIN, "cli/main.ts", file, "--device", "webgpu"]);
    assert.deepEqual([code, stderr], [
      2,
      "error: --device: webgpu: this engine has no WebGPU: --device cpu needs none\n",
    ]);
  },
);

gpuTest("pictures are read and shown where the network is on the GPU", async () => {
  using folder = temporaryFolder();
  const [file, out] = [`${folder.path}/pictures.ts`, `${folder.path}/run`];
  const pictures = LINE.replace("rand([60, 2])", "rand([60, 16])")
    .replace("x.argmax(1)", "x.narrow(1, 0, 2).argmax(1)")
    .replace("classes: 2", "classes: 2, imageShape: [4, 4], isCentred: false")
    .replace("new nn.Linear(2, 2)", "new nn.Linear(16, 2)");
  Deno.writeTextFileSync(file, pictures);
  const png = encodePng({ pixels: new Uint8Array(16).fill(99), rows: 4, columns: 4 });
  Deno.writeFileSync(`${folder.path}/grey.png`, png);
  const glim = async (...words: string[]) => {
    const done = await deno([...MAIN, "cli/main.ts", ...words, "--device", "webgpu"]);
    assert.equal(done.code, 0, done.stderr);
    return done.stdout;
  };
  await glim(file, "--out", out, "--epochs", "1");
  assert.match(Deno.readTextFileSync(`${out}/report.html`), /data:image\/png/, "its mistakes");
  assert.match(await glim("predict", out, file, `${folder.path}/grey.png`), /grey\.png/);
});
