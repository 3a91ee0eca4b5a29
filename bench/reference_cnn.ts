/**
 * The network of PyTorch's MNIST example by the plainest loops, in float64: what inference is checked
 * against.
 *
 * @module
 */
import { ReferenceMlp } from "./reference_mlp.ts";
import { initialLayers, uniform } from "./seeds.ts";

/** Log-probabilities [10] of one image [784], by `Cnn` as it begins. */
export function referenceCnn(image: Float32Array): Float64Array {
  const maps1 = convolve(image, 1, 28, 32, 200);
  const maps2 = convolve(maps1, 32, 26, 64, 202);
  const head = new ReferenceMlp(initialLayers([9216, 128, 10], 204));
  return head.predict(Float32Array.from(pool(maps2, 64, 24)));
}

/** Outputs [o, side − 2, side − 2] of 3 × 3 taps on x [c, side, side], and relu. */
function convolve(
  x: ArrayLike<number>,
  c: number,
  side: number,
  o: number,
  seed: number,
): Float64Array {
  const bound = 1 / Math.sqrt(9 * c);
  const weight = uniform(seed, o * c * 9, bound);
  const bias = uniform(seed + 1, o, bound);
  const out = side - 2;
  return Float64Array.from({ length: o * out * out }, (_, i) => {
    const [map, row, column] = [Math.floor(i / out / out), Math.floor(i / out) % out, i % out];
    let sum = bias[map]!;
    for (let k = 0; k < 9 * c; k++) {
      const [channel, dy, dx] = [Math.floor(k / 9), Math.floor(k / 3) % 3, k % 3];
      sum += x[(channel * side + row + dy) * side + column + dx]! * weight[map * 9 * c + k]!;
    }
    return Math.max(sum, 0);
  });
}

/** The largest of each 2 × 2 elements of x [c, side, side]. */
function pool(x: Float64Array, c: number, side: number): Float64Array {
  const out = side / 2;
  return Float64Array.from({ length: c * out * out }, (_, i) => {
    const [row, column] = [Math.floor(i / out), i % out]; // of all maps below one another
    const at = 2 * row * side + 2 * column;
    return Math.max(x[at]!, x[at + 1]!, x[at + side]!, x[at + side + 1]!);
  });
}
