/**
 * The results of epochs, a line each: a table under headings in a terminal, and in a file or a pipe
 * lines that need no heading.
 *
 * @module
 */
import type { train } from "@glim/glim";

/** A column of the table. */
interface Column {
  head: string;
  /** Characters that its values have at most. */
  width: number;
  text(record: train.EpochRecord, isBest: boolean): string;
}

const rateText = (rate: number) => String(Number(rate.toPrecision(6)));
const loss = (head: string, key: "trainLoss" | "devLoss"): Column => ({
  head,
  width: 6,
  text: (record) => record[key].toFixed(4),
});
const accuracy = (head: string): Column => ({
  head: `${head}  `,
  width: 8,
  text: ({ devAccuracy }, isBest) => `${devAccuracy.toFixed(4)} ${isBest ? "*" : " "}`,
});
const LR: Column = { head: "lr", width: 10, text: ({ learningRate }) => rateText(learningRate) };
const TIME: Column = { head: "time", width: 8, text: ({ seconds }) => `${seconds.toFixed(1)} s` };

const WIDE = [loss("train loss", "trainLoss"), loss("dev loss", "devLoss")];
const NARROW = [loss("train", "trainLoss"), loss("dev", "devLoss")];
const MARK: Column = { head: "", width: 1, text: (_, isBest) => isBest ? "*" : "" };

/** The columns of a table of which one row is this. */
function columnsFor({ devAccuracy }: train.EpochRecord, isWide: boolean): Column[] {
  const judged = Number.isNaN(devAccuracy) ? MARK : accuracy(isWide ? "dev accuracy" : "accuracy");
  return isWide ? [...WIDE, judged, LR, TIME] : [...NARROW, judged, TIME];
}

/** The lines of one training. */
export class EpochLines {
  readonly #digits: number;
  readonly #width: number;
  #columns: readonly Column[] | null = null;

  /** For a training of so many epochs, in rows of `columns` characters; Infinity for a file. */
  constructor(epochs: number, columns: number) {
    this.#digits = Math.max(2, String(epochs - 1).length);
    this.#width = columns;
  }

  /** An epoch's line; in front of the first the headings. */
  next(record: train.EpochRecord, isBest: boolean): string {
    if (this.#width === Infinity) return sentence(record, isBest);
    const isFirst = this.#columns === null;
    this.#columns ??= columnsFor(record, this.#width >= 76);
    const head = isFirst ? `${this.#row("", ({ head }) => head)}\n` : "";
    return head + this.#row(
      `epoch ${String(record.epoch).padStart(this.#digits)}`,
      (column) => column.text(record, isBest),
    );
  }

  #row(first: string, text: (column: Column) => string): string {
    const cells = this.#columns!.map((column) =>
      text(column).padStart(Math.max(column.width, column.head.length))
    );
    return [first.padEnd(6 + this.#digits), ...cells].join("  ").trimEnd();
  }
}

/** A line that needs no heading. */
function sentence(e: train.EpochRecord, isBest: boolean): string {
  return `epoch ${String(e.epoch).padStart(2)}  train loss ${e.trainLoss.toFixed(4)}  ` +
    `dev loss ${e.devLoss.toFixed(4)}` +
    (Number.isNaN(e.devAccuracy) ? "" : `  dev accuracy ${e.devAccuracy.toFixed(4)}`) +
    `${isBest ? " *" : "  "}  lr ${rateText(e.learningRate)}  ${e.seconds.toFixed(1)} s`;
}
