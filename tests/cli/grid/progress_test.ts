import assert from "node:assert/strict";
import { createGridProgress } from "../../../cli/grid/progress.ts";
import type { Trial, TrialResult } from "../../../cli/grid/trial.ts";
import type { Terminal } from "../../../cli/bars.ts";
import { ACCURACY, madeTrial } from "./made_trials.ts";

const trials = [0, 1].map((seed): Trial => ({
  id: `trial ${seed}`,
  name: `layers 2, momentum off, seed ${seed}`,
  options: { layers: 2, momentum: null, epochs: 10 },
  seed,
}));

function resultOf(trial: Trial): TrialResult {
  return { ...madeTrial(trial, 0.97, 9), seconds: 12.34 };
}

/** A terminal that keeps what is drawn, control sequences taken out. */
class Screen implements Terminal {
  isTTY = true;
  columns = 120;
  text = "";

  write(text: string): boolean {
    // deno-lint-ignore no-control-regex -- a terminal's control sequences begin so
    this.text += text.replaceAll(/\x1b(\[[\d;?]*[A-Za-z]|[78])/g, "");
    return true;
  }
}

Deno.test("a terminal shows a bar a trial and one for the whole, with the time left", async () => {
  const terminal = new Screen();
  const lines: string[] = [];
  let now = 0;
  const progress = createGridProgress({
    trials,
    finished: 0,
    metric: ACCURACY,
    terminal,
    print: (text) => lines.push(text),
    now: () => now,
  });
  const [first, second] = trials as [Trial, Trial];
  now = 1000;
  progress.update(first, { done: 0.4, epoch: 4, loss: 0.25 });
  progress.update(second, { done: 0.1, epoch: 1, loss: 0.5 });
  progress.update(first, { done: 0.5, epoch: 5, loss: 0.125 });
  await new Promise((resolve) => setTimeout(resolve, 250)); // drawn ten times a second
  progress.stop();
  // 0.6 trials in a second are done, 1.4 are left.
  assert.match(terminal.text, /0 of 2 trials finished +█+░+ {2}30% {2}0:03 left/);
  assert.match(
    terminal.text,
    /layers 2, momentum off, seed 0 +█+░+ {2}50% {2}epoch 6 {2}loss 0\.1250/,
  );
  assert.match(terminal.text, /seed 1 +█+░+ {2}10% {2}epoch 2 {2}loss 0\.5000/);
  progress.end(first, resultOf(first));
  progress.end(second, resultOf(second));
  progress.stop();
  assert.deepEqual(lines.map((line) => line.slice(0, 5)), ["1/2  ", "2/2  "]);
});

Deno.test("elsewhere a line tells each trial that is over, and the time left", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = createGridProgress({
    trials,
    finished: 10,
    metric: ACCURACY,
    terminal: { write: () => assert.fail("no terminal") },
    print: (text) => lines.push(text),
    now: () => now,
  });
  const [first, second] = trials as [Trial, Trial];
  progress.update(first, { done: 0.4, epoch: 4, loss: 0.25 });
  now = 20_000;
  progress.end(first, resultOf(first));
  progress.end(second, resultOf(second));
  progress.stop();
  const text = "layers 2, momentum off, seed";
  assert.deepEqual(lines, [
    `11/12  ${text} 0: dev accuracy 0.9700 at epoch 9, 12.3 s, 0:20 left`,
    `12/12  ${text} 1: dev accuracy 0.9700 at epoch 9, 12.3 s`,
  ]);
});

Deno.test("a quiet grid shows nothing", () => {
  const nothing = () => assert.fail("shown");
  const terminal = { isTTY: true, write: nothing };
  const options = { trials, finished: 0, metric: ACCURACY, quiet: true, terminal, print: nothing };
  const progress = createGridProgress(options);
  progress.update(trials[0]!, { done: 0.1, epoch: 0, loss: 1 });
  progress.end(trials[0]!, resultOf(trials[0]!));
  progress.line("text");
  progress.stop();
});
