/**
 * Loss and accuracy as they develop.
 *
 * @module
 */
import uPlot from "uplot";
import type { Report } from "../shared/protocol.ts";
import { element } from "./dom.ts";
import { css, onThemeChange, theme } from "./theme.ts";

/** Points of a curve; beyond it, neighbours become one. */
const MOST_POINTS = 1500;

/** The highest loss that is drawn; guessing has ln 10 = 2.3. A run that went astray has any. */
const CEILING = 3;

/** Pixels. */
const HEIGHT = 240;

/** One chart: x is the step, and each further row a curve, with gaps where it has no value. */
export class Chart {
  readonly #box: HTMLElement;
  readonly #names: readonly string[];
  readonly #range: (min: number, max: number) => [number, number];
  /** What is above is drawn along the upper edge. */
  readonly #ceiling: number;
  #rows: (number | null)[][] = [];
  #plot: uPlot | null = null;
  #due = false;

  /** Curves of these names in the element of this id. */
  constructor(
    id: string,
    names: readonly string[],
    range: (min: number, max: number) => [number, number],
    ceiling: number = Infinity,
  ) {
    this.#ceiling = ceiling;
    this.#box = element(id);
    this.#names = names;
    this.#range = range;
    new ResizeObserver(() => {
      if (this.#plot === null) this.#build();
      else this.#plot.setSize({ width: this.#box.clientWidth, height: HEIGHT });
    }).observe(this.#box);
    onThemeChange(() => this.#build());
  }

  /** Forgets all points. */
  clear(): void {
    this.#rows = [];
    this.#draw();
  }

  /** Appends a point of some curves. */
  push(step: number, values: readonly (number | null)[]): void {
    // a run that went astray may have a loss that is no number
    values = values.map((value) => value === null || Number.isNaN(value) ? null : value);
    this.#rows.push([step, ...values.map((value) => value && Math.min(value, this.#ceiling))]);
    if (this.#rows.length > MOST_POINTS) this.#rows = halved(this.#rows);
    const told = values.map((value, i) =>
      value === null ? "" : `${this.#names[i]} ${short(value)}`
    );
    this.#box.setAttribute("aria-label", `At step ${step}: ${told.filter(Boolean).join(", ")}`);
    this.#draw();
  }

  /** Draws with the next frame, once however many points came. */
  #draw(): void {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#plot?.setData(this.#data());
    });
  }

  #data(): uPlot.AlignedData {
    const columns = [0, ...this.#names.map((_, i) => i + 1)];
    return columns.map((c) => this.#rows.map((row) => row[c] ?? null)) as uPlot.AlignedData;
  }

  #build(): void {
    const { muted, line, warm, cool } = theme();
    this.#plot?.destroy();
    const axis: uPlot.Axis = {
      stroke: muted,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 },
      font: "12px system-ui, sans-serif",
      values: (_, splits) => splits.map(short),
    };
    this.#plot = new uPlot(
      {
        width: this.#box.clientWidth,
        height: HEIGHT,
        cursor: { show: false },
        legend: { show: this.#names.length > 1, live: false },
        scales: {
          x: { time: false, range: (_, _min, max) => [0, Math.max(100, max ?? 0)] },
          y: { range: (_, min, max) => this.#range(min ?? 0, max ?? 1) },
        },
        axes: [{ ...axis, size: 34, space: 70 }, { ...axis, size: 48, space: 36 }],
        series: [
          { label: "step" },
          ...this.#names.map((label, i): uPlot.Series => ({
            label,
            stroke: css([warm, cool][i]!),
            width: i === 0 ? 2 : 1.5,
            spanGaps: true,
            points: { show: false },
            value: (_, value) => value === null ? "–" : short(value),
          })),
        ],
      },
      this.#data(),
      this.#box,
    );
  }
}

/** The two charts. */
export class Curves {
  readonly #loss = new Chart(
    "loss-chart",
    ["learning", "dev"],
    (_, max) => [0, max * 1.05],
    CEILING,
  );
  readonly #accuracy = new Chart(
    "accuracy-chart",
    ["dev"],
    (min) => [Math.max(0, Math.min(0.9, min - 0.02)), 1],
  );

  /** How many images the curves are about. */
  #images: number | null = null;

  /** Another run begins. */
  clear(): void {
    this.#images = null;
    this.#loss.clear();
    this.#accuracy.clear();
  }

  /** The loss of the samples of the last steps. */
  learnt(step: number, loss: number): void {
    this.#loss.push(step, [loss, null]);
  }

  /** How the network did on images that it does not learn from. */
  judged({ steps, images, loss, accuracy }: Report): void {
    // another number of images than before would be a jump that nobody has learnt
    if (images !== (this.#images ??= images)) return;
    this.#loss.push(steps, [null, loss]);
    this.#accuracy.push(steps, [accuracy]);
  }
}

/** Half as many rows: the mean of two neighbours, or what one of them has. */
function halved(rows: readonly (number | null)[][]): (number | null)[][] {
  const half: (number | null)[][] = [];
  for (let i = 0; i < rows.length; i += 2) {
    const next = rows[i + 1] ?? rows[i]!;
    half.push(rows[i]!.map((a, c) => {
      const b = next[c] ?? null;
      return a === null || b === null ? a ?? b : (a + b) / 2;
    }));
  }
  return half;
}

/** A number in as many digits as tell it. */
function short(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
