/**
 * What good trainings have in common: a learning rate that rises and falls, weight decay where it
 * belongs, an average of the weights, and images that are changed at random.
 */
import { basename } from "node:path";
import { z } from "zod";
import { data, lrScheduler, nn, optim, type Parameter } from "@glim/glim";
import { arch, type ImageKind, ownNetwork } from "./architecture.ts";
import {
  type Built,
  type Data,
  defineExperiment,
  type Experiment,
  type Reference,
  type ReferenceContext,
} from "./experiment.ts";
import { accuracy, confusion } from "./metrics.ts";
import { dataDir, mnistPictures } from "./datasets.ts";

/**
 * What the highest learning rate is multiplied by after a share `t` of all steps: up from 0.05 to 1
 * along a line, then down to 0 along a line or half a cosine.
 */
export function riseAndFall(
  t: number,
  { warmUp, decay }: { warmUp: number; decay: "linear" | "cosine" },
): number {
  if (t < warmUp) return 0.05 + 0.95 * t / warmUp;
  const u = (t - warmUp) / (1 - warmUp);
  return decay === "linear" ? 1 - u : (1 + Math.cos(Math.PI * u)) / 2;
}

/** Parameters in two groups: weights, which decay, and biases and normalisations, which do not. */
export type DecayGroups = { params: Parameter[]; weightDecay: number }[];

/** The parameters of a model in these groups. */
export function decayGroups(model: nn.AnyModule, weightDecay: number): DecayGroups {
  const all = [...model.parameters()];
  return [
    { params: all.filter((p) => p.ndim > 1), weightDecay },
    { params: all.filter((p) => p.ndim <= 1), weightDecay: 0 },
  ].filter(({ params }) => params.length > 0);
}

/** AdamW, whose learning rate rises and then falls along half a cosine, step by step. */
export function adamW(
  model: nn.AnyModule,
  { lr, weightDecay, steps, warmUp }: {
    lr: number;
    weightDecay: number;
    steps: number;
    warmUp: number;
  },
): Pick<Built, "optimizer" | "scheduler" | "schedulerInterval"> {
  const optimizer = new optim.AdamW(decayGroups(model, weightDecay), { lr });
  const rate = { warmUp, decay: "cosine" } as const;
  return {
    optimizer,
    scheduler: new lrScheduler.LambdaLR(optimizer, (step) => riseAndFall(step / steps, rate)),
    schedulerInterval: "step",
  };
}

/** The average of a model's weights, over few steps at first: the first weights are bad ones. */
export function movingAverage(model: nn.Module, decay: number): optim.swaUtils.AveragedModel {
  return new optim.swaUtils.AveragedModel(model, {
    multiAvgFn: (averaged, current, n) =>
      optim.swaUtils.getEmaMultiAvgFn(Math.min(decay, n / (n + 10)))(averaged, current, n),
  });
}

/** What {@link imageRecipe} takes. */
export interface ImageRecipe {
  /** What is trained, in a few words, where nobody names a network of their own. */
  readonly title: string;
  /** The defaults of the options. */
  readonly defaults: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly lr: number;
    readonly weightDecay: number;
    readonly labelSmoothing: number;
  };
  /** The network for images [b, 1, rows, columns] in [0, 1]; gives logits [b, classes]. */
  network(images: ImageKind): nn.Module;
  optimizer(groups: DecayGroups, lr: number): Built["optimizer"];
  /** How the learning rate rises and falls. */
  readonly rate: Parameters<typeof riseAndFall>[1];
  /** How images are changed at random. */
  readonly warp: data.RandomWarpOptions;
  readonly figures: PyTorchFigures;
}

/** An experiment on MNIST's images as pictures, with all of this, each part an option. */
export function imageRecipe(
  { title, defaults, network, optimizer, rate, warp, figures }: ImageRecipe,
): Experiment {
  const { epochs, batchSize, lr, weightDecay, labelSmoothing } = defaults;
  return defineExperiment({
    title: ({ arch }) => arch === null ? title : `The network of ${basename(arch)}`,
    options: {
      epochs,
      batchSize,
      lr,
      weightDecay: z.number().min(0).default(weightDecay)
        .describe("of the weights, not of biases and normalisations"),
      labelSmoothing: z.number().min(0).lt(1).default(labelSmoothing)
        .describe("the share of each target that is spread over all classes"),
      ema: z.number().min(0).lt(1).nullable().default(null)
        .describe("take a moving average of the weights in the end"),
      augment: z.boolean().default(true).describe("train on the images as they are"),
      arch,
      dataDir,
    },
    data: ({ options }) => mnistPictures(options),
    async build({ options: { arch, lr, ema, augment, ...options }, data: pictures, steps }) {
      const model = await ownNetwork(arch, pictures) ?? network(pictures);
      const sgd = optimizer(decayGroups(model, options.weightDecay), lr);
      return {
        model,
        loss: new nn.CrossEntropyLoss({ labelSmoothing: options.labelSmoothing }),
        evaluationLoss: new nn.CrossEntropyLoss(),
        optimizer: sgd,
        scheduler: new lrScheduler.LambdaLR(sgd, (step) => riseAndFall(step / steps, rate)),
        schedulerInterval: "step",
        averagedModel: ema === null ? undefined : movingAverage(model, ema),
        augment: augment ? new data.RandomWarp(warp).apply : undefined,
      };
    },
    metrics: [accuracy(), confusion()],
    weights: "last",
    dropLast: true,
    reference: (context) => pytorch(figures, context),
  });
}

/** What PyTorch gives with the same network and settings, but no label smoothing, on MNIST. */
export interface PyTorchFigures {
  /** Accuracy on the dev set, a mean over the seeds. */
  readonly dev: number;
  /** Accuracy on the test set, a mean over the seeds. */
  readonly test: number;
  /** How many seeds. */
  readonly seeds: number;
  /** Test accuracy of some networks that vote, by their number. */
  readonly votes?: Readonly<Record<number, number>>;
}

/** PyTorch's figures for so many networks; null where they are not known, or the task is another. */
function pytorch(
  { dev, test, seeds, votes }: PyTorchFigures,
  { data, networks, changed }: ReferenceContext<unknown, Data>,
): Reference | null {
  const voted = networks === 1 ? test : votes?.[networks];
  if (data.name !== "MNIST" || changed.includes("arch") || voted === undefined) return null;
  const unchanged = changed.every((name) => name === "labelSmoothing") ? "" : "options unchanged, ";
  return networks === 1
    ? { name: "PyTorch", note: `${unchanged}mean of ${seeds} seeds`, dev, test }
    : { name: "PyTorch", note: `${unchanged}${networks} networks`, test: voted };
}
