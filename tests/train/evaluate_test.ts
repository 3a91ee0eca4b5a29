import assert from "node:assert/strict";
import { arange, data, nn, noGrad, ones, randn, tensor, train } from "../../mod.ts";
import { live } from "../leaks.ts";

/** Scores that are the inputs themselves. */
class Scores extends nn.Identity {
  /** Whether it was told that it is evaluated, at each call. */
  readonly modes: boolean[] = [];
  override forward(x: Parameters<nn.Identity["forward"]>[0]): ReturnType<nn.Identity["forward"]> {
    this.modes.push(this.training);
    return super.forward(x);
  }
}

for (const dtype of ["int32", "uint8"] as const) {
  Deno.test(`evaluate tells mean loss and accuracy of all samples: ${dtype} labels`, async () => {
    const x = tensor([[2, 0, 1], [0, 3, 1], [0, 0, 9], [1, 0, 0], [0, 5, 6]]);
    const y = tensor([0, 1, 2, 2, 1], { dtype });
    const loss = new nn.CrossEntropyLoss();
    for (const batchSize of [1, 2, 5]) {
      const model = new Scores();
      const before = live();
      const loader = new data.DataLoader(new data.TensorDataset(x, y), { batchSize });
      const result = await train.evaluate(model, loss, loader);
      assert.equal(result.accuracy, 0.6);
      const expected = noGrad(() => loss.forward(x, y)).item();
      assert.ok(Math.abs(result.loss - expected) < 1e-6, `${result.loss}, ${expected}`);
      assert.equal(model.training, true);
      assert.deepEqual(model.modes, Array(Math.ceil(5 / batchSize)).fill(false));
      assert.equal(live().tensors, before.tensors + 1); // the expected loss
    }
  });
}

Deno.test("without labels there is a loss and no accuracy", async () => {
  const set = new data.TensorDataset(ones([4, 2]), ones([4, 2]).mul(3));
  const loader = new data.DataLoader(set, { batchSize: 3 });
  const result = await train.evaluate(new Scores(), (a, b) => b.sub(a).mean(), loader);
  assert.deepEqual(result, { loss: 2, accuracy: NaN });
});

Deno.test("an error in the middle leaves the model in training", async () => {
  const set = new data.TensorDataset(randn([4, 2]), arange(4).to("int32"));
  const model = new Scores();
  const loss = () => {
    throw new Error("no");
  };
  await assert.rejects(train.evaluate(model, loss, new data.DataLoader(set)), /^Error: no$/);
  assert.equal(model.training, true);
});
