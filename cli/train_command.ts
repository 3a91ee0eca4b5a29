/** `deno task train [FILE]`: runs an experiment, or goes on with a run. */
import { z } from "zod";
import { UsageError } from "./errors.ts";
import { isProgramFile, ownFile, refuseName } from "./experiment_name.ts";
import { isFile } from "./files.ts";
import type { Options } from "./experiment.ts";
import { type Flag, flagsOf, helpOf, path, readFlags, refuseWords, type Typed } from "./flags.ts";
import { modernConfig, modernWords, PAGE, PAPER } from "./former.ts";
import type { Outcome } from "./interrupt.ts";
import { checkPrograms, type Loaded, loadExperiment, loadNamed } from "./load.ts";
import { beginFromPage, experimentOfPage } from "./page_run.ts";
import { wordsOfData } from "./own_data.ts";
import { print } from "./print.ts";
import { hasCheckpoint } from "./recording.ts";
import { runExperiment } from "./run.ts";
import { readRunConfig, runOptionsOf, runSchema } from "./run_config.ts";
import { readConfig, refuseFinished } from "./run_folder.ts";
import { timestamp } from "./words.ts";

/** What decides about no result. */
const COMMAND = z.object({
  out: z.string().trim().min(1).optional()
    .meta({
      description: "where the run is written (default: runs/<date and time>)",
      path: "write",
    }),
  quiet: z.boolean().default(false).describe("print nothing while training"),
  resume: path("go on with the run in that folder, or with a checkpoint of the page"),
  allowOtherBuild: z.boolean().default(false)
    .describe("resume what another version began, to other last bits"),
});

/** What may be typed with `--resume`, besides paths: nothing that changes a result. */
const CHANGEABLE = [
  "threads",
  "device",
  "memory",
  "checkpointEvery",
  "quiet",
  "resume",
  "allowOtherBuild",
];

/** Runs the command. */
export async function train(args: readonly string[]): Promise<Outcome> {
  const words = await wordsOfData(ownFile(modernWords(args)));
  const file = isProgramFile(words[0]) ? words.shift() : undefined;
  // before the options, which may be those of the file that was meant
  if (file === undefined) refuseName(words[0]);
  const resumed = resumedRun(words);
  const isPage = resumed !== undefined && isFile(resumed);
  const config = resumed === undefined || isPage ? undefined : await runConfig(resumed);
  const loaded = config === undefined
    ? await loadExperiment(isPage ? await experimentOfPage(resumed) : file ?? PAPER)
    : await loadNamed(file, config, "--resume", resumed!);
  const { experiment } = loaded;
  const own = flagsOf(experiment.schema);
  const every = [...flagsOf(runSchema(experiment)), ...flagsOf(COMMAND)];
  const typed = readFlags(words, [...own, ...every]);
  if (typed.help) {
    print(helpText(loaded, own, every));
    return "done";
  }
  refuseWords(typed);
  const { out = `runs/${timestamp(new Date())}`, quiet, allowOtherBuild } = COMMAND.parse(
    typed.values,
  );
  if (isPage) {
    checkTyped(typed, [...own, ...every], [...CHANGEABLE, "epochs", "out"]);
    const { values } = typed;
    return await beginFromPage(loaded, values, { file: resumed, out, quiet, allowOtherBuild });
  }
  if (config === undefined) {
    if (allowOtherBuild) throw new UsageError("--allow-other-build: goes with --resume only");
    const options = experiment.schema.parse(typed.values) as Options;
    const run = runOptionsOf(experiment, typed.values);
    return await runExperiment({ loaded, options, run, out, quiet });
  }
  checkTyped(typed, [...own, ...every], CHANGEABLE);
  refuseFinished(resumed!);
  if (loaded.name === PAGE && !await hasCheckpoint(`${resumed}/checkpoints`)) {
    throw new UsageError(`--resume: ${resumed} is the page's run, but has no checkpoint of it`);
  }
  const before = readRunConfig(experiment, config, `read ${resumed}/config.json`);
  await checkPrograms(own, { config, values: typed.values }, "--resume", resumed!);
  return await runExperiment({
    loaded,
    options: changed(before.options, own, typed),
    run: changed(before.run, every, typed),
    out: resumed!,
    quiet,
    // who names a device asks for it, whatever the run was computed on before
    resume: { allowOtherBuild: allowOtherBuild || typed.values.device !== undefined },
  });
}

/** The value of `--resume`, which decides what the other options are. */
function resumedRun(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^--resume(=|$)/.test(word));
  return at === -1 ? undefined : words[at] === "--resume" ? words[at + 1] : words[at]!.slice(9);
}

/** What a run's folder tells, as one of now would. UsageError where it is no run's. */
async function runConfig(run: string): Promise<ReturnType<typeof modernConfig>> {
  const config = await readConfig(run);
  if (typeof Object(config).data === "object") return modernConfig(config);
  throw new UsageError(`--resume: needs a run's folder: the config.json of ${run} is no run's`);
}

/** UsageError where something was typed that would change a run's result. */
function checkTyped({ values }: Typed, flags: readonly Flag[], allowed: readonly string[]): void {
  const unfit = flags.find(({ name, path }) =>
    values[name] !== undefined && !allowed.includes(name) && (path === undefined || name === "out")
  );
  if (unfit === undefined) return;
  throw new UsageError(`${unfit.flag}: does not go with --resume: a run keeps its settings`);
}

/** Values with those in their place that were typed. */
function changed<T extends object>(before: T, flags: readonly Flag[], { values }: Typed): T {
  const names = flags.map(({ name }) => name).filter((name) => values[name] !== undefined);
  return { ...before, ...Object.fromEntries(names.map((name) => [name, values[name]])) };
}

function helpText({ experiment: { title }, name }: Loaded, own: Flag[], every: Flag[]): string {
  const what = typeof title === "string" ? `: ${title}` : "";
  return `Usage: deno task train [FILE] [options]

Trains a network as the experiment in a file says; without a file the paper's final experiment.

Data of your own, in place of an experiment's file:
  --data <path>    a table (CSV, JSON, Parquet or Arrow), or a folder with a folder of pictures or WAV files a class
  --target <name>  the table's column that is learnt (default: one called species, label …, else the last)
  --kind <word>    what it is learnt as: classes, numbers, pictures or sounds (default: what it looks like)

Options of ${name}${what}:
${helpOf(own)}

Options of every experiment:
${helpOf(every)}
  -h, --help  show this help

Examples:
  deno task train                                 the paper's final experiment
  deno task train --layers 5 --activation tanh    another network
  deno task train experiments/mlp_best.ts         98.9 % on the test set
  deno task train experiments/cnn.ts              99.7 %, with convolutions
  deno task train experiments/cnn.ts --help       its options
  deno task train --data penguins.csv --target species
  deno task train experiments/table_classes.ts --help    what else goes with a table
  deno task train --resume runs/fast              go on after an interruption
`;
}
