/**
 * The commands `grid` and `worker`, and their options.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";
import { judgedBy } from "../experiment.ts";
import { type Flag, flagsOf, helpOf, path, readFlags, valueOf } from "../flags.ts";
import { type Loaded, loadExperiment, ROOT } from "../load.ts";
import { isFile } from "../train_command.ts";
import { UsageError } from "../usage_error.ts";
import type { GridSpec } from "./grid_spec.ts";
import { PAPER_FILE, PAPER_GRID, PAPER_VARY, QUICK_GRID } from "./paper.ts";
import type { Provenance } from "./provenance.ts";
import { parseQueue, type QueueAddress } from "./queue_address.ts";
import type { Options, OptionValue } from "./trial.ts";

/** What both commands are told. */
interface CommandOptions {
  /** The experiment. */
  loaded: Loaded;
  /** Its options that name files and folders, which may be elsewhere on each machine. */
  paths: Options;
  /** Trials that run at once on this machine. */
  jobs: number;
  /** Print nothing while training. */
  quiet: boolean;
}

/** A grid, with every choice made. */
export interface GridOptions extends CommandOptions {
  /** What is run, but for what it is run with. */
  spec: Omit<GridSpec, keyof Provenance>;
  /** The metric of the dev set that trials are judged by. */
  metric: string;
  /** Epochs that the best configuration is trained for again; null for not at all. */
  retrain: number | null;
  /** The folder that results are kept in. */
  out: string;
  /** The server that hands the trials to workers; null to run them here. */
  queue: QueueAddress | null;
  /** Remove other grids from the server first. */
  clearQueue: boolean;
  /** Evaluate the test set though that was done before. */
  again: boolean;
}

/** A worker, with every choice made. */
export interface WorkerOptions extends CommandOptions {
  /** The server that trials come from. */
  queue: QueueAddress;
  /** End when a grid is finished. */
  once: boolean;
}

/** More trials than processors would only slow each other down. */
const cores = navigator.hardwareConcurrency;

const COMMON = {
  jobs: z.int().min(1).max(cores).default(cores).describe("trials at once, a thread each"),
  quiet: z.boolean().default(false).describe("print nothing while training"),
};

/** The options that go with `--queue`. */
const QUEUE = {
  queueAuth: path("user:password, a token, or a .creds file, for the server"),
  queueSecret: path("a secret that signs trials and results, for grid and workers"),
  tlsCa: path("encrypt, and check the server by the certificates in a PEM file"),
};

const text = z.string().trim().min(1);

const GRID = z.object({
  vary: text.optional().describe("an option and its values: lr=0.01,0.1; once for each option"),
  seeds: z.int().min(1).max(1000).default(3)
    .describe("repeats of each configuration, with seeds from 0"),
  metric: text.optional().describe("what trials are judged by (default: accuracy, else the loss)"),
  retrain: z.int().min(1).nullable().default(null)
    .describe("train the best again for so many epochs, and evaluate the test set, once"),
  again: z.boolean().default(false).describe("evaluate the test set once more"),
  out: text.optional().meta({
    description: "where results are kept; a grid goes on from what is there (default: runs/grid…)",
    path: "write",
  }),
  queue: text.optional().describe("hand the trials to workers over a NATS server with JetStream"),
  ...QUEUE,
  clearQueue: z.boolean().default(false).describe(
    "remove what other grids have left on the server",
  ),
  ...COMMON,
});

const QUICK = z.object({
  quick: z.boolean().default(false)
    .describe("4 configurations, 2 seeds, 2 epochs, unless options say else"),
});

const WORKER = z.object({
  queue: text.optional().describe("the NATS server"),
  ...QUEUE,
  once: z.boolean().default(false).describe(
    "end when a grid is finished, do not wait for the next",
  ),
  ...COMMON,
});

