/** A network of the page, trained as the page does: what begins there can go on here. */
import { data, DataError, fromTypedArray, nn, optim, type train } from "@glim/glim";
import { accuracy, confusion, dataDir, defineExperiment, mnistFiles } from "@glim/cli";
import { z } from "zod";
import {
  buildNetwork,
  checkConfig,
  CLASSES,
  describe,
  type Digits,
  fromArrays,
  SIDE,
  type Standing,
} from "@glim/web";

export default defineExperiment({
  title: (options) => `${describe({ ...options, seed: 0 })}, from the page`,
  options: {
    network: ["mlp", "cnn"],
    layers: z.int().min(0).max(4).default(2).describe("hidden layers, or convolutions"),
    width: z.int().min(4).max(512).default(128).describe("units of a layer, or channels"),
    activation: ["relu", "tanh", "gelu"],
    lr: z.number().min(0).max(10).default(0.05),
    momentum: z.number().min(0).max(0.999).default(0.9),
    batchSize: z.int().min(1).max(1024).default(64).describe("samples a step"),
    dataDir,
  },
  data({ options }) {
    const files = mnistFiles(options);
    const { name, dir, checksums, imageShape, testImages, testLabels } = files;
    if (imageShape[0] !== SIDE || imageShape[1] !== SIDE) {
      throw new DataError(
        `the page's networks read images of ${SIDE} × ${SIDE}: those of ${dir} have ` +
          imageShape.join(" × "),
      );
    }
    const { sets: { train, dev } } = fromArrays(name, files.trainImages, files.trainLabels);
    for (const set of [train, dev]) set.refresh();
    const test = new data.ImageDataset(
      fromTypedArray(testImages, [testLabels.length, SIDE * SIDE]),
      fromTypedArray(testLabels, [testLabels.length], { dtype: "int32" }),
    );
    return { train, dev, test, name, dir, checksums, imageShape, classes: CLASSES };
  },
  build({ options, seed, data: { name, dir, isCentred }, sets }) {
    const config = checkConfig({ ...options, seed });
    const { lr, momentum } = config;
    const model = buildNetwork(config);
    const optimizer = new optim.SGD(model.parameters(), { lr, momentum });
    const built = { model, optimizer, loss: new nn.CrossEntropyLoss() };
    if (sets === undefined) return built;
    const { train, dev } = sets as { train: Digits; dev: Digits };
    return {
      ...built,
      // the page's epochs have what has come by then
      callbacks: [{ onEpochBegin: () => [train, dev].forEach((set) => set.refresh()) }],
      note: () => ({ config, train: train.length, dev: dev.length, data: { name, isCentred } }),
      onResume({ config }: train.Checkpoint) {
        const { train: learnt, dev: compared, data } = config as Standing;
        const isOther = data !== undefined && (data.name === "MNIST") !== (name === "MNIST");
        if (isOther || learnt > train.capacity || compared > dev.capacity) {
          throw new DataError(
            `resume: the data must be the same: the page's were ${data?.name}, ${learnt} images to ` +
              `learn from and ${compared} dev; now they are ${name} from ${dir}, ` +
              `${train.capacity} and ${dev.capacity}; --data-dir names others`,
          );
        }
        train.refresh(learnt);
        dev.refresh(compared);
      },
    };
  },
  metrics: [accuracy(), confusion()],
  weights: "last",
});
