/**
 * A progress bar with its texts, in one row of a terminal of any width.
 *
 * @module
 */

/** What a row shows. */
export interface BarTexts {
  /** What is under way. Cut where even the shortest bar has no room beside it. */
  head: string;
  /** How much of it is done, from 0 to 1. */
  share: number;
  /** What stands behind the bar, the first first: the last ones are left out where room is short. */
  notes: readonly string[];
}

/** Characters of the bar at most and at least. */
const LONGEST = 30;
const SHORTEST = 5;

/** `epoch 0 of 0-19 ██████░░░░  60%  2:10 left  loss 0.1234`, in less than `columns` characters. */
export function barLine({ head, share, notes }: BarTexts, columns: number): string {
  // A full row would make some terminals begin another, and so would the ^C that Ctrl-C leaves behind.
  const room = columns - 3;
  const percent = `${Math.floor(100 * share)}%`.padStart(5);
  let texts = notes.map((note) => `  ${note}`);
  const rest = () => room - head.length - 1 - percent.length - texts.join("").length;
  while (rest() < SHORTEST && texts.length > 0) texts = texts.slice(0, -1);
  const size = Math.min(LONGEST, Math.max(SHORTEST, rest()));
  const full = Math.round(size * share);
  const bar = "█".repeat(full) + "░".repeat(size - full);
  const cut = rest() < SHORTEST ? shortened(head, head.length - SHORTEST + rest()) : head;
  return `${cut} ${bar}${percent}${texts.join("")}`;
}

function shortened(text: string, length: number): string {
  return length < 2 ? "" : text.slice(0, length - 1) + "…";
}
