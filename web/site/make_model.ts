/**
 * Trains the network that comes with the page, and writes it to web/model/:
 *
 *     deno run --allow-read --allow-write=web/model web/site/make_model.ts
 *
 * Drawings vary more than MNIST's test images do, so its training images are warped by chance.
 *
 * @module
 */
import { manualSeed, setKernelBuild } from "@glim/glim";
import * as data from "@glim/glim/data";
import * as lrScheduler from "@glim/glim/lr_scheduler";
import * as nn from "@glim/glim/nn";
import * as optim from "@glim/glim/optim";
import * as train from "@glim/glim/train";
import { mnistPackageFolder } from "@glim/cli/task";
import { buildNetwork, SIDE } from "../shared/network.ts";
import { DEFAULTS, type RunConfig } from "../shared/run_config.ts";
import { weightsOf } from "../worker/weights.ts";

const EPOCHS = 20;
const PEAK = 0.1;

const config: RunConfig = { ...DEFAULTS.cnn, lr: PEAK };
setKernelBuild("strict"); // the same file on every machine
manualSeed(config.seed);
const mnist = data.mnist({ fallback: mnistPackageFolder() });
const model = buildNetwork(config);
const warp = new data.RandomWarp({
  rotation: 15,
  scale: 0.15,
  shear: 0.2,
  shift: 1.5,
  elastic: 0.7,
  imageShape: [SIDE, SIDE],
});
const loader = new data.DataLoader(mnist.train, {
  batchSize: config.batchSize,
  shuffle: true,
  transform: warp.apply,
});
const optimizer = new optim.SGD(model.parameters(), {
  lr: PEAK,
  momentum: config.momentum,
  weightDecay: 1e-4,
  nesterov: true,
});
const trainer = new train.Trainer({
  model,
  loss: new nn.CrossEntropyLoss(),
  optimizer,
  scheduler: new lrScheduler.OneCycleLR(optimizer, PEAK, {
    totalSteps: EPOCHS * loader.length,
  }),
  schedulerInterval: "step",
  callbacks: [{
    onEpochEnd: ({ epoch, devAccuracy }) => console.log(epoch + 1, devAccuracy.toFixed(4)),
  }],
});
const evaluationOf = (set: data.Dataset) => new data.DataLoader(set, { batchSize: 500 });
await trainer.fit(loader, evaluationOf(mnist.dev), { epochs: EPOCHS });
const { accuracy: dev } = await trainer.evaluate(evaluationOf(mnist.dev));
const { accuracy: test } = await trainer.evaluate(evaluationOf(mnist.test));
const bytes = await weightsOf(model, {
  config: JSON.stringify(config),
  dev_accuracy: String(dev),
  test_accuracy: String(test),
});
Deno.writeFileSync(new URL("../model/digits.safetensors", import.meta.url), bytes);
console.log(`dev ${dev}, test ${test}, ${bytes.length} bytes`);
