/**
 * Random draws that take as many random numbers as it happens, of the distributions Poisson, gamma and
 * beta: the host's, see `ops/random.ts` and `distributions/gamma_samples.ts`, in float32. What is small
 * beside numbers that cancel is computed by itself, so that a draw is the host's but where rounding
 * decides.
 *
 * @module
 */
import type { RandomKey } from "../core/random.ts";
import type { Random } from "../device/kernels.ts";
import { EXP, LOG, NUMBERS } from "./functions.ts";
import { floatsAt, gpuOf, groupsFor } from "./place.ts";
import { PHILOX, WAVE } from "./random.ts";
import { elementwise as perElement } from "./shader.ts";

const KEY = { seedLow: "u32", seedHigh: "u32", streamLow: "u32", streamHigh: "u32" } as const;

/** Random numbers of one element, one after the other, as `core/random_numbers.ts` gives them. */
const DRAWS = `${NUMBERS}${EXP}${LOG}${PHILOX}
var<private> element: u32;
var<private> drawn: u32;
var<private> words: vec4<u32>;
fn next_word() -> u32 {
  if ((drawn & 3u) == 0u) { words = philox_of(element, drawn >> 2u); }
  let word = words[drawn & 3u];
  drawn++;
  return word;
}
// in (0, 1)
fn next_uniform() -> f32 {
  return min((f32(next_word()) + 0.5) * 2.3283064365386963e-10, 0.99999994);
}
// in (-1/2, 1/2), exact near 0
fn next_centered() -> f32 {
  return (f32(bitcast<i32>(next_word() ^ 0x80000000u)) + 0.5) * 2.3283064365386963e-10;
}
// log(1 + f) - f, which is small beside both where f is
fn log1p_less(f: f32) -> f32 {
  if (f > -0.29 && f < 0.41) { return log1p_tail(f) - 0.5 * f * f; }
  return log_of(1.0 + f) - f;
}
`;

/** Tries of a rejection at most: of ten one is rejected, so that none takes so many. */
const TRIES = 64;

const poisson = perElement({
  name: "poisson",
  operands: { x: "f32", y: "f32" },
  numbers: KEY,
  blames: true,
  declarations: `${DRAWS}
// how much log k! is more than Stirling's (k + 1/2) log k - k + log sqrt(2 pi)
fn stirling_rest(k: f32) -> f32 {
  if (k < 1.5) { return 0.08106146679532726; }
  if (k < 2.5) { return 0.0413406959554093; }
  let inverse = 1.0 / k;
  let square = inverse * inverse;
  return ((0.0007936507936507937 * square - 0.002777777777777778) * square + 0.08333333333333333) *
    inverse;
}
fn sample_of(rate: f32) -> f32 {
  if (rate < 10.0) { // a product of uniform numbers (Knuth)
    let least = exp_of(-rate);
    var count = 0.0;
    var product = next_uniform();
    for (var k = 0u; k < 200u && product > least; k++) {
      product *= next_uniform();
      count += 1.0;
    }
    return count;
  }
  // by rejection (Hörmann)
  let b = 0.931 + 2.53 * sqrt(rate);
  let a = 0.02483 * b - 0.059;
  let inverse = 1.1239 + 1.1328 / (b - 3.4);
  let sure = 0.9277 - 3.6224 / (b - 2.0);
  let whole = floor(rate + 0.43);
  let part = (rate - whole) + 0.43;
  for (var k = 0u; k < ${TRIES}u; k++) {
    let u = next_centered();
    let v = next_uniform();
    let edge = 0.5 - abs(u);
    let off = floor((2.0 * a / edge + b) * u + part);
    let count = whole + off;
    if (edge >= 0.07 && v <= sure) { return count; }
    if (count < 0.0 || (edge < 0.013 && v > edge)) { continue; }
    // log of the rate's power over e^rate count!, by what the count is more than the rate
    var density = -rate;
    if (count > 0.0) {
      let f = (rate - count) / count; // log(rate / count) = log(1 + f)
      density = count * log1p_less(f) - 0.5 * log_of(6.283185307179586 * count) - stirling_rest(count);
    }
    if (log_of(v * inverse / (a / (edge * edge) + b)) <= density) { return count; }
  }
  return whole;
}`,
  main: `let rate = x_at(i);
  element = i;
  drawn = 0u;
  if (rate >= 0.0 && rate < infinity()) { set_y(i, sample_of(rate)); } else {
    set_y(i, nan());
    blame(i, bitcast<u32>(rate));
  }`,
});

