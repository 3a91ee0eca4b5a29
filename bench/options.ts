/**
 * The command line of `deno task bench`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BUILD_NAMES, PEERS } from "./contenders.ts";

/** What was asked for. */
export interface Options {
  /** The builds of this library. */
  builds: string[];
  /** Other libraries. */
  peers: string[];
  /** The workloads; null for all. */
  only: string[] | null;
  /** Thread counts. */
  threads: number[];
  /** Shorter times. */
  quick: boolean;
  /** A file for the figures; null for none. */
  json: string | null;
  /** A file for the tables; null for none. */
  markdown: string | null;
  /** A file of figures to compare with; null for none. */
  compare: string | null;
  /** What part of the old speed is slower. */
  threshold: number;
  /** The command that runs Python. */
  python: string;
  /** Show help instead. */
  help: boolean;
}

/** All workloads. */
const WORKLOADS: readonly string[] = "W1 W2 W3 W3b W3p W3l W4 W4m W5 W6 W7 W8 W9 W10 WF".split(
  " ",
);

/** What `--help` says. */
export const HELP = `deno task bench [options]

Speed of this library's kernels in every build, in turns with each other and
with other libraries, beside what the processor can do: multiply-adds between
registers for W1 to W5, of 256 bits with V8's flags and of 128 without; copying
memory for W7. Results are checked first.

  --only W1,W3     these workloads only
  --threads 1,2    thread counts; default: 1 and the number of processors
  --builds wide    of wide, fast, strict (with V8's flags), "no flags" (fast)
  --peers numpy    also other libraries: "all", or of torch, numpy, jax-js,
                   tfjs, onnxruntime, onnxruntime-web; see bench/peers/README.md
  --python CMD     what runs Python; default: python3
  --quick          shorter and fewer repeats: figures that are roughly right
  --json FILE      write the figures
  --markdown FILE  write the tables, in a document between <!-- figures --> and
                   <!-- /figures -->
  --compare FILE   name the rows that are slower than in figures by --json, after
                   measuring these twice, and exit with 1 if there are any
  --threshold 0.9  what part of the old speed counts as slower
  --device webgpu  the GPU instead; its own --help tells the rest
  --help           this

  W1  n × n × n product               W4m our recipe's network, batch 100
  W2  products of a layer, batch 64   W5  inference of both networks
  W3  training step by batch size     W6  a whole process
  W3b batch 1 after 2,000 steps       W7  elementwise, a million elements
  W3p the paper's network, batch 1    W8  an add of 16 elements, a loop
  W3l through DataLoader and Trainer  W9  a small GPT: a step, and writing
  W4  a convolutional network, 64     W10 ResNet-20 and depthwise convolutions
                                      WF  fork and join of an empty job
`;

/** Splits a list, and throws an Error where one of it is not known. */
function listOf(option: string, text: string, known: readonly string[]): string[] {
  const names = text.split(",");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `${option}: ${known.join(", ")} can be named: it is ${JSON.stringify(unknown)}`,
    );
  }
  return names;
}

/** Reads the command line. Throws an Error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      builds: { type: "string" },
      peers: { type: "string" },
      only: { type: "string" },
      threads: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      markdown: { type: "string" },
      compare: { type: "string" },
      threshold: { type: "string", default: "0.9" },
      python: { type: "string", default: "python3" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { builds, peers, only } = values;
  const cores = navigator.hardwareConcurrency;
  const threads = values.threads?.split(",").map(Number) ?? [...new Set([1, cores])];
  if (!threads.every((n) => Number.isInteger(n) && n >= 1 && n <= cores)) {
    throw new Error(`--threads: whole numbers from 1 to ${cores} are needed: ${values.threads}`);
  }
  const threshold = Number(values.threshold);
  if (!(threshold > 0 && threshold <= 1)) {
    throw new Error(`--threshold: a number between 0 and 1 is needed: it is ${values.threshold}`);
  }
  const others = Object.keys(PEERS);
  return {
    builds: builds === undefined ? [...BUILD_NAMES] : listOf("--builds", builds, BUILD_NAMES),
    peers: peers === undefined ? [] : peers === "all" ? others : listOf("--peers", peers, others),
    only: only === undefined ? null : listOf("--only", only, WORKLOADS),
    threads,
    quick: values.quick,
    json: values.json ?? null,
    markdown: values.markdown ?? null,
    compare: values.compare ?? null,
    threshold,
    python: values.python,
    help: values.help,
  };
}
