/** A training run as it is shown and written while it goes. */
import { train } from "@glim/glim";
import { printable } from "./errors.ts";
import type { Training } from "./fit.ts";
import { curvesSvg } from "./report/charts.ts";
import { printError } from "./print.ts";
import type { Progress } from "./progress.ts";
import type { Config, RunFolder } from "./run_folder.ts";
import { encodeWeights } from "./run_config.ts";

/** What {@link recordingOf} needs to know. */
interface RecordingOptions {
  /** Steps between checkpoints; null for none but at an interruption. */
  checkpointEvery: number | null;
  /** Whether a checkpoint of another build of Glim will do. */
  allowOtherBuild?: boolean | undefined;
  /** What the weights' file tells of its network. */
  about: Config;
  /** When the run began, as `performance.now` has it. */
  began: number;
}

/** Prints and writes each epoch of one training run, and its checkpoints. */
export function recordingOf(
  training: Training,
  folder: RunFolder,
  progress: Progress,
  { checkpointEvery: every, allowOtherBuild = false, about, began }: RecordingOptions,
) {
  const { best } = training;
  const history: train.EpochRecord[] = [];
  const checkpoints = new train.CheckpointFolder(`${folder.path}/checkpoints`);
  let secondsBefore = 0;
  /** How long the run took so far by the clock, what was lost at interruptions not counted. */
  const seconds = () => secondsBefore + (performance.now() - began) / 1000;
  training.listeners.push({
    onEpochBegin: (epoch) => progress.epoch(epoch),
    onProgress: ({ samples, meanLoss }) => progress.update(samples, meanLoss),
    onEpochEnd: async (record) => {
      history.push(record);
      folder.appendEpoch(record);
      const isBest = best?.best === record;
      if (isBest || best === null) await writeWeights(); // whenever they would be taken
      progress.epochEnd(record, isBest);
      const sample = await training.built.sample?.();
      if (sample) progress.line(sample);
    },
    // a function in the hot loop only where there is something to do
    ...(every === null ? {} : {
      onStepEnd: ({ totalSteps }) => totalSteps % every === 0 ? save() : undefined,
    }),
  });

  /**
   * Trains to the end, or until the signal; false if the signal came first, and then there is a
   * checkpoint of what was trained. A run that was interrupted goes on from its last good one. The
   * curves of what was finished are drawn in any case.
   */
  async function fit(signal: AbortSignal): Promise<boolean> {
    const { trainer } = training;
    if (folder.isResumed) await goOn();
    else folder.rewriteEpochs([]);
    if (signal.aborted) return false;
    const stop = () => trainer.stop();
    signal.addEventListener("abort", stop);
    try {
      await training.fit();
    } finally {
      signal.removeEventListener("abort", stop);
      progress.stop();
      if (history.length > 0) folder.write("curves.svg", curvesSvg(history, training.by));
    }
    if (trainer.isStopped) await save();
    return !trainer.isStopped;
  }

  /** Writes the weights as they are, and gives the file's bytes. */
  async function writeWeights(): Promise<Uint8Array> {
    const bytes = await encodeWeights(training.model, about);
    folder.write("weights.safetensors", bytes);
    return bytes;
  }

  async function save(): Promise<void> {
    const { built, trainer } = training;
    const config = { ...built.note?.(), seconds: seconds() };
    await checkpoints.save(await trainer.readCheckpoint({ config }));
  }

  /** Takes up the last checkpoint, or begins anew where the run had come to none. */
  async function goOn(): Promise<void> {
    if (!await hasCheckpoint(checkpoints.path)) return folder.rewriteEpochs([]);
    const { checkpoint, damaged } = await checkpoints.latest();
    for (const { message } of damaged) printError(`passed over: ${printable(message)}`);
    training.resume(checkpoint, { allowOtherBuild });
    folder.rewriteEpochs(checkpoint.history);
    history.push(...checkpoint.history);
    const { seconds: before } = Object(checkpoint.config) as { seconds?: unknown };
    secondsBefore = Number.isFinite(before) ? Number(before) : 0;
    const { epoch, step, sums } = checkpoint;
    progress.line(`going on in epoch ${epoch} after step ${step}`);
    progress.epoch(epoch, sums.samples);
  }

  return { history, seconds, fit, writeWeights };
}

/** Whether a run had come to a checkpoint, good or damaged. */
export async function hasCheckpoint(path: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(path)) if (name.endsWith(".ckpt")) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}