const gamma = perElement({
  name: "samples of gamma distributions",
  operands: { a: "f32", b: "f32", y: "f32" },
  numbers: { ...KEY, isBeta: "u32" },
  declarations: `${DRAWS}${WAVE}
fn next_normal() -> f32 {
  let radius = sqrt(-2.0 * log_of(next_uniform()));
  return radius * wave(next_uniform(), 1u);
}
// log of a sample of the shape a (Marsaglia and Tsang)
fn log_sample(shape: f32) -> f32 {
  var a = shape;
  var start = 0.0;
  let isSmall = shape < 1.0;
  if (isSmall) { a += 1.0; }
  let d = a - 0.3333333333333333;
  let c = 1.0 / sqrt(9.0 * d);
  var result = log_of(d);
  for (var k = 0u; k < ${TRIES}u; k++) {
    let x = next_normal();
    let f = c * x;
    if (f <= -1.0) { continue; }
    let more = f * (3.0 + f * (3.0 + f)); // v - 1
    let log_v = log_of(1.0 + more);
    if (log_of(next_uniform()) < 0.5 * x * x + d * log1p_less(more)) {
      result += log_v;
      break;
    }
  }
  if (isSmall) { result += log_of(next_uniform()) / shape; }
  return result;
}`,
  main: `element = i;
  drawn = 0u;
  let first = log_sample(a_at(i));
  var y = exp_of(first);
  if (p.isBeta != 0u) {
    y = min(1.0 / (1.0 + exp_of(log_sample(b_at(i)) - first)), 0.99999994);
  }
  set_y(i, max(y, 1.1754943508222875e-38));`,
});

const LOG_LESS_DIGAMMA = `${NUMBERS}${EXP}${LOG}
// log x - digamma(z) for a positive z
fn log_less_digamma(x: f32, z: f32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < 6u; k++) { sum += 1.0 / (z + f32(k)); }
  let high = z + 6.0;
  let f = (x - high) / high;
  var part = 0.0;
  if (f > -0.29 && f < 0.41) { part = f - 0.5 * f * f + log1p_tail(f); } else {
    part = log_of(x) - log_of(high);
  }
  let inverse = 1.0 / high;
  let square = inverse * inverse;
  return sum + part + 0.5 * inverse +
    square * (0.08333333333333333 - square * (0.008333333333333333 - square * 0.003968253968253968));
}
`;

/**
 * dx/da = −∂P/∂a over the density, P being the distribution function: a series of it below the mean, and
 * of 1 − P a continued fraction above, both with their derivatives beside them. Neither part of what is
 * added there cancels the other.
 */
const gammaSlope = perElement({
  name: "slopes of gamma samples",
  operands: { a: "f32", x: "f32", y: "f32" },
  declarations: `${LOG_LESS_DIGAMMA}
fn below(a: f32, x: f32) -> f32 {
  // terms x^n / (a + 1) … (a + n), and these times Σ 1 / (a + k)
  var term = 1.0;
  var sum = 1.0;
  var slope = 0.0;
  var slopes = 0.0;
  for (var n = 1u; n < 2000u; n++) {
    let next = a + f32(n);
    term *= x / next;
    slope += 1.0 / next;
    sum += term;
    slopes += term * slope;
    if (term * slope < 1e-9 * slopes && term < 1e-9 * sum) { break; }
  }
  return -x * (log_less_digamma(x, a + 1.0) * sum - slopes) / a;
}
// of a large a: by the place z of x in the normal distribution
fn of_large(a: f32, x: f32) -> f32 {
  let root = sqrt(a);
  var z = (x - a) / root;
  for (var k = 0u; k < 4u; k++) {
    z = ((x - a) - (z * z - 1.0) / 3.0 - (z * z - 7.0) * z / (36.0 * root)) / root;
  }
  return 1.0 + z / (2.0 * root) - (z * z - 7.0) * z / (72.0 * a * root);
}
fn above(a: f32, x: f32) -> f32 {
  // Lentz's method for 1 / (x + 1 - a - (1 - a) / (x + 3 - a - …)), with derivatives by a
  var b = x + 1.0 - a;
  var d = 1.0 / b;
  var dd = d * d; // of d
  var c = 1e30;
  var dc = 0.0;
  var h = d;
  var dh = dd;
  for (var k = 1u; k < 2000u; k++) {
    let n = f32(k);
    let numerator = n * (a - n);
    b += 2.0;
    let below_d = numerator * d + b;
    let slope_d = n * d + numerator * dd - 1.0;
    d = 1.0 / below_d;
    dd = -slope_d * d * d;
    let next = b + numerator / c;
    dc = -1.0 + n / c - numerator / c * (dc / c);
    c = next;
    let delta = c * d;
    let slope = dc * d + c * dd;
    dh = dh * delta + h * slope;
    h *= delta;
    if (abs(delta - 1.0) < 1e-7 && abs(h * slope) < 1e-7 * abs(dh)) { break; }
  }
  return x * (h * (log_less_digamma(x, a + 1.0) + 1.0 / a) + dh);
}`,
  main: `let a = a_at(i);
  let x = x_at(i);
  var y = 0.0;
  if (a > 5000.0) { y = of_large(a, x); } else if (x > a + 1.0) { y = above(a, x); } else { y = below(a, x); }
  set_y(i, y);`,
});

/**
 * The same of the beta distribution, whose function below the mean is its density times x (1 − x) f / a
 * with f a continued fraction 1 / (1 + e₀ / (1 + e₁ / …)), and above is that of 1 − x with a and b
 * exchanged. f and its derivatives by both shapes are made by Lentz's method.
 */
