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
  const began = now();
  const running = new Map<string, { name: string; progress: TrialProgress }>();
  let count = finished;
  /** Share of the trials that is done, of those that were to be done when this began. */
  const shareDone = () => {
    const parts = running.values().reduce((sum, { progress }) => sum + progress.done, 0);
    return Math.min(1, (count - finished + parts) / trials.length);
  };
  /** Time left at the speed so far, as text. */
  const timeLeft = () => {
    const share = shareDone();
    const seconds = share < 0.01 ? NaN : (now() - began) / 1000 * (1 / share - 1);
    return `${showTime(seconds)} left`;
  };
  const draw = () => {
    if (bars === null || running.size === 0) return;
    // Bars begin below each other where the terminal is wide enough.
    const width = Math.min(52, Math.max(0, bars.columns - 45));
    const whole: Bar = {
      head: `${count} of ${all} trials finished`.padEnd(width),
      share: shareDone(),
      notes: [timeLeft()],
    };
    const each = Array.from(running.values().take(MAX_BARS), ({ name, progress }): Bar => ({
      head: name.padEnd(width),
      share: progress.done,
      notes: [`epoch ${progress.epoch + 1}`, `loss ${progress.loss.toFixed(4)}`],
    }));
    bars.draw([whole, ...each]);
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
