/**
 * W3l: the same training steps through `DataLoader`, and through `Trainer`: what they cost beside the
 * bare loop of W3. Epochs of 64 batches, shuffled; after each `Trainer` evaluates one image.
 *
 * @module
 */
import { data, functional, nn, optim, scope, type Tensor, train } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";
import { normalizedTraining } from "../mnist.ts";
import { mlp } from "../network.ts";
import { LOOP_BATCHES, LOOP_STEPS, MLP, MOMENTUM } from "../spec.ts";

/** W3l. */
export function* loops(): Generator<Case> {
  const all = normalizedTraining();
  for (const [batchSize, lr] of LOOP_BATCHES) {
    const samples = batchSize * LOOP_STEPS;
    const set = firstOf(all, samples);
    const dev = new data.DataLoader(firstOf(all, 1));
    const learner = () => {
      const model = mlp(MLP);
      const optimizer = new optim.SGD(model.parameters(), { lr, momentum: MOMENTUM });
      return { model, optimizer, loss: new nn.CrossEntropyLoss() };
    };
    const shuffled = new data.DataLoader(set, { batchSize, shuffle: true, seed: 1 });
    const row = { workload: "W3l", unit: "samples/s", work: samples } as const;
    const inTurn = learner();
    yield {
      ...row,
      params: { loop: "DataLoader", batch: batchSize },
      title: `784-128-128-10, batch ${batchSize}, DataLoader`,
      check: () => {
        const ordered = new data.DataLoader(set, { batchSize });
        const fresh = learner();
        let sum = 0;
        for (const [x, y] of ordered) sum += step(fresh, x, y).item();
        const expected = meanLoss(learner(), set, batchSize);
        checkNear("mean loss of an epoch", sum / LOOP_STEPS, expected, 1e-6);
      },
      run: (k) => {
        for (let i = 0; i < k; i++) {
          for (const [x, y] of shuffled) step(inTurn, x, y);
        }
      },
    };
    const trainer = new train.Trainer(learner());
    yield {
      ...row,
      params: { loop: "Trainer", batch: batchSize },
      title: `784-128-128-10, batch ${batchSize}, Trainer`,
      check: async () => {
        const ordered = new data.DataLoader(set, { batchSize });
        const [epoch] = await new train.Trainer(learner()).fit(ordered, dev, { epochs: 1 });
        const expected = meanLoss(learner(), set, batchSize);
        checkNear("mean loss of an epoch", epoch!.trainLoss, expected, 1e-6);
      },
      run: async (k) => void await trainer.fit(shuffled, dev, { epochs: k }),
    };
  }
}

function firstOf(set: data.TensorDataset, n: number): data.TensorDataset {
  const [x, y] = set.batch(Int32Array.from({ length: n }, (_, i) => i));
  return new data.TensorDataset(x, y);
}

/** What learns. */
interface Learner {
  model: nn.Module;
  optimizer: optim.SGD;
}

/** The step that a user would write. */
function step({ model, optimizer }: Learner, x: Tensor, y: Tensor): Tensor {
  const loss = functional.crossEntropy(model.forward(x), y);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  return loss;
}

/** The mean loss of an epoch in order, by the bare loop of W3. */
function meanLoss(learner: Learner, set: data.TensorDataset, batchSize: number): number {
  let sum = 0;
  for (let at = 0; at < set.length; at += batchSize) {
    sum += scope(() => {
      const [x, y] = set.batch(Int32Array.from({ length: batchSize }, (_, i) => at + i));
      return step(learner, x, y).item();
    });
  }
  return sum / LOOP_STEPS;
}
