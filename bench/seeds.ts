/**
 * Numbers from seeds by plain formulas: initial weights and the order of samples, the same in every
 * library that is compared.
 *
 * @module
 */

/** The first n words of the generator mulberry32. */
export function words(seed: number, n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => {
    const state = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return word ^ (word >>> 14);
  });
}

/** n numbers, uniform in [−bound, bound). */
export function uniform(seed: number, n: number, bound: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(words(seed, n), (word) => (word / 2 ** 32 * 2 - 1) * bound);
}

/** 0 … n − 1 in random order: the order of n random keys. n is at most 65536. */
function permutation(seed: number, n: number): Int32Array<ArrayBuffer> {
  const keys = Float64Array.from(words(seed, n), (word, i) => word * 65536 + i).sort();
  return Int32Array.from(keys, (key) => key % 65536);
}

/** Without end: the samples of the next batch, in one order over and over; a short rest is left. */
export function batches(samples: number, batch: number): () => Int32Array<ArrayBuffer> {
  const order = permutation(7, samples);
  let at = 0;
  return () => {
    if (at + batch > samples) at = 0;
    at += batch;
    return order.subarray(at - batch, at);
  };
}

/** A linear layer's parameters. */
export interface Layer {
  /** Length of an input. */
  inputs: number;
  /** Length of an output. */
  outputs: number;
  /** [outputs, inputs]. */
  weight: Float32Array<ArrayBuffer>;
  /** [outputs]. */
  bias: Float32Array<ArrayBuffer>;
}

/** The layers of a network, uniform in ±1/√inputs, two seeds a layer. */
export function initialLayers(sizes: readonly number[], seed = 100): Layer[] {
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i]!;
    const bound = 1 / Math.sqrt(inputs);
    return {
      inputs,
      outputs,
      weight: uniform(seed + 2 * i, outputs * inputs, bound),
      bias: uniform(seed + 1 + 2 * i, outputs, bound),
    };
  });
}
