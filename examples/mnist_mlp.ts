/**
 * One epoch of MNIST in a plain loop, as one writes it with PyTorch.
 *
 *     deno run --allow-read examples/mnist_mlp.ts # the first deno task train brings MNIST
 *
 * @module
 */
import { data, manualSeed, nn, noGrad, optim, type Tensor } from "@glim/glim";

class Net extends nn.Module {
  hidden = new nn.Linear(784, 100);
  out = new nn.Linear(100, 10);

  forward(x: Tensor): Tensor {
    return this.out.forward(this.hidden.forward(x).relu());
  }
}

manualSeed(0);
const { train, dev } = data.mnist();
const model = new Net();
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });

// Each turn of a loop over a loader is a scope: what it makes is released when the next begins.
for (const [x, y] of new data.DataLoader(train, { batchSize: 64, shuffle: true })) {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(x), y);
  loss.backward();
  optimizer.step();
}

model.eval();
let correct = 0;
for (const [x, y] of new data.DataLoader(dev, { batchSize: 500 })) {
  correct += noGrad(() => model.forward(x).argmax(1).eq(y).sum().item());
}
const accuracy = correct / dev.length;
console.log(`dev accuracy ${accuracy.toFixed(4)}`);
if (!(accuracy > 0.9)) Deno.exit(1);
