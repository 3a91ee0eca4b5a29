/**
 * What is shown of a network's inside: weights, activations, confusions, mistakes.
 *
 * @module
 */
import type { Mistake, Pictures, Report } from "../shared/protocol.ts";
import { element } from "./dom.ts";
import { paintDigit, paintPictures } from "./paint.ts";
import { onThemeChange, theme } from "./theme.ts";

/** Units of the first layer that are shown: five rows of eleven. */
const MOST_FILTERS = 55;

/** Feature maps of a layer that are shown. */
const MOST_MAPS = 16;

const DIGITS = Array.from({ length: 10 }, (_, i) => i);

/** The four cards. */
export class Inside {
  readonly #filters = element("filters", HTMLCanvasElement);
  readonly #activations = element("activations");
  readonly #mistakes = element("mistakes");
  readonly #cells: HTMLTableCellElement[];
  #weights: Pictures | null = null;
  #layers: readonly Pictures[] = [];
  #report: Report | null = null;

  /** Empty cards. */
  constructor() {
    this.#cells = makeTable(element("confusion"));
    onThemeChange(() => this.#paintAll());
  }

  /** Another run, which has not been judged yet. */
  clear(): void {
    this.#report = null;
    for (const cell of this.#cells) {
      cell.textContent = "";
      cell.className = "";
    }
    element("confusion-text").textContent = "Rows: what it is. Columns: what the network reads.";
    element("mistakes-text").textContent = "As soon as it has learnt a little.";
    this.#mistakes.replaceChildren();
  }

  /** The first layer's weights. */
  weights(pictures: Pictures): void {
    this.#weights = pictures;
    const { count, rows, columns } = pictures;
    const shown = Math.min(count, MOST_FILTERS);
    this.#filters.setAttribute(
      "aria-label",
      `The weights of ${shown} of ${count} units of the first layer, ${rows} × ${columns} each`,
    );
    paintPictures(this.#filters, pictures, theme(), {
      across: shown > 32 ? 11 : shown > 8 ? 8 : 4,
      most: shown,
    });
  }

  /** What each layer says to a drawing. */
  activations(layers: readonly Pictures[]): void {
    this.#layers = layers;
    while (this.#activations.children.length > layers.length) this.#activations.lastChild!.remove();
    for (const [i, layer] of layers.entries()) {
      const canvas = this.#activations.children[i]?.querySelector("canvas") ?? this.#addLayer();
      const maps = layer.count > 1;
      canvas.parentElement!.querySelector("figcaption")!.textContent = maps
        ? `layer ${i + 1}: ${layer.count} maps of ${layer.rows} × ${layer.columns}`
        : `layer ${i + 1}: ${layer.rows * layer.columns} units`;
      canvas.style.setProperty("--across", String(maps ? Math.min(8, layer.count) : 8));
      paintPictures(canvas, layer, theme(), { across: 8, most: MOST_MAPS, together: true });
    }
  }

  /** How the network does on images that it does not learn from. */
  report(report: Report): void {
    this.#report = report;
    const most = report.images / 10;
    for (const [i, cell] of this.#cells.entries()) {
      const count = report.confusion[i]!;
      const right = i % 11 === 0;
      cell.textContent = count === 0 ? "" : String(count);
      cell.className = right ? "right" : "wrong";
      // the few that went wrong are what one wants to see
      const strength = right ? count / most : Math.sqrt(count / (most / 10));
      cell.style.setProperty("--strength", Math.min(1, strength).toFixed(2));
    }
    element("confusion-text").textContent = `Rows: what it is. Columns: what the network reads. ` +
      `${report.images.toLocaleString("en")} images, ${
        Math.round(report.images * (1 - report.accuracy)).toLocaleString("en")
      } wrong.`;
    element("mistakes-text").textContent = report.mistakes.length === 0
      ? "None: all are read right."
      : "What it is → what the network reads, and how sure it is. First those whose right answer got " +
        "the least probability.";
    this.#mistakes.replaceChildren(...report.mistakes.map(pictureOf));
  }

  #addLayer(): HTMLCanvasElement {
    const figure = document.createElement("figure");
    const canvas = document.createElement("canvas");
    canvas.className = "pixels";
    canvas.setAttribute("role", "presentation");
    figure.append(canvas, document.createElement("figcaption"));
    this.#activations.append(figure);
    return canvas;
  }

  #paintAll(): void {
    if (this.#weights !== null) this.weights(this.#weights);
    if (this.#report !== null) this.report(this.#report);
    this.activations(this.#layers);
  }
}

/** A table of 10 × 10 cells with digits at its sides; returns the cells row by row. */
function makeTable(box: HTMLElement): HTMLTableCellElement[] {
  const table = document.createElement("table");
  table.className = "confusion";
  const caption = table.createCaption();
  caption.className = "visually-hidden";
  caption.textContent = "Confusion matrix: a row for each digit, a column for each answer";
  const head = table.createTHead().insertRow();
  head.append(document.createElement("td"), ...DIGITS.map((digit) => heading(digit, "col")));
  const body = table.createTBody();
  const cells = DIGITS.flatMap((label) => {
    const row = body.insertRow();
    row.append(heading(label, "row"));
    return DIGITS.map(() => row.insertCell());
  });
  box.append(table);
  return cells;
}

function heading(digit: number, scope: "col" | "row"): HTMLTableCellElement {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.textContent = String(digit);
  return cell;
}

function pictureOf({ image, label, guess, confidence }: Mistake): HTMLElement {
  const item = document.createElement("li");
  const canvas = document.createElement("canvas");
  const text = document.createElement("span");
  canvas.className = "pixels";
  canvas.setAttribute("role", "presentation");
  paintDigit(canvas, image, 255);
  const [read, sure] = [document.createElement("b"), document.createElement("small")];
  read.textContent = String(guess);
  sure.textContent = `${(100 * confidence).toFixed(confidence > 0.99 ? 2 : 0)} %`;
  text.append(`${label} → `, read, " ", sure);
  item.append(canvas, text);
  return item;
}
