/**
 * A run's `config.json`: all that decides about it, and what it was made with.
 *
 *     { "experiment": "experiments/paper.ts", "sha256": …,
 *       …the experiment's options…, …those of every run…,
 *       "imageShape": …, "classes": …, "data": {…}, "environment": {…}, "command": …, "started": … }
 *
 * And its weights' file, which tells what network they belong to, so that it can be opened alone: by
 * `predict` and `eval`, and in the page.
 */
import { DataError, getKernelBuild, io, type nn, VERSION } from "@glim/glim";
import { device, openGpu } from "./device.ts";
import { basename, resolve } from "node:path";
import { z } from "zod";
import type { Data, Experiment, Options } from "./experiment.ts";
import { checksumsOf, infoOf } from "./fit.ts";
import { check, flagsOf, text } from "./flags.ts";
import { isOwn, type Loaded, sourcesHash } from "./load.ts";
import { memory } from "./rows.ts";
import type { Config } from "./run_folder.ts";
import { ownCommand } from "./words.ts";

const cores = navigator.hardwareConcurrency;

/** What every run is told, whatever it trains. */
const RUN = z.object({
  seed: z.int().min(0).max(2 ** 32 - 1).default(0).describe("where all random numbers begin"),
  threads: z.int().min(1).max(cores).describe("threads that an operation is split over")
    .default(cores),
  ensemble: z.int().min(1).max(1000).default(1)
    .describe("train so many networks, with seeds from --seed on, and let them vote"),
  checkpointEvery: z.int().min(1).nullable().default(null)
    .describe("steps between checkpoints, which --resume goes on from"),
  device,
  memory,
});
export type RunOptions = Readonly<z.output<typeof RUN>>;

/** The schema of what a run of an experiment is told besides the experiment's own options. */
export function runSchema({ threads = cores }: Pick<Experiment, "threads">): z.ZodObject {
  return RUN.extend({ threads: RUN.shape.threads.unwrap().default(Math.min(threads, cores)) });
}

/** The values of those options, checked, with defaults for what is not given. */
export function runOptionsOf(experiment: Experiment, values: object): RunOptions {
  return runSchema(experiment).parse(values) as RunOptions;
}

/** What of any config is read, whatever was trained. */
const ANY = z.looseObject({
  experiment: text,
  sha256: z.string("a SHA-256").regex(/^[0-9a-f]{64}$/, "a SHA-256").optional(),
  ...RUN.extend({ threads: z.int().min(1).max(65_536) }).shape,
  imageShape: z.array(z.int().min(1).max(4096)).min(2).max(2).optional(),
  inputShape: z.array(z.int().min(1)).max(8).optional(),
  classes: z.int().min(1).max(10_000).optional(),
  data: z.looseObject({ name: text, checksums: z.array(text).max(16) }),
});

/** The config of a run that begins. */
export async function configOf(
  { experiment, name, sha256 }: Loaded,
  { options, run, data, out }: { options: Options; run: RunOptions; data: Data; out: string },
): Promise<Config> {
  const { imageShape, classes, checksums: _, ...info } = infoOf(data);
  const programs: Record<string, string> = {};
  for (const { name, path } of flagsOf(experiment.schema)) {
    if (path !== "program" || options[name] === null) continue;
    programs[name] = resolve(String(options[name]));
    programs[`${name}Sha256`] = await sourcesHash(programs[name]);
  }
  const config = {
    experiment: name,
    sha256,
    ...options,
    ...programs,
    ...run,
    out,
    imageShape,
    classes,
    data: {
      ...info,
      checksums: await checksumsOf(data),
      inputShape: data.train.get(0)[0].shape,
    },
    environment: {
      glim: VERSION,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      target: Deno.build.target,
      kernels: getKernelBuild(),
      gpu: run.device === "webgpu" ? await openGpu() : undefined,
    },
    command: ownCommand(),
    started: new Date().toISOString(),
  };
  return JSON.parse(JSON.stringify(config)); // what is undefined is not told
}

/** A config, checked. Throws DataError, which names `where` it is from and the field that is odd. */
export function readRunConfig({ schema }: Experiment, config: unknown, where: string) {
  const { seed, threads, ensemble, checkpointEvery, device, memory } = check(ANY, config, where);
  const options = check(schema, config, where) as Options;
  return {
    options,
    // the machine may be another
    run: { seed, threads: Math.min(threads, cores), ensemble, checkpointEvery, device, memory },
  };
}

/** DataError where a run was begun with other data than those that are there. */
export async function checkData(config: Config, data: Data): Promise<void> {
  const before = config.data as { name: string; dir?: string; checksums: readonly string[] };
  if (JSON.stringify(before.checksums) === JSON.stringify(await checksumsOf(data))) return;
  const show = ({ name, dir }: { name: string; dir?: string | undefined }) =>
    dir === undefined ? name : `${name} from ${dir}`;
  throw new DataError(
    `resume: the data must be the same: they were ${show(before)}, now they are ${show(data)}`,
  );
}

/**
 * A model's weights as a safetensors file, whose metadata has `about` as `config`: what
 * {@link networkConfig} gives.
 */
export async function encodeWeights(
  model: nn.Module,
  about: Config,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const state = model.stateDict();
  try {
    for (const tensor of new Set(state.values())) {
      if (tensor.device === "cpu") continue; // the others may not be read at once
      const copy = await tensor.cpu();
      for (const [name, other] of state) if (other === tensor) state.set(name, copy);
      tensor[Symbol.dispose]();
    }
    return io.encodeSafetensors(state, { ...metadata, config: JSON.stringify(about) });
  } finally {
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  }
}

/**
 * What of a run's config tells of its network, without places and times: the same training gives the
 * same file anywhere. Of a program only the file's own name: nobody's runs because some weights name it.
 */
export function networkConfig({ schema }: Experiment, config: Config): Config {
  const { experiment, seed, imageShape, classes, data } = config;
  // not where they are and what is told of them
  const { name, isCentred, inputShape, dir: _, checksums: _c, notes: _n, ...more } = Object(
    data,
  ) as Config;
  const options = flagsOf(schema).filter(({ path }) => path === undefined || path === "program")
    .map(({ name, path }) => {
      const value = config[name];
      return [name, path === "program" && value ? basename(String(value)) : value];
    });
  const file = String(experiment);
  return {
    experiment: isOwn(file) ? file : basename(file),
    ...Object.fromEntries(options),
    seed,
    imageShape,
    classes,
    data: { name, isCentred, inputShape, ...more },
  };
}
