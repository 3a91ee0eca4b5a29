/**
 * The commands `grid` and `worker` of `deno task train`, and their options.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { ACTIVATIONS, MAX_BATCH } from "../options.ts";
import { UsageError } from "../usage_error.ts";
import { parseDecimal, parsePath, parseWhole, parseWord } from "../values.ts";
import type { GridSpec } from "./configurations.ts";
import { parseQueue, type QueueAddress, type RawQueue } from "./queue_address.ts";

/** A grid, with every choice made. */
export interface GridOptions {
  /** What is run, but for what it is run with. */
  spec: Omit<GridSpec, "library" | "data">;
  /** Trials that run at once on this machine. */
  jobs: number;
  /** The folder of the data files; null to look where they usually are. */
  dataDir: string | null;
  /** The folder that results are kept in. */
  out: string;
  /** The server that hands the trials to workers; null to run them here. */
  queue: QueueAddress | null;
  /** Remove other grids from the server first. */
  clearQueue: boolean;
  /** Evaluate the test set though that was done before. */
  again: boolean;
  /** Print nothing while training. */
  quiet: boolean;
}

/** A worker, with every choice made. */
export interface WorkerOptions {
  /** The server that trials come from. */
  queue: QueueAddress;
  /** Trials that run at once. */
  jobs: number;
  /** The folder of the data files; null to look where they usually are. */
  dataDir: string | null;
  /** End when a grid is finished. */
  once: boolean;
  /** Print nothing while training. */
  quiet: boolean;
}

/** The paper's grid. */
const FULL = {
  layers: "2,3,5",
  lrDecay: "0.5,off",
  momentum: "0.9,off",
  activation: "tanh,relu",
  hidden: "100",
  lr: "0.01",
  batchSize: "1",
  epochs: "10",
  seeds: "3",
  out: "runs/grid",
};

/** A small part of it that shows every step in under a minute. */
const QUICK: typeof FULL = {
  ...FULL,
  layers: "2,3",
  lrDecay: "0.5",
  momentum: "off",
  epochs: "2",
  seeds: "2",
  out: "runs/grid-quick",
};

type RawGrid = Partial<typeof FULL> & RawQueue & {
  jobs?: string;
  dataDir?: string;
  clearQueue?: boolean;
  quick?: boolean;
  again?: boolean;
  quiet?: boolean;
};

const JOBS = new Option("--jobs <n>", "trials at once, a thread each (default: all processors)");
const DATA = new Option(
  "--data-dir <folder>",
  "MNIST's four files, plain or .gz (default: looks for them)",
);
const QUIET = new Option("--quiet", "print nothing while training");

/** The options that go with `--queue`. */
const QUEUE_ONLY = [
  new Option("--queue-auth <file>", "user:password, a token, or a .creds file, for the server"),
  new Option(
    "--queue-secret <file>",
    "a secret that signs trials and results, for grid and workers",
  ),
  new Option(
    "--tls-ca <file>",
    "encrypt, and check the server by the certificates in a PEM file",
  ),
];
const CLEAR = new Option("--clear-queue", "remove what other grids have left on the server");

