/**
 * How the networks in this folder learn MNIST. `--steps N` on the command line ends a training after
 * N steps.
 *
 * @module
 */
import { data, functional, lrScheduler, type nn, noGrad, type optim } from "@glim/glim";

const asked = Deno.args.indexOf("--steps");

/** The N of `--steps`, else infinite. */
export const MOST_STEPS: number = asked < 0 ? Infinity : Number(Deno.args[asked + 1]);

/**
 * Trains a network that makes logits [b, 10] of images [b, 784] in [0, 1], in batches of 64, then
 * asks it about the test set. The learning rate rises to the optimizer's over the first tenth of the
 * steps, and falls to nothing over the others.
 */
export function fit(model: nn.Module, optimizer: optim.SGD | optim.AdamW, epochs: number): void {
  const { train, test } = data.mnist();
  const batches = new data.DataLoader(train, { batchSize: 64, shuffle: true, dropLast: true });
  const totalSteps = Math.min(epochs * batches.length, MOST_STEPS);
  const lr = optimizer.paramGroups[0]!.lr;
  const schedule = new lrScheduler.OneCycleLR(optimizer, lr, { totalSteps, pctStart: 0.1 });
  const began = performance.now();
  for (let step = 0; step < totalSteps;) {
    for (const [x, y] of batches) {
      const loss = functional.crossEntropy(model.forward(x), y);
      if (step % 50 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(4)}`);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      schedule.step();
      if (++step === totalSteps) break;
    }
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`test accuracy ${accuracy(model, test).toFixed(4)} after ${seconds} s`);
}

/** The share of a set's images that a network puts into the right class. */
export function accuracy(model: nn.Module, set: data.ImageDataset): number {
  model.eval();
  let correct = 0;
  for (const [x, y] of new data.DataLoader(set, { batchSize: 500 })) {
    correct += noGrad(() => model.forward(x).argmax(1).eq(y).sum().item());
  }
  return correct / set.length;
}
