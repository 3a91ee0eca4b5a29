/**
 * The commands `predict` and `eval` of `deno task train`, and their options.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { RECIPES } from "../recipes/recipes.ts";
import { UsageError } from "../usage_error.ts";
import { parsePath, parseWord } from "../values.ts";

/** Which network answers. */
export interface NetworkOptions {
  /** A run's folder, or a file of weights or of a checkpoint. */
  weights: string;
  /** The file of the user's own network; null to find out what the network is. */
  arch: string | null;
  /** The name of the recipe that the network is of; null to find out. */
  recipe: string | null;
}

/** What to read from pictures. */
export interface PredictOptions extends NetworkOptions {
  /** PNG, JPEG and IDX files, and folders of pictures. */
  images: string[];
  /** Which images of an IDX file; null for its first ones. */
  index: number[] | null;
  /** Whether pictures are prepared as MNIST was, not taken as they are; null: by the data. */
  center: boolean | null;
  /** Where to write what the network saw; null for nowhere. */
  picture: string | null;
  /** Print JSON. */
  json: boolean;
}

/** The parts of a data set. */
export const SETS = ["test", "dev", "train"] as const;

/** What to judge a network by. */
export interface EvalOptions extends NetworkOptions {
  /** The folder of the data files; null for those of the run, or where they usually are. */
  dataDir: string | null;
  /** Which part of the data. */
  set: typeof SETS[number];
  /** Print JSON. */
  json: boolean;
}

interface RawOptions {
  weights: string;
  arch?: string;
  recipe?: string;
  index?: string;
  center?: boolean;
  picture?: string;
  dataDir?: string;
  set?: string;
  json?: boolean;
}

/** The most images that `--index` names. */
const MAX_IMAGES = 1000;

const JSON_OPTION = new Option("--json", "print JSON");

/** Adds the two commands to a program. */
export function addTrainedCommands(
  program: Command,
  { predict, evaluate }: {
    predict: (options: PredictOptions) => Promise<void> | void;
    evaluate: (options: EvalOptions) => Promise<void> | void;
  },
): void {
  const names = RECIPES.map(({ name }) => name);
  const network = [
    new Option("--weights <path>", "a run's folder, or a file of weights or of a checkpoint")
      .makeOptionMandatory(),
    new Option("--recipe <name>", `the recipe of the network: ${names.join(", ")}`),
    new Option("--arch <file>", "the file of a network of your own"),
  ];
  const predictCommand = program.command("predict")
    .description("Read the digits in pictures.")
    .argument("<image...>", "PNG or JPEG files of any size, folders of them, or IDX files")
    .addHelpText("after", PREDICT_HELP);
  const predictOptions = [
    ...network,
    new Option("--index <list>", "which images of an IDX file, such as 3 or 0-4,7 (default: 0-9)"),
    new Option("--center", "prepare pictures as MNIST's digits, whatever the network learnt from"),
    new Option("--no-center", "take pictures as they are: of the network's size, light on dark"),
    new Option("--picture <file>", "write what the network saw, as PNG"),
    JSON_OPTION,
  ];
  for (const option of predictOptions) predictCommand.addOption(option);
  predictCommand.action(async (images: string[], raw: RawOptions) =>
    await predict(readPredictOptions(images, raw))
  );

  const evalCommand = program.command("eval")
    .description("Judge a trained network: accuracy, loss, each class, confusions, mistakes.")
    .addHelpText("after", EVAL_HELP);
  const evalOptions = [
    ...network,
    new Option("--data-dir <folder>", "the data's four files (default: those of the run)"),
    new Option("--set <name>", `${SETS.join(", ")} (default: test)`),
    JSON_OPTION,
  ];
  for (const option of evalOptions) evalCommand.addOption(option);
  evalCommand.action(async (raw: RawOptions) => await evaluate(readEvalOptions(raw)));
}

const NETWORK_HELP = `
A run's folder tells what its network is. Of a file alone, the paper's networks and those of the
recipes are known by the names and shapes of their weights; others need --arch or --recipe.
`;

const PREDICT_HELP = `${NETWORK_HELP}
A picture is prepared as MNIST's were: the digit is found, dark on light or light on dark, scaled
into 20 × 20 pixels, and moved with its centre of mass to the middle of 28 × 28. One digit a
picture. For a network that learnt from images of another kind, pictures are scaled as a whole.
Where the network gives no class 70 %, or several shapes stand side by side, the answer is "unsure".

Examples:
  deno task train cnn --out runs/cnn
  deno task train predict --weights runs/cnn seven.png
  deno task train predict --weights runs/cnn data/t10k-images-idx3-ubyte.gz --index 0-4
`;

const EVAL_HELP = `${NETWORK_HELP}
Examples:
  deno task train cnn --out runs/cnn
  deno task train eval --weights runs/cnn
  deno task train eval --weights weights.safetensors --recipe small --set dev --json
`;

/** Checks what commander read. Throws UsageError, which names the option. */
export function readPredictOptions(images: string[], raw: RawOptions): PredictOptions {
  return {
    ...readNetwork(raw),
    images,
    index: raw.index === undefined ? null : parseIndex(raw.index),
    center: raw.center ?? null,
    picture: raw.picture === undefined ? null : parsePath("--picture", raw.picture),
    json: raw.json ?? false,
  };
}

/** Checks what commander read. Throws UsageError, which names the option. */
export function readEvalOptions(raw: RawOptions): EvalOptions {
  return {
    ...readNetwork(raw),
    dataDir: raw.dataDir === undefined ? null : parsePath("--data-dir", raw.dataDir),
    set: parseWord("--set", raw.set ?? "test", SETS),
    json: raw.json ?? false,
  };
}

function readNetwork({ weights, arch, recipe }: RawOptions): NetworkOptions {
  if (arch !== undefined && recipe !== undefined) {
    throw new UsageError(
      "--recipe: does not go with --arch: each of them says what the network is",
    );
  }
  const names = RECIPES.map(({ name }) => name);
  return {
    weights: parsePath("--weights", weights),
    arch: arch === undefined ? null : parsePath("--arch", arch),
    recipe: recipe === undefined ? null : parseWord("--recipe", recipe, names),
  };
}

/** `3`, `0-4`, `0-4,7`: whole numbers. */
function parseIndex(text: string): number[] {
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const first = Number(match?.[1] ?? NaN);
    const last = Number(match?.[2] ?? first);
    if (!(first <= last)) {
      throw new UsageError(
        `--index: needs numbers such as 3 or 0-4,7: it is ${JSON.stringify(text)}`,
      );
    }
    if (numbers.length + last - first >= MAX_IMAGES) {
      throw new UsageError(`--index: names up to ${MAX_IMAGES} images: these are more`);
    }
    for (let i = first; i <= last; i++) numbers.push(i);
  }
  return numbers;
}
