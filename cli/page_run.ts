/**
 * Runs that were begun in the page, and go on in the command line: `--resume` of a checkpoint that
 * the page wrote, and of the folder that came of it.
 *
 * @module
 */
import { data, DataError, fromTypedArray, io, setNumThreads, train } from "@glim/glim";
import { checkConfig, describe, fromArrays, Session, type Standing } from "@glim/web";
import { onInterrupt, type Outcome } from "./interrupt.ts";
import { mnistPackageFolder } from "./mnist_package.ts";
import { type RunOptions, timestamp } from "./options.ts";
import { print } from "./print.ts";
import { createProgress, showCount } from "./progress.ts";
import { besideTable } from "./recipes/beside.ts";
import { Recording } from "./recording.ts";
import { reportHtml } from "./report/report.ts";
import { runReport, weightsHash } from "./report/run_report.ts";
import type { ResumeOptions } from "./resume_options.ts";
import { type Config, RunFolder } from "./run_folder.ts";
import { checkData, countOf, countParameters, interruptedLine, originOf } from "./setting.ts";
import { evaluate } from "./training.ts";
import { UsageError } from "./usage_error.ts";
import { messageOf } from "./messages.ts";

/** What `config.json` tells of such a run beside the page's configuration. */
type PageRunOptions = RunOptions & { epochs: number };

/** Makes a run's folder out of a checkpoint of the page, and goes on there. */
export async function beginFromPage(options: ResumeOptions): Promise<Outcome> {
  const { run: file, epochs, out, threads, checkpointEvery, dataDir, quiet } = options;
  const checkpoint = await readPageCheckpoint(file);
  const standing = standingOf(checkpoint);
  const { epoch } = checkpoint;
  if (epochs === null || epochs <= epoch) {
    throw new UsageError(
      `--epochs: needs the number of passes over the data that there are to be in all, above ` +
        `${epoch}, where the page's run stands: it is ${epochs ?? "not given"}`,
    );
  }
  const choices: PageRunOptions = {
    seed: standing.config.seed,
    epochs,
    threads: threads ?? navigator.hardwareConcurrency,
    checkpointEvery,
    dataDir,
    quiet,
    out: out ?? `runs/${timestamp(new Date())}`,
  };
  const began = performance.now();
  const set = pageData(choices);
  checkSet(standing, set);
  const { quiet: _, ...told } = choices;
  const about = { imageShape: set.imageShape, classes: 10, ...originOf(set) };
  const config = { ...standing.config, ...told, ...about };
  (await RunFolder.create(choices.out, config))[Symbol.dispose]();
  await new train.CheckpointFolder(`${choices.out}/checkpoints`).save(checkpoint);
  return await trainOn({ began, set }, config, choices, options);
}

/** Goes on with a run whose folder has the page's configuration. */
export async function trainPageRun(
  config: Config,
  options: PageRunOptions,
  resume: { allowOtherBuild: boolean },
): Promise<Outcome> {
  const began = performance.now();
  return await trainOn({ began, set: pageData(options) }, config, options, resume);
}

