/**
 * What a training run shows while it runs.
 *
 * @module
 */
import process from "node:process";
import { SingleBar } from "cli-progress";

/** Shows how a run gets on. Every function may be called at any time, and in any order. */
export interface Progress {
  /** Begins epoch `n`, counted from 0, or goes on with it when `done` samples are through. */
  epoch(n: number, done?: number): void;
  /**
   * `done` samples of the epoch are through, at a mean loss so far of `loss`.
   * Drawn at most ten times a second: there is no point in calling it more often.
   */
  update(done: number, loss: number): void;
  /** Prints a line that stays, such as an epoch's result. */
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

/** The texts beside the bar. */
type Texts = Record<"head" | "share" | "loss" | "rate" | "left", string>;

/** Room that the texts beside the bar take. */
const BESIDE = 70;

/**
 * A live bar with loss, samples a second and time left where standard error is a terminal,
 * only the lines where it is a file or a pipe, and nothing at all with `quiet`.
 */
export function createProgress(options: ProgressOptions): Progress {
  // deno-lint-ignore no-console -- the command's output
  const { quiet = false, terminal = process.stderr as Terminal, print = console.log } = options;
  if (quiet) return { epoch() {}, update() {}, line() {}, stop() {} };
  if (!terminal.isTTY) return { epoch() {}, update() {}, line: print, stop() {} };
  return new Bar(options, terminal, print);
}

class Bar implements Progress {
  readonly #bar: SingleBar;
  readonly #print: (text: string) => void;
  readonly #samples: number;
  readonly #epochs: number;
  readonly #now: () => number;
  #epoch = 0;
  /** Samples of the epoch that were through before the clock was started. */
  #before = 0;
  #began: number;
  #shown = false;

  constructor(options: ProgressOptions, terminal: Terminal, print: (text: string) => void) {
    this.#samples = options.samples;
    this.#epochs = options.epochs;
    this.#now = options.now ?? (() => performance.now());
    this.#began = this.#now();
    this.#print = print;
    this.#bar = new SingleBar({
      stream: terminal,
      format: "{head} {bar} {share}  loss {loss}  {rate} samples/s  {left} left",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: Math.min(30, Math.max(5, (terminal.columns ?? 80) - BESIDE)),
      clearOnComplete: true,
      // Switching the terminal's wrapping off would outlast a run that is killed.
      linewrap: true,
    });
  }

  epoch(n: number, done = 0): void {
    this.stop();
    this.#epoch = n;
    this.#before = done;
    this.#began = this.#now();
  }

  update(done: number, loss: number): void {
    const texts = this.#texts(done, loss);
    if (this.#shown) this.#bar.update(done, texts);
    else this.#bar.start(this.#samples, done, texts);
    this.#shown = true;
  }

  line(text: string): void {
    this.stop();
    this.#print(text);
  }

  stop(): void {
    if (this.#shown) this.#bar.stop();
    this.#shown = false;
  }

  #texts(done: number, loss: number): Texts {
    const rate = (done - this.#before) / ((this.#now() - this.#began) / 1000);
    const remaining = (this.#epochs - this.#epoch) * this.#samples - done;
    // Epochs count from 0, as in the report: "3 of 0-19" leaves no doubt which one is the last.
    const last = String(this.#epochs - 1);
    return {
      head: `epoch ${String(this.#epoch).padStart(last.length)} of 0-${last}`,
      share: `${Math.floor(100 * done / this.#samples)}%`.padStart(4),
      loss: loss.toFixed(4),
      rate: showCount(rate),
      left: showTime(remaining / rate),
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
