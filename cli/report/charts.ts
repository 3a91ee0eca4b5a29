/**
 * Lines over epochs as SVG, and the training curves that are drawn with them: the figure 1 of the paper.
 */
import type { train } from "@glim/glim";
import { bestEpoch, type EpochRecord } from "@glim/glim/train";
import style from "./curves.css" with { type: "text" };
import { html, Markup, type Part } from "./html.ts";

/** A point; a y that is not finite leaves a gap. */
export type Point = readonly [x: number, y: number];

/** A line and its name. */
export interface Series {
  /** Written at the line's end, if `labels`. */
  name: string;
  /** `a`, `b` …: a colour of the page. */
  colour: string;
  /** From left to right. */
  points: readonly Point[];
}

/** What {@link lineChart} draws. */
export interface LineChart {
  /** What a reader who does not see it is told. */
  label: string;
  /** In CSS pixels, at the scale at which text is 11 px. */
  width: number;
  height: number;
  series: readonly Series[];
  /** Lowest and highest y. */
  domain: readonly [low: number, high: number];
  /** How many y values are named, about. */
  ticks: number;
  /** Whether lines are named at their ends. */
  labels?: boolean;
  /** A point with a ring, its text for the pointer. */
  ring?: { at: Point; text: string } | undefined;
  /** An upright line: an x and its name. */
  upright?: { x: number; text: string } | undefined;
}

/** Draws lines over epochs. */
export function lineChart(chart: LineChart): Markup {
  const { width, height, series, domain: [low, high] } = chart;
  const values = ticks(low, high, chart.ticks);
  const digits = decimals(values);
  const left = 10 + 6.2 * Math.max(...values.map((v) => v.toFixed(digits).length));
  const [right, top, bottom] = [chart.labels ? 38 : 8, chart.upright ? 20 : 8, 34];
  const last = Math.max(1, ...series.flatMap(({ points }) => points.map(([x]) => x)));
  const x = (v: number) => round(left + (width - left - right) * v / last);
  const y = (v: number) => round(top + (height - top - bottom) * (high - v) / (high - low || 1));
  const epochs = ticks(0, last, (width - left) / 45).filter(Number.isInteger);
  const { ring, upright } = chart;
  return html`
    <svg class="chart" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"
      role="img" aria-label="${chart.label}">
    ${values.map((v) =>
      html`
        <path class="grid" d="M${left} ${y(v)}H${width - right}" />
        <text x="${left - 5}" y="${y(v) + 3.5}" text-anchor="end">${v.toFixed(digits)}</text>
      `
    )}${epochs.map((v) =>
      html`<text x="${x(v)}" y="${height - bottom + 15}" text-anchor="middle">${v}</text>`
    )}<text x="${round((left + width - right) / 2)}" y="${height -
      4}" text-anchor="middle">epoch</text>${upright && html`
      <path class="upright" d="M${x(upright.x)} ${top - 4}V${height - bottom}" />
      <text x="${x(upright.x)}" y="${top - 8}" text-anchor="${upright.x > last / 2
        ? "end"
        : "start"}">${upright.text}</text>
    `}${series.map((line) => {
      const path = pathOf(line, x, y);
      const dot = path.endsWith(DOT) ? " dot" : "";
      return html`
        <path class="line ${line.colour}${dot}" d="${path}" />
      `;
    })}${chart.labels && endLabels(series, x, y)}${ring && Number.isFinite(ring.at[1]) && html`
      <circle class="ring" cx="${x(ring.at[0])}" cy="${y(
        Math.min(high, Math.max(low, ring.at[1])),
      )}" r="4">
        <title>${ring.text}</title>
      </circle>
    `}</svg>
  `;
}

type Scale = (value: number) => number;

/** Ends the path of a dot: a line of no length would not be drawn. */
const DOT = "h.01";

/** A dot where a line would be a single point, so that it can be seen. */
function pathOf({ points }: Series, x: Scale, y: Scale): string {
  let path = "";
  let pen = "M";
  for (const [epoch, value] of points) {
    if (Number.isFinite(value)) path += `${pen}${x(epoch)} ${y(value)}`;
    pen = Number.isFinite(value) ? "L" : "M";
  }
  return path.includes("L") ? path : path + (path && DOT);
}

/** Names at the right ends of lines, pushed apart where lines end near each other. */
function endLabels(series: readonly Series[], x: Scale, y: Scale): Part[] {
  const ends = series.flatMap(({ name, colour, points }) => {
    const end = points.findLast(([_, v]) => Number.isFinite(v));
    return end ? [{ name, colour, x: x(end[0]) + 5, y: y(end[1]) + 3.5 }] : [];
  }).sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i]!.y = Math.max(ends[i]!.y, ends[i - 1]!.y + 12);
  return ends.map((end) =>
    html`<text class="name ${end.colour}" x="${end.x}" y="${round(end.y)}">${end.name}</text>`
  );
}

