/**
 * A run's or a grid's figures beside those of the paper that it repeats.
 *
 * @module
 */
import type { train } from "@glim/glim";
import { comparison, type ComparisonRow } from "./comparison.ts";
import { PAPER_RETRAINED } from "./grid/paper.ts";
import { showTime } from "./progress.ts";

/**
 * The table of a run; the paper's figures stand in it only where the data are MNIST, as its are.
 *
 * @param best The epoch whose weights were taken.
 * @param test The accuracy on the test set.
 * @param seconds How long it took; null where that is told elsewhere.
 * @param isMnist Whether the data are MNIST.
 * @param here What the figures are of.
 */
export function besideReport(
  best: Pick<train.EpochRecord, "epoch" | "devAccuracy">,
  test: number,
  seconds: number | null,
  isMnist: boolean,
  here = "this run",
): string {
  const { dev, test: paperTest } = PAPER_RETRAINED;
  const show = (accuracy: number) => accuracy.toFixed(4);
  const theirs = (text: string) => isMnist ? text : "";
  const rows: ComparisonRow[] = [
    ["dev accuracy", show(best.devAccuracy), theirs(show(dev)), `best, epoch ${best.epoch}`],
    ["test accuracy", show(test), theirs(show(paperTest)), "with that epoch's weights"],
  ];
  if (seconds !== null) rows.push(["time", showTime(seconds), "", ""]);
  return "\n" + comparison(here, rows, theirs("the paper"));
}
