/**
 * A run's figures beside those of the paper that it repeats.
 *
 * @module
 */
import type { train } from "../../mod.ts";
import { comparison, type ComparisonRow } from "./comparison.ts";
import { REPORT_RETRAINED } from "./grid/reference.ts";
import { showTime } from "./progress.ts";

/** The table of a run; the paper's figures stand in it only where the data are MNIST, as its are. */
export function besideReport(
  best: train.EpochRecord,
  test: number,
  seconds: number,
  isMnist: boolean,
): string {
  const { dev, test: paperTest } = REPORT_RETRAINED;
  const show = (accuracy: number) => accuracy.toFixed(4);
  const theirs = (text: string) => isMnist ? text : "";
  const rows: ComparisonRow[] = [
    ["dev accuracy", show(best.devAccuracy), theirs(show(dev)), `best, epoch ${best.epoch}`],
    ["test accuracy", show(test), theirs(show(paperTest)), "with that epoch's weights"],
    ["time", showTime(seconds), "", ""],
  ];
  return "\n" + comparison("this run", rows, theirs("the paper"));
}
