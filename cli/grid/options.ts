/** The options of the commands `grid` and `worker`. */
import { join } from "node:path";
import { z } from "zod";
import { device } from "../device.ts";
import { UsageError } from "../errors.ts";
import { judgedBy } from "../experiment.ts";
import { type Flag, flagsOf, helpOf, path, readFlags, refuseWords, valueOf } from "../flags.ts";
import { loadExperiment, ROOT } from "../load.ts";
import { isProgramFile, ownFile, refuseName } from "../experiment_name.ts";
import { PAPER_FILE, PAPER_GRID, PAPER_VARY, QUICK_GRID } from "./paper.ts";
import { parseQueue, type QueueAddress } from "./queue_address.ts";
import { rangeText } from "./ranges.ts";
import { type SearchChoices, SEARCHES } from "./search.ts";
import type { Options, OptionValue } from "./trial.ts";

/** More trials than processors would only slow each other down. */
const cores = navigator.hardwareConcurrency;

const text = z.string().trim().min(1);

const COMMON = {
  queueAuth: path("user:password, a token, or a .creds file, for the server"),
  queueSecret: path("a secret that signs trials and results, for grid and workers"),
  tlsCa: path("encrypt, and check the server by the certificates in a PEM file"),
  jobs: z.int().min(1).max(cores).default(cores).describe("trials at once, a thread each"),
  quiet: z.boolean().default(false).describe("print nothing while training"),
};

const GRID = z.object({
  vary: text.optional().describe(
    "an option and its values: lr=0.01,0.1, or a range: lr=log:1e-4..0.1; once for each option",
  ),
  seeds: z.int().min(1).max(1000).default(3)
    .describe("repeats of each configuration, with seeds from 0"),
  search: z.enum(SEARCHES).default("grid")
    .describe(
      "all configurations, --trials at random, or few epochs of all and more of the best third",
    ),
  trials: z.int().min(1).nullable().default(null).describe("how many configurations at most"),
  minutes: z.number().positive().nullable().default(null)
    .describe("begin no trial after so many minutes of work; a search goes on with more"),
  metric: text.optional().describe("what trials are judged by (default: accuracy, else the loss)"),
  retrain: z.int().min(1).nullable().default(null)
    .describe("train the best again for so many epochs, and evaluate the test set, once"),
  again: z.boolean().default(false).describe("evaluate the test set once more"),
  out: text.optional().meta({
    description: "where results are kept; a grid goes on from what is there (default: runs/grid…)",
    path: "write",
  }),
  queue: text.optional().describe("hand the trials to workers over a NATS server with JetStream"),
  clearQueue: z.boolean().default(false)
    .describe("remove what other grids have left on the server"),
  device: device.describe("where trials are computed; webgpu: all threads share the GPU"),
  ...COMMON,
});

const QUICK = z.object({
  quick: z.boolean().default(false)
    .describe("4 configurations, 2 seeds, 2 epochs, unless options say else"),
});

const WORKER = z.object({
  queue: text.optional().describe("the NATS server"),
  once: z.boolean().default(false)
    .describe("end when a grid is finished, do not wait for the next"),
  out: text.nullable().default(null).meta({
    description: "a folder for pictures and sounds that take more than 1000 MB, while it works",
    path: "write",
  }),
  ...COMMON,
});

/** A grid, with every choice made; see `--help`. */
export type GridOptions = Exclude<Awaited<ReturnType<typeof readGridOptions>>, string>;

/** A worker, with every choice made; see `--help`. */
export type WorkerOptions = Exclude<Awaited<ReturnType<typeof readWorkerOptions>>, string>;

/** Reads what follows `grid`; a text is its help. Throws UsageError, which names the option. */
export async function readGridOptions(args: readonly string[]) {
  const { isPaper, loaded, own, rest } = await begin(args);
  const listed = isPaper ? own.filter(({ name }) => name in PAPER_VARY) : [];
  const lists = takeLists(rest, listed);
  const flags = flagsOf(isPaper ? QUICK.extend(GRID.shape) : GRID);
  const typed = readFlags(lists.rest, [...own.filter((flag) => !listed.includes(flag)), ...flags]);
  if (typed.help) return help("grid", own, flags);
  refuseWords(typed);
  const given = GRID.parse(typed.values);
  const preset = !isPaper ? null : typed.values.quick === true ? QUICK_GRID : PAPER_GRID;
  const vary: Record<string, OptionValue[]> = {};
  for (const [name, list] of [...Object.entries(preset?.vary ?? {}), ...lists.typed]) {
    const flag = findFlag(name, own);
    if (flag.name in typed.values) {
      throw new UsageError(`${flag.flag}: has one value and is varied: leave out one of the two`);
    }
    const range = rangeText(flag, list.trim());
    const values = range !== null
      ? [range]
      : list.split(",").map((value) => valueOf(flag, value.trim()) as OptionValue);
    vary[flag.name] = [...new Set(values)];
  }
  const { experiment, name } = loaded;
  const options = experiment.schema.parse({ ...preset?.options, ...typed.values }) as Options;
  const { metric = judgedBy(experiment), out = preset?.out, jobs, quiet, again, clearQueue } =
    given;
  const names = ["loss", ...experiment.metrics.map(({ name }) => name)];
  if (!names.includes(metric)) {
    throw new UsageError(`--metric: needs ${names.join(", ")}: it is ${JSON.stringify(metric)}`);
  }
  const queue = queueOf(given);
  if (queue !== null && given.device !== "cpu") {
    throw new UsageError("--device: does not go with --queue, whose workers compute on processors");
  }
  const isTyped = (name: string) => name in typed.values || preset === null;
  return {
    loaded,
    /** The experiment's files and folders, which may be elsewhere on each machine. */
    paths: pick(options, own, ({ path }) => path !== undefined),
    spec: {
      options: pick(options, own, (flag) => flag.path === undefined && !(flag.name in vary)),
      vary,
      seeds: isTyped("seeds") ? given.seeds : preset!.seeds,
    },
    /** The metric of the dev set that trials are judged by. */
    metric,
    search: searchOf(given, vary, options),
    retrain: isTyped("retrain") ? given.retrain : 2 * Number(options.epochs),
    out: out ?? `runs/grid-${name.replace(/^.*[/\\]|\.\w+$/g, "")}`,
    /** The server that hands the trials to workers; null to run them here. */
    queue,
    ...{ device: given.device, jobs, quiet, again, clearQueue },
  };
}

