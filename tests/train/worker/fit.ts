/** A worker that trains. It waits before it listens, as one that fetches its data does. */
import { train } from "../../../mod.ts";
import { type Options, training, type TrainingCalls } from "./training.ts";

await new Promise((then) => setTimeout(then, 1));

/** What it serves. */
export const fit = train.serveTrainer<Options, TrainingCalls, { built: number }>(
  async (options, { send }) => {
    await send({ built: options.seed });
    return training(options);
  },
);
