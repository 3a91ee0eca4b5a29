/**
 * What a grid shows while it runs.
 *
 * @module
 */
import { barLine, type BarTexts } from "../bar_line.ts";
import { print as printText } from "../print.ts";
import process from "node:process";
import { MultiBar, type SingleBar } from "cli-progress";
import { showTime, type Terminal } from "../progress.ts";
import type { Metric } from "./metric.ts";
import type { TrialProgress } from "./run_trial.ts";
import type { Trial, TrialResult } from "./trial.ts";

/** Shows how trials get on. Trials may begin, get on and end in any order. */
export interface GridProgress {
  /** A trial runs; drawn at most ten times a second. The first call begins it. */
  update(trial: Trial, progress: TrialProgress): void;
  /** A trial is over. */
  end(trial: Trial, result: TrialResult): void;
  /** Prints a line that stays. */
  line(text: string): void;
  /** Takes all bars away. */
  stop(): void;
}

/** What `createGridProgress` needs to know. */
export interface GridProgressOptions {
  /** The trials that are to run. */
  trials: readonly Trial[];
  /** Trials that are finished already. */
  finished: number;
  /** What is told of each. */
  metric: Metric;
  /** Print nothing at all. */
  quiet?: boolean;
  /** Where the bars are drawn if this is a terminal; standard error unless given. */
  terminal?: Terminal;
  /** Prints a line; on standard output unless given. */
  print?: (text: string) => void;
  /** The time in milliseconds; the machine's clock unless given. */
  now?: () => number;
}

/** Bars for the trials that run and one for the whole on a terminal, else a line a trial. */
export function createGridProgress(options: GridProgressOptions): GridProgress {
  const { quiet = false, terminal = process.stderr as Terminal, print = printText } = options;
  if (quiet) return { update() {}, end() {}, line() {}, stop() {} };
  const whole = new Whole(options);
  if (!terminal.isTTY) {
    return {
      update() {},
      end: (trial, result) => print(whole.end(trial, result)),
      line: print,
      stop() {},
    };
  }
  return new Bars(whole, terminal, print);
}

/** How far the grid is as a whole. */
class Whole {
  readonly all: number;
  readonly #now: () => number;
  readonly #began: number;
  readonly #metric: Metric;
  readonly #finished: number;
  readonly #shares: Map<string, number> = new Map();
  count: number;

  constructor({ trials, finished, metric, now = () => performance.now() }: GridProgressOptions) {
    this.#now = now;
    this.#began = now();
    this.#metric = metric;
    this.#finished = finished;
    this.count = finished;
    this.all = finished + trials.length;
  }

  update({ id }: Trial, { done }: TrialProgress): void {
    this.#shares.set(id, done);
  }

  end({ id, name }: Trial, result: TrialResult): string {
    this.#shares.delete(id);
    this.count++;
    const count = `${String(this.count).padStart(String(this.all).length)}/${this.all}`;
    const { name: metric, digits, of } = this.#metric;
    return `${count}  ${name}: ${metric} ${of(result).toFixed(digits)} ` +
      `at epoch ${result.bestEpoch}, ${result.seconds.toFixed(1)} s` +
      (this.count < this.all ? `, ${showTime(this.left)} left` : "");
  }

  /** Share of the trials that is done, of those that were to be done when this began. */
  get share(): number {
    const running = this.#shares.values().reduce((sum, share) => sum + share, 0);
    return Math.min(1, (this.count - this.#finished + running) / (this.all - this.#finished));
  }

  /** Seconds left at the speed so far. */
  get left(): number {
    if (this.share < 0.01) return NaN; // nothing is known yet
    return (this.#now() - this.#began) / 1000 * (1 / this.share - 1);
  }
}

/** Steps of a bar. */
const STEPS = 1000;

/** Most trials with a bar of their own: bars that leave the screen cannot be redrawn. */
const MAX_BARS = 16;

class Bars implements GridProgress {
  readonly #whole: Whole;
  readonly #terminal: Terminal;
  readonly #print: (text: string) => void;
  readonly #running: Map<string, { trial: Trial; progress: TrialProgress; bar: SingleBar }> =
    new Map();
  #multi: MultiBar | undefined;
  #bar: SingleBar | undefined;

  constructor(whole: Whole, terminal: Terminal, print: (text: string) => void) {
    this.#whole = whole;
    this.#terminal = terminal;
    this.#print = print;
  }

  update(trial: Trial, progress: TrialProgress): void {
    this.#whole.update(trial, progress);
    const { done: share, epoch, loss } = progress;
    const texts: BarTexts = {
      head: this.#aligned(trial.name),
      share,
      notes: [`epoch ${epoch + 1}`, `loss ${loss.toFixed(4)}`],
    };
    this.#start();
    const known = this.#running.get(trial.id);
    if (known === undefined && this.#running.size < MAX_BARS) {
      const bar = this.#multi!.create(STEPS, Math.floor(share * STEPS), texts);
      this.#running.set(trial.id, { trial, progress, bar });
    } else if (known !== undefined) {
      known.progress = progress;
      known.bar.update(Math.floor(share * STEPS), texts);
    }
    this.#bar!.update(Math.floor(this.#whole.share * STEPS), this.#texts());
  }

  end(trial: Trial, result: TrialResult): void {
    this.#remove(trial);
    this.line(this.#whole.end(trial, result));
  }

  line(text: string): void {
    const running = [...this.#running.values()];
    this.stop();
    this.#print(text);
    for (const { trial, progress } of running) this.update(trial, progress);
  }

  stop(): void {
    this.#multi?.stop();
    this.#multi = undefined;
    this.#bar = undefined;
    this.#running.clear();
  }

  #start(): void {
    if (this.#multi !== undefined) return;
    this.#multi = new MultiBar({
      stream: this.#terminal as NodeJS.WritableStream,
      format: (_options: unknown, _params: unknown, texts: BarTexts) =>
        barLine(texts, this.#columns),
      clearOnComplete: true,
      // Switching the terminal's wrapping off would outlast a grid that is killed.
      linewrap: true,
    });
    this.#bar = this.#multi.create(STEPS, Math.floor(this.#whole.share * STEPS), this.#texts());
  }

  #remove({ id }: Trial): void {
    const known = this.#running.get(id);
    if (known !== undefined) this.#multi?.remove(known.bar);
    this.#running.delete(id);
  }

  /** Bars begin below each other where the terminal is wide enough. */
  #aligned(head: string): string {
    return head.padEnd(Math.min(52, Math.max(0, this.#columns - 45)));
  }

  get #columns(): number {
    return this.#terminal.columns || 80;
  }

  #texts(): BarTexts {
    const { count, all, left, share } = this.#whole;
    return {
      head: this.#aligned(`${count} of ${all} trials finished`),
      share,
      notes: [`${showTime(left)} left`],
    };
  }
}
