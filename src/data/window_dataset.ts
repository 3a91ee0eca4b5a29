import { ShapeError, show } from "../core/errors.ts";
import { atMost, check, checkOptions, type Kinds, whole } from "../core/options.ts";
import { checkFloat } from "../ops/check.ts";
import { indexSelect, narrow, reshape } from "../ops/mod.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Dataset } from "./dataset.ts";

/** Options of {@link WindowDataset}. */
export interface WindowOptions {
  /** Steps that a sample shows. */
  length: number;
  /** Steps after it that are to be predicted. Default: 1. */
  horizon?: number;
  /** Steps from the beginning of a sample to that of the next. Default: 1. */
  stride?: number;
}

const OPTIONS: Kinds<WindowOptions> = { length: whole(1), horizon: whole(1), stride: whole(1) };

/**
 * Windows of a series: x is what was, [length, channels], y what came next, [horizon, channels]. To
 * split in time, give the parts of the series: windows that overlap would be in two parts otherwise.
 *
 * @example
 * ```ts
 * import { arange, data } from "@glim/glim";
 * const series = arange(10).float().reshape(10, 1);
 * const set = new data.WindowDataset(series, { length: 4, horizon: 2 });
 * const [x, y] = set.get(1);
 * console.log(set.length, x.flatten().toArray(), y.flatten().toArray()); // 5 [1, 2, 3, 4] [5, 6]
 * ```
 */
export class WindowDataset extends Dataset {
  /** How many windows there are. */
  readonly length: number;
  readonly #series: Tensor;
  readonly #options: Required<WindowOptions>;

  /** Of a series float32 [steps, channels] or [steps]. ShapeError where it is shorter than a sample. */
  constructor(series: Tensor, options: WindowOptions) {
    atMost(2, arguments.length, "WindowDataset(series, { length, horizon, stride })");
    checkFloat("WindowDataset", series, "the series");
    const { length, horizon = 1, stride = 1 } = checkOptions("WindowDataset", options, OPTIONS);
    check("WindowDataset", "length", length, OPTIONS.length);
    super();
    const steps = series.shape[0] ?? 0;
    if (series.ndim < 1 || series.ndim > 2 || steps < length + horizon) {
      throw new ShapeError(
        `WindowDataset: a series [steps, channels] of at least ${
          length + horizon
        } steps is needed: ` +
          `it is ${show(series.shape)}`,
      );
    }
    this.#series = (series.ndim === 1 ? reshape(series, [steps, 1]) : series).keep();
    this.#options = { length, horizon, stride };
    this.length = 1 + Math.floor((steps - length - horizon) / stride);
  }

  /** One window, and what came next: views. RangeError where there is no such window. */
  get(index: number): [x: Tensor, y: Tensor] {
    const { length, horizon, stride } = this.#options;
    this.#checkIndex("get", index);
    return [
      narrow(this.#series, 0, index * stride, length),
      narrow(this.#series, 0, index * stride + length, horizon),
    ];
  }

  /** Several windows [b, length, channels], and what came next [b, horizon, channels]. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const { length, horizon, stride } = this.#options;
    for (const index of indices) this.#checkIndex("batch", index);
    const channels = this.#series.shape[1]!;
    const part = (from: number, steps: number) => {
      const rows = new Int32Array(indices.length * steps);
      indices.forEach((index, i) => {
        for (let k = 0; k < steps; k++) rows[i * steps + k] = index * stride + from + k;
      });
      const { device } = this.#series;
      const picked = indexSelect(this.#series, 0, fromTypedArray(rows, [rows.length], { device }));
      return reshape(picked, [indices.length, steps, channels]);
    };
    return [part(0, length), part(length, horizon)];
  }

  #checkIndex(name: string, index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return;
    throw new RangeError(`${name}: windows are 0 to ${this.length - 1}: it is ${index}`);
  }
}