/** How configurations are chosen. UsageError where options say that together which cannot be. */
function searchOf(
  { search, trials, minutes }: z.output<typeof GRID>,
  vary: Readonly<Record<string, unknown>>,
  { epochs }: Options,
): SearchChoices {
  if (search === "halving" && ("epochs" in vary || typeof epochs !== "number")) {
    throw new UsageError("--search: halving needs one number of epochs: those are not varied");
  }
  return { search, trials, minutes };
}

/** Reads what follows `worker`, as {@link readGridOptions} does. */
export async function readWorkerOptions(args: readonly string[]) {
  const { loaded, own, rest } = await begin(args);
  const paths = own.filter(({ path }) => path !== undefined);
  const flags = flagsOf(WORKER);
  const typed = readFlags(rest, [...paths, ...flags]);
  if (typed.help) return help("worker", paths, flags);
  refuseWords(typed);
  const { jobs, once, out, quiet, ...given } = WORKER.parse(typed.values);
  const queue = queueOf(given);
  if (queue === null) throw new UsageError("--queue: needs nats://HOST:PORT: it is missing");
  const options = loaded.experiment.schema.parse(typed.values) as Options;
  return { loaded, paths: pick(options, paths, () => true), queue, jobs, once, out, quiet };
}

/** The experiment that is named first, else the paper's, and its options. */
async function begin(typed: readonly string[]) {
  const args = ownFile(typed);
  const isPaper = !isProgramFile(args[0]);
  if (isPaper) refuseName(args[0]);
  const loaded = await loadExperiment(isPaper ? join(ROOT, PAPER_FILE) : args[0]!);
  const own = flagsOf(loaded.experiment.schema);
  return { isPaper, loaded, own, rest: args.slice(isPaper ? 0 : 1) };
}

/** Takes `--vary name=list` out of arguments, and the lists of options that take one. */
function takeLists(
  args: readonly string[],
  listed: readonly Flag[],
): { rest: string[]; typed: [name: string, list: string][] } {
  const found: ReturnType<typeof takeLists> = { rest: [], typed: [] };
  for (let at = 0; at < args.length; at++) {
    const [word, ...more] = args[at]!.split("=");
    const flag = listed.find(({ flag }) => flag === word);
    if (flag === undefined && word !== "--vary") {
      found.rest.push(args[at]!);
      continue;
    }
    const value = more.length > 0 ? more.join("=") : args[++at];
    if (value === undefined) throw new UsageError(`${word}: needs a list: it is missing`);
    const [, name, list] = flag === undefined
      ? /^([\w-]+)=(.*)$/.exec(value) ?? []
      : ["", flag.name, value];
    if (list === undefined) {
      throw new UsageError(
        `--vary: needs lr=0.01,0.1 or the like: it is ${JSON.stringify(value)}`,
      );
    }
    found.typed.push([name!, list]);
  }
  return found;
}

/** An option by its name in code or on the command line. */
function findFlag(name: string, own: readonly Flag[]): Flag {
  const flags = own.filter(({ path }) => path === undefined);
  const flag = flags.find((flag) => flag.name === name || flag.flag === `--${name}`);
  if (flag !== undefined) return flag;
  const names = flags.map(({ name }) => name).join(", ");
  throw new UsageError(`--vary: needs one of ${names}: it is ${JSON.stringify(name)}`);
}

function pick(options: Options, flags: readonly Flag[], holds: (flag: Flag) => boolean): Options {
  return Object.fromEntries(flags.filter(holds).map(({ name }) => [name, options[name]!]));
}

function queueOf(
  { queue, clearQueue = false, ...files }:
    & { queue?: string | undefined; clearQueue?: boolean }
    & Pick<z.output<typeof WORKER>, "queueAuth" | "queueSecret" | "tlsCa">,
): QueueAddress | null {
  if (queue !== undefined) return parseQueue(queue, files);
  const { queueAuth, queueSecret, tlsCa } = files;
  const without = Object.entries({
    "--clear-queue": clearQueue,
    "--queue-auth": queueAuth !== null,
    "--queue-secret": queueSecret !== null,
    "--tls-ca": tlsCa !== null,
  }).find(([_, isGiven]) => isGiven);
  if (without === undefined) return null;
  throw new UsageError(`${without[0]}: needs --queue, which says where`);
}

function help(command: "grid" | "worker", own: readonly Flag[], flags: readonly Flag[]): string {
  const what = command === "grid"
    ? `Trains every combination of some values of an experiment's options, with several seeds, and says
what each of them does. Without a file it is the paper's grid, whose --layers, --lr-decay, --momentum
and --activation take lists.`
    : "Runs trials of a grid of the same experiment that another process has put into a queue.";
  return `Usage: deno task ${command === "grid" ? "grid" : "train worker"} [FILE] [options]

${what}

Options of the experiment:
${helpOf(own)}

Options of the command:
${helpOf(flags)}
  --help  show this help
`;
}
