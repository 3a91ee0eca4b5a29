/**
 * The options of `deno task train --resume`.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { UsageError } from "./usage_error.ts";
import { parsePath, parseWhole } from "./values.ts";

/** How a run goes on. */
export interface ResumeOptions {
  /** The run's folder. */
  run: string;
  /** Threads that an operation is split over; null for as many as before. */
  threads: number | null;
  /** Steps between checkpoints; null for as many as before. */
  checkpointEvery: number | null;
  /** The file of the run's own network; null for none. */
  arch: string | null;
  /** The folder of the data files; null for the same as before. */
  dataDir: string | null;
  /** Passes over the data in all, and the run's new folder, for what the page began; else null. */
  epochs: number | null;
  out: string | null;
  /** Go on though another version of Glim, or another build of its kernels, began. */
  allowOtherBuild: boolean;
  /** Print nothing while training. */
  quiet: boolean;
}

/** What may be said beside `--resume`: nothing that changes a result. */
const BESIDE = [
  "resume",
  "threads",
  "checkpointEvery",
  "arch",
  "dataDir",
  "allowOtherBuild",
  "quiet",
];

/** What may be said where a checkpoint of the page is gone on with. */
const BESIDE_PAGE = [...BESIDE, "epochs", "out"];

/** The options that only a resumed run has. */
export function resumeOnly(): Option[] {
  return [
    new Option(
      "--resume <run>",
      "go on with the run in that folder, or with a checkpoint of the page",
    ),
    new Option("--allow-other-build", "resume what another version began, to other last bits"),
  ].map((option) => option.helpGroup("Going on after an interruption:"));
}

/**
 * Checks what was typed; null without `--resume`. Throws UsageError for an option that goes with
 * `--resume` only, or does not.
 */
export function readResumeOptions(
  command: Command,
  given: Readonly<Record<string, unknown>>,
  cores: number = navigator.hardwareConcurrency,
): ResumeOptions | null {
  if (given.resume === undefined) {
    if (given.allowOtherBuild === undefined) return null;
    throw new UsageError("--allow-other-build: goes with --resume only");
  }
  const unfit = command.options.find((option) => {
    const name = option.attributeName();
    return given[name] !== undefined && !BESIDE_PAGE.includes(name);
  });
  if (unfit !== undefined) {
    throw new UsageError(`${unfit.long}: does not go with --resume: a run keeps its settings`);
  }
  const { resume, threads, checkpointEvery, arch, dataDir, epochs, out } = given as Record<
    string,
    string | undefined
  >;
  const many = Number.MAX_SAFE_INTEGER;
  return {
    run: parsePath("--resume", resume!),
    threads: threads === undefined ? null : parseWhole("--threads", threads, 1, cores),
    checkpointEvery: parseEvery(checkpointEvery),
    arch: arch === undefined ? null : parsePath("--arch", arch),
    dataDir: dataDir === undefined ? null : parsePath("--data-dir", dataDir),
    epochs: epochs === undefined ? null : parseWhole("--epochs", epochs, 1, many),
    out: out === undefined ? null : parsePath("--out", out),
    allowOtherBuild: given.allowOtherBuild === true,
    quiet: given.quiet === true,
  };
}

/** The value of `--checkpoint-every`; null where it was not given. */
export function parseEvery(text: string | undefined): number | null {
  if (text === undefined) return null;
  return parseWhole("--checkpoint-every", text, 1, Number.MAX_SAFE_INTEGER);
}
