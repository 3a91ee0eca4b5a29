/** Trained networks, out of what a run has written or somebody else has. */
import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import { DataError, io, type nn, train } from "@glim/glim";
import { judgedWeights, textData, type WritingNote } from "@glim/web";
import { Vote } from "../ensemble.ts";
import {
  type Built,
  type DataInfo,
  type Experiment,
  type Options,
  titleOf,
} from "../experiment.ts";
import { countParameters } from "../fit.ts";
import { check, type Flag, flagsOf, text, type Typed } from "../flags.ts";
import { experimentOfRecipe, modernConfig, PAGE, PAPER } from "../former.ts";
import { checkPrograms, type Loaded, loadExperiment, loadNamed } from "../load.ts";
import { messageOf, UsageError } from "../errors.ts";
import { isFile, kindOf } from "../files.ts";
import { type Config, isBegun, readConfig } from "../run_folder.ts";

/** A network that can be asked, in evaluation mode. */
export interface TrainedNetwork {
  readonly model: nn.Module;
  /** The loss that it is judged by. */
  readonly loss: train.Loss;
  /** What it writes on from a text; absent where it writes none. */
  readonly write?: Built["write"];
  readonly experiment: Experiment;
  readonly options: Options;
  /** What is known of the data that it learnt from. */
  readonly data: KnownData;
  /** What it is, in a line. */
  readonly title: string;
}

/** What is known of data, and of a sample. */
export type KnownData = DataInfo & { readonly inputShape: readonly number[] };

/** Weights and what is known of their network. */
interface Weights {
  state: nn.StateDict;
  /** What the run was configured with; empty where nobody says. */
  config: Config;
  path: string;
}

/** What was typed: the weights, the file of an experiment, and that of a network of one's own. */
export interface Named {
  readonly weights: string;
  readonly file: string | undefined;
  readonly arch: string | undefined;
}

/** What of a config tells which network it is. */
const NETWORK = z.looseObject({
  imageShape: z.array(z.int().min(1).max(4096)).min(2).max(2),
  classes: z.int().min(1).max(10_000),
  ensemble: z.int().min(1).max(1000),
  seed: z.int().min(0).max(2 ** 32 - 1),
  arch: text.nullable().meta({ path: "program" }),
  dataDir: text.nullable().meta({ path: "read" }),
  data: z.looseObject({ inputShape: z.array(z.int().min(1)).max(8) }).partial(),
}).partial();

/**
 * Loads the network that was named. What it is, is told by the file of an experiment, else by the
 * config of its run, else by the names and shapes of its weights.
 *
 * Throws UsageError where there are no such weights, and where nothing tells what network they
 * belong to; DataError where they are damaged or belong to another.
 *
 * @param read Reads what else was typed, once the experiment's own options are known.
 */
export async function loadTrained(
  named: Named,
  read: (own: readonly Flag[]) => Typed["values"],
): Promise<TrainedNetwork> {
  const all = await readWeights(named.weights);
  const { config, path } = all[0]!;
  const told = config.experiment === undefined ? await configByWeights(named, all[0]!) : config;
  const loaded = await loadNamed(named.file, told, "--weights", path);
  const own = flagsOf(loaded.experiment.schema)
    .filter(({ path, reading }) => path !== undefined || reading);
  const values = read(own);
  const { options, data } = knownOf(loaded, told, all[0]!);
  await checkPrograms(own, { config: told, values }, "--weights", path);
  const chosen = { ...options, ...values };
  const built: Built[] = [];
  for (const weights of all) built.push(await build(loaded, chosen, data, weights));
  const { loss, evaluationLoss = loss, write } = built[0]!;
  const models = built.map(({ model }) => model);
  const model = models.length === 1 ? models[0]! : new Vote(models, data.classes !== undefined);
  const count = new Intl.NumberFormat("en").format(countParameters(model));
  const vote = models.length === 1 ? "" : `${models.length} networks that vote: `;
  const guess = told.guess === undefined ? "" : ` (${told.guess})`;
  const title = `${vote}${titleOf(loaded.experiment, chosen, data)}${guess}, ${count} parameters`;
  const { experiment } = loaded;
  const known = { loss: evaluationLoss, experiment, options: chosen, data, title };
  return { model: model.eval(), ...known, ...models.length === 1 ? { write } : {} };
}

