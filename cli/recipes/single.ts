/**
 * One network, from its first weights to its report.
 *
 * @module
 */
import type { train } from "@glim/glim";
import { print } from "../print.ts";
import { createProgress } from "../progress.ts";
import { Recording } from "../recording.ts";
import { reportHtml } from "../report/report.ts";
import { runReport, weightsHash } from "../report/run_report.ts";
import { isBegun, RunFolder } from "../run_folder.ts";
import { checkData, interruptedLine } from "../setting.ts";
import { evaluate } from "../training.ts";
import { besideSingle } from "./beside.ts";
import { configOf, type Desk, networkTitle } from "./desk.ts";
import type { Settings } from "./recipe.ts";
import { RecipeTraining } from "./training.ts";

/** What a network is worth: what `result.json` holds. Losses are without label smoothing. */
export interface Result {
  /** Loss and accuracy on the dev set. */
  dev: train.Evaluation;
  /** Loss and accuracy on the test set. */
  test: train.Evaluation;
  /** How long it took by the clock, from the first weights to the test. */
  seconds: number;
}

/**
 * Trains a network by the desk's recipe into a folder of its own, which must be new or empty, or
 * hold what is gone on with.
 * The weights that are taken are those of the last epoch, for which the learning rate has come down
 * to 0, or the average that the recipe asks for: nothing is chosen, on no set. The test set is
 * looked at once, at the end. Undefined where Ctrl-C came first.
 */
export async function trainSingle(
  desk: Desk,
  seed: number,
  out: string,
): Promise<Result | undefined> {
  const began = performance.now();
  const { options: { recipe: { settings }, quiet, checkpointEvery }, pictures, network } = desk;
  using run = desk.resume !== undefined && await isBegun(out)
    ? await RunFolder.resume(out)
    : await RunFolder.create(out, configOf(desk, seed, out));
  checkData(run.config, desk.set);
  const samples = pictures.train.length - pictures.train.length % settings.batchSize;
  const progress = createProgress({ samples, epochs: settings.epochs, quiet });
  const recording = new Recording(run, progress, { checkpointEvery, began, ...desk.resume });
  const { history } = recording;
  using training = new RecipeTraining(
    { network, settings, seed },
    pictures,
    ({ model }) => recording.callback(model),
  );
  if (!await recording.fit(training, desk.signal)) {
    const { out: run, arch } = desk.options;
    print(interruptedLine(history.length, settings.epochs, run, arch));
    return undefined;
  }
  training.finish();
  const { model } = training;
  const weights = await recording.writeWeights(model);
  const dev = await evaluate(model, pictures.dev);
  const test = await evaluate(model, pictures.test);
  const { seconds } = recording;
  await run.writeResult({ dev, test, seconds });
  const name = networkTitle(desk.options);
  const report = {
    name,
    run: { name, history, labelSmoothing: settings.labelSmoothing },
    taken: { name: takenName(settings), devAccuracy: dev.accuracy },
    beside: besideSingle(desk),
    config: run.config,
    model,
    set: { ...pictures, name: desk.set.name },
    test,
    hashes: [weightsHash(weights)],
    seconds,
  };
  await run.writeReport(await reportHtml(runReport(report)));
  return { dev, test, seconds };
}

/** Which weights are taken in the end. */
function takenName({ ema }: Settings): string {
  return ema === null ? "the last epoch's weights" : "the moving average of the weights";
}
