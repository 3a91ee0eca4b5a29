/**
 * Functions in WGSL that several kernels call. A GPU's own exp, log and tanh may be wrong in the last
 * hundred units; these are the CPU kernels' polynomials, right to about two.
 *
 * @module
 */

/**
 * NaN and infinity. A GPU may take for granted that there are none, so they are told by their bits;
 * and no constant may be one, so they are made of variables.
 */
export const NUMBERS = `
var<private> INFINITE: u32 = 0x7f800000u;
var<private> NOT_A_NUMBER: u32 = 0x7fc00000u;
fn infinity() -> f32 { return bitcast<f32>(INFINITE); }
fn nan() -> f32 { return bitcast<f32>(NOT_A_NUMBER); }
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
// the larger and the smaller, NaN being both
fn larger(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  return select(a, b, is_nan(b) || b > a);
}
fn smaller(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  return select(a, b, is_nan(b) || b < a);
}
`;

/** relu by the bits, so that NaN stays and what a GPU takes for 0 does not count as that. */
export const RELU_OF = `fn relu_of(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return select(x, 0.0, bits >= 0x80000000u && (bits & 0x7fffffffu) <= 0x7f800000u);
}`;

/** eˣ: x = n ln 2 + r, and e^r − 1 = r + r² Q(r). */
export const EXP = `
fn power_of_two(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }
// e^r - 1 for |r| <= ln 2 / 2
fn expm1_near_0(r: f32) -> f32 {
  let q = (((0.0013814467238262296 * r + 0.008368780836462975) * r + 0.04166839271783829) * r +
    0.1666651964187622) * r + 0.4999999403953552;
  return r + r * r * q;
}
fn exp_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x > 89.0) { return infinity(); }
  if (x < -104.0) { return 0.0; }
  let n = round(x * 1.4426950408889634);
  let m = expm1_near_0((x - n * 0.693359375) + n * 0.00021219444170128554);
  let half = i32(n) >> 1u; // in two steps, so that neither factor leaves the range
  return (1.0 + m) * power_of_two(half) * power_of_two(i32(n) - half);
}
fn sigmoid_of(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  return select(e, 1.0, x >= 0.0 || is_nan(x)) / (1.0 + e);
}
// tanh |x| = -e / (e + 2), e = exp(-2 |x|) - 1: accurate down to the smallest x
fn tanh_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = max(-2.0 * abs(x), -20.0);
  let n = round(a * 1.4426950408889634);
  let power = power_of_two(i32(n));
  let m = expm1_near_0((a - n * 0.693359375) + n * 0.00021219444170128554);
  let e = power * m + (power - 1.0);
  let t = -e / (e + 2.0);
  return bitcast<f32>(bitcast<u32>(t) | (bitcast<u32>(x) & 0x80000000u));
}
`;

/** log x: x = 2ⁿ (1 + f), and log(1 + f) = f − f²/2 + f³ P(f). */
export const LOG = `
// what log(1 + f) is more than f - f² / 2, for f from √½ - 1 to √2 - 1
fn log1p_tail(f: f32) -> f32 {
  let p = ((((((-0.07634509354829788 * f + 0.12761594355106354) * f - 0.13160185515880585) * f +
    0.14201755821704865) * f - 0.16623356938362122) * f + 0.20001226663589478) * f -
    0.2500081956386566) * f + 0.3333333134651184;
  return f * f * f * p;
}
fn log_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) == 0u) { return -infinity(); }
  if (bits >= 0x80000000u) { return nan(); }
  if (bits >= 0x7f800000u) { return x; }
  var y = bits;
  var n = 0.0;
  if (bits < 0x00800000u) { // denormal: GPUs may take it for 0
    y = bitcast<u32>(f32(bits));
    n = -149.0;
  }
  let exponent = i32(y - 0x3f3504f3u) >> 23u;
  n += f32(exponent);
  let f = bitcast<f32>(y - (bitcast<u32>(exponent) << 23u)) - 1.0;
  return n * 0.693359375 + (f + (-0.5 * f * f + (n * -0.00021219444170128554 + log1p_tail(f))));
}
`;

/** x to the power y, with the special values of IEEE 754. */
export const POW = `
fn pow_of(x: f32, y: f32) -> f32 {
  if (y == 2.0) { return x * x; }
  if (y == 3.0) { return x * x * x; }
  if (y == -1.0) { return 1.0 / x; }
  if (y == 0.0 || x == 1.0) { return 1.0; }
  if (is_nan(x) || is_nan(y)) { return nan(); }
  let size = abs(x);
  let whole = trunc(y) == y;
  if (y == 0.5) { return select(sqrt(x + 0.0), infinity(), size == infinity()); }
  if (x < 0.0 && size != infinity() && !whole) { return nan(); }
  let odd = whole && abs(y) < 16777216.0 && (i32(clamp(y, -16777216.0, 16777216.0)) & 1) != 0;
  var r: f32;
  if (size == 1.0) { r = 1.0; }
  else if (size == 0.0) { r = select(0.0, infinity(), y < 0.0); }
  else if (size == infinity() || abs(y) == infinity()) {
    r = select(0.0, infinity(), (size > 1.0) == (y > 0.0));
  } else { r = power(size, y); }
  let negative = bitcast<u32>(x) >= 0x80000000u;
  return select(r, -r, odd && negative);
}
// exp(y log x) for a positive x: y times the exponent's part, of which whole steps are taken out, and
// the rest
fn power(x: f32, y: f32) -> f32 {
  var bits = bitcast<u32>(x);
  var shift = 0.0;
  if (bits < 0x00800000u) { bits = bitcast<u32>(f32(bits)); shift = -149.0; }
  let exponent = i32(bits - 0x3f3504f3u) >> 23u;
  let n = f32(exponent) + shift;
  let rest = log_of(bitcast<f32>(bits - (bitcast<u32>(exponent) << 23u))) * 1.4426950408889634;
  let t = clamp(y * n, -400.0, 400.0); // log2 of the result is t + y rest
  let steps = round(t);
  let u = clamp((t - steps) + y * rest, -400.0, 400.0);
  let more = round(u);
  let k = i32(clamp(steps + more, -160.0, 140.0));
  let m = expm1_near_0((u - more) * 0.6931471805599453);
  if (k > 130) { return infinity(); }
  if (k < -155) { return 0.0; }
  let half = k >> 1u;
  return (1.0 + m) * power_of_two(half) * power_of_two(k - half);
}
`;

/** Φ(x), the normal distribution function, from e = exp(−x²/2): its tail keeps its digits. */
export const NORMAL = `
fn normal_of(x: f32, e: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3 * abs(x));
  let p = (((((((0.03542385995388031 * t - 0.1561589390039444) * t + 0.20455756783485413) * t -
    0.052034683525562286) * t + 0.1276920884847641) * t + 0.10017585754394531) * t +
    0.12071214616298676) * t + 0.11963200569152832) * t;
  let q = e * p;
  return select(1.0 - q, q, x < 0.0);
}
`;
