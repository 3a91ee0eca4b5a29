/**
 * Trained networks, out of what a run has written or somebody else has.
 *
 * @module
 */
import { dirname } from "node:path";
import { DataError, io, type nn, train } from "@glim/glim";
import { judgedWeights } from "@glim/web";
import { loadArchitecture } from "../recipes/architecture.ts";
import { namedArchitecture } from "../recipes/named_architecture.ts";
import type { ImageKind } from "../recipes/recipe.ts";
import { Vote } from "../recipes/vote.ts";
import { isBegun, isFile, readConfig } from "../run_folder.ts";
import { checkNetworkConfig } from "../schemas.ts";
import { countParameters } from "../setting.ts";
import { UsageError } from "../usage_error.ts";
import { type Design, designOf, imageKindOf, recipeDesign } from "./design.ts";
import { designByKeys } from "./keys.ts";
import type { NetworkOptions } from "./options.ts";
import { messageOf } from "../messages.ts";

/** A network that can be asked, in evaluation mode. */
export interface TrainedNetwork extends ImageKind {
  /** The network: images → logits [b, classes]. */
  readonly model: nn.Module;
  /** Whether it takes images as [b, pixels], not as [b, 1, rows, columns]. */
  readonly isFlat: boolean;
  /** What it is, in a line. */
  readonly title: string;
  /** The folder of the data that its run was told of; null where there is none. */
  readonly dataDir: string | null;
  /** Whether the images that it learnt from are placed as MNIST's digits are. */
  readonly isCentred: boolean;
}

/** What a file tells of its network. */
interface Described {
  /** The name of the module of a network of one's own. */
  architecture?: unknown;
}

/** Weights and what is known of their network. */
interface Weights {
  state: nn.StateDict;
  /** What the run was configured with; undefined where nobody says. */
  config: unknown;
  /** Where they are from. */
  path: string;
}

/**
 * Loads the network that options name. What it is, is told by `--arch` or `--recipe`, else by the
 * config of its run, else by the names and shapes of its weights.
 *
 * Throws UsageError where there are no such weights, and where nothing tells what network they
 * belong to; DataError where they are damaged or belong to another.
 */
export async function loadTrained(options: NetworkOptions): Promise<TrainedNetwork> {
  const all = await readWeights(options.weights);
  const networks: nn.Module[] = [];
  let design: Design | undefined;
  for (const { state, config, path } of all) {
    design = await chooseDesign(options, state, config, path);
    networks.push(build(design, state, path));
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  }
  const { imageShape, classes, isFlat, title } = design!;
  const model = networks.length === 1 ? networks[0]! : new Vote(networks);
  const count = new Intl.NumberFormat("en").format(countParameters(model));
  const vote = networks.length === 1 ? "" : `${networks.length} networks that vote: `;
  return {
    model: model.eval(),
    imageShape,
    classes,
    isFlat,
    title: `${vote}${title}, ${count} parameters`,
    dataDir: dataDirOf(all[0]!.config),
    isCentred: isCentredBy(all[0]!.config),
  };
}

/** What a config says of the data's images. Where nobody has looked, MNIST is what they are. */
function isCentredBy(config: unknown): boolean {
  const { data } = Object(config) as { data?: unknown };
  const { isCentred } = Object(data) as { isCentred?: unknown };
  return isCentred !== false;
}

/** The `--data-dir` of a run. */
function dataDirOf(config: unknown): string | null {
  const { dataDir } = Object(config) as { dataDir?: unknown };
  return typeof dataDir === "string" ? dataDir : null;
}

/** The weights of a file, of a run, or of each run of an ensemble. */
async function readWeights(path: string): Promise<Weights[]> {
  if (await kindOf(path) === "file") {
    const folder = dirname(path);
    // A run's checkpoints are in a folder of theirs.
    const config = await configIn(folder) ?? await configIn(dirname(folder));
    return [await readFile(path, config)];
  }
  const config = await configIn(path);
  if (config === undefined) {
    // A grid's folder has no config, but weights that tell what they are.
    const weights = `${path}/weights.safetensors`;
    if (await isFile(weights)) return [await readFile(weights, undefined)];
    throw new UsageError(
      `--weights: needs a run's folder, which has config.json, or a file: ${path} has none`,
    );
  }
  const files = membersOf(config).map((member) => `${path}${member}/weights.safetensors`);
  return await Promise.all(files.map((file) => readFile(file, config)));
}

