/** How sure a figure is: intervals by drawing samples again and again (the bootstrap). */
import type { Tensor } from "@glim/glim";
import type { Metric } from "./metrics.ts";

/** Times that samples are drawn. */
const DRAWS = 1000;

/** The middle 95 % of what `of` gives for the means of values that are drawn with replacement. */
function bootstrap(
  values: ArrayLike<number>,
  of: (mean: number) => number = (mean) => mean,
): [low: number, high: number] {
  const random = uniform();
  const n = values.length;
  const figures = Array.from({ length: DRAWS }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(random() * n)]!;
    return of(sum / n);
  }).sort((a, b) => a - b);
  return [figures[Math.floor(0.025 * DRAWS)]!, figures[Math.ceil(0.975 * DRAWS) - 1]!];
}

/** The same numbers in each process (Mulberry32): a report is the same each time it is written. */
export function uniform(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a metric's interval is called among the figures. */
export function intervalName(name: string): string {
  return `${name}, 95 %`;
}

/** Of each sample its part in a figure, and what their mean becomes. */
interface Parts {
  of(output: readonly number[], target: number): number;
  figure?(mean: number): number;
}

const PARTS: Readonly<Record<string, Parts>> = {
  accuracy: { of: (scores, label) => scores.indexOf(Math.max(...scores)) === label ? 1 : 0 },
  RMSE: { of: ([y], t) => (y! - t) ** 2, figure: Math.sqrt },
  MAE: { of: ([y], t) => Math.abs(y! - t) },
};

/** The interval of `accuracy`, `RMSE` or `MAE`: a table of one row, from and to. */
export function interval(name: "accuracy" | "RMSE" | "MAE"): Metric {
  const { of, figure } = PARTS[name]!;
  return {
    name: intervalName(name),
    async of(output: Tensor, target: Tensor) {
      const [scores, wanted] = await Promise.all([output.data(), target.data()]);
      const width = output.numel / target.numel;
      const values = Float64Array.from(
        wanted as ArrayLike<number>,
        (t, i) =>
          of(Array.from((scores as Float32Array).subarray(i * width, (i + 1) * width)), Number(t)),
      );
      const low = values[0]!;
      if (name === "accuracy" && values.every((value) => value === low)) {
        return [allAlike(low, values)];
      }
      return [bootstrap(values, figure)];
    },
  };
}

/** Where all answers are right, or all wrong, drawing them again tells nothing: Wilson's interval. */
function allAlike(value: number, { length: n }: ArrayLike<number>): [low: number, high: number] {
  const part = 1.96 ** 2 / (n + 1.96 ** 2);
  return value === 1 ? [1 - part, 1] : [0, part];
}

/**
 * How probably two networks that were asked the same samples differ only by chance: of their parts in a
 * figure, sample by sample. Signs of the differences are turned at random.
 */
export function pairedTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): { difference: number; p: number } {
  const differences = Array.from(a, (value, i) => value - b[i]!);
  const sum = differences.reduce((sum, d) => sum + d, 0);
  const random = uniform();
  let asFar = 1;
  for (let draw = 0; draw < 10 * DRAWS; draw++) {
    let turned = 0;
    for (const d of differences) turned += random() < 0.5 ? d : -d;
    if (Math.abs(turned) >= Math.abs(sum) - 1e-12) asFar++;
  }
  return { difference: sum / differences.length, p: asFar / (10 * DRAWS + 1) };
}
