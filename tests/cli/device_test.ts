/** `--device`: an experiment where its tensors are told to be. */
import assert from "node:assert/strict";
import { deno, temporaryFolder, testWith } from "../subprocess.ts";

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
    assert.equal(wrong.stderr, 'error: --device: needs cpu or reference: it is "abacus"\n');
  },
);
