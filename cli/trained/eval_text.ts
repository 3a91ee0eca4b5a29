/**
 * How good a network is, as text.
 *
 * @module
 */
import { percent } from "../percent.ts";
import type { Mistake } from "../report/mistakes.ts";
import type { ClassScores } from "./scores.ts";

/** All that is told of a network. */
export interface Judgement {
  /** How many samples there are. */
  samples: number;
  /** Mean loss of a sample. */
  loss: number;
  /** Each metric. */
  figures: [name: string, value: number][];
  /** Each class. */
  classes: ClassScores[];
  /** How many samples of class i were taken for class j: [i][j]. */
  confusion: number[][];
  /** The mistakes with the highest loss, the worst first. */
  mistakes: Mistake[];
}

/** Tables under the figures. */
export function judgementText(
  { samples, loss, figures, classes, confusion, mistakes }: Judgement,
): string {
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  const width = Math.max(...[...figures, ["loss"]].map(([name]) => String(name).length));
  const told = [...figures, ["loss", loss] as const].map(([name, value]) =>
    `${name.padEnd(width)}  ${value.toFixed(4)}` +
    (name === "accuracy" ? `   (${samples - right} of ${samples} wrong)` : "")
  ).join("\n");
  if (classes.length === 0) return told;
  return `${told}

class    count  precision   recall       F1
${classes.map(classLine).join("\n")}

Rows: what it is. Columns: what the network takes it for.
${confusionTable(confusion)}
${mistakes.length > 0 ? `\nThe worst mistakes:\n${mistakes.map(mistakeLine).join("\n")}\n` : ""}`;
}

function classLine({ count, precision, recall, f1 }: ClassScores, label: number): string {
  const [p, r, f] = [precision, recall, f1].map((share) =>
    (Number.isNaN(share) ? "–" : share.toFixed(4)).padStart(9)
  );
  return `${String(label).padStart(5)}${String(count).padStart(9)}  ${p}${r}${f}`;
}

function confusionTable(confusion: readonly (readonly number[])[]): string {
  const width = Math.max(...confusion.flat().map((n) => String(n).length), 2) + 2;
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell) => String(cell).padStart(width)).join("");
  const head = line(["", ...confusion.keys()]);
  return [head, ...confusion.map((row, i) => line([i, ...row.map((n) => n === 0 ? "." : n)]))]
    .join("\n");
}

function mistakeLine({ index, label, guess, probabilities, loss }: Mistake): string {
  const p = percent(probabilities[guess]!);
  return `  image ${String(index).padStart(5)}: ${label}, taken for ${guess} (${p}), ` +
    `loss ${loss.toFixed(2)}`;
}

/** What a judgement is as JSON: without pixels, and without NaN, which JSON has not. */
export function judgementJson(
  { samples, loss, figures, mistakes, classes, confusion }: Judgement,
): unknown {
  return {
    samples,
    loss,
    ...Object.fromEntries(figures),
    confusion,
    classes: classes.map(({ count, ...shares }) => ({
      count,
      ...Object.fromEntries(
        Object.entries(shares).map(([name, share]) => [name, Number.isNaN(share) ? null : share]),
      ),
    })),
    mistakes: mistakes.map(({ index, label, guess, probabilities, loss }) => ({
      index,
      label,
      guess,
      probability: probabilities[guess],
      loss,
    })),
  };
}
