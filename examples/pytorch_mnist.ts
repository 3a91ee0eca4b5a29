/**
 * The network of PyTorch's own MNIST example, trained in the same way: dropout, a learning rate that
 * falls to 0.7 of itself each epoch, the test set after each; 4 epochs of its 14.
 *
 *     deno run --allow-read examples/pytorch_mnist.ts # the first deno task train brings MNIST
 *
 * @module
 */
import { data, functional, lrScheduler, manualSeed, nn, optim, type Tensor } from "@glim/glim";
import { accuracy, MOST_STEPS } from "./fit.ts";

/** x: [b, 784] → log-probabilities [b, 10]. */
class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 32, 3);
  conv2 = new nn.Conv2d(32, 64, 3);
  dropout1 = new nn.Dropout(0.25);
  dropout2 = new nn.Dropout(0.5);
  fc1 = new nn.Linear(9216, 128);
  fc2 = new nn.Linear(128, 10);

  forward(x: Tensor): Tensor {
    x = x.sub(0.1307).div(0.3081).reshape(-1, 1, 28, 28); // mean and deviation of MNIST's pixels
    x = this.conv2.forward(this.conv1.forward(x).relu()).relu(); // [b, 64, 24, 24]
    x = this.dropout1.forward(functional.maxPool2d(x, 2)).flatten(1);
    x = this.dropout2.forward(this.fc1.forward(x).relu());
    return this.fc2.forward(x).logSoftmax(1);
  }
}

manualSeed(1);
const { train, test } = data.mnist();
const model = new Net();
const optimizer = new optim.Adadelta(model.parameters(), { lr: 1 });
const scheduler = new lrScheduler.StepLR(optimizer, 1, { gamma: 0.7 });
for (let epoch = 1, step = 0; epoch <= 4 && step < MOST_STEPS; epoch++) {
  model.train();
  for (const [x, y] of new data.DataLoader(train, { batchSize: 64, shuffle: true })) {
    optimizer.zeroGrad();
    const loss = functional.nllLoss(model.forward(x), y);
    loss.backward();
    optimizer.step();
    if (step % 50 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(4)}`);
    if (++step === MOST_STEPS) break;
  }
  scheduler.step();
  console.log(`epoch ${epoch}: test accuracy ${accuracy(model, test).toFixed(4)}`);
}