/** Reads what follows `grid`; a text is its help. Throws UsageError, which names the option. */
export async function readGridOptions(args: readonly string[]): Promise<GridOptions | string> {
  const isPaper = !isFile(args[0]);
  const loaded = await loadExperiment(isPaper ? join(ROOT, PAPER_FILE) : args[0]!);
  const own = flagsOf(loaded.experiment.schema);
  const listed = isPaper ? own.filter(({ name }) => name in PAPER_VARY) : [];
  const lists = takeLists(isPaper ? args : args.slice(1), listed);
  const flags = flagsOf(isPaper ? QUICK.extend(GRID.shape) : GRID);
  const typed = readFlags(lists.rest, [...own.filter((flag) => !listed.includes(flag)), ...flags]);
  if (typed.help) return help("grid", own, flags);
  refuseWords(typed.words);
  const given = GRID.parse(typed.values);
  const preset = !isPaper ? null : typed.values.quick === true ? QUICK_GRID : PAPER_GRID;
  const vary: Record<string, OptionValue[]> = {};
  for (const list of [...Object.entries(preset?.vary ?? {}), ...lists.typed]) {
    const flag = findFlag(list, own);
    if (flag.name in typed.values) {
      throw new UsageError(`${flag.flag}: has one value and is varied: leave out one of the two`);
    }
    const values = list[1].split(",").map((value) => valueOf(flag, value.trim()) as OptionValue);
    vary[flag.name] = [...new Set(values)];
  }
  const options = loaded.experiment.schema.parse({
    ...preset?.options,
    ...typed.values,
  }) as Options;
  const { metrics } = loaded.experiment;
  const { metric = judgedBy(loaded.experiment) } = given;
  const names = ["loss", ...metrics.map(({ name }) => name)];
  if (!names.includes(metric)) {
    throw new UsageError(
      `--metric: needs ${names.join(", ")}: it is ${JSON.stringify(metric)}`,
    );
  }
  return {
    loaded,
    spec: {
      options: pick(options, own, (flag) => flag.path === undefined && !(flag.name in vary)),
      vary,
      seeds: "seeds" in typed.values ? given.seeds : preset?.seeds ?? given.seeds,
    },
    paths: pick(options, own, ({ path }) => path !== undefined),
    metric,
    retrain: "retrain" in typed.values || preset === null
      ? given.retrain
      : 2 * Number(options.epochs),
    out: given.out ?? preset?.out ?? `runs/grid-${loaded.name.replace(/^.*[/\\]|\.\w+$/g, "")}`,
    queue: queueOf(given),
    clearQueue: given.clearQueue,
    again: given.again,
    jobs: given.jobs,
    quiet: given.quiet,
  };
}

/** Reads what follows `worker`, as {@link readGridOptions} does. */
export async function readWorkerOptions(args: readonly string[]): Promise<WorkerOptions | string> {
  const isPaper = !isFile(args[0]);
  const loaded = await loadExperiment(isPaper ? join(ROOT, PAPER_FILE) : args[0]!);
  const own = flagsOf(loaded.experiment.schema).filter(({ path }) => path !== undefined);
  const flags = flagsOf(WORKER);
  const typed = readFlags(isPaper ? args : args.slice(1), [...own, ...flags]);
  if (typed.help) return help("worker", own, flags);
  refuseWords(typed.words);
  const given = WORKER.parse(typed.values);
  const queue = queueOf(given);
  if (queue === null) throw new UsageError("--queue: needs nats://HOST:PORT: it is missing");
  const options = loaded.experiment.schema.parse(typed.values) as Options;
  const paths = pick(options, own, () => true);
  return { loaded, paths, queue, jobs: given.jobs, once: given.once, quiet: given.quiet };
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
    const [name, list] = /^([\w-]+)=(.*)$/.exec(value)?.slice(1) ?? [];
    if (flag !== undefined) found.typed.push([flag.name, value]);
    else if (list !== undefined) found.typed.push([name!, list]);
    else {throw new UsageError(
        `--vary: needs lr=0.01,0.1 or the like: it is ${JSON.stringify(value)}`,
      );}
  }
  return found;
}

/** The option that a list is of, by its name in code or on the command line. */
function findFlag([name]: readonly [name: string, list: string], own: readonly Flag[]): Flag {
  const flags = own.filter(({ path }) => path === undefined);
  const flag = flags.find((flag) => flag.name === name || flag.flag === `--${name}`);
  if (flag !== undefined) return flag;
  const names = flags.map(({ name }) => name).join(", ");
  throw new UsageError(`--vary: needs one of ${names}: it is ${JSON.stringify(name)}`);
}

function pick(options: Options, flags: readonly Flag[], holds: (flag: Flag) => boolean): Options {
  return Object.fromEntries(flags.filter(holds).map(({ name }) => [name, options[name]!]));
}

function refuseWords([word]: readonly string[]): void {
  if (word === undefined) return;
  throw new UsageError(
    `unexpected argument ${JSON.stringify(word)}: the file of an experiment comes first, and ` +
      `options begin with --`,
  );
}

function queueOf(
  given: { queue?: string | undefined; clearQueue?: boolean } & z.output<z.ZodObject<typeof QUEUE>>,
): QueueAddress | null {
  const { queue, clearQueue = false, queueAuth, queueSecret, tlsCa } = given;
  if (queue !== undefined) return parseQueue(queue, { queueAuth, queueSecret, tlsCa });
  const unfit = clearQueue
    ? "--clear-queue"
    : queueAuth !== null
    ? "--queue-auth"
    : queueSecret !== null
    ? "--queue-secret"
    : tlsCa !== null
    ? "--tls-ca"
    : undefined;
  if (unfit === undefined) return null;
  throw new UsageError(`${unfit}: needs --queue, which says where`);
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
