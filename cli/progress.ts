/**
 * What a training run shows while it runs.
 *
 * @module
 */
import process from "node:process";
import { SingleBar } from "cli-progress";
import type { train } from "@glim/glim";
import { barLine, type BarTexts } from "./bar_line.ts";
import { EpochLines } from "./epoch_lines.ts";
import { outputColumns, print as printText } from "./print.ts";

/** Shows how a run gets on. Every function may be called at any time, and in any order. */
export interface Progress {
  /** Begins epoch `n`, counted from 0, or goes on with it when `done` samples are through. */
  epoch(n: number, done?: number): void;
  /**
   * `done` samples of the epoch are through, at a mean loss so far of `loss`.
   * Drawn at most ten times a second: there is no point in calling it more often.
   */
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
  /** Samples in an epoch. */
  samples: number;
  /** Epochs in the run. */
  epochs: number;
  /** Show nothing at all. */
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

/** What the bar needs of a stream. */
export interface Terminal {
  /** Whether a person looks at it. */
  isTTY?: boolean;
  /** Characters in a row. */
  columns?: number;
  /** Writes text and control sequences. */
  write(text: string): unknown;
}

/** Milliseconds of an epoch after which its rate is known: before, code is still being compiled. */
const SETTLED = 300;

/**
 * A live bar with loss, samples a second and time left where standard error is a terminal,
 * only the lines where it is a file or a pipe, and nothing at all with `quiet`.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { quiet = false, terminal = process.stderr as Terminal, print = printText } = options;
  if (quiet) return { epoch() {}, update() {}, epochEnd() {}, line() {}, stop() {} };
  const { columns = outputColumns(), epochs } = options;
  const lines = new EpochLines(epochs, columns);
  const bar = terminal.isTTY ? new Bar(options, terminal) : null;
  const line = (text: string) => {
    bar?.stop();
    print(text);
  };
  return {
    epoch: (n, done) => bar?.epoch(n, done),
    update: (done, loss) => bar?.update(done, loss),
    epochEnd: (record, isBest) => line(lines.next(record, isBest)),
    line,
    stop: () => bar?.stop(),
  };
}

class Bar {
  readonly #bar: SingleBar;
  readonly #samples: number;
  readonly #epochs: number;
  readonly #now: () => number;
  #epoch = 0;
  /** The epoch's first update, which its rate is counted from. */
  #first: { done: number; time: number } | null = null;
  /** Samples a second, once known. */
  #rate = NaN;
  #shown = false;

  constructor({ samples, epochs, now }: ProgressOptions, terminal: Terminal) {
    this.#samples = samples;
    this.#epochs = epochs;
    this.#now = now ?? (() => performance.now());
    this.#bar = new SingleBar({
      stream: terminal,
      format: (_options: unknown, _params: unknown, texts: BarTexts) =>
        barLine(texts, terminal.columns || 80),
      clearOnComplete: true,
      // Switching the terminal's wrapping off would outlast a run that is killed.
      linewrap: true,
    });
  }

  epoch(n: number, done = 0): void {
    this.stop();
    this.#epoch = n;
    this.#first = done > 0 ? { done, time: this.#now() } : null;
  }

  update(done: number, loss: number): void {
    const texts = this.#texts(done, loss);
    if (this.#shown) this.#bar.update(done, texts);
    else this.#bar.start(this.#samples, done, texts);
    this.#shown = true;
  }

  stop(): void {
    if (this.#shown) this.#bar.stop();
    this.#shown = false;
  }

  #texts(done: number, loss: number): BarTexts {
    const time = this.#now();
    const first = this.#first ??= { done, time };
    if (time - first.time >= SETTLED) {
      this.#rate = (done - first.done) / ((time - first.time) / 1000);
    }
    const remaining = (this.#epochs - this.#epoch) * this.#samples - done;
    // Epochs count from 0: "3 of 0-19" leaves no doubt which one is the last.
    const last = String(this.#epochs - 1);
    return {
      head: `epoch ${String(this.#epoch).padStart(last.length)} of 0-${last}`,
      share: done / this.#samples,
      notes: [
        `${showTime(remaining / this.#rate)} left`,
        `loss ${loss.toFixed(4)}`,
        `${showCount(this.#rate)} samples/s`,
      ],
    };
  }
}

/** A count in three or four characters: `950`, `7.1k`, `120k`, `1.3M`. Not finite: `-`. */
export function showCount(n: number): string {
  if (!Number.isFinite(n)) return "-";
  if (n < 999.5) return n.toFixed(0);
  const [value, unit] = n < 999_500 ? [n / 1e3, "k"] : [n / 1e6, "M"];
  return value.toFixed(value < 9.95 ? 1 : 0) + unit;
}

/** A time given in seconds: `0:07`, `12:30`, `1:02:03`. Not finite: `-`. */
export function showTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  const s = Math.ceil(seconds);
  const parts = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}
