/**
 * A whole program, from loading the library to one step of training: `deno run startup_process.ts`
 * prints the loss.
 *
 * @module
 */
import {
  functional,
  manualSeed,
  nn,
  optim,
  rand,
  setNumThreads,
  type Tensor,
  tensor,
} from "@glim/glim";

const BATCH = 64;

/** The network and its one batch, the same on every run. */
export function setUp(): { model: nn.Sequential; x: Tensor; y: Tensor } {
  manualSeed(0);
  const model = new nn.Sequential(
    new nn.Linear(784, 128),
    new nn.ReLU(),
    new nn.Linear(128, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i % 10);
  return { model, x: rand([BATCH, 784]), y: tensor(labels) };
}

if (import.meta.main) {
  setNumThreads(1);
  const { model, x, y } = setUp();
  const sgd = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const loss = functional.crossEntropy(model.forward(x), y);
  loss.backward();
  sgd.step();
  console.log(loss.item());
}