const betaSlopes = perElement({
  name: "slopes of beta samples",
  operands: { a: "f32", b: "f32", x: "f32", da: "f32", db: "f32" },
  declarations: `${LOG_LESS_DIGAMMA}
var<private> c: f32;
var<private> d: f32;
var<private> f: f32;
var<private> dc: vec2<f32>;
var<private> dd: vec2<f32>;
var<private> df: vec2<f32>; // of log f
// goes on by one e, whose derivatives are de; whether that was too little to be seen
fn go_on(e: f32, de: vec2<f32>) -> bool {
  let slope = de * d + e * dd;
  d = 1.0 / (1.0 + e * d);
  dd = -slope * d * d;
  dc = (de - e * dc / c) / c;
  c = 1.0 + e / c;
  f *= d * c;
  let more = dd / d + dc / c;
  df += more;
  return abs(d * c - 1.0) < 1e-7 && all(abs(more) <= 1e-7 * abs(df));
}
// dx/da and dx/db below the mean
fn slopes_of(a: f32, b: f32, x: f32, rest: f32) -> vec2<f32> {
  let first = -(a + b) * x / (a + 1.0);
  d = 1.0 / (1.0 + first);
  dd = vec2<f32>(x + first, x) / (a + 1.0) * d * d;
  c = 1.0;
  dc = vec2<f32>(0.0);
  f = d;
  df = dd / d;
  for (var k = 1u; k < 2000u; k++) {
    let m = f32(k);
    let even = vec2<f32>(a + 2.0 * m - 1.0, a + 2.0 * m);
    let of_b = m * x / (even.x * even.y);
    let e = (b - m) * of_b;
    _ = go_on(e, vec2<f32>(-e * (1.0 / even.x + 1.0 / even.y), of_b));
    let next = even.y + 1.0;
    let sum = a + b + m;
    let o = -(a + m) * sum * x / (even.y * next);
    let of_a = 1.0 / (a + m) + 1.0 / sum - 1.0 / even.y - 1.0 / next;
    if (go_on(o, o * vec2<f32>(of_a, 1.0 / sum))) { break; }
  }
  let sum = a + b;
  let all = log_less_digamma(sum, sum);
  let logs = vec2<f32>(
    log_less_digamma(x * sum, a) - all - 1.0 / a, log_less_digamma(rest * sum, b) - all);
  return -(x * rest / a * f) * (logs + df);
}`,
  main: `let a = a_at(i);
  let b = b_at(i);
  let x = x_at(i);
  var slopes: vec2<f32>;
  if (x > (a + 1.0) / (a + b + 2.0)) { slopes = -slopes_of(b, a, 1.0 - x, x).yx; }
  else { slopes = slopes_of(a, b, x, 1.0 - x); }
  set_da(i, slopes.x);
  set_db(i, slopes.y);`,
});

const keyOf = ({ seed, stream }: RandomKey): number[] => [...seed, ...stream];

/** Draws of distributions. */
export const draws: Required<Pick<Random, "poisson" | "gamma" | "gammaSlope" | "betaSlopes">> = {
  poisson(rates, out, key, blame) {
    const n = out.numel;
    const gpu = gpuOf(out);
    const xAt = floatsAt(rates, n, "poisson", "the rates");
    const yAt = floatsAt(out, n, "poisson", "the result");
    const numbers = [xAt, yAt, n, ...keyOf(key), gpu.entryFor(blame)];
    gpu.run(poisson, groupsFor(n), 1, 1, numbers);
  },

  gamma(a, b, y, key) {
    const n = y.numel;
    const aAt = floatsAt(a, n, "Gamma", "the shape");
    const bAt = b === null ? aAt : floatsAt(b, n, "Beta", "the other shape");
    const yAt = floatsAt(y, n, "Gamma", "the result");
    const numbers = [aAt, bAt, yAt, n, ...keyOf(key), b === null ? 0 : 1];
    gpuOf(y).run(gamma, groupsFor(n), 1, 1, numbers);
  },

  gammaSlope(a, x, y) {
    const n = y.numel;
    const aAt = floatsAt(a, n, "Gamma", "the shape");
    const xAt = floatsAt(x, n, "Gamma", "the samples");
    const yAt = floatsAt(y, n, "Gamma", "the result");
    gpuOf(y).run(gammaSlope, groupsFor(n), 1, 1, [aAt, xAt, yAt, n]);
  },

  betaSlopes(a, b, x, da, db) {
    const n = x.numel;
    const aAt = floatsAt(a, n, "Beta", "the shape");
    const bAt = floatsAt(b, n, "Beta", "the other shape");
    const xAt = floatsAt(x, n, "Beta", "the samples");
    const daAt = floatsAt(da, n, "Beta", "dx/da");
    const dbAt = floatsAt(db, n, "Beta", "dx/db");
    gpuOf(x).run(betaSlopes, groupsFor(n), 1, 1, [aAt, bAt, xAt, daAt, dbAt, n]);
  },
};
