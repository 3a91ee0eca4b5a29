/**
 * Sounds: WAV files, and what of them networks take.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import {
  atMost,
  byteArray,
  check,
  checkOptions,
  kind,
  type Kinds,
  notNegative,
  whole,
} from "../core/options.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A sound. */
export interface Sound {
  /** Samples a second. */
  sampleRate: number;
  /** Its samples, from −1 to 1, the mean of its channels. */
  samples: Float32Array<ArrayBuffer>;
}

/** Formats of WAV. */
const PCM = 1, FLOAT = 3, EXTENSIBLE = 0xfffe;

/**
 * The sound in a WAV file: PCM of 8, 16, 24 or 32 bits, or floats of 32. Several channels become their
 * mean. DataError where it is none, is truncated, or is packed in another way.
 */
export function decodeWav(bytes: Uint8Array): Sound {
  atMost(1, arguments.length, "decodeWav(bytes)");
  check("decodeWav", "the file", bytes, byteArray);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || name(0) !== "RIFF" || name(8) !== "WAVE") {
    throw new DataError("decodeWav: a WAV file is needed: it does not begin as one");
  }
  let format: { kind: number; channels: number; sampleRate: number; bits: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const begin = at + 8;
    if (name(at) === "fmt " && size >= 16 && begin + size <= bytes.length) {
      const own = view.getUint16(begin, true);
      format = {
        kind: own === EXTENSIBLE && size >= 26 ? view.getUint16(begin + 24, true) : own,
        channels: view.getUint16(begin + 2, true),
        sampleRate: view.getUint32(begin + 4, true),
        bits: view.getUint16(begin + 14, true),
      };
    } else if (name(at) === "data") {
      if (format === null) {
        throw new DataError("decodeWav: the format is missing before the samples");
      }
      const { channels, bits } = format;
      const width = bits / 8;
      const read = readerOf(view, format);
      if (channels < 1 || read === null) {
        throw new DataError(
          `decodeWav: PCM of 8 to 32 bits and floats of 32 are read: it is format ${format.kind} of ` +
            `${bits} bits in ${channels} channels`,
        );
      }
      const length = Math.min(size, bytes.length - begin);
      if (length < size && size !== 0xffffffff) {
        throw new DataError(
          `decodeWav: ${size} bytes of samples are told, ${length} are there: truncated`,
        );
      }
      const n = Math.floor(length / (width * channels));
      const samples = new Float32Array(n);
      for (let i = 0, from = begin; i < n; i++) {
        let sum = 0;
        for (let c = 0; c < channels; c++, from += width) sum += read(from);
        samples[i] = sum / channels;
      }
      return { sampleRate: format.sampleRate, samples };
    }
    at = begin + size + size % 2;
  }
  throw new DataError("decodeWav: samples are needed: the file has none");
}

/** What reads a sample at a place; null where nobody knows how. */
function readerOf(
  view: DataView,
  { kind, bits }: { kind: number; bits: number },
): ((at: number) => number) | null {
  if (kind === FLOAT) return bits === 32 ? (at) => view.getFloat32(at, true) : null;
  if (kind !== PCM) return null;
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint16(at, true) | view.getInt8(at + 2) << 16) / 2 ** 23;
    case 32:
      return (at) => view.getInt32(at, true) / 2 ** 31;
    default:
      return null;
  }
}

/** Options of {@link logMel}. */
export interface LogMelOptions {
  /** Samples a second. Default: 16000. */
  sampleRate?: number;
  /** Samples of a frame; a power of 2. Default: 512. */
  frame?: number;
  /** Samples from a frame to the next. Default: 160. */
  hop?: number;
  /** Bands of the mel scale. Default: 40. */
  mels?: number;
  /** The lowest frequency, in hertz. Default: 20. */
  from?: number;
}

const LOG_MEL: Kinds<LogMelOptions> = {
  sampleRate: whole(1),
  frame: kind(
    "a power of 2 from 16 to 65536",
    (value) => typeof value === "number",
    (value: number) => Number.isInteger(Math.log2(value)) && value >= 16 && value <= 65536,
  ),
  hop: whole(1),
  mels: whole(1),
  from: notNegative,
};

