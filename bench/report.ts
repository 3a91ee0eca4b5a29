/**
 * How figures are told: a table, or a line of JSON for each.
 *
 * @module
 */
import type { Case } from "./case.ts";
import type { LimitKind } from "./limit.ts";
import { keyOf, type Peers } from "./peers.ts";
import type { Result } from "./runner.ts";

/** A figure as a line of JSON, in the peers' form. */
export function jsonLine({ of, threads, value, spread, limit }: Result, peer: string): string {
  return JSON.stringify({
    peer,
    workload: of.workload,
    params: { ...of.params, threads },
    value: round(value),
    ...(spread && { median: round(spread.median), worst: round(spread.worst), k: spread.k }),
    unit: of.unit,
    ...(limit && { limit: round(limit.most), ofLimit: round(limit.share) }),
    load: load(),
    runtime: `deno ${Deno.version.deno}`,
    notes: of.notes ?? "",
  });
}

/** The table: a row for each case, a column for each number of threads and each peer. */
export function table(
  results: readonly Result[],
  threads: readonly number[],
  peer: string,
  peers: Peers,
): string {
  const head = ["workload", "unit"];
  for (const t of threads) head.push(`${peer} ×${t}`, "of limit");
  const columns = peers.columns(threads);
  head.push(...columns.map((column) => `${column.peer} ×${column.threads}`));
  const rows = [...Map.groupBy(results, (result) => result.of)].map(([row, figures]) => {
    const cells = [titleOf(row), row.unit === "us" ? "µs" : row.unit];
    for (const t of threads) {
      const figure = figures.find((result) => result.threads === t);
      cells.push(figure ? show(figure.value, figure.spread?.median) : "");
      cells.push(figure?.limit ? `${Math.round(figure.limit.share * 100)} %` : "");
    }
    for (const column of columns) {
      // a peer that fails says so once, for all rows of a workload
      const line = peers.find(keyOf(row.workload, row.params), column) ??
        peers.find(keyOf(row.workload, {}), column);
      cells.push(line ? line.value === null ? "fails" : show(line.value, line.median) : "");
    }
    return cells;
  });
  return markdown([head, ...rows]);
}

/** What the limits were, at best, on each number of threads. */
export function limitLines(results: readonly Result[], threads: readonly number[]): string[] {
  const best = (kind: LimitKind, t: number): number =>
    Math.max(
      0,
      ...results.map((r) => r.threads === t && r.limit?.kind === kind ? r.limit.most : 0),
    );
  const line = (kind: LimitKind, title: string, unit: string): string[] => {
    const figures = threads.filter((t) => best(kind, t) > 0)
      .map((t) => `${digits(best(kind, t))} ${unit} ×${t}`);
    return figures.length === 0 ? [] : [`limit, ${title}: ${figures.join(", ")}`];
  };
  return [
    ...line("fma", "128-bit multiply-adds on registers", "GFLOPS"),
    ...line("copy", "copying 4 MB, read and written", "GB/s"),
  ];
}

/** `W1 n 64`: numbers with their names, texts without. */
export function titleOf({ workload, params }: Case): string {
  const parts = Object.entries(params).map(([k, v]) => typeof v === "number" ? `${k} ${v}` : v);
  return `${workload} ${parts.join(", ")}`.trim();
}

/** Best and median. */
function show(value: number, median?: number): string {
  return median === undefined ? digits(value) : `${digits(value)} / ${digits(median)}`;
}

function digits(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}

/** Processes that want to run, over the last minute; null without the permission to know. */
function load(): number | null {
  const state = Deno.permissions.querySync({ name: "sys", kind: "loadavg" }).state;
  return state === "granted" ? Deno.loadavg()[0]! : null;
}

/** A Markdown table whose columns also line up as plain text: the first to the left. */
function markdown([head, ...rows]: string[][]): string {
  const widths = head!.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length))
  );
  const line = (cells: string[]) =>
    `| ${
      cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
        .join(" | ")
    } |`;
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(head!), line(rule), ...rows.map(line)].join("\n");
}
