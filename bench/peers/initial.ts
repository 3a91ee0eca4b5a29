/**
 * The networks that all contenders train, as they begin.
 *
 * @module
 */
import { initialLayers, type Layer, uniform } from "../seeds.ts";
import { MLP } from "../spec.ts";

/** Convolutions [outputs, inputs, 3, 3] and linear layers [outputs, inputs] of the MNIST example. */
export function initialCnn(): { shape: number[]; weight: Float32Array; bias: Float32Array }[] {
  return [[32, 1, 3, 3], [64, 32, 3, 3], [128, 9216], [10, 128]].map((shape, i) => {
    const fan = shape.slice(1).reduce((a, b) => a * b);
    const bound = 1 / Math.sqrt(fan);
    const weight = uniform(200 + 2 * i, shape[0]! * fan, bound);
    return { shape, weight, bias: uniform(201 + 2 * i, shape[0]!, bound) };
  });
}

/** The layers of the other network, and their weights as [inputs, outputs]. */
export function initialMlp(): (Layer & { transposed: Float32Array })[] {
  return initialLayers(MLP).map((layer) => ({
    ...layer,
    transposed: transposed(layer.weight, layer.outputs, layer.inputs),
  }));
}

/** The transpose of a matrix. */
export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(
    matrix,
    (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}
