/** The experiment on a folder of sounds. */
import { data, nn } from "@glim/glim";
import { z } from "zod";
import { type DataInfo, defineExperiment, type Experiment } from "../experiment.ts";
import { path, withDefaults } from "../flags.ts";
import { interval } from "../intervals.ts";
import { accuracy, confusion } from "../metrics.ts";
import { pictureNetwork } from "../pictures/picture_experiment.ts";
import { adamW } from "../recipe.ts";
import { type SoundData, soundData } from "./sound_data.ts";
import { soundExtras } from "./sound_extras.ts";

/**
 * An experiment that tells the class of a sound; `defaults` as in `tableExperiment`. The network is
 * that for pictures: what it looks at is how loud bands of frequencies are, frame by frame.
 */
export function soundExperiment(defaults: Readonly<Record<string, unknown>> = {}): Experiment {
  const { file = null, ...given } = defaults as { file?: string | null };
  const options = {
    file: path("a folder with a folder of WAV files for each class", file),
    seconds: z.number().min(0.1).max(60).default(1).describe("how much of a sound is listened to"),
    sampleRate: z.int().min(4000).max(48_000).default(16_000).describe("samples a second"),
    split: z.string().default("0.2/0.2").describe("the shares, or numbers, of dev and test"),
    voices: z.boolean().default(false)
      .describe("files whose names begin alike, up to _ or -, stay in one part"),
    epochs: z.int().min(1).default(40).describe("passes over the training set"),
    batchSize: z.int().min(1).default(32).describe("samples a step"),
    lr: z.number().positive().default(0.005).describe("highest learning rate"),
    width: z.int().min(1).default(16).describe("channels of the first convolution"),
    dropout: z.number().min(0).lt(1).default(0.2).describe("share of the last features left out"),
    weightDecay: z.number().min(0).default(0.01).describe("of the weights, not of biases"),
    augment: z.boolean().default(true).describe("train on the sounds as they are"),
  };
  return defineExperiment({
    title: ({ width }, info) =>
      `${(info as SoundData).sounds.classNames.length} classes of sounds, ` +
      `convolutions of ${width}, ${2 * width} and ${4 * width} channels`,
    options: withDefaults(options, given),
    data: ({ options, known }) => soundData(options, known as DataInfo<SoundData> | undefined),
    build({ options: { lr, weightDecay, augment, ...options }, data: { sounds }, steps }) {
      const model = pictureNetwork(sounds, options);
      const [, rows, columns] = sounds.shape;
      return {
        model,
        ...adamW(model, { lr, weightDecay, steps, warmUp: 0.2 }),
        loss: new nn.CrossEntropyLoss(),
        // earlier or later, faster or slower, higher or lower
        augment: augment
          ? new data.RandomWarp({
            rotation: 0,
            scale: 0.15,
            shift: Math.max(1, Math.round(rows / 12)),
            imageShape: [rows, columns],
          }).apply
          : undefined,
      };
    },
    metrics: [accuracy(), interval("accuracy"), confusion()],
    monitor: "devLoss",
    extras: soundExtras,
  });
}
