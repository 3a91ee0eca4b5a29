/**
 * How elements lie in memory that are not what JavaScript's arrays make of numbers. Each codec goes
 * by way of float64, which holds every value of every dtype but int64.
 *
 * @module
 */

/** What a codec is told of the dtype that elements are read for. */
export interface Target {
  /** Whether it is for booleans, integers or floats. */
  readonly kind: "bool" | "int" | "float";
  /** Bytes of one element. */
  readonly bytes: number;
}

/** From elements to values and back; what is missing is done by the arrays themselves. */
export interface Codec<A> {
  /** Writes what the elements stand for. */
  decode?(elements: A, values: Float64Array, target: Target): void;
  /** Writes the elements that stand for the values, or for what is nearest to them. */
  encode?(values: Float64Array, elements: A): void;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** What a float16 counts in, by its exponent; the last is that of infinities and NaN. */
const STEPS = Float64Array.from({ length: 31 }, (_, e) => 2 ** (Math.max(e, 1) - 25));

/** float16: a sign, 5 bits of exponent, 10 of fraction. */
export const float16: Codec<Uint16Array> = {
  decode(elements, values) {
    for (let i = 0; i < elements.length; i++) {
      const half = elements[i]!;
      const exponent = half >> 10 & 31, fraction = half & 1023;
      const size = exponent === 31
        ? fraction === 0 ? Infinity : NaN
        : (exponent === 0 ? fraction : 1024 + fraction) * STEPS[exponent]!;
      values[i] = half < 0x8000 ? size : -size;
    }
  },
  encode(values, elements) {
    for (let i = 0; i < values.length; i++) {
      float[0] = values[i]!; // PyTorch goes by way of float32, and so rounds twice
      const sign = bits[0]! >>> 16 & 0x8000, size = bits[0]! & 0x7fffffff;
      let half: number;
      if (size > 0x7f800000) half = 0x7e00; // NaN
      else if (size < 0x38800000) half = nearestEven(Math.abs(float[0]!) * 2 ** 24); // below 2⁻¹⁴
      else half = Math.min(roundedOff(size, 13) - (112 << 10), 0x7c00); // from 65520 on infinity
      elements[i] = sign | half;
    }
  },
};

/** bfloat16: the upper half of a float32. */
export const bfloat16: Codec<Uint16Array> = {
  decode(elements, values) {
    for (let i = 0; i < elements.length; i++) {
      bits[0] = elements[i]! << 16;
      values[i] = float[0]!;
    }
  },
  encode(values, elements) {
    for (let i = 0; i < values.length; i++) {
      float[0] = values[i]!;
      elements[i] = Number.isNaN(values[i]) ? 0x7fc0 : roundedOff(bits[0]!, 16);
    }
  },
};

/** Bits without the lowest n of them, rounded to the nearest, a tie to the even one. */
function roundedOff(bits: number, n: number): number {
  return (bits + 2 ** (n - 1) - 1 + (bits >>> n & 1)) / 2 ** n >>> 0;
}

/** The nearest whole number, of two the even one, for numbers from 0 to 2⁵². */
function nearestEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}

/** bool: all but 0 is true, NaN too. */
export const bool: Codec<Uint8Array> = {
  encode(values, elements) {
    for (let i = 0; i < values.length; i++) elements[i] = values[i] === 0 ? 0 : 1;
  },
};

/** int32: fractions are cut off, NaN is 0, what is beyond the range its end, as kernels have it. */
export const int32: Codec<Int32Array> = {
  encode(values, elements) {
    for (let i = 0; i < values.length; i++) {
      elements[i] = Math.min(Math.max(values[i]!, -(2 ** 31)), 2 ** 31 - 1);
    }
  },
};

/**
 * int64, as two words of 32 bits, the lower first: that is twenty times as fast as a BigInt each.
 * Towards other integers the upper word is cut off, as in PyTorch.
 */
export const int64: Codec<BigInt64Array> = {
  decode(elements, values, { kind, bytes }) {
    const words = wordsOf(elements);
    for (let i = 0; i < values.length; i++) {
      let lower = words[2 * i]!;
      const upper = words[2 * i + 1]!;
      if (kind === "float") {
        // Rounded twice, to float64 and to what is wanted, a tie could go the wrong way: so of what
        // float64 does not hold one bit below says only that there was something.
        if (bytes < 8 && Math.abs(upper) >= 2 ** 20 && (lower & 1023) !== 0) {
          lower = lower & ~1023 | 1024;
        }
        values[i] = upper * 2 ** 32 + (lower >>> 0);
      } else values[i] = kind === "int" ? lower : lower | upper;
    }
  },
  encode(values, elements) {
    const words = wordsOf(elements);
    for (let i = 0; i < values.length; i++) {
      const isBeyond = values[i]! >= 2 ** 63;
      const whole = Math.max(Math.trunc(values[i]!), -(2 ** 63));
      words[2 * i] = isBeyond ? -1 : whole; // its low 32 bits
      words[2 * i + 1] = isBeyond ? 2 ** 31 - 1 : Math.floor(whole / 2 ** 32);
    }
  },
};

function wordsOf({ buffer, byteOffset, length }: BigInt64Array): Int32Array {
  return new Int32Array(buffer, byteOffset, 2 * length);
}