/**
 * How loud a sound is in bands of the mel scale, in steps of time: float32 [mels, frames], the
 * logarithm of the power. Each frame is weighted by Hann's window; bands are triangles as HTK has them.
 *
 * RangeError where the sound is shorter than a frame.
 *
 * @example
 * ```ts
 * import { data } from "@glim/glim";
 * const tone = Float32Array.from({ length: 16000 }, (_, i) => Math.sin(2 * Math.PI * 440 * i / 16000));
 * console.log(data.logMel(tone).shape); // [40, 97]
 * ```
 */
export function logMel(samples: Float32Array, options: LogMelOptions = {}): Tensor {
  atMost(2, arguments.length, "logMel(samples, { sampleRate, frame, hop, mels, from })");
  check("logMel", "the samples", samples, SAMPLES);
  const { sampleRate = 16_000, frame = 512, hop = 160, mels = 40, from = 20 } = checkOptions(
    "logMel",
    options,
    LOG_MEL,
  );
  if (samples.length < frame) {
    throw new RangeError(
      `logMel: at least ${frame} samples, a frame, are needed: there are ${samples.length}`,
    );
  }
  const frames = 1 + Math.floor((samples.length - frame) / hop);
  const window = Float64Array.from(
    { length: frame },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / frame),
  );
  const bands = bandsOf(sampleRate, frame, mels, from);
  const [re, im] = [new Float64Array(frame), new Float64Array(frame)];
  const out = new Float32Array(mels * frames);
  for (let t = 0; t < frames; t++) {
    for (let i = 0; i < frame; i++) re[i] = samples[t * hop + i]! * window[i]!;
    im.fill(0);
    transform(re, im);
    bands.forEach(({ first, weights }, m) => {
      let power = 0;
      weights.forEach((weight, k) => power += weight * (re[first + k]! ** 2 + im[first + k]! ** 2));
      out[m * frames + t] = Math.log(power + 1e-6);
    });
  }
  return fromTypedArray(out, [mels, frames]);
}

/**
 * What {@link logMel} weighs the power of frequencies by: float32 [mels, frame / 2 + 1], a triangle a
 * row. With it, and the real and imaginary parts of a frame's Fourier transform, a graph can have it all.
 */
export function melBands(options: LogMelOptions = {}): Tensor {
  atMost(1, arguments.length, "melBands({ sampleRate, frame, mels, from })");
  const { sampleRate = 16_000, frame = 512, mels = 40, from = 20 } = checkOptions(
    "melBands",
    options,
    LOG_MEL,
  );
  const width = frame / 2 + 1;
  const all = new Float32Array(mels * width);
  bandsOf(sampleRate, frame, mels, from).forEach(({ first, weights }, m) =>
    all.set(weights, m * width + first)
  );
  return fromTypedArray(all, [mels, width]);
}

const SAMPLES = kind("a Float32Array", (value) => value instanceof Float32Array);

const melOf = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
const hertzOf = (mel: number) => 700 * (10 ** (mel / 2595) - 1);

/** A triangle over frequencies for each band. */
function bandsOf(sampleRate: number, frame: number, mels: number, from: number) {
  const [low, high] = [melOf(from), melOf(sampleRate / 2)];
  const points = Array.from(
    { length: mels + 2 },
    (_, i) => hertzOf(low + (high - low) * i / (mels + 1)),
  );
  const step = sampleRate / frame;
  return Array.from({ length: mels }, (_, m) => {
    const [a, b, c] = points.slice(m, m + 3) as [number, number, number];
    const first = Math.ceil(a / step);
    const last = Math.min(frame / 2, Math.floor(c / step));
    const weights = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => {
      const f = (first + k) * step;
      return Math.max(0, Math.min((f - a) / (b - a), (c - f) / (c - b)));
    });
    return { first, weights };
  });
}

/** Fourier's transform in place, of a length that is a power of 2 (Cooley and Tukey). */
function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j]!, re[i]!];
    [im[i], im[j]] = [im[j]!, im[i]!];
  }
  for (let size = 2; size <= n; size *= 2) {
    const angle = -2 * Math.PI / size;
    for (let k = 0; k < size / 2; k++) {
      const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const [x, y] = [re[j]! * c - im[j]! * s, re[j]! * s + im[j]! * c];
        [re[j], im[j]] = [re[i]! - x, im[i]! - y];
        [re[i], im[i]] = [re[i]! + x, im[i]! + y];
      }
    }
  }
}
