/**
 * What network a run's `config.json` tells of.
 *
 * @module
 */
import { DataError, type nn } from "@glim/glim";
import { buildNetwork, checkConfig, CLASSES as DIGITS, describe, SIDE } from "@glim/web";
import { DeepNetwork } from "../network.ts";
import { ACTIVATIONS } from "../options.ts";
import type { ImageKind, NetworkBuilder } from "../recipes/recipe.ts";
import { RECIPES } from "../recipes/recipes.ts";
import { networkName } from "../report/run_report.ts";
import { CLASSES } from "../training.ts";
import { messageOf } from "../messages.ts";

/** How to make a network. */
export interface Design extends ImageKind {
  /** Makes it. */
  readonly network: NetworkBuilder;
  /** Whether it takes images as [b, pixels], not as [b, 1, rows, columns]. */
  readonly isFlat: boolean;
  /** What it is, in a few words. */
  readonly title: string;
}

/** The parts of a config that decide about the network. */
interface Config {
  network?: unknown;
  architecture?: unknown;
  imageShape?: unknown;
  classes?: unknown;
  recipe?: unknown;
  layers?: unknown;
  hidden?: unknown;
  activation?: unknown;
}

/** A design as a config has it; undefined where it has none. */
export function designOf(config: unknown, images: ImageKind): Design | undefined {
  const { network, architecture, recipe, layers, hidden, activation } = Object(config) as Config;
  if (network !== undefined) return pageDesign(config);
  if (architecture !== undefined) return undefined; // a recipe trained it, but not the recipe's own
  if (RECIPES.some(({ name }) => name === recipe)) return recipeDesign(recipe as string, images);
  const known = ACTIVATIONS.find((name) => name === activation);
  if (known === undefined || !isCount(layers, 100) || !isCount(hidden, 100_000)) return undefined;
  return reportDesign({ layers, hidden, activation: known }, images);
}

/** The design of a recipe. */
export function recipeDesign(name: string, images: ImageKind): Design {
  const { network, title } = RECIPES.find((recipe) => recipe.name === name)!;
  return { ...images, network, title, isFlat: false };
}

/** The design of a network that the page trained. DataError where it is none that the page has. */
function pageDesign(value: unknown): Design {
  try {
    const config = checkConfig(value);
    return {
      imageShape: [SIDE, SIDE],
      classes: DIGITS,
      network: () => buildNetwork(config),
      title: describe(config),
      isFlat: true,
    };
  } catch (cause) {
    const reason = messageOf(cause);
    throw new DataError(`the page has no such network: ${reason}`, { cause });
  }
}

/** The design of the paper's networks. */
export function reportDesign(
  choices: { layers: number; hidden: number; activation: typeof ACTIVATIONS[number] },
  images: ImageKind,
): Design {
  const hidden = choices.layers === 1 ? "" : `, hidden ${choices.hidden}`;
  return {
    ...images,
    network: ({ imageShape: [rows, columns], classes }) =>
      new DeepNetwork(rows * columns, classes, choices),
    title: networkName(choices) + hidden,
    isFlat: true,
  };
}

/** The images of a config; where it does not say, MNIST's, in as many classes as weights end in. */
export function imageKindOf(config: unknown, state: nn.StateDict): ImageKind {
  const { imageShape, classes } = Object(config) as Config;
  const [rows, columns] = Array.isArray(imageShape) ? imageShape as unknown[] : [];
  return {
    imageShape: isCount(rows) && isCount(columns) ? [rows, columns] : [28, 28],
    classes: isCount(classes) ? classes : classesOf(state),
  };
}

/** How many logits the last weight gives. */
function classesOf(state: nn.StateDict): number {
  const weights = Array.from(state.values()).filter(({ ndim }) => ndim === 2);
  return weights.at(-1)?.shape[0] ?? CLASSES;
}

function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && value as number > 0 && value as number <= most;
}
