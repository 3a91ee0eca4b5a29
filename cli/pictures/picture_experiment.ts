/** The experiment on a folder of pictures. */
import { data, nn, type Tensor } from "@glim/glim";
import { z } from "zod";
import { type DataInfo, defineExperiment, type Experiment } from "../experiment.ts";
import { path, withDefaults } from "../flags.ts";
import { interval } from "../intervals.ts";
import { accuracy, confusion } from "../metrics.ts";
import { adamW } from "../recipe.ts";
import { type PictureData, pictureData, type PictureInfo } from "./picture_data.ts";
import { pictureExtras } from "./picture_extras.ts";

/**
 * The network: three times a convolution, a normalisation, ReLU and a pool, each with twice as many
 * channels; then the mean over the picture, and a linear layer.
 */
export function pictureNetwork(
  { shape: [channels], classNames }: Pick<PictureInfo, "shape" | "classNames">,
  { width, dropout }: { width: number; dropout: number },
): nn.Sequential {
  const widths = [channels, width, 2 * width, 4 * width];
  const blocks = widths.slice(1).flatMap((out, i) => [
    new nn.Conv2d(widths[i]!, out, 3, { padding: 1 }),
    new nn.BatchNorm2d(out),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
  ]);
  const all: nn.Module[] = [
    ...blocks,
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    ...dropout > 0 ? [new nn.Dropout(dropout)] : [],
    new nn.Linear(4 * width, classNames.length),
  ];
  return new nn.Sequential(...all as [nn.Module]);
}

/** Small turns, stretches and shifts; what comes in from outside is white where pictures are. */
function warp({ shape: [_, rows, columns], isLight }: PictureInfo): data.Transform {
  const { apply } = new data.RandomWarp({
    rotation: 10,
    scale: 0.1,
    shift: Math.max(1, Math.round(rows / 16)),
    imageShape: [rows, columns],
  });
  if (!isLight) return apply;
  const inverse = (x: Tensor) => x.neg().add(1);
  return (x, generator) => inverse(apply(inverse(x), generator));
}

/** An experiment that tells the class of a picture; `defaults` as in `tableExperiment`. */
export function pictureExperiment(defaults: Readonly<Record<string, unknown>> = {}): Experiment {
  const { file = null, ...given } = defaults as { file?: string | null };
  const options = {
    file: path("a folder with a folder of PNG and JPEG files for each class", file),
    size: z.int().min(8).max(256).default(32).describe("rows and columns that pictures get"),
    split: z.string().default("0.2/0.2").describe("the shares, or numbers, of dev and test"),
    epochs: z.int().min(1).default(30).describe("passes over the training set"),
    batchSize: z.int().min(1).default(64).describe("samples a step"),
    lr: z.number().positive().default(0.005).describe("highest learning rate"),
    width: z.int().min(1).default(24).describe("channels of the first convolution"),
    dropout: z.number().min(0).lt(1).default(0.2).describe("share of the last features left out"),
    weightDecay: z.number().min(0).default(0.01).describe("of the weights, not of biases"),
    augment: z.boolean().default(true).describe("train on the pictures as they are"),
  };
  return defineExperiment({
    title: ({ width }, info) =>
      `${(info as PictureData).pictures.classNames.length} classes of pictures, ` +
      `convolutions of ${width}, ${2 * width} and ${4 * width} channels`,
    options: withDefaults(options, given),
    data: ({ options, known }) => pictureData(options, known as DataInfo<PictureData> | undefined),
    build({ options: { lr, weightDecay, augment, ...options }, data: { pictures }, steps }) {
      const model = pictureNetwork(pictures, options);
      return {
        model,
        ...adamW(model, { lr, weightDecay, steps, warmUp: 0.2 }),
        loss: new nn.CrossEntropyLoss(),
        augment: augment ? warp(pictures) : undefined,
      };
    },
    metrics: [accuracy(), interval("accuracy"), confusion()],
    monitor: "devLoss",
    extras: pictureExtras,
  });
}
