/** What a training run shows while it runs: a bar, and a line for each epoch. */
import type { train } from "@glim/glim";
import { barsOn, type Terminal } from "./bars.ts";
import { outputColumns, print as printText } from "./print.ts";
import { showCount, showTime } from "./words.ts";

/** Shows how a run gets on. Every function may be called at any time, and in any order. */
export interface Progress {
  /** Begins epoch `n`, counted from 0, or goes on with it when `done` samples are through. */
  epoch(n: number, done?: number): void;
  /** `done` samples of the epoch are through, at a mean loss so far of `loss`. */
  update(done: number, loss: number): void;
  /** Prints a line that stays: an epoch's result, and whether it is the best so far. */
  epochEnd(record: train.EpochRecord, isBest: boolean): void;
  /** Prints another line that stays. */
  line(text: string): void;
  /** Takes the bar away. The next `update` would bring it back. */
  stop(): void;
}

/** What `createProgress` needs to know. */
export interface ProgressOptions {
  samples: number;
  epochs: number;
  quiet?: boolean;
  /** Where the bar is drawn if this is a terminal; standard error unless given. */
  terminal?: Terminal;
  /** Prints a line; on standard output unless given. */
  print?: (text: string) => void;
  /** Characters in a row of what `print` prints on, Infinity for a file; standard output's unless given. */
  columns?: number;
  /** The time in milliseconds; the machine's clock unless given. */
  now?: () => number;
}

/** Milliseconds of an epoch after which its rate is known: before, code is still being compiled. */
const SETTLED = 300;

/**
 * A live bar with loss, samples a second and time left where standard error is a terminal,
 * only the lines where it is a file or a pipe, and nothing at all with `quiet`.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { samples, epochs, terminal, print = printText, now = () => performance.now() } = options;
  if (options.quiet) return { epoch() {}, update() {}, epochEnd() {}, line() {}, stop() {} };
  const lines = epochLines(epochs, options.columns ?? outputColumns());
  const bars = barsOn(terminal);
  let epoch = 0;
  /** The epoch's first update, which its rate is counted from. */
  let first: { done: number; time: number } | null = null;
  /** Samples a second, once known. */
  let rate = NaN;
  const stop = () => bars?.stop();
  const line = (text: string) => {
    stop();
    print(text);
  };
  return {
    epoch(n, done = 0) {
      stop();
      epoch = n;
      first = done > 0 ? { done, time: now() } : null;
    },
    update(done, loss) {
      const time = now();
      first ??= { done, time };
      if (time - first.time >= SETTLED) rate = (done - first.done) / ((time - first.time) / 1000);
      const remaining = (epochs - epoch) * samples - done;
      // Epochs count from 0: "3 of 0-19" leaves no doubt which one is the last.
      const last = String(epochs - 1);
      bars?.draw([{
        head: `epoch ${String(epoch).padStart(last.length)} of 0-${last}`,
        share: done / samples,
        notes: [
          `${showTime(remaining / rate)} left`,
          `loss ${loss.toFixed(4)}`,
          `${showCount(rate)} samples/s`,
        ],
      }]);
    },
    epochEnd: (record, isBest) => line(lines(record, isBest)),
    line,
    stop,
  };
}

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

/** The columns of a table of which one row is this, in so many characters: without the first where they are few. */
function columnsFor({ devAccuracy }: train.EpochRecord, room: number): Column[] {
  const isWide = room >= 67;
  const judged = Number.isNaN(devAccuracy) ? MARK : accuracy(isWide ? "dev accuracy" : "accuracy");
  const columns = isWide ? [...WIDE, judged, LR, TIME] : [...NARROW, judged, TIME];
  const width = () => columns.reduce((sum, column) => sum + 2 + widthOf(column), 0);
  while (width() > room && columns.length > 1) columns.shift();
  return columns;
}

function widthOf({ head, width }: Column): number {
  return Math.max(width, head.length);
}

/**
 * Gives the line of each epoch of a training, in front of the first the headings: for so many epochs, in
 * rows of `width` characters; Infinity for a file.
 */
function epochLines(
  epochs: number,
  width: number,
): (record: train.EpochRecord, isBest: boolean) => string {
  if (width === Infinity) return sentence;
  const digits = Math.max(2, String(epochs - 1).length);
  let columns: Column[] | null = null;
  const row = (first: string, text: (column: Column) => string) => {
    const cells = columns!.map((column) => text(column).padStart(widthOf(column)));
    return [first.padEnd(6 + digits), ...cells].join("  ").trimEnd();
  };
  return (record, isBest) => {
    const isFirst = columns === null;
    columns ??= columnsFor(record, width - 6 - digits);
    const head = isFirst ? `${row("", ({ head }) => head)}\n` : "";
    const name = `epoch ${String(record.epoch).padStart(digits)}`;
    return head + row(name, (column) => column.text(record, isBest));
  };
}

/** A line that needs no heading. */
function sentence(e: train.EpochRecord, isBest: boolean): string {
  return `epoch ${String(e.epoch).padStart(2)}  train loss ${e.trainLoss.toFixed(4)}  ` +
    `dev loss ${e.devLoss.toFixed(4)}` +
    (Number.isNaN(e.devAccuracy) ? "" : `  dev accuracy ${e.devAccuracy.toFixed(4)}`) +
    `${isBest ? " *" : "  "}  lr ${rateText(e.learningRate)}  ${e.seconds.toFixed(1)} s`;
}
