/**
 * Random numbers: the CPU's, bit for bit where arithmetic allows. See `assembly/random/random.ts`, which
 * says where they come from.
 *
 * @module
 */
import type { RandomKey } from "../core/random.ts";
import type { Random, Training } from "../device/kernels.ts";
import { LOG, NUMBERS } from "./functions.ts";
import { denseAt, floatsAt, gpuOf, groupsFor } from "./place.ts";
import { elementwise as perElement, type Shader } from "./shader.ts";

/** Philox4x32-10: the four random words of a block, by a kernel's numbers `seedLow` and so on. */
export const PHILOX = `
// the upper 32 bits of a product, from halves
fn mul_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}
fn philox(block: u32) -> vec4<u32> { return philox_of(block, 0u); }
fn philox_of(block: u32, turn: u32) -> vec4<u32> {
  var w = vec4<u32>(block, turn, p.streamLow, p.streamHigh);
  var key = vec2<u32>(p.seedLow, p.seedHigh);
  for (var round = 0u; round < 10u; round++) {
    w = vec4<u32>(
      mul_high(0xcd9e8d57u, w.z) ^ w.y ^ key.x,
      0xcd9e8d57u * w.z,
      mul_high(0xd2511f53u, w.x) ^ w.w ^ key.y,
      0xd2511f53u * w.x,
    );
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return w;
}
// in [0, 1), in steps of 2^-24
fn unit(word: u32) -> f32 { return f32(word >> 8u) * 5.9604644775390625e-8; }
`;

/** Of a pair of words and each of its elements, `first` or second: an element, by an expression. */
function perBlock(
  name: string,
  operands: Readonly<Record<string, "f32">>,
  numbers: Readonly<Record<string, "f32" | "u32">>,
  declarations: string,
  element: string,
): Shader {
  return perElement({
    name,
    operands,
    numbers: {
      all: "u32",
      seedLow: "u32",
      seedHigh: "u32",
      streamLow: "u32",
      streamHigh: "u32",
      ...numbers,
    },
    declarations: PHILOX + declarations,
    main: `let words = philox(i);
  for (var lane = 0u; lane < min(4u, p.all - 4u * i); lane++) {
    let at = 4u * i + lane;
    let word = words[lane];
    let pair = vec2<u32>(words[lane & 2u], words[lane | 1u]);
    ${element}
  }`,
  });
}

const uniform = perBlock(
  "uniform",
  { y: "f32" },
  { low: "f32", length: "f32", most: "f32", zero: "u32" },
  "",
  // The product is rounded before the sum, as on the CPU: no GPU fuses the two through an integer.
  `let share = bitcast<f32>(bitcast<u32>(p.length * unit(word)) ^ p.zero);
    set_y(at, min(share + p.low, p.most));`,
);

/** Sine and cosine of a share of a turn. */
export const WAVE = `
// sin (turn 0) or cos (turn 1) of 2 pi u: 4 u = q + r with |r| <= 1/2; q says which of the two, and the sign
fn wave(u: f32, turn: u32) -> f32 {
  let rounded = round(4.0 * u);
  let r = 4.0 * u - rounded;
  let z = r * r;
  let s = (((-0.00460165785625577 * z + 0.07968003302812576) * z - 0.6459634900093079) * z +
    1.5707963705062866) * r;
  let c = (((0.0009033629903569818 * z - 0.020859936252236366) * z + 0.2536691725254059) * z -
    1.2337005138397217) * z + 1.0;
  let q = u32(rounded) + turn;
  let value = select(s, c, (q & 1u) != 0u);
  return select(value, -value, (q & 2u) != 0u);
}
`;

const normal = perBlock(
  "normal",
  { y: "f32" },
  { mean: "f32", deviation: "f32" },
  `${NUMBERS}${LOG}${WAVE}`,
  // Box and Muller's transform of a pair of uniform numbers
  `let radius = sqrt(-2.0 * log_of(unit(pair.x) + 5.9604644775390625e-8));
    set_y(at, p.deviation * (radius * wave(unit(pair.y), 1u - (lane & 1u))) + p.mean);`,
);

const dropout = perBlock(
  "dropout",
  { x: "f32", y: "f32" },
  { least: "f32", scale: "f32" },
  "",
  "set_y(at, x_at(at) * select(0.0, p.scale, unit(word) >= p.least));",
);

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The float32 before x. */
function before(x: number): number {
  float[0] = x;
  if (x === 0) bits[0] = 0x80000001 | 0;
  else bits[0]! += x > 0 ? -1 : 1;
  return float[0]!;
}

/** The numbers of a call for n elements: a thread makes four. */
function numbersOf(n: number, { seed, stream }: RandomKey): number[] {
  return [Math.ceil(n / 4), n, ...seed, ...stream];
}

/** Random numbers. */
export const random: Random & Pick<Training, "dropout"> = {
  uniform(out, key, low, high) {
    const n = out.numel;
    const at = floatsAt(out, n, "uniform", "the result");
    const [a, b] = [Math.fround(low), Math.fround(high)];
    const most = Math.max(a, before(b));
    const numbers = [at, ...numbersOf(n, key), a, b - a, most, 0];
    gpuOf(out).run(uniform, groupsFor(n / 4), 1, 1, numbers);
  },

  normal(out, key, mean, std) {
    const n = out.numel;
    const at = floatsAt(out, n, "normal", "the result");
    gpuOf(out).run(normal, groupsFor(n / 4), 1, 1, [at, ...numbersOf(n, key), mean, std]);
  },

  dropout(x, y, key, p) {
    const n = y.numel;
    const xAt = denseAt(x, y, "dropout", "x");
    const yAt = denseAt(y, y, "dropout", "the result");
    const numbers = [xAt, yAt, ...numbersOf(n, key), p, 1 / (1 - p)];
    gpuOf(y).run(dropout, groupsFor(n / 4), 1, 1, numbers);
  },
};