/** Adds the two commands to a program. */
export function addGridCommands(
  program: Command,
  { grid, worker }: {
    grid: (options: GridOptions) => Promise<void> | void;
    worker: (options: WorkerOptions) => Promise<void> | void;
  },
): void {
  const list = (flags: string, text: string, key: keyof typeof FULL) =>
    new Option(flags, `${text} (default: ${FULL[key]})`);
  const command = program.command("grid")
    .description("Train every combination of some choices, and say what each of them does.");
  const options = [
    list("--layers <list>", "numbers of linear layers", "layers"),
    list("--lr-decay <list>", "factors of the learning rate's decay, or off", "lrDecay"),
    list("--momentum <list>", "betas of the momentum, or off", "momentum"),
    list("--activation <list>", "activations", "activation"),
    list("--hidden <n>", "width of each layer but the last", "hidden"),
    list("--lr <rate>", "learning rate of the first epoch", "lr"),
    list("--batch-size <n>", "samples a step", "batchSize"),
    list("--epochs <n>", "passes over the training set", "epochs"),
    list("--seeds <n>", "repeats of each configuration, with seeds from 0", "seeds"),
    new Option("--quick", "4 configurations, 2 seeds, 2 epochs, unless options say else"),
    JOBS,
    list("--out <folder>", "where results are kept; a grid goes on from what is there", "out"),
    DATA,
    new Option("--queue <url>", "hand the trials to workers over a NATS server with JetStream"),
    ...QUEUE_ONLY,
    CLEAR,
    new Option("--again", "evaluate the test set once more"),
    QUIET,
  ];
  for (const option of options) command.addOption(option);
  command.action(async (raw: RawGrid) => await grid(readGridOptions(raw)));

  const help = program.command("worker")
    .description("Run trials of a grid that another process has put into a queue.")
    .addOption(new Option("--queue <url>", "the NATS server").makeOptionMandatory());
  for (const option of [...QUEUE_ONLY, JOBS, DATA]) help.addOption(option);
  help.addOption(new Option("--once", "end when a grid is finished, do not wait for the next"));
  help.addOption(QUIET);
  help.action(async (raw: RawGrid & { once?: boolean }) =>
    await worker({
      queue: parseQueue(raw),
      jobs: parseJobs(raw.jobs),
      dataDir: raw.dataDir === undefined ? null : parsePath("--data-dir", raw.dataDir),
      once: raw.once ?? false,
      quiet: raw.quiet ?? false,
    })
  );
}

/** Checks what commander read. Throws UsageError, which names the option. */
export function readGridOptions(raw: RawGrid): GridOptions {
  const many = Number.MAX_SAFE_INTEGER;
  const texts = { ...(raw.quick ? QUICK : FULL), ...raw } as typeof FULL;
  const decay = "numbers above 0 and below 1, or off";
  const beta = "numbers from 0 to below 1, or off";
  const unfit = [...QUEUE_ONLY, CLEAR].find((option) =>
    raw.queue === undefined && raw[option.attributeName() as keyof RawGrid] !== undefined
  );
  if (unfit !== undefined) throw new UsageError(`${unfit.long}: needs --queue, which says where`);
  return {
    spec: {
      layers: parseList(texts.layers, (text) => parseWhole("--layers", text, 1, 100)),
      lrDecay: parseList(
        texts.lrDecay,
        (text) => parseOff("--lr-decay", text, decay, (x) => x > 0 && x < 1),
      ),
      momentum: parseList(
        texts.momentum,
        (text) => parseOff("--momentum", text, beta, (x) => x >= 0 && x < 1),
      ),
      activation: parseList(
        texts.activation,
        (text) => parseWord("--activation", text, ACTIVATIONS),
      ),
      hidden: parseWhole("--hidden", texts.hidden, 1, 100_000),
      lr: parseDecimal("--lr", texts.lr, "a number above 0", (x) => x > 0 && x < Infinity),
      batchSize: parseWhole("--batch-size", texts.batchSize, 1, MAX_BATCH),
      epochs: parseWhole("--epochs", texts.epochs, 1, many),
      seeds: parseWhole("--seeds", texts.seeds, 1, 1000),
    },
    jobs: parseJobs(raw.jobs),
    dataDir: raw.dataDir === undefined ? null : parsePath("--data-dir", raw.dataDir),
    out: parsePath("--out", texts.out),
    queue: raw.queue === undefined ? null : parseQueue(raw),
    clearQueue: raw.clearQueue ?? false,
    again: raw.again ?? false,
    quiet: raw.quiet ?? false,
  };
}

/**
 * A list, each value once, in the order of the paper's table: numbers up, off after them, and words
 * from the last letter of the alphabet. So the same values are the same grid in any order.
 */
function parseList<T extends number | string | null>(
  text: string,
  parse: (text: string) => T,
): T[] {
  const values = text.split(",").map((part) => parse(part.trim()));
  return [...new Set(values)].sort((a, b) => {
    if (a === null || b === null) return a === null ? 1 : -1;
    if (typeof a === "string") return a < b ? 1 : -1;
    return (a as number) - (b as number);
  });
}

function parseOff(
  option: string,
  text: string,
  needs: string,
  holds: (value: number) => boolean,
): number | null {
  return text.toLowerCase() === "off" ? null : parseDecimal(option, text, needs, holds);
}

/** More trials than processors would only slow each other down. */
function parseJobs(text: string | undefined): number {
  const cores = navigator.hardwareConcurrency;
  return text === undefined ? cores : parseWhole("--jobs", text, 1, cores);
}
