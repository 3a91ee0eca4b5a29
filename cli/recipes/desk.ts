/**
 * What a run by a recipe works with.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import type { data } from "@glim/glim";
import { originOf } from "../setting.ts";
import type { RecipeOptions } from "./options.ts";
import type { Pictures } from "./pictures.ts";
import type { NetworkBuilder } from "./recipe.ts";

/** Everything that the steps of a run need. */
export interface Desk {
  /** What was asked for. */
  options: RecipeOptions;
  /** The data as they were found. */
  set: data.Mnist;
  /** The same as the network takes them. */
  pictures: Pictures;
  /** Makes the network. */
  network: NetworkBuilder;
  /** SHA-256 of the architecture file; null without one. */
  archSha256: string | null;
  /** Whether it goes on with what the run's folder holds, and with a checkpoint of another build. */
  resume: { allowOtherBuild: boolean } | undefined;
  /** Aborted at Ctrl-C. */
  signal: AbortSignal;
  /** Prints unless `--quiet`. */
  say(text: string): void;
}

/** What is trained, in a few words. */
export function networkTitle({ recipe, arch }: RecipeOptions): string {
  return arch === null ? recipe.title : `The network of ${basename(arch)}`;
}

/** What goes into `config.json`: enough to make the same network again, and to train it. */
export function configOf(desk: Desk, seed: number, out: string): Record<string, unknown> {
  const { options: { recipe, arch, threads, dataDir, checkpointEvery }, pictures, set } = desk;
  return {
    recipe: recipe.name,
    arch: arch === null ? null : resolve(arch),
    archSha256: desk.archSha256,
    ensemble: 1,
    ...recipe.settings,
    seed,
    threads,
    dataDir,
    checkpointEvery,
    out,
    imageShape: pictures.imageShape,
    classes: pictures.classes,
    ...originOf(set),
  };
}
