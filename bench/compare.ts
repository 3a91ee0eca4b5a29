/**
 * What has become slower since another run.
 *
 * @module
 */
import { bestOfEach, type Figure, nameOf, type Run } from "./figures.ts";
import { digits } from "./tables.ts";
import { isTime } from "./rows.ts";

/** A row that both runs have. */
export interface Change {
  /** Contender, threads and row. */
  name: string;
  /** Before. */
  old: Figure;
  /** Now. */
  now: Figure;
  /** The speed now, of that before: below 1 is slower. */
  ratio: number;
}

/** This library's rows that both runs have; neither results nor other libraries. */
export function changes(old: Run, now: Run, contenders: readonly string[]): Change[] {
  const before = new Map(bestOfEach(old.figures).map((figure) => [nameOf(figure), figure]));
  return bestOfEach(now.figures).flatMap((figure) => {
    const was = before.get(nameOf(figure));
    if (was === undefined || figure.unit === "nll" || !contenders.includes(figure.contender)) {
      return [];
    }
    const ratio = isTime(figure.unit) ? was.value / figure.value : figure.value / was.value;
    return [{ name: nameOf(figure), old: was, now: figure, ratio }];
  });
}

/** Those that are slower than the threshold allows, the slowest first. */
export function slower(all: readonly Change[], threshold: number): Change[] {
  return all.filter(({ ratio }) => !(ratio >= threshold)).sort((a, b) => a.ratio - b.ratio);
}

/** The lines that tell of a comparison. */
export function told(all: readonly Change[], threshold: number): string[] {
  const slow = slower(all, threshold);
  const lines = slow.map(({ name, old, now, ratio }) =>
    `slower: ${name}: ${digits(old.value)} → ${digits(now.value)} ${now.unit}, ` +
    `${ratio.toFixed(2)} of its speed`
  );
  const count = `${slow.length} of ${all.length} rows that both runs have are slower: `;
  return [...lines, `${count}below ${threshold} of their speed counts`];
}
