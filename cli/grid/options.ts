/**
 * The commands `grid` and `worker` of `deno task train`, and their options.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { ACTIVATIONS, MAX_BATCH } from "../options.ts";
import { UsageError } from "../usage_error.ts";
import { parseDecimal, parsePath, parseWhole, parseWord } from "../values.ts";
import type { GridSpec } from "./grid_spec.ts";
import { PAPER_VARY, QUICK_VARY } from "./paper.ts";
import type { Provenance } from "./provenance.ts";
import { parseQueue, type QueueAddress, type RawQueue } from "./queue_address.ts";
import type { OptionValue } from "./trial.ts";

/** A grid, with every choice made. */
export interface GridOptions {
  /** What is run, but for what it is run with. */
  spec: Omit<GridSpec, keyof Provenance>;
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

/** What is the same for all trials of a grid, and about it. */
const FIXED = ["hidden", "lr", "batchSize", "epochs", "seeds", "out"] as const;

/** The paper's grid. */
const FULL: Record<keyof typeof PAPER_VARY | typeof FIXED[number], string> = {
  ...PAPER_VARY,
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
  ...QUICK_VARY,
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
      vary: {
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
      },
      options: {
        hidden: parseWhole("--hidden", texts.hidden, 1, 100_000),
        lr: parseDecimal("--lr", texts.lr, "a number above 0", (x) => x > 0 && x < Infinity),
        batchSize: parseWhole("--batch-size", texts.batchSize, 1, MAX_BATCH),
        epochs: parseWhole("--epochs", texts.epochs, 1, many),
      },
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

/** A list, each value once, in the order they were typed. */
function parseList<T extends OptionValue>(text: string, parse: (text: string) => T): T[] {
  return [...new Set(text.split(",").map((part) => parse(part.trim())))];
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