/** Trains with data whose reading began at a time of `performance`. */
async function trainOn(
  { began, set }: { began: number; set: PageData },
  config: Config,
  options: PageRunOptions,
  resume: { allowOtherBuild: boolean },
): Promise<Outcome> {
  setNumThreads(options.threads);
  using run = await RunFolder.resume(options.out);
  checkData(run.config, set);
  // Without one the run would begin anew, with other weights than the page's.
  const { checkpoint } = await new train.CheckpointFolder(`${run.path}/checkpoints`).latest();
  checkSet(standingOf(checkpoint), set);
  const { epochs, quiet, checkpointEvery } = options;
  const progress = createProgress({ samples: set.train.capacity, epochs, quiet });
  const recording = new Recording(run, progress, { checkpointEvery, began, ...resume });
  const pageConfig = checkConfig(config);
  using session = new Session(
    pageConfig,
    set.sets,
    ({ model }) => recording.callback(model),
  );
  const { model } = session;
  const title = describe(pageConfig);
  const say = quiet ? () => {} : print;
  say(
    `${set.name} from ${set.dir}: ${set.train.capacity} to train, ${set.dev.capacity} dev\n` +
      `${title}, from the page, ${showCount(countParameters(model))} parameters, ` +
      `${countOf(epochs, "epoch")}\n`,
  );
  using interrupt = onInterrupt();
  const training = {
    trainer: session.trainer,
    fit: () => session.run(Infinity, epochs),
    standing: () => session.standing,
    resume: session.resume.bind(session),
  };
  if (!await recording.fit(training, interrupt.signal)) {
    print(interruptedLine(recording.history.length, epochs, run.path));
    return "interrupted";
  }
  const weights = await recording.writeWeights(model);
  const dev = await evaluate(model, set.dev);
  const test = await evaluate(model, set.test);
  const { seconds, history } = recording;
  await run.writeResult({ dev, test, seconds });
  print(besideTable({ dev, test, seconds }, null));
  const report = {
    name: title,
    run: { name: title, history },
    taken: { name: "the last epoch's weights", devAccuracy: dev.accuracy },
    beside: null,
    config: run.config,
    model,
    set,
    test,
    hashes: [weightsHash(weights)],
    seconds,
  };
  await run.writeReport(await reportHtml(runReport(report)));
  const files =
    ": config.json, metrics.jsonl, weights.safetensors, curves.svg, result.json, report.html";
  print(`\n${run.path}${quiet ? "" : files}`);
  return "done";
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
  if (Object(checkpoint.config).train !== undefined) return checkpoint;
  throw new UsageError(
    `--resume: needs the folder of the run, or a checkpoint of the page: ${path} is a checkpoint ` +
      `of the command line`,
  );
}

/** What the page keeps in a checkpoint. DataError where it is not as the page writes it. */
function standingOf({ config }: train.Checkpoint): Standing {
  const standing = Object(config) as Standing;
  try {
    return { ...standing, config: checkConfig(standing.config) };
  } catch (cause) {
    const reason = messageOf(cause);
    throw new DataError(`resume: the page has no such run: ${reason}`, { cause });
  }
}

type PageData = ReturnType<typeof pageData>;

/** The data as the page divides them, with the test set, which the page does not have. */
function pageData({ dataDir }: Pick<RunOptions, "dataDir">) {
  const files = data.readMnist({ dir: dataDir ?? undefined, fallback: mnistPackageFolder() });
  const { name, imageShape: [rows, columns], trainImages, trainLabels } = files;
  if (rows !== 28 || columns !== 28) {
    throw new DataError(
      `resume: the page's networks read images of 28 × 28: those of ${files.dir} have ` +
        `${rows} × ${columns}`,
    );
  }
  const { sets } = fromArrays(name, trainImages, trainLabels);
  for (const set of [sets.train, sets.dev]) set.refresh();
  return { ...files, ...sets, sets, name, test: testSet(files) };
}

function testSet({ testImages, testLabels }: data.MnistFiles): data.ImageDataset {
  const n = testLabels.length;
  return new data.ImageDataset(
    fromTypedArray(testImages, [n, 784]),
    fromTypedArray(testLabels, [n], { dtype: "int32" }),
  );
}

/** DataError where the page's run learns from other images than are here. */
function checkSet(standing: Standing, set: PageData): void {
  const { train, dev, data } = standing;
  if (data !== undefined && (data.name === "MNIST") !== (set.name === "MNIST")) {
    throw new DataError(
      `resume: the data must be the same: the page's were ${data.name}, now they are ` +
        `${set.name} from ${set.dir}; --data-dir names others`,
    );
  }
  if (train > set.train.capacity || dev > set.dev.capacity) {
    throw new DataError(
      `resume: the data must be the same: the page's run has ${train} images to learn from and ` +
        `${dev} dev, ${set.dir} has ${set.train.capacity} and ${set.dev.capacity}`,
    );
  }
}
