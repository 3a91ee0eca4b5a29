/** What a grid shows while its trials run: they may begin, get on and end in any order. */
import { type Bar, barsOn } from "../bars.ts";
import { print as printText } from "../print.ts";
import type { Progress, ProgressOptions } from "../progress.ts";
import { showTime } from "../words.ts";
import type { Metric } from "./metric.ts";
import type { Trial, TrialProgress, TrialResult } from "./trial.ts";

/** Shows how trials get on. */
export interface GridProgress extends Pick<Progress, "line" | "stop"> {
  /** A trial runs. The first call begins it. */
  update(trial: Trial, progress: TrialProgress): void;
  /** A trial is over. */
  end(trial: Trial, result: TrialResult): void;
}

/** What `createGridProgress` needs to know. */
interface GridProgressOptions
  extends Pick<ProgressOptions, "quiet" | "terminal" | "print" | "now"> {
  trials: readonly Trial[];
  /** Trials that are finished already. */
  finished: number;
  /** What is told of each. */
  metric: Metric;
}

/** Most trials with a bar of their own: bars that leave the screen cannot be redrawn. */
const MAX_BARS = 16;

/** Bars for the trials that run and one for the whole on a terminal, else a line a trial. */
export function createGridProgress(
  {
    trials,
    finished,
    metric,
    quiet = false,
    terminal,
    print = printText,
    now = () => performance.now(),
  }: GridProgressOptions,
): GridProgress {
  if (quiet) return { update() {}, end() {}, line() {}, stop() {} };
  const bars = barsOn(terminal);
  const all = finished + trials.length;
  const running = new Map<string, Running>();
  const clock = new GridClock(trials.length, now);
  let count = finished;
  const shareDone = () => clock.shareDone(count - finished, running.values());
  const timeLeft = () => `${showTime(clock.secondsLeft(shareDone()))} left`;
  const draw = () => {
    if (bars === null || running.size === 0) return;
    const head = `${count} of ${all} trials finished`;
    const whole: Bar = { head, share: shareDone(), notes: [timeLeft()] };
    // Bars begin below each other where the terminal is wide enough.
    const width = Math.min(52, Math.max(0, bars.columns - 45));
    bars.draw(
      [whole, ...running.values().take(MAX_BARS).map(barOf)]
        .map((bar) => ({ ...bar, head: bar.head.padEnd(width) })),
    );
  };
  const line = (text: string) => {
    bars?.stop();
    print(text);
    draw();
  };
  return {
    update({ id, name }, progress) {
      running.set(id, { name, progress });
      draw();
    },
    end({ id, name }, result) {
      running.delete(id);
      count++;
      line(
        `${String(count).padStart(String(all).length)}/${all}  ${name}: ` +
          `${metric.name} ${metric.of(result).toFixed(metric.digits)} ` +
          `at epoch ${result.bestEpoch}, ${result.seconds.toFixed(1)} s` +
          (count < all ? `, ${timeLeft()}` : ""),
      );
    },
    line,
    stop: () => bars?.stop(),
  };
}

/** A trial that runs. */
interface Running {
  readonly name: string;
  readonly progress: TrialProgress;
}

function barOf({ name, progress }: Running): Bar {
  return {
    head: name,
    share: progress.done,
    notes: [`epoch ${progress.epoch + 1}`, `loss ${progress.loss.toFixed(4)}`],
  };
}

/** How much of the trials that were to be done when it began is done, and how long the rest takes. */
class GridClock {
  readonly #trials: number;
  readonly #now: () => number;
  readonly #began: number;

  constructor(trials: number, now: () => number) {
    this.#trials = trials;
    this.#now = now;
    this.#began = now();
  }

  shareDone(ended: number, running: Iterable<Running>): number {
    let sum = ended;
    for (const { progress } of running) sum += progress.done;
    return Math.min(1, sum / this.#trials);
  }

  /** At the speed so far; NaN where that is not known yet. */
  secondsLeft(share: number): number {
    return share < 0.01 ? NaN : (this.#now() - this.#began) / 1000 * (1 / share - 1);
  }
}
