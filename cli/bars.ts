/** Progress bars in the last rows of a terminal, each with its texts in one row of any width. */
import process from "node:process";
import { writeErrorText } from "./output.ts";

/** What bars need of a stream. */
export interface Terminal {
  /** Whether a person looks at it. */
  isTTY?: boolean;
  /** Characters in a row. */
  columns?: number;
  /** Writes text and control sequences. */
  write(text: string): unknown;
}

/** What a row shows. */
export interface Bar {
  /** What is under way. Cut where even the shortest bar has no room beside it. */
  head: string;
  /** How much of it is done, from 0 to 1. */
  share: number;
  /** What stands behind the bar, the first first: the last ones are left out where room is short. */
  notes: readonly string[];
}

/** Milliseconds between two drawings. */
const PAUSE = 100;

/** Bars that are drawn ten times a second at most; `stop` takes them away, and `draw` brings them back. */
export class Bars {
  readonly #terminal: Terminal;
  #rows: readonly Bar[] = [];
  #drawn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Characters in a row. */
  get columns(): number {
    return this.#terminal.columns || 80;
  }

  /** Shows these bars in place of those before, one below the other. */
  draw(rows: readonly Bar[]): void {
    this.#rows = rows;
    if (this.#timer !== undefined) return;
    this.#write();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#rows.length > 0) this.#write();
    }, PAUSE);
    Deno.unrefTimer(this.#timer as unknown as number); // no program waits for a bar
  }

  /** Takes the bars away. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#drawn > 0) this.#terminal.write(this.#cleared());
    this.#rows = [];
    this.#drawn = 0;
  }

  #write(): void {
    const lines = this.#rows.map((row) => barLine(row, this.columns));
    this.#terminal.write(this.#cleared() + lines.join("\n"));
    this.#drawn = lines.length;
  }

  /** What clears the rows that are drawn, from the last up to the first. */
  #cleared(): string {
    const line = "\x1b[1G\x1b[2K";
    return this.#drawn === 0 ? "" : line + `\x1b[1A${line}`.repeat(this.#drawn - 1);
  }
}

/** Standard error, of which nobody may be left. */
const STANDARD_ERROR: Terminal = {
  get isTTY() {
    return process.stderr.isTTY;
  },
  get columns() {
    return process.stderr.columns;
  },
  write: writeErrorText,
};

/** Bars on standard error unless another terminal is given; null where nobody looks at it. */
export function barsOn(terminal: Terminal = STANDARD_ERROR): Bars | null {
  return terminal.isTTY ? new Bars(terminal) : null;
}

/** Characters of the bar at most and at least. */
const LONGEST = 30;
const SHORTEST = 5;

/** `epoch 0 of 0-19 ██████░░░░  60%  2:10 left  loss 0.1234`, in less than `columns` characters. */
function barLine({ head, share, notes }: Bar, columns: number): string {
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
