/**
 * Test inputs by an integer formula, so that a fixture need not store them: `fixtures/inputs.py`
 * is the same file in Python, and both make the same bits.
 */

/** What a number of an input may be in JSON, which knows no infinities and no NaN. */
export type JsonNumber = number | "nan" | "inf" | "-inf";

/** The dtype of a test input. */
export type InputType = "float32" | "int32" | "uint8" | "bool";

/** One input of a case: a shape and the formula of its elements. */
export interface Input {
  /**
   * - `uniform`: low + (high - low) · u, u uniform in [0, 1)
   * - `spaced`: a permutation of odd multiples of 1/8: no ties, none near 0, 1/4 apart
   * - `integers`: low + h mod (high - low), h the 32-bit mix
   * - `values`: given one by one
   */
  kind: "uniform" | "spaced" | "integers" | "values";
  shape: number[];
  dtype: InputType;
  /** Whether its gradient is compared. */
  grad: boolean;
  low: number;
  high: number;
  values: JsonNumber[];
}

/**
 * 32 well mixed bits of a seed and an index: their sum in golden-ratio steps, then the finaliser
 * of MurmurHash3.
 */
export function mix(seed: number, index: number): number {
  let h = (Math.imul(index + 1, 0x9e3779b1) + Math.imul(seed, 0x632be5ab)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A multiple of 2^-24 in [0, 1). */
export function unit(seed: number, index: number): number {
  return (mix(seed, index) >>> 8) / 0x1000000;
}

/** `length` float32 numbers, uniform in [-scale, scale); exact where scale is a power of two. */
export function uniformArray(seed: number, length: number, scale = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => (2 * unit(seed, i) - 1) * scale);
}

/** The gradient that a fixture sends into an output of `length` elements: uniform in [-1, 1). */
export function upstream(length: number): Float32Array<ArrayBuffer> {
  return uniformArray(99, length);
}

/** Float32, uniform in [low, high), differentiated. */
export function uniform(shape: number[], low = -1, high = 1): Input {
  return { kind: "uniform", shape, dtype: "float32", grad: true, low, high, values: [] };
}

/** Float32 of distinct odd multiples of 1/8 in random order: for ops with kinks at 0 or at ties. */
export function spaced(shape: number[]): Input {
  return { kind: "spaced", shape, dtype: "float32", grad: true, low: 0, high: 0, values: [] };
}

/** Whole numbers in [low, high). */
export function integers(
  shape: number[],
  low: number,
  high: number,
  dtype: InputType = "int32",
): Input {
  const grad = dtype === "float32";
  return { kind: "integers", shape, dtype, grad, low, high, values: [] };
}

/** A bool input, about half of it true. */
export function mask(shape: number[]): Input {
  return integers(shape, 0, 2, "bool");
}

/** Given values, one-dimensional unless a shape is given. */
export function values(
  list: JsonNumber[],
  shape: number[] = [list.length],
  dtype: InputType = "float32",
): Input {
  const grad = dtype === "float32";
  return { kind: "values", shape, dtype, grad, low: 0, high: 0, values: list };
}

/** The same input, not differentiated. */
export function constant(input: Input): Input {
  return { ...input, grad: false };
}

/** The product of a shape. */
export function count(shape: readonly number[]): number {
  return shape.reduce((n, size) => n * size, 1);
}

/** A number as JSON wrote it. */
export function fromJson(x: JsonNumber): number {
  return x === "nan" ? NaN : x === "inf" ? Infinity : x === "-inf" ? -Infinity : x;
}

/** The elements of an input; the inputs of a case have seeds 1, 2, 3… */
export function elements(input: Input, seed: number): number[] {
  const { kind, low, high } = input;
  const length = count(input.shape);
  if (kind === "values") return input.values.map(fromJson);
  if (kind === "spaced") {
    const order = Array.from({ length }, (_, i) => i);
    order.sort((i, j) => mix(seed, i) - mix(seed, j) || i - j);
    const odd = 1 - length % 2; // makes 2 · rank + odd - length odd
    return order.map((rank) => (2 * rank + odd - length) / 8);
  }
  return Array.from(
    { length },
    (_, i) =>
      kind === "uniform" ? low + (high - low) * unit(seed, i) : low + mix(seed, i) % (high - low),
  );
}
