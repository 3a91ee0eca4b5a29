/** What a person sees of a program's output: a terminal of some columns and rows. */

/** The control sequences that are understood: `ESC [ numbers letter`, and `ESC 7`, `ESC 8`. */
// deno-lint-ignore no-control-regex -- that is what they are
const SEQUENCE = /^\x1b(?:\[(\??[\d;]*)([A-Za-z])|([78]))/;

/** A terminal's screen and all that has scrolled off it. */
export class Screen {
  /** The rows as they stood when a character went beyond the last column: what a person sees broken. */
  readonly wrapped: string[] = [];
  readonly #columns: number;
  readonly #height: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** Saved by `ESC 7`, counted from the screen's first row. */
  #saved: readonly [row: number, column: number] = [0, 0];

  /** An empty one. */
  constructor(columns: number, height = 24) {
    this.#columns = columns;
    this.#height = height;
  }

  /** All rows, without blanks at their ends, and without empty rows at the end. */
  get text(): string {
    return this.#rows.map((row) => textOf(row)).join("\n").trimEnd();
  }

  /** Takes what a program has written. Throws an Error for a control sequence that it does not know. */
  write(output: string): void {
    for (let at = 0; at < output.length;) {
      const rest = output.slice(at, at + 20);
      if (rest.startsWith("\x1b")) {
        const found = SEQUENCE.exec(rest);
        if (found === null) throw new Error(`unknown sequence ${JSON.stringify(rest)}`);
        this.#obey(found);
        at += found[0].length;
        continue;
      }
      const character = String.fromCodePoint(output.codePointAt(at)!);
      this.#put(character);
      at += character.length;
    }
  }

  /** The first row that is on the screen. */
  get #top(): number {
    return Math.max(0, this.#rows.length - this.#height);
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#down();
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character < " ") throw new Error(`unknown character ${JSON.stringify(character)}`);
    else {
      if (this.#column === this.#columns) { // the last column is full: this one is the next row's
        this.wrapped.push(textOf(this.#rows[this.#row]!));
        this.#column = 0;
        this.#down();
      }
      const row = this.#rows[this.#row]!;
      while (row.length < this.#column) row.push(" ");
      row[this.#column++] = character;
    }
  }

  #down(): void {
    this.#row++;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }

  #obey([_, numbers = "", letter, single]: RegExpExecArray): void {
    const [first] = numbers.split(";");
    const n = Number(first === "" ? 0 : first);
    const row = this.#rows[this.#row]!;
    if (single === "7") this.#saved = [this.#row - this.#top, this.#column];
    else if (single === "8") {
      [this.#row, this.#column] = [this.#saved[0] + this.#top, this.#saved[1]];
    } else if (letter === "m" || numbers.startsWith("?")) return; // colours; the cursor hidden or shown
    else if (letter === "A") this.#row = Math.max(this.#top, this.#row - (n || 1));
    else if (letter === "B") { for (let i = 0; i < (n || 1); i++) this.#down(); }
    else if (letter === "C") this.#column = Math.min(this.#columns - 1, this.#column + (n || 1));
    else if (letter === "D") this.#column = Math.max(0, this.#column - (n || 1));
    else if (letter === "G") this.#column = Math.max(0, n - 1);
    else if (letter === "K" && n === 0) row.length = Math.min(row.length, this.#column);
    else if (letter === "K" && n === 2) row.length = 0;
    else if (letter === "J" && n === 0) {
      row.length = Math.min(row.length, this.#column);
      this.#rows.length = this.#row + 1;
    } else throw new Error(`unknown sequence ESC [ ${numbers} ${letter}`);
  }
}

function textOf(row: readonly string[]): string {
  return row.join("").trimEnd();
}