/** What a config tells of the options and the data; of images that it does not tell, MNIST's. */
function knownOf(
  { experiment, name }: Loaded,
  config: Config,
  { state, path }: Weights,
): { options: Options; data: KnownData } {
  const known = check(NETWORK, config, path);
  const options = check(experiment.schema, config, path) as Options;
  const about = { name: "", ...known.data };
  if (about.inputShape !== undefined) {
    const { imageShape, classes } = known;
    return { options, data: { ...about, imageShape, classes } as unknown as KnownData };
  }
  const { imageShape = [28, 28], classes = classesOf(state) } = known;
  const [rows, columns] = imageShape as [number, number];
  const isFlat = name === PAPER || name === PAGE;
  const inputShape = isFlat ? [rows * columns] : [1, rows, columns];
  return { options, data: { ...about, imageShape: [rows, columns], classes, inputShape } };
}

/** How many logits the last weight gives. */
function classesOf(state: nn.StateDict): number {
  return Array.from(state.values()).filter(({ ndim }) => ndim === 2).at(-1)?.shape[0] ?? 10;
}

/** The weights of a file, of a run, or of each run of an ensemble. */
async function readWeights(path: string): Promise<Weights[]> {
  const kind = kindOf(path);
  if (kind === "nothing") throw new UsageError(`--weights: there is no file or folder ${path}`);
  if (kind === "file") {
    const folder = dirname(path);
    // A run's checkpoints are in a folder of theirs.
    return [await readFile(path, await configIn(folder) ?? await configIn(dirname(folder)))];
  }
  const config = await configIn(path);
  const own = `${path}/weights.safetensors`;
  // A study's folder has no config, but weights that tell what they are.
  if (config === undefined && isFile(own)) return [await readFile(own, undefined)];
  if (config === undefined) {
    throw new UsageError(
      `--weights: needs a run's folder, which has config.json, or a file: ${path} has none`,
    );
  }
  const { ensemble = 1, seed = 0 } = check(NETWORK, config, `read ${path}/config.json`);
  const members = Array.from(
    { length: ensemble },
    (_, i) => ensemble === 1 ? own : `${path}/seed-${seed + i}/weights.safetensors`,
  );
  return await Promise.all(members.map((file) => readFile(file, config)));
}

/** What is in a folder's `config.json`; undefined without one. */
async function configIn(folder: string): Promise<Config | undefined> {
  if (!isBegun(folder)) return undefined;
  const config = modernConfig(await readConfig(folder));
  return check(NETWORK, config, `read ${folder}/config.json`) as Config;
}

/**
 * The weights in a file, or in a checkpoint. What the file itself tells of its network goes before
 * the config of the folder that it lies in, which is left to tell of places: it may be another's.
 */
async function readFile(path: string, folder: Config | undefined): Promise<Weights> {
  const { tensors, metadata } = await io.loadSafetensorsFile(path);
  if (metadata["glim.checkpoint"] === undefined) {
    if (metadata.config === undefined) return { state: tensors, config: folder ?? {}, path };
    const own = modernConfig(parseConfig(metadata.config, path));
    return { state: tensors, config: withPlaces(own, folder), path };
  }
  for (const tensor of tensors.values()) tensor[Symbol.dispose]();
  const checkpoint = await train.loadCheckpoint(path);
  return {
    state: judgedWeights(checkpoint),
    config: toldBy(checkpoint, path) ?? folder ?? {},
    path,
  };
}

/** What a checkpoint tells of its network: the page's do, others lie in a run's folder. */
function toldBy({ config }: train.Checkpoint, path: string): Config | undefined {
  const note = Object(config) as { config?: object; data?: unknown } | WritingNote;
  if (note.config === undefined) return undefined;
  if (!("text" in note)) return modernConfig({ ...note.config, data: note.data ?? {} });
  const { experiment, config: own, text } = note;
  const { characters } = textData(text, own);
  const data = { name: path, characters, inputShape: [own.context] };
  return { experiment, ...own, file: resolve(path), data }; // which has the text
}

