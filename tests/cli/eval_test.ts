/** `deno task train eval`, beside what `train.evaluate` says. */
import assert from "node:assert/strict";
import { data, io, nn, train } from "../../mod.ts";
import { DeepNetwork } from "../../experiments/paper.ts";
import { deno, type Outcome, testWith } from "../subprocess.ts";
import { CliFolder } from "../cli_folder.ts";

const MAIN = ["run", "--no-prompt", "--allow-read", "--allow-write", "cli/main.ts"];

function evaluate(...args: string[]): Promise<Outcome> {
  return deno([...MAIN, "eval", ...args]);
}

function testEval(name: string, fn: () => Promise<void>): void {
  testWith(["read", "write", "run"], `eval ${name}`, fn);
}

/** What the command prints as JSON. */
interface Judgement {
  loss: number;
  accuracy: number;
  confusion: number[][];
  classes: { count: number; recall: number }[];
  mistakes: { index: number; label: number; guess: number }[];
}

testEval("gives what train.evaluate gives, of each set", async () => {
  using cli = new CliFolder();
  const options = ["--epochs", "1", "--batch-size", "100", "--hidden", "20"];
  const trained = await cli.train("run", ...options, "--checkpoint-every", "4");
  assert.equal(trained.code, 0, trained.stderr);
  const model = new DeepNetwork([16, 20, 20, 10]);
  model.loadStateDict(io.decodeSafetensors(cli.bytes("run/weights.safetensors")));
  const sets = data.mnist({ dir: cli.data });
  await Promise.all((["test", "dev", "train"] as const).map(async (name) => {
    const args = ["--weights", `${cli.path}/run`, "--data-dir", cli.data, "--set", name];
    const { code, stdout, stderr } = await evaluate(...args, "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    const { loss, accuracy, confusion, classes, mistakes } = JSON.parse(stdout) as Judgement;
    const loader = new data.DataLoader(sets[name], { batchSize: 500 });
    assert.deepEqual(
      { loss, accuracy },
      await train.evaluate(model, new nn.CrossEntropyLoss(), loader),
    );
    const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
    assert.equal(right / sets[name].length, accuracy);
    assert.equal(classes.reduce((sum, { count }) => sum + count, 0), sets[name].length);
    assert.ok(accuracy < 1 && mistakes.length > 0, `accuracy ${accuracy}`);
    for (const { index, label, guess } of mistakes) {
      const [x, y] = sets[name].get(index);
      assert.equal(y.item(), label);
      assert.equal(model.forward(x).argmax().item(), guess);
    }
  }));
  const places = ["--data-dir", cli.data, "--weights"];
  const { stdout } = await evaluate(...places, `${cli.path}/run`);
  assert.match(
    stdout,
    /: 3 layers, ReLU, hidden 20, 970 parameters\nunverified from .*: test, 200 images\n/,
  );
  assert.match(
    stdout,
    /^accuracy {2}0\.\d{4} {3}\(\d+ of 200 wrong\)\nloss {6}\d\.\d{4}\n\nclass /m,
  );

  assert.equal((await evaluate("--weights", `${cli.path}/run`)).stdout, stdout, "the run's data");

  // The checkpoint after the epoch's last step has the same weights.
  const checkpoint = `${cli.path}/run/checkpoints/step-000004.ckpt`;
  const again = await evaluate(...places, checkpoint);
  assert.equal(again.stdout, stdout.replace(`${cli.path}/run:`, `${checkpoint}:`));
});

testEval("knows the network of a recipe, and lets an ensemble vote", async () => {
  using cli = new CliFolder(20);
  const options = ["cnn", "--recipe", "small", "--epochs", "1", "--ensemble", "2", "--quiet"];
  const trained = await cli.train("run", ...options, "--ema", "0.9", "--checkpoint-every", "4");
  assert.equal(trained.code, 0, trained.stderr);
  const result = JSON.parse(cli.text("run/result.json"));
  const judged = async (path: string) => {
    const args = ["--weights", `${cli.path}/${path}`, "--data-dir", cli.data, "--json"];
    const { code, stdout, stderr } = await evaluate(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    return JSON.parse(stdout) as Judgement & { network: string };
  };
  const one = await judged("run/seed-1");
  const { loss, accuracy } = one;
  const { loss: l, accuracy: a } = result.members[1].test;
  assert.deepEqual({ loss, accuracy }, { loss: l, accuracy: a });
  assert.ok(one.network.startsWith("5 convolutions of 16 to 48 channels, "));
  // Of a checkpoint the averages are taken, as they are in the end.
  const checkpoint = await judged("run/seed-1/checkpoints/step-000004.ckpt");
  assert.deepEqual([checkpoint.loss, checkpoint.accuracy], [loss, accuracy]);
  const both = await judged("run");
  const { confusion, ...worth } = result.test;
  assert.deepEqual({ loss: both.loss, accuracy: both.accuracy }, worth);
  assert.deepEqual(both.confusion, confusion);
  assert.match(both.network, /^2 networks that vote: 5 convolutions /);
});

testEval("refuses data that the network is not for", async () => {
  using cli = new CliFolder();
  const weights = `${cli.path}/w.safetensors`;
  const model = new DeepNetwork([25, 10]);
  Deno.writeFileSync(weights, io.encodeSafetensors(model.stateDict()));
  const args = ["--weights", weights, "--data-dir", cli.data];
  const size = await evaluate(...args);
  assert.equal(size.code, 1);
  assert.match(
    size.stderr,
    /^error: eval: the network reads images of 5 × 5: .* are images of 4 × 4\n$/,
  );
  const few = new DeepNetwork([16, 9]);
  Deno.writeFileSync(weights, io.encodeSafetensors(few.stateDict()));
  const classes = await evaluate(...args);
  assert.equal(classes.code, 1);
  assert.match(classes.stderr, /^error: eval: the network knows 9 classes, .* has the label 9\n$/);
});
