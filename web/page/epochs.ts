import type { EpochRow } from "../shared/protocol.ts";

/** Adds an epoch to the table of all. */
export function addEpoch(table: HTMLTableElement, row: EpochRow): void {
  const cells = [
    String(row.epoch + 1),
    String(row.images),
    row.trainLoss.toFixed(4),
    row.trainAccuracy.toFixed(4),
    row.devLoss.toFixed(4),
    row.devAccuracy.toFixed(4),
    String(row.learningRate),
    row.seconds.toFixed(1),
  ];
  const line = table.tBodies[0]!.insertRow();
  for (const text of cells) line.insertCell().textContent = text;
}