/** Round values from `low` to `high`, about `count` of them: 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  // The nearest by ratio: the borders are the geometric means of neighbours.
  const step = power *
    ([1, 2, 5].find((m, i) => rough / power < Math.sqrt(m * [2, 5, 10][i]!)) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + step * 1e-6; i++) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found.length > 0 ? found : [low];
}

/** The lowest and the highest of the values that are finite; 0 and 1 where there is none. */
export function domainOf(values: readonly number[]): [low: number, high: number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  return finite.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );
}

/** Decimals that tell all values apart exactly. */
function decimals(values: readonly number[]): number {
  return Math.max(...values.map((v) => (String(v).split(".")[1] ?? "").length));
}

function round(x: number): number {
  return Math.round(10 * x) / 10;
}

/** CSS pixels of one of the two charts. */
const [WIDTH, HEIGHT] = [460, 270];

/** Above the charts, between them and around everything. */
const [TITLE, GAP, EDGE] = [56, 24, 16];

/**
 * Draws loss and accuracy over the epochs, training and dev set, side by side; the epoch with the
 * best dev accuracy is marked. Gives an SVG document, light or dark as its reader wishes. Throws
 * RangeError for an empty history.
 */
export function curvesSvg(history: readonly EpochRecord[], by: train.Monitor = {}): string {
  const best = bestEpoch(history, by);
  const title = `Best dev ${bestText(best)}, after epoch ${best.epoch}`;
  const charts = curveCharts(history, by);
  const width = charts.length * (WIDTH + GAP) - GAP + 2 * EDGE;
  const height = TITLE + HEIGHT + EDGE;
  const svg = html`
    <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
      viewBox="0 0 ${width} ${height}">
    <title>${charts.map(({ title }) => title).join(", ")} over ${history
      .length} epochs. ${title}</title>
    <style>${new Markup(style)}</style>
    <rect class="paper" width="${width}" height="${height}"/>
    <text class="title" x="${EDGE}" y="27">${title}</text>
    ${charts.map((chart, i) => {
      const x = EDGE + i * (WIDTH + GAP);
      return html`
        <text class="head" x="${x}" y="${TITLE - 5}">${chart.title}</text>
        <g transform="translate(${x} ${TITLE})">${chart.draw(WIDTH, HEIGHT)}</g>
      `;
    })}</svg>
  `;
  return svg.text.trim();
}

/** A chart of a run: what it is of, and how to draw it in a size in CSS pixels. */
export interface CurveChart {
  title: string;
  draw(width: number, height: number): Markup;
}

/** Loss and accuracy over the epochs, training and dev set; the best epoch is marked. */
export function curveCharts(
  history: readonly EpochRecord[],
  by: train.Monitor = {},
): CurveChart[] {
  const best = bestEpoch(history, by);
  const chart = (
    title: string,
    pick: (e: EpochRecord) => [train: number, dev: number],
    domain: readonly [low: number, high: number],
  ): CurveChart => {
    const line = (name: string, colour: string, i: 0 | 1) => ({
      name,
      colour,
      points: history.map((e): [number, number] => [e.epoch, pick(e)[i]]),
    });
    return {
      title,
      draw: (width, height) =>
        lineChart({
          label: `${title} over ${history.length} epochs, training and dev set`,
          width,
          height,
          series: [line("train", "a", 0), line("dev", "b", 1)],
          domain,
          ticks: 5,
          labels: true,
          upright: { x: best.epoch, text: `best dev: epoch ${best.epoch}` },
        }),
    };
  };
  const accuracies = history.flatMap((e) => [e.trainAccuracy, e.devAccuracy]);
  const losses = history.flatMap((e) => [e.trainLoss, e.devLoss]);
  const loss = chart("Loss", (e) => [e.trainLoss, e.devLoss], [0, domainOf(losses)[1]]);
  if (!isAccuracyKnown(history)) return [loss];
  return [
    loss,
    chart("Accuracy", (e) => [e.trainAccuracy, e.devAccuracy], domainOf(accuracies)),
  ];
}

/** Whether targets are labels: of other targets there is no accuracy. */
export function isAccuracyKnown(history: readonly EpochRecord[]): boolean {
  return history.some(({ devAccuracy }) => Number.isFinite(devAccuracy));
}

/** What an epoch was the best by: `accuracy: 0.9818`, or `loss: 0.1234`. */
export function bestText({ devAccuracy, devLoss }: EpochRecord): string {
  return Number.isFinite(devAccuracy)
    ? `accuracy: ${devAccuracy.toFixed(4)}`
    : `loss: ${devLoss.toFixed(4)}`;
}
