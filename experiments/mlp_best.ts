/** The paper's kind of network, wider, with AdamW and warped images: 98.9 % on the test set. */
import { basename } from "node:path";
import { data, lrScheduler, nn, optim } from "@glim/glim";
import {
  accuracy,
  arch,
  augment,
  confusion,
  dataDir,
  decayGroups,
  defineExperiment,
  ema,
  labelSmoothing,
  mnistPictures,
  movingAverage,
  ownNetwork,
  pytorch,
  riseAndFall,
  weightDecay,
} from "@glim/cli";
import { DeepNetwork } from "./paper.ts";

export default defineExperiment({
  title: ({ arch }) =>
    arch === null ? "3 linear layers, hidden 256, ReLU" : `The network of ${basename(arch)}`,
  options: {
    epochs: 10,
    batchSize: 128,
    lr: 2e-3,
    weightDecay: weightDecay(0.01),
    labelSmoothing: labelSmoothing(0),
    ema,
    augment,
    arch,
    dataDir,
  },
  data: ({ options }) => mnistPictures(options),
  async build({ options, data: pictures, steps }) {
    const { arch, lr, ema } = options;
    const { imageShape: [rows, columns], classes } = pictures;
    const model = await ownNetwork(arch, pictures) ??
      new nn.Sequential(new nn.Flatten(), new DeepNetwork([rows * columns, 256, 256, classes]));
    const groups = decayGroups(model, options.weightDecay);
    const optimizer = new optim.AdamW(groups, { lr, betas: [0.9, 0.999] });
    const factor = (step: number) => riseAndFall(step / steps, { warmUp: 0.1, decay: "cosine" });
    const warp = { rotation: 8, scale: 0.08, shear: 0, shift: 1, elastic: 0 };
    return {
      model,
      loss: new nn.CrossEntropyLoss({ labelSmoothing: options.labelSmoothing }),
      evaluationLoss: new nn.CrossEntropyLoss(),
      optimizer,
      scheduler: new lrScheduler.LambdaLR(optimizer, factor),
      schedulerInterval: "step",
      averagedModel: ema === null ? undefined : movingAverage(model, ema),
      augment: options.augment ? new data.RandomWarp(warp).apply : undefined,
    };
  },
  metrics: [accuracy(), confusion()],
  weights: "last",
  dropLast: true,
  reference: (context) => pytorch({ dev: 0.9874, test: 0.9887, seeds: 3 }, context),
});
