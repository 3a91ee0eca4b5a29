/**
 * What notebooks show of a training's history: its curves.
 *
 * @module
 */
import { displayAs } from "../core/inspect.ts";
import type { EpochRecord } from "./epoch_record.ts";

/** A panel: what it shows of each epoch, of the training set and of the dev set. */
interface Panel {
  title: string;
  train: (record: EpochRecord) => number;
  dev: (record: EpochRecord) => number;
}

const PANELS: readonly Panel[] = [
  { title: "loss", train: (r) => r.trainLoss, dev: (r) => r.devLoss },
  { title: "accuracy", train: (r) => r.trainAccuracy, dev: (r) => r.devAccuracy },
];

const COLOURS = { train: "#b45309", dev: "#2563eb" };
const [WIDTH, HEIGHT] = [340, 200];
const EDGE = { left: 56, right: 40, top: 28, bottom: 28 };

/** Makes notebooks show a history as curves (`image/svg+xml`) and as a table (`text/plain`). */
export function withCurves(history: EpochRecord[]): EpochRecord[] {
  displayAs(history, (records) => ({
    "text/plain": table(records),
    ...(records.length > 0 ? { "image/svg+xml": curves(records) } : {}),
  }));
  return history;
}

function table(history: readonly EpochRecord[]): string {
  const names = ["epoch", "trainLoss", "trainAccuracy", "devLoss", "devAccuracy"] as const;
  const rows = history.map((record) =>
    names.map((name) =>
      (name === "epoch" ? String(record.epoch) : record[name].toFixed(4)).padStart(name.length)
    ).join("  ")
  );
  return [names.join("  "), ...rows].join("\n");
}

/** All panels that have a value, side by side. */
function curves(history: readonly EpochRecord[]): string {
  const panels = PANELS.filter(({ train, dev }) =>
    history.some((record) => Number.isFinite(train(record)) || Number.isFinite(dev(record)))
  );
  const size = `width="${panels.length * WIDTH}" height="${HEIGHT}"`;
  const drawn = panels.map((panel, i) =>
    `<g transform="translate(${i * WIDTH} 0)">${panelOf(panel, history)}</g>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" ` +
    `font-size="11" fill="#777">${drawn.join("")}</svg>`;
}

function panelOf({ title, ...lines }: Panel, history: readonly EpochRecord[]): string {
  const series = (["train", "dev"] as const).map((name) => ({
    name,
    values: history.map(lines[name]),
  }));
  const finite = series.flatMap(({ values }) => values).filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const last = history.length - 1;
  const [right, bottom] = [WIDTH - EDGE.right, HEIGHT - EDGE.bottom];
  const x = (i: number) => round(EDGE.left + (right - EDGE.left) * (last === 0 ? 0.5 : i / last));
  const y = (v: number) =>
    round(bottom - (bottom - EDGE.top) * (high === low ? 0.5 : (v - low) / (high - low)));
  const text = (at: string, what: string) => `<text ${at}>${what}</text>`;
  return [
    `<path d="M${EDGE.left} ${EDGE.top}V${bottom}H${right}" fill="none" stroke="#999"/>`,
    text(`x="${EDGE.left}" y="16" font-weight="bold"`, title),
    ...[low, high].map((v) =>
      text(`x="${EDGE.left - 6}" y="${y(v) + 4}" text-anchor="end"`, String(+v.toPrecision(3)))
    ),
    ...Array.from(
      new Set([0, last]),
      (i) => text(`x="${x(i)}" y="${bottom + 16}" text-anchor="middle"`, String(history[i]!.epoch)),
    ),
    ...series.flatMap(({ name, values }, i) => [
      line(values, x, y, COLOURS[name]),
      text(`x="${right + 6}" y="${EDGE.top + 14 * i + 8}" fill="${COLOURS[name]}"`, name),
    ]),
  ].join("");
}

type Scale = (value: number) => number;

/** A line with a dot an epoch; what is no number leaves a gap. */
function line(values: readonly number[], x: Scale, y: Scale, colour: string): string {
  let path = "";
  let dots = "";
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    path += `${i > 0 && Number.isFinite(values[i - 1]) ? "L" : "M"}${x(i)} ${y(value)}`;
    dots += `<circle cx="${x(i)}" cy="${y(value)}" r="2" fill="${colour}"/>`;
  });
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots}`;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
