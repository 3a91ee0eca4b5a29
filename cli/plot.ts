/**
 * Training curves as a picture: the figure 1 of the paper.
 *
 * @module
 */
import { bestEpoch, type EpochRecord } from "@glim/glim/train";
import { html, Markup } from "./report/html.ts";
import { domainOf, lineChart } from "./report/line_chart.ts";

/** CSS pixels of one of the two charts. */
const [WIDTH, HEIGHT] = [460, 270];

/** Above the charts, between them and around everything. */
const [TITLE, GAP, EDGE] = [56, 24, 16];

/**
 * Colours by rules, not by variables, which programs that draw thumbnails do not know. Blue and
 * vermilion: apart in print, and for every kind of colour vision.
 */
const STYLE = `text{font:11px Helvetica,Arial,sans-serif;fill:#5c646d}
.title{font-size:15px;font-weight:600;fill:#1b1e22}.head{font-size:13px;fill:#1b1e22}
.name{font-size:12px;font-weight:600}path{fill:none;stroke-linecap:round;stroke-linejoin:round}
.paper{fill:#fff}.grid{stroke:#dfe3e7}.upright{stroke:#5c646d;stroke-dasharray:3 4}
.line{stroke-width:1.8}.line.dot{stroke-width:6}
path.a{stroke:#0072b2}text.a{fill:#0072b2}path.b{stroke:#c44f00}text.b{fill:#c44f00}
@media (prefers-color-scheme:dark){text{fill:#9aa4ae}.title,.head{fill:#e6e9ec}
.paper{fill:#121519}.grid{stroke:#2d343b}.upright{stroke:#9aa4ae}
path.a{stroke:#5ab8ee}text.a{fill:#5ab8ee}path.b{stroke:#ff9e57}text.b{fill:#ff9e57}}`;

/**
 * Draws loss and accuracy over the epochs, training and dev set, side by side; the epoch with the
 * best dev accuracy is marked. Gives an SVG document, light or dark as its reader wishes. Throws
 * RangeError for an empty history.
 */
export function curvesSvg(history: readonly EpochRecord[]): string {
  const best = bestEpoch(history);
  const title = `Best dev ${bestText(best)}, after epoch ${best.epoch}`;
  const charts = curveCharts(history);
  const width = charts.length * (WIDTH + GAP) - GAP + 2 * EDGE;
  const height = TITLE + HEIGHT + EDGE;
  const svg = html`
    <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
      viewBox="0 0 ${width} ${height}">
    <title>${charts.map(({ title }) => title).join(", ")} over ${history
      .length} epochs. ${title}</title>
    <style>${new Markup(STYLE)}</style>
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
export function curveCharts(history: readonly EpochRecord[]): CurveChart[] {
  const best = bestEpoch(history);
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