/** What the file itself tells, and what only its folder knows: where things are, and which programs. */
function withPlaces(own: Config, folder: Config = {}): Config {
  const { dataDir = null, experiment, sha256, arch, archSha256 } = folder;
  if (own.experiment === undefined) return { dataDir, ...own };
  const { checksums } = Object(folder.data) as { checksums?: unknown };
  const isSame = (told: unknown, place: unknown) =>
    typeof told === "string" && basename(told) === basename(String(place));
  return {
    ...folder,
    ...own,
    ...isSame(own.experiment, experiment) ? { experiment, sha256 } : {},
    ...checksums === undefined ? {} : { data: { checksums, ...Object(own.data) } },
    ...isSame(own.arch, arch) ? { arch, archSha256 } : {},
  };
}

function parseConfig(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`--weights: ${path}: its config is damaged: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/**
 * The config of weights that have none: an experiment that was named, with its defaults, or one of
 * the paper's networks or of the convolutional ones, told by names and shapes. The weights of a network
 * with tanh look as those with ReLU do: ReLU is what is taken.
 */
async function configByWeights({ file, arch }: Named, { state, path }: Weights): Promise<Config> {
  if (file !== undefined) return { experiment: (await loadExperiment(file)).name };
  if (arch !== undefined) return { experiment: experimentOfRecipe("medium"), arch };
  const linear = linearConfig(state);
  if (linear !== undefined) return linear;
  const found = Array.from(state, ([name, { shape }]) => `${name} [${shape.join(", ")}]`);
  for (const recipe of ["medium", "small"]) {
    const experiment = experimentOfRecipe(recipe);
    const first = state.get("net.0.weight")?.shape[0];
    if (first === { medium: 24, small: 16 }[recipe] && state.size === 32) return { experiment };
  }
  throw new UsageError(
    `--weights: ${path}: needs the file of its experiment, which says what the network is: its ` +
      `weights are ${found.slice(0, 4).join(", ")}` +
      (found.length > 4 ? ` and ${found.length - 4} more` : ""),
  );
}

/** `layers.0.weight`, `layers.2.weight` …: linear layers with activations between them. */
function linearConfig(state: nn.StateDict): Config | undefined {
  const prefix = state.has("1.layers.0.weight") ? "1." : "";
  const [hidden, inputs] = state.get(`${prefix}layers.0.weight`)?.shape ?? [];
  const side = Math.sqrt(inputs ?? NaN);
  const layers = state.size / 2;
  const last = state.get(`${prefix}layers.${2 * layers - 2}.weight`);
  if (!Number.isInteger(side) || last === undefined) return undefined;
  for (const [name, tensor] of prefix === "" ? [] : [...state]) {
    state.delete(name);
    state.set(name.slice(prefix.length), tensor);
  }
  const guess = layers === 1 ? {} : { guess: "ReLU is a guess" };
  const shape = { imageShape: [side, side], classes: last.shape[0] };
  return { experiment: PAPER, layers, hidden, ...shape, ...guess };
}

/** Makes the network and gives it its weights. */
async function build(
  { experiment }: Loaded,
  options: Options,
  data: KnownData,
  { state, path, config }: Weights,
): Promise<Built> {
  const seed = Number(config.seed ?? 0);
  const built = await experiment.build({ options, data, seed, steps: options.epochs });
  built.optimizer[Symbol.dispose]();
  built.averagedModel?.[Symbol.dispose]();
  try {
    built.model.loadStateDict(state);
  } catch (cause) {
    built.model[Symbol.dispose]();
    const title = titleOf(experiment, options, data);
    throw new DataError(
      `--weights: ${path} does not belong to the network (${title}): ${messageOf(cause)}`,
      { cause },
    );
  } finally {
    for (const tensor of state.values()) tensor[Symbol.dispose]();
  }
  return built;
}