/** The folders of an ensemble's networks, behind the run's; of a single network the run's own. */
function membersOf(config: unknown): string[] {
  const { ensemble = 1, seed = 0 } = Object(config) as { ensemble?: number; seed?: number };
  if (!(ensemble > 1)) return [""];
  return Array.from({ length: ensemble }, (_, i) => `/seed-${seed + i}`);
}

async function kindOf(path: string): Promise<"file" | "folder"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UsageError(`--weights: there is no file or folder ${path}`, { cause });
    }
    throw new UsageError(`--weights: ${messageOf(cause)}`, { cause });
  }
}

/** What is in a folder's `config.json`, as far as it tells the network; undefined without one. */
async function configIn(folder: string): Promise<unknown> {
  if (!await isBegun(folder)) return undefined;
  return checkNetworkConfig(await readConfig(folder), `read ${folder}/config.json`);
}

/**
 * The weights in a file, or in a checkpoint. What the file itself tells of its network goes before
 * the config of the folder that it lies in, which is left to tell of places: it may be another's.
 */
async function readFile(path: string, folder: unknown): Promise<Weights> {
  const { tensors, metadata } = await io.loadSafetensorsFile(path);
  if (metadata["glim.checkpoint"] === undefined) {
    const own = metadata.config === undefined ? undefined : parseConfig(metadata.config, path);
    const told = own === undefined ? folder : { ...placesIn(folder, own), ...own };
    return { state: tensors, config: checkNetworkConfig(told ?? {}, path), path };
  }
  for (const tensor of tensors.values()) tensor[Symbol.dispose]();
  const checkpoint = await train.loadCheckpoint(path);
  // The page's tell what they are; the command line's lie in a run's folder.
  const { config: own, data } = Object(checkpoint.config) as { config?: object; data?: unknown };
  const config = checkNetworkConfig(own === undefined ? folder ?? {} : { ...own, data }, path);
  return { state: judgedWeights(checkpoint), config, path };
}

/** What only a run's folder knows: where its data are, and the module of a network of one's own. */
function placesIn(folder: unknown, { architecture }: Described): object {
  const { dataDir, arch, archSha256 } = Object(folder) as Record<string, unknown>;
  return { dataDir, ...(architecture === undefined ? {} : { arch, archSha256 }) };
}

function parseConfig(text: string, path: string): Described {
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw new DataError(`--weights: ${path}: its config is damaged: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function chooseDesign(
  { arch, recipe }: NetworkOptions,
  state: nn.StateDict,
  config: unknown,
  path: string,
): Promise<Design> {
  const images = imageKindOf(config, state);
  if (recipe !== null) return recipeDesign(recipe, images);
  const own = await namedArchitecture("--weights", path, { named: arch, config: Object(config) });
  if (own !== null) {
    const network = await loadArchitecture(own, images);
    return { ...images, network, isFlat: false, title: `The network of ${own}` };
  }
  const design = designOf(config, images) ?? designByKeys(state);
  if (design !== undefined) return design;
  const keys = Array.from(state, ([name, { shape }]) => `${name} [${shape.join(", ")}]`);
  const { architecture } = Object(config) as Described;
  const named = architecture === undefined ? "" : `, the network of ${String(architecture)}`;
  throw new UsageError(
    `--weights: ${path}: needs --arch or --recipe, which say what the network is${named}: ` +
      `its weights are ` +
      keys.slice(0, 4).join(", ") + (keys.length > 4 ? ` and ${keys.length - 4} more` : ""),
  );
}

/** Makes the network and gives it its weights. */
function build(
  { network, title, ...images }: Design,
  state: nn.StateDict,
  path: string,
): nn.Module {
  const model = network(images);
  try {
    model.loadStateDict(state);
  } catch (cause) {
    model[Symbol.dispose]();
    throw new DataError(
      `--weights: ${path} does not belong to the network (${title}): ${messageOf(cause)}`,
      { cause },
    );
  }
  return model;
}
