/**
 * What a network says of a drawing: a digit, and how probable each is.
 *
 * @module
 */
import { element } from "./dom.ts";

/** Below this nothing is called out large. */
const SURE = 0.5;

/** Milliseconds without change after which the answer is spoken. */
const SPEAK_AFTER = 600;

/** The answer's place in the page. */
export class Answer {
  readonly #digit = element("digit");
  readonly #spoken = element("spoken");
  readonly #bars: { row: HTMLElement; bar: HTMLElement; value: HTMLElement }[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Ten bars. */
  constructor() {
    const list = element("bars");
    this.#bars = Array.from({ length: 10 }, (_, digit) => {
      const row = document.createElement("li");
      const name = document.createElement("b");
      const bar = document.createElement("i");
      const value = document.createElement("span");
      name.textContent = String(digit);
      row.append(name, bar, value);
      list.append(row);
      return { row, bar, value };
    });
    this.clear();
  }

  /** Nothing has been asked. */
  clear(): void {
    this.#show(new Array<number>(10).fill(0), "–");
    clearTimeout(this.#timer);
    this.#spoken.textContent = "";
  }

  /** Ten probabilities. */
  show(probabilities: readonly number[]): void {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const sure = probabilities[best]!;
    this.#show(probabilities, sure < SURE ? "?" : String(best));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#spoken.textContent = `Reads ${best}, ${percent(sure)}`;
    }, SPEAK_AFTER);
  }

  #show(probabilities: readonly number[], digit: string): void {
    const best = Math.max(...probabilities);
    this.#digit.textContent = digit;
    for (const [i, { row, bar, value }] of this.#bars.entries()) {
      const p = probabilities[i]!;
      row.classList.toggle("best", p === best && p > 0);
      bar.style.setProperty("--p", String(p));
      value.textContent = percent(p);
    }
  }
}

/** "98 %", and "< 1 %" for what is little but not nothing. */
function percent(p: number): string {
  if (p > 0.0005 && p < 0.01) return "< 1 %";
  return `${p > 0.99 && p < 0.9995 ? "> 99" : Math.round(100 * p)} %`;
}
