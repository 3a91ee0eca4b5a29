import { callable, check } from "../core/options.ts";
import type { Generator } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Transform } from "./transform.ts";

/**
 * One transform that applies others, the first first.
 *
 * @example
 * ```ts
 * import { data, rand } from "@glim/glim";
 * const imageShape = [28, 28] as const;
 * const set = new data.TensorDataset(rand([100, 784]), rand([100]));
 * const transform = data.compose(
 *   new data.RandomWarp({ rotation: 12, elastic: 0.7, imageShape }).apply,
 *   new data.RandomErasing({ p: 0.2, imageShape }).apply,
 * );
 * for (const [x] of new data.DataLoader(set, { batchSize: 20, transform })) {
 *   console.log(x.shape); // [20, 784]
 * }
 * ```
 */
export function compose(...transforms: Transform[]): Transform {
  transforms.forEach((transform, i) => check("compose", `number ${i}`, transform, callable));
  return (x: Tensor, generator: Generator): Tensor =>
    transforms.reduce((x, transform) => transform(x, generator), x);
}
