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
import type { TrialProgress } from "./run_trial.ts";
import { describeTrial, type Trial, type TrialConfig, type TrialResult } from "./trial.ts";

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
  /** Samples in an epoch. */
  samples: number;
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
  return new Bars(whole, terminal, print, options.samples);
}

/** How far the grid is as a whole, trials weighted by what they cost. */
class Whole {
  readonly all: number;
  readonly #now: () => number;
  readonly #began: number;
  readonly #cost: number;
  readonly #samples: number;
  readonly #shares: Map<string, number> = new Map();
  #done = 0;
  count: number;

  constructor({ trials, finished, samples, now = () => performance.now() }: GridProgressOptions) {
    this.#now = now;
    this.#began = now();
    this.#samples = samples;
    this.#cost = trials.reduce((sum, { config }) => sum + costOf(config), 0);
    this.count = finished;
    this.all = finished + trials.length;
  }

  update({ id, config }: Trial, { epoch, samples }: TrialProgress): number {
    const share = (epoch + samples / this.#samples) / config.epochs;
    this.#shares.set(id, share * costOf(config));
    return share;
  }

  end({ id, config }: Trial, result: TrialResult): string {
    this.#shares.delete(id);
    this.#done += costOf(config);
    this.count++;
    const count = `${String(this.count).padStart(String(this.all).length)}/${this.all}`;
    return `${count}  ${describeTrial(config)}: dev accuracy ` +
      `${result.bestAccuracy.toFixed(4)} at epoch ${result.bestEpoch}, ` +
      `${result.seconds.toFixed(1)} s` +
      (this.count < this.all ? `, ${showTime(this.left)} left` : "");
  }

  /** Share of the work that is done, of what was to be done when this began. */
  get share(): number {
    const running = this.#shares.values().reduce((sum, share) => sum + share, 0);
    return Math.min(1, (this.#done + running) / this.#cost);
  }

  /** Seconds left at the speed so far. */
  get left(): number {
    if (this.share < 0.01) return NaN; // nothing is known yet
    return (this.#now() - this.#began) / 1000 * (1 / this.share - 1);
  }
}

/** What a trial costs, in units of one layer's epoch: time goes with layers, about. */
function costOf({ layers, momentum, epochs }: TrialConfig): number {
  return epochs * (layers + 2) * (momentum === null ? 1 : 1.3);
}

/** Steps of a bar. */
const STEPS = 1000;

/** Most trials with a bar of their own: bars that leave the screen cannot be redrawn. */
const MAX_BARS = 16;

class Bars implements GridProgress {
  readonly #whole: Whole;
  readonly #terminal: Terminal;
  readonly #print: (text: string) => void;
  readonly #samples: number;
  readonly #running: Map<string, { trial: Trial; progress: TrialProgress; bar: SingleBar }> =
    new Map();
  #multi: MultiBar | undefined;
  #bar: SingleBar | undefined;

  constructor(whole: Whole, terminal: Terminal, print: (text: string) => void, samples: number) {
    this.#whole = whole;
    this.#terminal = terminal;
    this.#print = print;
    this.#samples = samples;
  }

  update(trial: Trial, progress: TrialProgress): void {
    const share = this.#whole.update(trial, progress);
    const texts: BarTexts = {
      head: this.#aligned(describeTrial(trial.config)),
      share,
      notes: [
        `epoch ${progress.epoch + 1}/${trial.config.epochs}`,
        `loss ${progress.loss.toFixed(4)}`,
      ],
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
