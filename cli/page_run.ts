/** `--resume` of a checkpoint that the page wrote: its run goes on in a folder. */
import { resolve } from "node:path";
import { DataError, io, train } from "@glim/glim";
import { dataOf, Training } from "./fit.ts";
import type { Options } from "./experiment.ts";
import type { Outcome } from "./interrupt.ts";
import { PAGE } from "./former.ts";
import { isOwn, type Loaded } from "./load.ts";
import { messageOf, UsageError } from "./errors.ts";
import { runExperiment } from "./run.ts";
import { configOf, runOptionsOf } from "./run_config.ts";
import { RunFolder } from "./run_folder.ts";

/** Makes a run's folder out of a checkpoint of the page, and goes on there. */
export async function beginFromPage(
  loaded: Loaded,
  values: Readonly<Record<string, unknown>>,
  { file, out, quiet, allowOtherBuild }: {
    file: string;
    out: string;
    quiet: boolean;
    allowOtherBuild: boolean;
  },
): Promise<Outcome> {
  const checkpoint = await readPageCheckpoint(file);
  const { config, text } = checkpoint.config as {
    config: { seed: number; epochs?: number };
    text?: string;
  };
  const epochs = values.epochs ?? config.epochs;
  if (!(Number(epochs) > checkpoint.epoch)) {
    throw new UsageError(
      `--epochs: needs the number of passes over the data that there are to be in all, above ` +
        `${checkpoint.epoch}, where the page's run stands: it is ${epochs ?? "not given"}`,
    );
  }
  const { experiment } = loaded;
  // a text is in the file itself
  const given = { ...text === undefined ? {} : { file: resolve(file) }, ...config, ...values };
  const run = runOptionsOf(experiment, given);
  const resume = { allowOtherBuild };
  let options: Options;
  try {
    options = experiment.schema.parse(given) as Options;
    const data = await dataOf(experiment, options);
    using training = await Training.begin(experiment, { options, seed: run.seed, data });
    training.resume(checkpoint, resume); // refuses what does not fit before there is a folder
    using _ = await RunFolder.create(out, await configOf(loaded, { options, run, data, out }));
  } catch (cause) {
    if (cause instanceof DataError || cause instanceof UsageError) throw cause;
    throw new DataError(`resume: the page has no such run: ${messageOf(cause)}`, { cause });
  }
  await new train.CheckpointFolder(`${out}/checkpoints`).save(checkpoint);
  return await runExperiment({ loaded, options, run, out, quiet, resume });
}

/** The experiment that goes on with a checkpoint of the page; that of digits if it names none. */
export async function experimentOfPage(file: string): Promise<string> {
  try {
    const { experiment } = Object((await train.loadCheckpoint(file)).config);
    return typeof experiment === "string" && isOwn(experiment) ? experiment : PAGE;
  } catch {
    return PAGE; // what is wrong with the file is said when its run begins
  }
}

/** Reads what the page wrote. UsageError where it is another file, with what that is good for. */
async function readPageCheckpoint(path: string): Promise<train.Checkpoint> {
  const { tensors, metadata } = await io.loadSafetensorsFile(path);
  for (const tensor of tensors.values()) tensor[Symbol.dispose]();
  if (metadata["glim.checkpoint"] === undefined) {
    throw new UsageError(
      `--resume: ${path} has weights, which do not tell where training stood: the page's ` +
        `checkpoint does; predict and eval take weights`,
    );
  }
  const checkpoint = await train.loadCheckpoint(path);
  if (typeof Object(Object(checkpoint.config).config).seed === "number") return checkpoint;
  throw new UsageError(
    `--resume: needs the folder of the run, or a checkpoint of the page: ${path} is a checkpoint ` +
      `of the command line`,
  );
}
