/**
 * A run's figures beside those of PyTorch with the same recipe.
 *
 * @module
 */
import { comparison, type ComparisonRow } from "../comparison.ts";
import { showTime } from "../progress.ts";
import type { Beside } from "../report/report_data.ts";
import type { Desk } from "./desk.ts";
import type { Recipe, Settings } from "./recipe.ts";
import { RECIPES } from "./recipes.ts";
import type { Result } from "./single.ts";

/** What PyTorch gives for one network; null where the network or the data are others. */
export function besideSingle({ options: { arch, recipe }, set }: Desk): Beside | null {
  if (arch !== null || set.name !== "MNIST") return null;
  const { dev, test, seeds } = recipe.reference;
  return { name: `PyTorch, ${unchanged(recipe)}mean of ${seeds} seeds`, dev, test };
}

/** Says so where options have changed the recipe, but for label smoothing, which PyTorch's has not. */
function unchanged({ name, settings }: Recipe): string {
  const own = RECIPES.find((recipe) => recipe.name === name)!.settings;
  const keys = Object.keys(own) as (keyof Settings)[];
  const changed = keys.filter((key) => JSON.stringify(own[key]) !== JSON.stringify(settings[key]));
  return changed.every((key) => key === "labelSmoothing") ? "" : "recipe unchanged, ";
}

/** What PyTorch gives for as many networks that vote; null where that is not known. */
export function besideEnsemble(desk: Desk): Beside | null {
  const { recipe, ensemble } = desk.options;
  const test = recipe.reference.ensembles?.[ensemble];
  if (besideSingle(desk) === null || test === undefined) return null;
  return { name: `PyTorch, ${unchanged(recipe)}${ensemble} networks`, test };
}

/** A result as a table, beside what is known of PyTorch's. */
export function besideTable({ dev, test, seconds }: Result, beside: Beside | null): string {
  const show = (accuracy: number | undefined) => accuracy?.toFixed(4) ?? "";
  const rows: ComparisonRow[] = [
    ["dev accuracy", show(dev.accuracy), show(beside?.dev), ""],
    ["test accuracy", show(test.accuracy), show(beside?.test), beside?.name ?? ""],
    ["time", showTime(seconds), "", ""],
  ];
  return "\n" + comparison("this run", rows, beside === null ? "" : "PyTorch");
}
