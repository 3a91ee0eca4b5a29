/**
 * The command line of `deno task bench`.
 *
 * @module
 */
import { parseArgs } from "node:util";

/** What was asked for. */
export interface Options {
  /** Files of other libraries' figures. */
  peers: string[];
  /** Lines of JSON instead of a table. */
  json: boolean;
  /** The workloads; null for all. */
  only: string[] | null;
  /** Thread counts. */
  threads: number[];
  /** Shorter times. */
  quick: boolean;
  /** The build with the same bits everywhere. */
  strict: boolean;
  /** Show help instead. */
  help: boolean;
}

/** What `--help` says. */
export const HELP = `deno task bench [options]

Speed of Glim, of each figure best / median of several repeats, beside the machine's limit: 128-bit
multiply-adds on registers for W1 to W5, copying memory for W7.

  --only W1,W3    these workloads only
  --threads 1,2   thread counts; default: 1 and the number of processors
  --quick         shorter and fewer repeats, for figures that are only roughly right
  --strict        the strict build of the kernels
  --json          a line of JSON for each figure instead of the table
  --peers FILE    other libraries' figures beside ours, from such lines; may be given again
  --help          this

  W1  n × n × n product                W5  inference of both networks, batch 1 and 256
  W2  products of a layer, batch 64    W6  a whole process (needs --allow-run)
  W3  training step by batch size      W7  relu, tanh, exp, add, softmax on a million elements
  W3r the paper's network, batch 1     W8  an add of 16 elements
  W4  convolutional training step, 64  WF  fork and join of an empty job
  W4m the recipe medium, batch 100
`;

/** Reads the command line. Throws an Error that says what is wrong with it. */
export function readOptions(args: readonly string[], workloads: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peers: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      only: { type: "string" },
      threads: { type: "string" },
      quick: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const only = values.only?.split(",") ?? null;
  const unknown = only?.find((name) => !workloads.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only: workloads are ${workloads.join(", ")}: there is no ${unknown}`);
  }
  const cores = navigator.hardwareConcurrency;
  const threads = values.threads?.split(",").map(Number) ?? [...new Set([1, cores])];
  const wrong = threads.find((n) => !Number.isInteger(n) || n < 1 || n > 64);
  if (wrong !== undefined) {
    throw new Error(
      `--threads: whole numbers from 1 to 64 are needed: ${values.threads} was given`,
    );
  }
  return { ...values, only, threads };
}
