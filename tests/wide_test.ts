/** The wide build gives the fast build's bits, and a program may change between them at any time. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  functional,
  getKernelBuild,
  type KernelBuild,
  manualSeed,
  nn,
  optim,
  randn,
  setKernelBuild,
  steps,
  type Tensor,
  tensor,
} from "../mod.ts";
import { deno, JOINED, root, testWith } from "./subprocess.ts";

/** Attention over rows, with normalisations before and behind. */
class Attending extends nn.Module {
  readonly before: nn.LayerNorm = new nn.LayerNorm(24);
  readonly attention = new nn.MultiheadAttention(24, 4, { batchFirst: true });
  readonly behind: nn.BatchNorm1d = new nn.BatchNorm1d(240);
  readonly last: nn.Linear = new nn.Linear(240, 10);

  forward(x: Tensor): Tensor {
    const n = x.shape[0]!;
    const rows = this.before.forward(x.reshape([n, 10, 24]));
    const seen = this.attention.forward(rows, rows, rows);
    return this.last.forward(functional.gelu(this.behind.forward(seen.reshape([n, 240]))));
  }
}

const NETWORKS: Record<string, { shape: number[]; make: () => nn.Module }> = {
  "a multilayer perceptron": {
    shape: [37, 120],
    make: () =>
      new nn.Sequential(
        new nn.Linear(120, 70),
        new nn.Tanh(),
        new nn.Linear(70, 33),
        new nn.ReLU(),
        new nn.Linear(33, 10),
      ),
  },
  "a convolutional network": {
    shape: [9, 1, 20, 20],
    make: () =>
      new nn.Sequential(
        new nn.Conv2d(1, 16, 3),
        new nn.BatchNorm2d(16),
        new nn.SiLU(),
        new nn.Conv2d(16, 24, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(24, 8, 3, { padding: 1 }),
        new nn.Sigmoid(),
        new nn.Flatten(),
        new nn.Linear(8 * 9 * 9, 10),
      ),
  },
  "a network that attends and normalises": { shape: [16, 240], make: () => new Attending() },
};

/** The hash of a network's weights after 50 steps, of which step i is done by `builds(i)`. */
function trained(name: string, builds: (step: number) => KernelBuild): string {
  const { shape, make } = NETWORKS[name]!;
  const before = getKernelBuild();
  try {
    setKernelBuild(builds(0));
    manualSeed(7);
    const model = make();
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01 });
    const loss = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 });
    const x = randn(shape);
    const y = tensor(Int32Array.from({ length: shape[0]! }, (_, i) => i % 10));
    for (const step of steps(50)) {
      setKernelBuild(builds(step));
      optimizer.zeroGrad();
      loss.forward(model.forward(x), y).backward();
      optimizer.step();
    }
    const hash = createHash("sha256");
    for (const [name, value] of model.stateDict()) hash.update(name).update(value.toTypedArray());
    return hash.digest("hex");
  } finally {
    setKernelBuild(before);
  }
}

for (const name of Object.keys(NETWORKS)) {
  Deno.test(`the wide build trains ${name} to the fast build's bits, as do both in turn`, () => {
    const fast = trained(name, () => "fast");
    assert.equal(trained(name, () => "wide"), fast);
    assert.equal(trained(name, (step) => step % 3 === 0 ? "wide" : "fast"), fast);
    assert.notEqual(trained(name, () => "strict"), fast, "what no build could change is no test");
  });
}

testWith(["read", "run"], "bits are the same where the engine joins vectors", async () => {
  const run = (...flags: string[]) =>
    deno(["run", "--quiet", "--no-check", ...flags, `${root}tests/wide/joined.ts`]);
  const plain = await run();
  const joined = await run(JOINED);
  assert.deepEqual([plain.code, plain.stderr, joined.code, joined.stderr], [0, "", 0, ""]);
  assert.match(plain.stdout, /^([\da-f]{64}) \1\n$/);
  assert.equal(joined.stdout, plain.stdout);
});

testWith(["read", "run"], "a kernel on a wrong address ends the process, or throws", async () => {
  for (const address of [2 ** 16, 2 ** 24, 2 ** 31, 2 ** 32 - 2 ** 16]) {
    const run = (...flags: string[]) =>
      deno(["run", "--quiet", "--no-check", ...flags, `${root}tests/wide/astray.ts`, `${address}`]);
    const checked = await run();
    assert.match(checked.stdout, /^begun\n.*memory access out of bounds/s);
    const unchecked = await run(JOINED);
    assert.equal(unchecked.stdout.split("\n")[0], "begun");
    assert.ok(!unchecked.stdout.includes("lives"), `at ${address}: ${unchecked.stdout}`);
    assert.notEqual(unchecked.code, 0);
  }
});
