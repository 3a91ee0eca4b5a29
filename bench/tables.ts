/**
 * Figures as Markdown tables: a row for each piece of work, a column for each contender, one table for
 * each number of threads, and the best in bold, whoever it is.
 *
 * @module
 */
import { bestOfEach, type Figure, isBetter } from "./figures.ts";
import { keyOf, type LimitKind } from "./rows.ts";

/** Which rows stand together. */
const SECTIONS: readonly (readonly [title: string, workloads: readonly string[]])[] = [
  ["Products, GFLOP/s", ["W1", "W2"]],
  ["Training, samples a second", ["W3", "W3b", "W3l", "W3p"]],
  ["Convolution, samples a second", ["W4", "W4m"]],
  ["ResNet-20 and depthwise convolutions, 32 × 32 pixels", ["W10"]],
  ["Inference", ["W5"]],
  ["A small GPT, tokens a second", ["W9"]],
  ["Elementwise, millions of elements a second", ["W7"]],
  ["Calls, threads, a whole process", ["W8", "WF", "W6"]],
];

/** All tables, and what the limits were. Contenders without any figure get no column. */
export function tables(figures: readonly Figure[], contenders: readonly string[]): string {
  const timed = bestOfEach(figures.filter(({ unit }) => unit !== "nll"));
  const threads = [...new Set(timed.map((figure) => figure.threads))].sort((a, b) => a - b);
  const parts = SECTIONS.flatMap(([title, workloads]) =>
    threads.flatMap((count) => {
      const own = timed.filter((figure) =>
        figure.threads === count && workloads.includes(figure.workload)
      );
      return own.length === 0 ? [] : [`${title}, ×${count}:\n\n${table(own, contenders)}`];
    })
  );
  return [...parts, ...limitLines(timed, contenders)].join("\n\n");
}

/** One table of figures on as many threads. */
function table(figures: readonly Figure[], contenders: readonly string[]): string {
  const columns = contenders.filter((name) => figures.some((figure) => figure.contender === name));
  const rows = [...Map.groupBy(figures, keyOf).values()].map((ofRow) => {
    const best = ofRow.reduce((a, b) => isBetter(b, a) ? b : a);
    return [
      ofRow[0]!.title,
      ...columns.map((name) => {
        const figure = ofRow.find(({ contender }) => contender === name);
        return figure === undefined ? "—" : cell(figure, figure.value === best.value);
      }),
    ];
  });
  return markdown([["what", ...columns], ...rows]);
}

/** The value, in bold where it is the best, and its part of the limit. */
function cell({ value, limit }: Figure, isBest: boolean): string {
  const text = isBest ? `**${digits(value)}**` : digits(value);
  return limit === null ? text : `${text} (${Math.round(limit.share * 100)} %)`;
}

/** What the limits were at best, for each contender that has one. */
function limitLines(figures: readonly Figure[], contenders: readonly string[]): string[] {
  const line = (kind: LimitKind, title: string, unit: string): string[] => {
    const own = figures.filter(({ limit }) => limit?.kind === kind);
    const parts = contenders.flatMap((name) => {
      const best = new Map<number, number>();
      for (const { contender, threads, limit } of own) {
        if (contender !== name) continue;
        best.set(threads, Math.max(best.get(threads) ?? 0, limit!.most));
      }
      const of = [...best].sort(([a], [b]) => a - b).map(([t, most]) => `${digits(most)} ×${t}`);
      return of.length === 0 ? [] : [`${name} ${of.join(", ")}`];
    });
    return parts.length === 0 ? [] : [`${title}, ${unit}: ${parts.join("; ")}.`];
  };
  return [
    ...line("fma", "Limits, multiply-adds between registers", "GFLOP/s"),
    ...line("copy", "Limits, copying 4 MB, read and written", "GB/s"),
  ];
}

/** As many digits as the measurement is worth. */
export function digits(value: number): string {
  if (value >= 1000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A Markdown table whose columns also line up as plain text: the first to the left. */
function markdown([head, ...rows]: string[][]): string {
  const widths = head!.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length))
  );
  const line = (cells: string[]) =>
    `| ${
      cells.map((text, i) => i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
        .join(" | ")
    } |`;
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(head!), line(rule), ...rows.map(line)].join("\n");
}
