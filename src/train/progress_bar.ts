import { atMost, callable, checkOptions, kind, type Kinds, whole } from "../core/options.ts";
import type { Callback, Fit, StepInfo } from "./callback.ts";
import type { EpochRecord } from "./epoch_record.ts";

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** An element of a page, whose text the progress becomes. */
  element?: { textContent: string | null };
  /** Takes each line that stays: an epoch that is over. Default: standard output, or the console. */
  write?: (line: string) => void;
  /** Characters of the bar. Default: 24. */
  width?: number;
}

const OPTIONS: Kinds<ProgressBarOptions> = {
  element: kind("an element of a page", (value) => "textContent" in Object(value)),
  write: callable,
  width: whole(1),
};

/** What is used of a terminal. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): void;
}

/**
 * Shows how a training gets on: in a terminal a bar that moves and a line an epoch, elsewhere only the
 * lines; in a page the text of an element. An entry of a trainer's `callbacks`.
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  atMost(1, arguments.length, "progressBar({ element, write, width })");
  const { element, write, width = 24 } = checkOptions("progressBar", options, OPTIONS);
  const { process, console } = globalThis as unknown as {
    process?: { stdout?: Output };
    console: { log(line: string): void };
  };
  const output = write === undefined && element === undefined ? process?.stdout : undefined;
  const isTerminal = output?.isTTY === true;
  let fit: Fit | null = null;
  let epoch = 0;
  const head = () => `epoch ${epoch + 1}/${fit!.epochs}`;
  return {
    onFitBegin(begun) {
      fit = begun;
    },
    onEpochBegin(begun) {
      epoch = begun;
    },
    onProgress({ epoch: at, samples, meanLoss }: StepInfo) {
      epoch = at;
      const line = `${head()} ${share(samples, fit!.samples, width)} loss ${meanLoss.toFixed(4)}`;
      if (element !== undefined) element.textContent = line;
      else if (isTerminal) output!.write(`\r\x1b[K${line}`);
    },
    onEpochEnd(record: EpochRecord) {
      epoch = record.epoch;
      const line = `${head()} ${recordText(record)}`;
      if (element !== undefined) element.textContent = line;
      if (write !== undefined) write(line);
      else if (element === undefined) {
        if (output === undefined) console.log(line);
        else output.write(`${isTerminal ? "\r\x1b[K" : ""}${line}\n`);
      }
    },
  };
}

/** `████░░░░ 512/1000`; of a stream, whose end nobody knows, `512 samples`. */
function share(samples: number, all: number, width: number): string {
  if (Number.isNaN(all)) return `${samples} samples`;
  const done = Math.min(width, Math.floor(width * samples / all));
  return `${"█".repeat(done)}${"░".repeat(width - done)} ${samples}/${all}`;
}

/** `loss 0.1234, accuracy 0.9812; dev loss 0.2345, accuracy 0.9501, f1 0.9499; 1.2 s`. */
function recordText(record: EpochRecord): string {
  const { trainLoss, trainAccuracy, devLoss, devAccuracy, metrics = {}, seconds } = record;
  const part = (figures: Record<string, number>) =>
    Object.entries(figures).filter(([_, value]) => !Number.isNaN(value))
      .map(([name, value]) => `${name} ${value.toFixed(4)}`).join(", ");
  const dev = part({ loss: devLoss, accuracy: devAccuracy, ...metrics });
  return [
    part({ loss: trainLoss, accuracy: trainAccuracy }),
    ...dev === "" ? [] : [`dev ${dev}`],
    `${seconds.toFixed(1)} s`,
  ].join("; ");
}
