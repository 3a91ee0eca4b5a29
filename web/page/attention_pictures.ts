/**
 * Who looks at whom in a line that the user types.
 *
 * @module
 */
import type { AttentionOfLine } from "../shared/writer_protocol.ts";
import { element } from "./dom.ts";
import { paintPictures } from "./paint.ts";
import { css, onThemeChange, theme } from "./theme.ts";

/** A picture for each head, and the letters of the line as one of them sees them. */
export class AttentionPictures {
  readonly #ask: (line: string) => Promise<AttentionOfLine>;
  readonly #line = element("line", HTMLInputElement);
  readonly #letter = element("letter", HTMLInputElement);
  readonly #heads = element("heads-shown");
  #shown: AttentionOfLine | null = null;
  /** Counted layer by layer. */
  #head = 0;
  #isAsking = false;
  #isDue = false;

  /** `ask` answers from the network as it is. */
  constructor(ask: (line: string) => Promise<AttentionOfLine>) {
    this.#ask = ask;
    this.#line.addEventListener("input", () => this.refresh());
    this.#letter.addEventListener("input", () => this.#showLetters());
    onThemeChange(() => this.#show());
  }

  /** Another text: its first line is what is looked at, unless the user has one. */
  begin(text: string): void {
    if (this.#line.value === "") {
      this.#line.value = (text.split("\n").find((line) => line.trim() !== "") ?? "").slice(0, 24);
    }
    this.refresh();
  }

  /** Asks the network as it is now, or once it has answered what it is asked. */
  async refresh(): Promise<void> {
    this.#isDue = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#isDue) {
        this.#isDue = false;
        this.#shown = await this.#ask(this.#line.value);
        this.#show();
      }
    } catch {
      this.#shown = null; // a run that cannot be built is told elsewhere
    } finally {
      this.#isAsking = false;
    }
  }

  #show(): void {
    if (this.#shown === null) return;
    const { letters, layers, heads } = this.#shown;
    if (this.#head >= layers * heads) this.#head = 0;
    if (this.#heads.childElementCount !== layers * heads) this.#addHeads(layers, heads);
    this.#heads.style.setProperty("--heads", String(heads));
    const isAtEnd = this.#letter.value === this.#letter.max;
    this.#letter.max = String(Math.max(0, letters.length - 1));
    if (isAtEnd) this.#letter.value = this.#letter.max;
    const colours = theme();
    const side = letters.length;
    for (const [i, canvas] of [...this.#heads.querySelectorAll("canvas")].entries()) {
      if (side === 0) continue;
      const picture = { name: "", count: 1, rows: side, columns: side, data: this.#of(i) };
      paintPictures(canvas, picture, colours, { across: 1 });
    }
    this.#showLetters();
  }

  /** A button with a picture for each head; the one that is chosen is pressed. */
  #addHeads(layers: number, heads: number): void {
    const buttons = Array.from({ length: layers * heads }, (_, i) => {
      const button = document.createElement("button");
      button.type = "button";
      const canvas = document.createElement("canvas");
      canvas.className = "pixels";
      const name = document.createElement("span");
      name.textContent = `layer ${Math.floor(i / heads) + 1}, head ${i % heads + 1}`;
      button.append(canvas, name);
      button.addEventListener("click", () => {
        this.#head = i;
        this.#showLetters();
      });
      return button;
    });
    this.#heads.replaceChildren(...buttons);
  }

  /** The weights of one head: [l, l]. */
  #of(head: number): Float32Array<ArrayBuffer> {
    const { letters: { length }, weights } = this.#shown!;
    return weights.subarray(head * length * length, (head + 1) * length * length);
  }

  #showLetters(): void {
    if (this.#shown === null) return;
    const { letters } = this.#shown;
    const at = this.#letter.valueAsNumber;
    const length = letters.length;
    const row = length === 0
      ? []
      : [...this.#of(this.#head).subarray(at * length, at * length + length)];
    const { warm } = theme();
    element("letters").replaceChildren(...letters.map((letter, i) => {
      const span = document.createElement("span");
      span.textContent = visible(letter);
      span.style.background = css(warm, row[i]);
      span.className = i === at ? "chosen" : "";
      return span;
    }));
    for (const [i, button] of [...this.#heads.children].entries()) {
      button.setAttribute("aria-pressed", String(i === this.#head));
    }
    const most = row.map((weight, i) => ({ weight, i })).sort((a, b) => b.weight - a.weight)
      .slice(0, 3).filter(({ weight }) => weight >= 0.01)
      .map(({ weight, i }) =>
        `“${visible(letters[i]!)}” (${i + 1}., ${Math.round(100 * weight)} %)`
      );
    const chosen = letters[at] === undefined ? "–" : `“${visible(letters[at])}” (${at + 1}.)`;
    element("letter-value").textContent = chosen;
    const name = this.#heads.children[this.#head]?.textContent ?? "";
    const said = most.length === 0
      ? "The line has no letter that the text has."
      : `In ${name}, ${chosen} looks at ${most.join(", ")}.`;
    this.#letter.setAttribute("aria-valuetext", said);
    element("attention-note").textContent = said;
  }
}

/** A letter as it can be seen. */
function visible(letter: string): string {
  return letter === " " ? "␣" : letter === "\n" ? "⏎" : letter;
}
