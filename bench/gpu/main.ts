/**
 * `deno task bench --device webgpu`: what training asks of the host and of the GPU, by this library and
 * others on the same work, in a process each.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Figures } from "./common.ts";
import { disagreements, gpuTables } from "./tables.ts";

/** What `--help` says. */
const GPU_HELP = `deno task bench --device webgpu [options]

Steps of two networks of batch 64 and of two GPTs, products of matrices and attention
on the GPU, with what a step asks of the host: its time without the engine's own
submits, and how often WebGPU is called. The losses of all libraries are compared first.

  --peers all      also other libraries: "all", or of jax-js, tfjs
  --only mlp,cnn   of mlp, cnn, gpt, products, attention; default: all
  --sizes 256,512  of products; default: 256,1024,2048,4096
  --quick          shorter: figures that are roughly right
  --json FILE      write the figures
  --help           this
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  glim: "glim.ts",
  "jax-js": "jax_js.ts",
  tfjs: "tfjs.ts",
};

/** What was asked for. */
export interface GpuOptions {
  programs: string[];
  only: string;
  sizes: string;
  milliseconds: number;
  json: string | null;
  help: boolean;
}

/** Reads the command line. Throws an Error that says what is wrong with it. */
export function readGpuOptions(args: readonly string[]): GpuOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      device: { type: "string" },
      peers: { type: "string", default: "" },
      only: { type: "string", default: "mlp,cnn,gpt,products,attention" },
      sizes: { type: "string", default: "256,1024,2048,4096" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const need = (option: string, list: string, known: RegExp, form: string) => {
    if (list !== "" && !list.split(",").every((word) => known.test(word))) {
      throw new Error(`${option}: ${form} can be named: it is ${JSON.stringify(list)}`);
    }
  };
  need("--device", values.device ?? "", /^webgpu$/, "webgpu");
  need("--peers", values.peers, /^(all|jax-js|tfjs)$/, "all, jax-js and tfjs");
  need(
    "--only",
    values.only,
    /^(mlp|cnn|gpt|products|attention)$/,
    "mlp, cnn, gpt, products and attention",
  );
  need("--sizes", values.sizes, /^[1-9]\d{0,4}$/, "whole numbers");
  const peers = values.peers === "all" ? ["jax-js", "tfjs"] : values.peers.split(",");
  return {
    programs: ["glim", ...peers.filter((peer) => peer !== "")],
    only: values.only,
    sizes: values.sizes,
    milliseconds: values.quick ? 300 : 1500,
    json: values.json ?? null,
    help: values.help,
  };
}

async function run(program: string, options: GpuOptions): Promise<Figures[]> {
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const { milliseconds, only, sizes } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all", // the packages of others ask for much
      `--config=${path("../peers/deno.json")}`,
      path(PROGRAMS[program]!),
      String(milliseconds),
      only,
      sizes,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { stdout } = await child.output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** The whole command. Returns its exit code. */
export async function benchGpu(args: readonly string[]): Promise<number> {
  let options: GpuOptions;
  try {
    options = readGpuOptions(args);
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    return 2;
  }
  if (options.help) {
    console.log(GPU_HELP);
    return 0;
  }
  const figures: Figures[] = [];
  for (const program of options.programs) figures.push(...await run(program, options));
  const wrong = disagreements(figures);
  for (const sentence of wrong) console.error(sentence);
  console.log(gpuTables(figures));
  if (options.json !== null) {
    Deno.writeTextFileSync(options.json, JSON.stringify(figures, null, 2) + "\n");
  }
  return wrong.length === 0 && figures.length > 0 ? 0 : 1;
}
