/**
 * Random numbers: the same bits as on the CPU, so each step is rounded to float32 as it is there. See
 * `assembly/random/random.ts` and `assembly/elementwise/log.ts`, which say where the numbers come from.
 *
 * @module
 */
import { philox, type RandomKey } from "../core/random.ts";
import type { Random } from "../device/kernels.ts";
import { tabulate } from "./memory.ts";

const f32 = Math.fround;

const block = new Uint32Array(4);

/** Random word i, 32 bits. */
function word(i: number, { seed, stream }: RandomKey): number {
  philox([i >>> 2, 0, stream[0], stream[1]], seed, block);
  return block[i & 3]!;
}

/** Uniform number i in [0, 1), in steps of 2⁻²⁴. */
export function unit(i: number, key: RandomKey): number {
  return (word(i, key) >>> 8) / 2 ** 24;
}

/** c₀ + c₁x + c₂x² …, by Horner's rule. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, c) => f32(f32(sum * x) + c));
}

// deno-fmt-ignore
const LOG = [
  0.3333333134651184, -0.2500081956386566, 0.20001226663589478, -0.16623356938362122,
  0.14201755821704865, -0.13160185515880585, 0.12761594355106354, -0.07634509354829788,
];

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** The logarithm of a normal float32: x = 2ⁿ(1 + f), log x = n log 2 + f − f²/2 + f³P(f). */
function log(x: number): number {
  float[0] = x;
  const n = (bits[0]! - 0x3f3504f3) >> 23; // the bits of √½ are where n steps
  bits[0]! -= n << 23;
  const f = f32(float[0]! - 1);
  const ff = f32(f * f);
  let p = f32(f32(n * f32(-0.00021219444170128554)) + f32(f32(ff * f) * polynomial(f, LOG)));
  p = f32(f32(ff * -0.5) + p);
  return f32(f32(n * 0.693359375) + f32(f + p));
}

// deno-fmt-ignore
const SINE = [1.5707963705062866, -0.6459634900093079, 0.07968003302812576, -0.00460165785625577];
// deno-fmt-ignore
const COSINE = [1, -1.2337005138397217, 0.2536691725254059, -0.020859936252236366, 0.0009033629903569818];

/** The sine (turn 0) or cosine (turn 1) of 2πu, of 4u = q + r with |r| ≤ ½: q says which wave, r where. */
function wave(u: number, turn: 0 | 1): number {
  const rounded = roundToEven(4 * u);
  const r = 4 * u - rounded;
  const z = f32(r * r);
  const q = rounded + turn;
  const value = q & 1 ? polynomial(z, COSINE) : f32(polynomial(z, SINE) * r);
  return q & 2 ? -value : value;
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** The float32 before x. */
function before(x: number): number {
  float[0] = x;
  if (x === 0) bits[0] = 0x80000001 | 0;
  else bits[0]! += x > 0 ? -1 : 1;
  return float[0]!;
}

/** Random numbers. */
export const random: Random = {
  uniform(out, key, low, high) {
    const [a, b] = [f32(low), f32(high)];
    const most = Math.max(a, before(b));
    tabulate(out, (i) => Math.min(f32(f32(f32(b - a) * unit(i, key)) + a), most));
  },
  normal(out, key, mean, std) {
    tabulate(out, (i) => { // Box and Muller's transform of a pair of uniform numbers
      const radius = f32(Math.sqrt(f32(-2 * log(unit(i & ~1, key) + 2 ** -24))));
      const z = f32(radius * wave(unit(i | 1, key), i & 1 ? 0 : 1));
      return f32(f32(f32(std) * z) + f32(mean));
    });
  },
};
