/**
 * The recipes by name. Another one is a file beside this one, and a place in these lists.
 *
 * @module
 */
import { medium } from "./medium.ts";
import { mlpBest } from "./mlp_best.ts";
import type { Recipe } from "./recipe.ts";
import { small } from "./small.ts";

/** What `deno task train cnn` knows; the first unless another is named. */
export const CONVOLUTIONAL: readonly [Recipe, ...Recipe[]] = [medium, small];

/** What `deno task train --recipe` knows. */
export const RECIPES: readonly Recipe[] = [mlpBest, ...CONVOLUTIONAL];
