import assert from "node:assert/strict";
import type { Terminal } from "../../cli/bars.ts";
import { createProgress } from "../../cli/progress.ts";
import { showCount, showTime } from "../../cli/words.ts";

/** A terminal that keeps what is written, as plain text: a list of what stood on the line. */
class Screen implements Terminal {
  isTTY = true;
  columns = 100;
  written = "";

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  /** All that was drawn, control sequences taken out. */
  get text(): string {
    // deno-lint-ignore no-control-regex -- a terminal's control sequences begin so
    return this.written.replaceAll(/\x1b(\[[\d;?]*[A-Za-z]|[78])/g, "");
  }
}

Deno.test("a terminal shows a bar with epoch, share, loss, rate and time left", () => {
  const terminal = new Screen();
  let now = 0;
  const progress = createProgress({
    samples: 1000,
    epochs: 20,
    terminal,
    print: () => {},
    now: () => now,
  });
  progress.epoch(3);
  now = 500;
  progress.update(50, 0.5);
  progress.stop();
  // The first samples took long, as a start does: they count for nothing.
  assert.match(terminal.text, / {3}5% {2}- left {2}loss 0\.5000 {2}- samples\/s$/);
  terminal.written = "";
  now = 900;
  progress.update(250, 0.12345);
  progress.stop();
  // 200 samples in 0.4 seconds are 500/s; 750 and 16 epochs of 1000 are still to come.
  const bar = "█".repeat(8) + "░".repeat(22);
  assert.equal(
    terminal.text.trim().split("\n")[0],
    `epoch  3 of 0-19 ${bar}  25%  0:34 left  loss 0.1235  500 samples/s`,
  );
});

Deno.test("samples that were through before an interruption do not count for the rate", () => {
  const terminal = new Screen();
  let now = 0;
  const options = { samples: 1000, epochs: 1, terminal, print: () => {}, now: () => now };
  const progress = createProgress(options);
  progress.epoch(0, 600);
  now = 500;
  progress.update(800, 0.1);
  progress.stop();
  assert.match(terminal.text, /80% {2}0:01 left {2}loss 0\.1000 {2}400 samples\/s/);
});

Deno.test("the bar leaves the line before a line is printed, and never wraps", () => {
  const terminal = new Screen();
  terminal.columns = 60;
  const lines: string[] = [];
  const progress = createProgress({
    samples: 10,
    epochs: 2,
    terminal,
    // What was drawn last is the clearing of the line.
    print: (text) => lines.push(text, terminal.written.slice(-4)),
    now: () => 0,
  });
  progress.update(5, 0.5);
  progress.line("epoch 0 is over");
  progress.line("and told");
  const cleared = "\x1b[2K";
  assert.deepEqual(lines, ["epoch 0 is over", cleared, "and told", cleared]);
  assert.ok(terminal.text.length > 0 && terminal.text.length <= 60, terminal.text);
});

Deno.test("a file or a pipe gets the lines only", () => {
  const terminal = new Screen();
  terminal.isTTY = false;
  const lines: string[] = [];
  const progress = createProgress({
    samples: 10,
    epochs: 2,
    terminal,
    print: (text) => void lines.push(text),
  });
  progress.epoch(0);
  progress.update(5, 0.5);
  progress.line("epoch 0 is over");
  progress.stop();
  assert.deepEqual([terminal.written, lines], ["", ["epoch 0 is over"]]);
});

Deno.test("quiet shows nothing", () => {
  const terminal = new Screen();
  const lines: string[] = [];
  const progress = createProgress({
    samples: 10,
    epochs: 2,
    quiet: true,
    terminal,
    print: (text) => void lines.push(text),
  });
  progress.epoch(0);
  progress.update(5, 0.5);
  progress.line("epoch 0 is over");
  progress.stop();
  assert.deepEqual([terminal.written, lines], ["", []]);
});

Deno.test("counts and times are short, and a dash where they are unknown", () => {
  const counts = [0, 950.4, 999.6, 7123, 9960, 120_400, 999_600, 1.3e6, NaN, Infinity];
  assert.deepEqual(
    counts.map(showCount),
    ["0", "950", "1.0k", "7.1k", "10k", "120k", "1.0M", "1.3M", "-", "-"],
  );
  const times = [0, 6.2, 59.5, 750, 3723, NaN, Infinity];
  assert.deepEqual(times.map(showTime), ["0:00", "0:07", "1:00", "12:30", "1:02:03", "-", "-"]);
});

Deno.test("the table of epochs has rows that fit, without its first columns where a terminal is narrow", () => {
  for (const columns of [120, 76, 60, 46, 44, 30, 10]) {
    for (const devAccuracy of [0.5, NaN]) {
      const rows: string[] = [];
      const print = (text: string) => void rows.push(...text.split("\n"));
      const progress = createProgress({ samples: 10, epochs: 100, columns, print });
      const record = { trainLoss: 0.25, trainAccuracy: 0.5, devLoss: 0.125, devAccuracy };
      progress.epochEnd({ ...record, epoch: 3, learningRate: 0.00123456, seconds: 1234.5 }, true);
      const longest = Math.max(...rows.map(({ length }) => length));
      assert.ok(columns < 20 || longest <= columns, `${columns}: ${rows.join("\n")}`);
      assert.match(rows[1]!, /^epoch {2}3 .*1234\.5 s$/);
      if (devAccuracy === 0.5 && columns >= 30) assert.match(rows[1]!, /0\.5000 \*/);
      assert.equal(rows[1]!.includes("0.2500"), columns >= (devAccuracy === 0.5 ? 46 : 44));
    }
  }
});
