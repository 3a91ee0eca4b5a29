/**
 * MNIST read row by row by an LSTM: PyTorch's example `mnist_rnn`, with its sizes and settings.
 *
 *     deno run --allow-read examples/mnist_rnn.ts # the first deno task train brings MNIST
 *
 * After 300 steps the loss is 1.65 and 1.76 (seeds 1 and 2) and 51 and 49 % of the test images are
 * right; of PyTorch's program it is 1.73 and 1.70, and 51 and 50 %: `--steps 301`.
 *
 * @module
 */
import { data, functional, lrScheduler, manualSeed, nn, optim, type Tensor } from "@glim/glim";
import { accuracy, MOST_STEPS } from "./fit.ts";

/** x: [b, 784] → log-probabilities [b, 10]. */
class Net extends nn.Module {
  rnn = new nn.LSTM(28, 64, { batchFirst: true });
  batchnorm = new nn.BatchNorm1d(64);
  dropout1 = new nn.Dropout(0.25);
  dropout2 = new nn.Dropout(0.5);
  fc1 = new nn.Linear(64, 32);
  fc2 = new nn.Linear(32, 10);

  forward(input: Tensor): Tensor {
    const rows = input.sub(0.1307).div(0.3081).reshape(-1, 28, 28);
    let [output] = this.rnn.forward(rows);
    output = output.select(1, -1); // after the last row
    output = this.dropout1.forward(this.batchnorm.forward(output));
    output = this.dropout2.forward(this.fc1.forward(output).relu());
    return this.fc2.forward(output).logSoftmax(1);
  }
}

manualSeed(1);
const { train, test } = data.mnist();
const model = new Net();
const optimizer = new optim.Adadelta(model.parameters(), { lr: 0.1 });
const scheduler = new lrScheduler.StepLR(optimizer, 1, { gamma: 0.7 });
for (let epoch = 1, step = 0; epoch <= 14 && step < MOST_STEPS; epoch++) {
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
