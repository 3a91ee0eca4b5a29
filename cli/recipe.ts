/**
 * What good trainings have in common: a learning rate that rises and falls, weight decay where it
 * belongs, and an average of the weights.
 *
 * @module
 */
import { z } from "zod";
import { type nn, optim, type Parameter } from "@glim/glim";
import type { Reference } from "./experiment.ts";

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
export function decayGroups(
  model: nn.Module,
  weightDecay: number,
): { params: Parameter[]; weightDecay: number }[] {
  const all = [...model.parameters()];
  return [
    { params: all.filter((p) => p.ndim > 1), weightDecay },
    { params: all.filter((p) => p.ndim <= 1), weightDecay: 0 },
  ].filter(({ params }) => params.length > 0);
}

/** The option that asks for weight decay. */
export function weightDecay(value: number): z.ZodType<number> {
  return z.number().min(0).default(value).describe(
    "of the weights, not of biases and normalisations",
  );
}

/** The option that asks for smoothed labels. */
export function labelSmoothing(value: number): z.ZodType<number> {
  return z.number().min(0).lt(1).default(value)
    .describe("the share of each target that is spread over all classes");
}

/** The option that asks for images as they are. */
export const augment: z.ZodType<boolean> = z.boolean().default(true)
  .describe("train on the images as they are");

/** The option that asks for an average of the weights. */
export const ema: z.ZodType<number | null> = z.number().min(0).lt(1).nullable().default(null)
  .describe("take a moving average of the weights in the end");

/** The average of a model's weights, over few steps at first: the first weights are bad ones. */
export function movingAverage(model: nn.Module, decay: number): optim.swaUtils.AveragedModel {
  return new optim.swaUtils.AveragedModel(model, {
    multiAvgFn: (averaged, current, n) =>
      optim.swaUtils.getEmaMultiAvgFn(Math.min(decay, n / (n + 10)))(averaged, current, n),
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
export function pytorch(
  { dev, test, seeds, votes }: PyTorchFigures,
  { data, networks, changed }: {
    data: { readonly name: string };
    networks: number;
    changed: readonly string[];
  },
): Reference | null {
  const voted = networks === 1 ? test : votes?.[networks];
  if (data.name !== "MNIST" || changed.includes("arch") || voted === undefined) return null;
  const unchanged = changed.every((name) => name === "labelSmoothing") ? "" : "options unchanged, ";
  return networks === 1
    ? { name: "PyTorch", note: `${unchanged}mean of ${seeds} seeds`, dev, test }
    : { name: "PyTorch", note: `${unchanged}${networks} networks`, test: voted };
}
