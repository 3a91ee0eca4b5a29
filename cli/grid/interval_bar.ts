/**
 * Intervals drawn on a common scale, with zero marked.
 *
 * @module
 */
import { html, type Markup, typeset } from "../report/html.ts";
import { ticks } from "../report/line_chart.ts";
import { signed } from "./effects.ts";
import type { Metric } from "./metric.ts";
import type { Estimate } from "./statistics.ts";

const [WIDTH, HEIGHT, EDGE] = [400, 24, 24];

/** A scale for some intervals; it holds zero. */
export class IntervalScale {
  readonly #metric: Metric;
  readonly #low: number;
  readonly #high: number;

  /** Takes in all intervals of a metric, and all means without one. */
  constructor(metric: Metric, estimates: readonly Estimate[]) {
    this.#metric = metric;
    const ends = estimates.flatMap(({ mean, half }) =>
      isNaN(half) ? [mean] : [mean - half, mean + half]
    );
    this.#low = Math.min(0, ...ends);
    this.#high = Math.max(0, ...ends);
  }

  /**
   * An interval as a bar with a dot, and as a ring what it is compared with; without an interval
   * only the dot.
   */
  bar({ mean, half }: Estimate, isShown: boolean, beside?: number): Markup {
    const middle = HEIGHT / 2;
    const from = this.#x(isNaN(half) ? mean : mean - half);
    const to = this.#x(isNaN(half) ? mean : mean + half);
    return html`
      <svg class="bar ${isShown ? "shown" : ""}" viewBox="0 0 ${WIDTH} ${HEIGHT}"
        aria-hidden="true"><path class="zero" d="M${this.#x(
          0,
        )} 0V${HEIGHT}"/><path class="span" d="M${from} ${middle}H${to}"/><circle class="dot" cx="${this
          .#x(mean)}" cy="${middle}" r="4.5"/>${beside !== undefined &&
          html`
            <circle class="ring" cx="${this.#x(beside)}" cy="${middle}" r="4.5" />
          `}</svg>
    `;
  }

  /** The scale's values. */
  axis(): Markup {
    const { digits, difference: { scale } } = this.#metric;
    const values = ticks(this.#low, this.#high, 4);
    const text = (v: number) => typeset(signed(scale * v, digits - Math.round(Math.log10(scale))));
    return html`<svg class="bar" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${
      values.map((v) =>
        html`
          <path class="zero" d="M${this.#x(v)} 0v5" />
          <text x="${this.#x(v)}" y="17" text-anchor="middle">${text(v)}</text>
        `
      )
    }</svg>`;
  }

  #x(value: number): number {
    const share = (value - this.#low) / (this.#high - this.#low || 1);
    return Math.round(10 * (EDGE + share * (WIDTH - 2 * EDGE))) / 10;
  }
}
