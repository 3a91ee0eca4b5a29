/** Rows of a table that are the same as others. */
import type { data } from "@glim/glim";
import { countOf } from "../words.ts";

/** A row as a text, its target included. */
function keyOf(set: data.Table, row: number): string {
  const texts = set.columns.filter(({ type }) => type === "text");
  return [...set.features, ...texts, set.target!].map(({ values }) => values[row]).join();
}

/** The rows that stand for all that are alike, if that is asked for. */
export function withoutDuplicates(
  set: data.Table,
  isDropped: boolean,
  notes: string[],
): data.Table {
  if (!isDropped) return set;
  const seen = new Set<string>();
  const kept: number[] = [];
  for (let row = 0; row < set.length; row++) {
    const key = keyOf(set, row);
    if (!seen.has(key)) kept.push(row);
    seen.add(key);
  }
  if (kept.length === set.length) return set;
  notes.push(`${countOf(set.length - kept.length, "row")} that stood there before: dropped`);
  return set.rows(kept);
}

/** How many rows of some parts are also among those that are learnt from. */
export function sharedRows(
  set: data.Table,
  train: { indices: Int32Array },
  others: readonly { indices: Int32Array }[],
): number {
  const learnt = new Set(Array.from(train.indices, (row) => keyOf(set, row)));
  return others.reduce(
    (sum, { indices }) => sum + indices.filter((row) => learnt.has(keyOf(set, row))).length,
    0,
  );
}
