/**
 * `deno task train [FILE]`: runs an experiment, or goes on with a run.
 *
 * @module
 */
import { z } from "zod";
import { print } from "./print.ts";
import type { Options } from "./fit.ts";
import { type Flag, flagsOf, helpOf, path, readFlags } from "./flags.ts";
import type { Outcome } from "./interrupt.ts";
import { type Loaded, loadExperiment } from "./load.ts";
import { timestamp } from "./options.ts";
import { runExperiment } from "./run.ts";
import { runOptionsOf, runSchema } from "./run_config.ts";
import { UsageError } from "./usage_error.ts";

/** What is run where no file is named. */
const PAPER = "experiments/paper.ts";

/** What decides about no result. */
const COMMAND = z.object({
  out: z.string().trim().min(1).optional()
    .meta({
      description: "where the run is written (default: runs/<date and time>)",
      path: "write",
    }),
  resume: path("go on with the run in that folder"),
  allowOtherBuild: z.boolean().default(false)
    .describe("resume what another version began, to other last bits"),
  quiet: z.boolean().default(false).describe("print nothing while training"),
});

/** Whether a word names an experiment's file. */
export function isFile(word: string | undefined): boolean {
  return word !== undefined && !word.startsWith("-") &&
    (word.includes("/") || word.endsWith(".ts"));
}

/** Runs the command. Null where only help was asked for. */
export async function train(args: readonly string[]): Promise<Outcome | null> {
  const [file, rest] = isFile(args[0]) ? [args[0]!, args.slice(1)] : [PAPER, args];
  const loaded = await loadExperiment(file);
  const own = flagsOf(loaded.experiment.schema);
  const runs = flagsOf(runSchema(loaded.experiment));
  const commands = flagsOf(COMMAND);
  const typed = readFlags(rest, [...own, ...runs, ...commands]);
  if (typed.help) {
    print(help(loaded, own, [...runs, ...commands]));
    return null;
  }
  if (typed.words.length > 0) {
    throw new UsageError(
      `unexpected argument ${JSON.stringify(typed.words[0])}: the file of an experiment comes ` +
        `first, and options begin with --`,
    );
  }
  const { out = `runs/${timestamp(new Date())}`, quiet } = COMMAND.parse(typed.values);
  return await runExperiment({
    loaded,
    options: loaded.experiment.schema.parse(typed.values) as Options,
    run: runOptionsOf(loaded.experiment, typed.values),
    out,
    quiet,
  });
}

function help({ experiment: { title }, name }: Loaded, own: Flag[], all: Flag[]): string {
  const what = typeof title === "string" ? title : "an experiment";
  return `Usage: deno task train [FILE] [options]

Trains ${name}: ${what}.

Options of this experiment:
${helpOf(own)}

Options of every experiment:
${helpOf(all)}
  --help  show this help
`;
}
