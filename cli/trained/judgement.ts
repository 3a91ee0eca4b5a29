/** How good a network is, as a whole and on each class, as text and as JSON. */
import type { Answers, Mistake } from "../report/answers.ts";
import { percent } from "../words.ts";

/** Figures of a class. Shares of nothing are NaN. */
export interface ClassScores {
  /** How many samples are of the class. */
  count: number;
  /** Of what was taken for the class, how much is of it. */
  precision: number;
  /** Of the class, how much was taken for it. */
  recall: number;
  /** Their harmonic mean: 2 · right / (samples of the class + samples taken for it). */
  f1: number;
}

/** The scores of all classes, out of how many samples of class i were taken for class j: [i][j]. */
export function classScores(confusion: readonly (readonly number[])[]): ClassScores[] {
  return confusion.map((row, i) => {
    const right = row[i]!;
    const count = row.reduce((sum, n) => sum + n, 0);
    const taken = confusion.reduce((sum, other) => sum + other[i]!, 0);
    return {
      count,
      precision: right / taken,
      recall: right / count,
      f1: 2 * right / (count + taken),
    };
  });
}

/** All that is told of a network. */
export interface Judgement extends Answers {
  samples: number;
  /** Mean loss of a sample. */
  loss: number;
  figures: [name: string, value: number][];
  classes: ClassScores[];
  /** What the classes are called, by their label; their numbers unless given. */
  names?: readonly string[] | undefined;
}

/** Tables under the figures. */
export function judgementText(
  { samples, loss, figures, classes, confusion, mistakes, names }: Judgement,
): string {
  const labels = classes.map((_, i) => names?.[i] ?? String(i));
  const column = Math.max(5, ...labels.map(({ length }) => length));
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  const width = Math.max(...[...figures, ["loss"]].map(([name]) => String(name).length));
  const told = [...figures, ["loss", loss] as const].map(([name, value]) =>
    `${name.padEnd(width)}  ${value.toFixed(4)}` +
    (name === "accuracy" ? `   (${samples - right} of ${samples} wrong)` : "")
  ).join("\n");
  if (classes.length === 0) return told;
  return `${told}

${"class".padEnd(column)}    count  precision   recall       F1
${classes.map((scores, i) => classLine(scores, labels[i]!.padStart(column))).join("\n")}

Rows: what it is. Columns: what the network takes it for.
${confusionTable(confusion)}
${mistakes.length > 0 ? `\nThe worst mistakes:\n${mistakes.map(mistakeLine).join("\n")}\n` : ""}`;
}

function classLine({ count, precision, recall, f1 }: ClassScores, label: string): string {
  const [p, r, f] = [precision, recall, f1].map((share) =>
    (Number.isNaN(share) ? "–" : share.toFixed(4)).padStart(9)
  );
  return `${label}${String(count).padStart(9)}  ${p}${r}${f}`;
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
