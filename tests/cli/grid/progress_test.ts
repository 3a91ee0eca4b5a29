import assert from "node:assert/strict";
import { gridTrials } from "../../../cli/grid/configurations.ts";
import { readGridOptions } from "../../../cli/grid/options.ts";
import { createGridProgress } from "../../../cli/grid/progress.ts";
import type { Trial, TrialResult } from "../../../cli/grid/trial.ts";
import type { Terminal } from "../../../cli/progress.ts";

const { spec } = readGridOptions({ quick: true, layers: "2", activation: "relu", epochs: "10" });
const trials = gridTrials({ ...spec, library: "", data: "" });

function resultOf({ id, config }: Trial): TrialResult {
  return {
    id,
    config,
    epochs: [],
    bestAccuracy: 0.97,
    bestEpoch: 9,
    weightHash: "",
    seconds: 12.34,
  };
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
    samples: 100,
    terminal,
    print: (text) => lines.push(text),
    now: () => now,
  });
  const [first, second] = trials as [Trial, Trial];
  now = 1000;
  progress.update(first, { epoch: 4, samples: 0, loss: 0.25 });
  progress.update(second, { epoch: 1, samples: 0, loss: 0.5 });
  progress.update(first, { epoch: 5, samples: 0, loss: 0.125 });
  await new Promise((resolve) => setTimeout(resolve, 250)); // drawn ten times a second
  progress.stop();
  // 0.6 trials in a second are done, 1.4 are left.
  assert.match(terminal.text, /0 of 2 trials finished +█+░+ {2}30% {2}0:03 left/);
  assert.match(
    terminal.text,
    /2 layers, relu, momentum off, decay 0\.5, seed 0 +█+░+ {2}50% {2}epoch 6\/10 {2}loss 0\.1250/,
  );
  assert.match(terminal.text, /seed 1 +█+░+ {2}10% {2}epoch 2\/10 {2}loss 0\.5000/);
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
    samples: 100,
    terminal: { write: () => assert.fail("no terminal") },
    print: (text) => lines.push(text),
    now: () => now,
  });
  const [first, second] = trials as [Trial, Trial];
  progress.update(first, { epoch: 4, samples: 0, loss: 0.25 });
  now = 20_000;
  progress.end(first, resultOf(first));
  progress.end(second, resultOf(second));
  progress.stop();
  const text = "2 layers, relu, momentum off, decay 0.5, seed";
  assert.deepEqual(lines, [
    `11/12  ${text} 0: dev accuracy 0.9700 at epoch 9, 12.3 s, 0:20 left`,
    `12/12  ${text} 1: dev accuracy 0.9700 at epoch 9, 12.3 s`,
  ]);
});

Deno.test("a quiet grid shows nothing", () => {
  const nothing = () => assert.fail("shown");
  const terminal = { isTTY: true, write: nothing };
  const options = { trials, finished: 0, samples: 1, quiet: true, terminal, print: nothing };
  const progress = createGridProgress(options);
  progress.update(trials[0]!, { epoch: 0, samples: 1, loss: 1 });
  progress.end(trials[0]!, resultOf(trials[0]!));
  progress.line("text");
  progress.stop();
});
