/**
 * Circular, hyperbolic and other curves, and what divides: in WGSL, for the kernels on elements. The
 * polynomials are the CPU kernels'; a GPU's own sine is wrong where its argument is large.
 *
 * @module
 */

/**
 * x = q π/2 + r, and sine and cosine of r. Up to 2¹³ π/2 comes in four parts, of which q times each of
 * the first three is exact. Beyond, x = m 2ᵉ is multiplied with the digits of 1/2π that begin where
 * whole turns end.
 */
const SINE = `
struct Turned { s: f32, c: f32, q: u32 }
fn sine_and_cosine(r: f32, q: u32) -> Turned {
  let z = r * r;
  let s = r * (1.0 + z * (-0.16666655 + z * (0.00833216 - z * 0.00019515)));
  let c = 1.0 + z * (-0.5 + z * (0.0416666456 + z * (-0.001388731 + z * 0.0000244324257)));
  return Turned(s, c, q & 3u);
}
// the upper half of a product
fn high_product(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let first = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let second = (a & 0xffffu) * (b >> 16u) + (first & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (first >> 16u) + (second >> 16u);
}
fn turned(x: f32) -> Turned {
  if (abs(x) <= 8192.0) {
    let n = round(x * 0.6366197723675814);
    let r = (((x - n * 1.5703125) - n * 0.0004837512969970703) - n * 7.549533620476723e-8) -
      n * 2.5633440682570896e-12;
    return sine_and_cosine(r, u32(i32(n)));
  }
  var digits = array<u32, 7>(
    0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u);
  let bits = bitcast<u32>(x);
  let place = ((bits >> 23u) & 255u) - 118u; // e + 32: a word of zeros stands before the digits
  let at = min(place >> 5u, 4u);
  let shift = place & 31u;
  let high = (digits[at] << shift) | ((digits[at + 1u] >> 1u) >> (31u - shift));
  let low = (digits[at + 1u] << shift) | ((digits[at + 2u] >> 1u) >> (31u - shift));
  let m = (bits & 0x7fffffu) | 0x800000u;
  let turn = m * high + high_product(m, low); // in units of 2⁻³²
  let q = (turn + 0x20000000u) >> 30u;
  let rest = i32(turn - (q << 30u));
  let fine = (u32(rest & 0xfff) << 12u) | ((m * low) >> 20u);
  let r = (f32(rest >> 12u) * 4096.0 + f32(fine) * 0.000244140625) * 1.4629180792671596e-9;
  if ((bits >> 31u) == 0u) { return sine_and_cosine(r, q); }
  return sine_and_cosine(-r, 0u - q);
}
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn sin_of(x: f32) -> f32 {
  if (!is_finite(x)) { return nan(); }
  let t = turned(x);
  let y = select(t.s, t.c, (t.q & 1u) != 0u);
  return select(y, -y, t.q >= 2u);
}
fn cos_of(x: f32) -> f32 {
  if (!is_finite(x)) { return nan(); }
  let t = turned(x);
  let y = select(t.c, t.s, (t.q & 1u) != 0u);
  return select(y, -y, t.q == 1u || t.q == 2u);
}
fn tan_of(x: f32) -> f32 {
  if (!is_finite(x)) { return nan(); }
  let t = turned(x);
  if ((t.q & 1u) != 0u) { return -t.c / t.s; }
  return t.s / t.c;
}
fn sinc_of(x: f32) -> f32 {
  if (x == 0.0) { return 1.0; }
  let t = x * 3.141592653589793;
  return sin_of(t) / t;
}
fn sinc_grad(x: f32, dy: f32) -> f32 {
  let t = x * 3.141592653589793;
  let z = t * t;
  if (z < 0.25) { // 3 (sin t - t cos t) / t³
    let near = ((-z / 15120.0 + 0.0035714285714285713) * z - 0.1) * z + 1.0;
    return dy * (near * t * -1.0471975511965976);
  }
  return dy * ((cos_of(t) * t - sin_of(t)) / (t * x));
}
`;

/** atan a = π/2 − atan(1 / a) where a > 1; asin a = π/2 − 2 asin √((1 − a) / 2) where a > ½. */
const ARCS = `
fn signed(y: f32, x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(y) & 0x7fffffffu) | (bitcast<u32>(x) & 0x80000000u));
}
fn atan_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  let t = select(a, 1.0 / a, a > 1.0);
  let z = t * t;
  let p = ((((((0.0029206860344856977 * z - 0.016367904841899872) * z + 0.04321182519197464) * z -
    0.07552211731672287) * z + 0.10666003823280334) * z - 0.14211055636405945) * z +
    0.19993773102760315) * z - 0.33333152532577515;
  let y = t + t * z * p;
  return signed(select(y, 1.5707963267948966 - y, a > 1.0), x);
}
// asin a, or asin √((1 - a) / 2)
fn arc(a: f32) -> f32 {
  let isLarge = a > 0.5;
  let z = select(a * a, 0.5 - a * 0.5, isLarge);
  let t = select(a, root(z), isLarge);
  let p = (((0.0421663336455822 * z + 0.024179501459002495) * z + 0.045470379292964935) * z +
    0.07495297491550446) * z + 0.16666752099990845;
  return t + t * z * p;
}
fn asin_of(x: f32) -> f32 {
  let a = abs(x);
  let y = arc(a);
  if (is_nan(y)) { return y; }
  return signed(select(y, 1.5707963267948966 - 2.0 * y, a > 0.5), x);
}
// near 1, where π/2 less the arc sine leaves no digits, 2 asin √((1 - x) / 2); near -1 π less it
fn acos_of(x: f32) -> f32 {
  let y = arc(abs(x));
  if (x > 0.5) { return 2.0 * y; }
  if (x < -0.5) { return 3.141592653589793 - 2.0 * y; }
  return 1.5707963267948966 - signed(y, x);
}
fn atan2_of(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) { return nan(); }
  let u = abs(a);
  let v = abs(b);
  var quotient = select(0.0, 1.0, u > 0.0); // of 0 / 0 and ∞ / ∞, too
  if (u != v) { quotient = u / v; }
  if (v == 0.0 && u > 0.0) { quotient = infinity(); }
  let angle = atan_of(quotient);
  return signed(select(angle, 3.141592653589793 - angle, bitcast<u32>(b) >= 0x80000000u), a);
}
`;

/** Of the size of x, with parts taken out that would overflow. */
const HYPERBOLIC = `
// what eᵃ of up to 88 lacks of it, as a factor
fn excess(a: f32) -> f32 { return exp_of(larger(a - 88.0, 0.0)); }
fn sinh_of(x: f32) -> f32 {
  let a = abs(x);
  let e = expm1_of(smaller(a, 88.0));
  let y = 0.5 * (e + e / (e + 1.0)) * excess(a);
  return select(signed(y, x), y, is_nan(y));
}
fn cosh_of(x: f32) -> f32 {
  let a = abs(x);
  let e = exp_of(smaller(a, 88.0));
  return 0.5 * (e + 1.0 / e) * excess(a);
}
fn acosh_of(x: f32) -> f32 {
  let low = smaller(x, 1152921504606846976.0) - 1.0;
  let far = log_of(larger(x * 8.673617379884035e-19, 1.0));
  return log1p_of(low + root(low) * root(low + 2.0)) + far;
}
fn asinh_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  let low = min(a, 1073741824.0);
  let square = low * low;
  let near = log1p_of(low + square / (sqrt(square + 1.0) + 1.0));
  return signed(near + log_of(max(a * 9.313225746154785e-10, 1.0)), x);
}
fn atanh_of(x: f32) -> f32 {
  let a = abs(x);
  if (is_nan(x) || a > 1.0) { return nan(); }
  if (a == 1.0) { return signed(infinity(), x); }
  return signed(0.5 * log1p_of((a + a) / (1.0 - a)), x);
}
`;

/** erf x = x P(x²) / Q(x²), which is 1 from 4.25 on; the tail of erfc is that of the normal distribution. */
const ERROR = `
fn erf_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = min(abs(x), 4.25);
  let z = a * a;
  let p = ((((2.02587334656783e-06 * z + 0.00028468784382810954) * z + 0.0038082322352615914) * z +
    0.05287565434873515) * z + 0.19155215102482423) * z + 1.1283791437194781;
  let q = ((((3.783145078498946e-05 * z + 0.0011707402753507) * z + 0.015055230549402082) * z +
    0.11456035259187472) * z + 0.5030913491897075) * z + 1.0;
  return signed(min(a * p / q, 1.0), x);
}
// exp(-x²), of a square that keeps its digits
fn bell(x: f32) -> f32 {
  let a = min(abs(x), 12.0);
  let high = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let e = exp_of(-high * high) * exp_of((high - a) * (high + a));
  return select(e, x, is_nan(x));
}
fn erfc_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  return 2.0 * normal_of(-1.4142135623730951 * clamp(x, -12.0, 12.0), bell(x));
}
// erf⁻¹(x) / x of w = -log(1 - x²): of w - 2.5 below 5, of √w - 3 from there to 17
fn erfinv_of(x: f32) -> f32 {
  if (is_nan(x) || abs(x) > 1.0) { return nan(); }
  if (abs(x) == 1.0) { return signed(infinity(), x); }
  var w = -log_of((1.0 - x) * (1.0 + x));
  if (w < 5.0) {
    w -= 2.5;
    return x * ((((((((2.8534506313349084e-8 * w + 3.4372746426925005e-7) * w -
      3.52885649590462e-6) * w - 4.396785698190797e-6) * w + 0.00021860218839719892) * w -
      0.0012537074508145452) * w - 0.004177707713097334) * w + 0.24664072692394257) * w +
      1.5014094114303589);
  }
  w = sqrt(w) - 3.0;
  return x * ((((((((-0.00016543222591280937 * w + 8.612505916971713e-5) * w +
    0.001300217118114233) * w - 0.00366015313193202) * w + 0.005761806853115559) * w -
    0.007625299971550703) * w + 0.009435621090233326) * w + 1.0016741752624512) * w +
    2.832977056503296);
}
`;

/** The logarithm of Γ and its derivatives: of numbers below 0 by those of 1 less them. */
const GAMMA = `
// log Γ(u + 1) / (u (u - 1)) of u to 7 is a quotient, and beyond comes Stirling's series
fn lgamma_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (!is_finite(x)) { return infinity(); }
  let a = select(x, 1.0 - x, x < 0.0);
  let r = 1.0 / a;
  let far = (a - 0.5) * (log_of(a) - 1.0) + 0.4189385332046727 +
    r * (0.08333333333333333 - r * r * 0.002777777777777778);
  let u = select(a - 1.0, a, a < 1.5);
  let p = (((5.437840065304928e-05 * u + 0.014535152541635779) * u + 0.20983124006482165) * u +
    0.6891463516419057) * u + 0.5772156479138698;
  let q = (((0.004305003270392061 * u + 0.12093070744140642) * u + 0.7820715991361166) * u +
    1.6187996104862548) * u + 1.0;
  let near = u * (u - 1.0) * p / q;
  var right = select(near, far, a > 8.0);
  if (a < 1.5) { right = near - log_of(a); }
  if (x >= 0.0) { return right; }
  let turn = x - round(x);
  if (turn == 0.0) { return infinity(); }
  return -log_of(abs(sin_of(turn * 3.141592653589793)) * 0.3183098861837907) - right;
}
fn digamma_of(x: f32) -> f32 {
  if (x == 0.0) { return signed(infinity(), -x); }
  if (is_nan(x) || x == infinity()) { return x; }
  let a = select(x, 1.0 - x, x < 0.0);
  let u = a * (a + 5.0); // 1 / (a + k) + 1 / (a + 5 - k) = (2a + 5) / (u + k (5 - k))
  let sum = 1.0 / u + 1.0 / (u + 4.0) + 1.0 / (u + 6.0);
  let b = a + 6.0;
  let z = 1.0 / (b * b);
  let series = z * ((z * 0.003968253968253968 - 0.008333333333333333) * z + 0.08333333333333333);
  let right = log_of(b) - 0.5 / b - (2.0 * (a + 2.5) * sum + series);
  if (x > 0.0) { return right; }
  let turn = x - round(x);
  if (turn == 0.0) { return nan(); }
  return right - 3.141592653589793 / tan_of(turn * 3.141592653589793);
}
fn trigamma_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let turn = x - round(x);
  if (x < 0.5 && turn == 0.0) { return infinity(); }
  var a = select(x, 1.0 - x, x < 0.5);
  var sum = 0.0;
  for (var k = 0; k < 6 && a < 6.0; k++) {
    sum += 1.0 / (a * a);
    a += 1.0;
  }
  let z = 1.0 / (a * a);
  let series = z * (0.16666666666666666 - z * (0.03333333333333333 - z * 0.023809523809523808));
  let right = sum + (1.0 + 0.5 / a + series) / a;
  if (x >= 0.5) { return right; }
  let root = 3.141592653589793 / sin_of(turn * 3.141592653589793);
  return root * root - right;
}
`;

/**
 * The n-th derivative of `digamma`, n ≥ 1: ± n! Σ (x + k)^−(n+1), whose far end is by Euler and
 * Maclaurin. With n! as the power n + 1 of a `scale` no part leaves the range.
 */
export const POLYGAMMA = `
fn scaled_zeta(x: f32, n: f32, scale: f32) -> f32 {
  var z = x;
  var sum = 0.0;
  while (z < n + 10.0) {
    let term = pow_of(z / scale, -1.0 - n);
    sum += term;
    if (term <= sum * 1e-8 || sum == infinity()) { return sum; }
    z += 1.0;
  }
  let r = 1.0 / z;
  var term = pow_of(z / scale, -1.0 - n);
  sum += term * (0.5 + z / n);
  term *= (n + 1.0) * r;
  sum += term * 0.08333333333333333;
  term *= (n + 2.0) * r * ((n + 3.0) * r);
  sum -= term * 0.001388888888888889;
  term *= (n + 4.0) * r * ((n + 5.0) * r);
  return sum + term * 0.000033068783068783071;
}
fn polygamma_of(x: f32, n: f32, scale: f32, sign: f32) -> f32 {
  if (is_nan(x) || x == -infinity()) { return nan(); }
  if (x == infinity()) { return 0.0; }
  if (x > 0.0) { return sign * scaled_zeta(x, n, scale); }
  let part = x - floor(x);
  if (part == 0.0) { return sign * infinity(); }
  // of the negative terms all that there are, less those beyond x
  let negative = scaled_zeta(ceil(x) - x, n, scale) - scaled_zeta(1.0 - x, n, scale);
  return sign * scaled_zeta(part, n, scale) + negative;
}
`;

const POWERS = `
fn exp2_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x >= 128.0) { return infinity(); }
  if (x < -150.0) { return 0.0; }
  let n = round(x);
  let m = expm1_near_0((x - n) * 0.6931471805599453);
  let half = i32(n) >> 1u;
  return (1.0 + m) * power_of_two(half) * power_of_two(i32(n) - half);
}
fn logaddexp_of(a: f32, b: f32) -> f32 {
  if (a == b) { return a + 0.6931471805599453; }
  return larger(a, b) + log1p_of(exp_of(-abs(a - b)));
}
fn logaddexp2_of(a: f32, b: f32) -> f32 {
  if (a == b) { return a + 1.0; }
  return larger(a, b) + log1p_of(exp2_of(-abs(a - b))) * 1.4426950408889634;
}
fn xlogy_of(a: f32, b: f32) -> f32 {
  if (a == 0.0 && !is_nan(b)) { return 0.0; }
  return a * log_of(b);
}
`;

/** What a quotient leaves, to the bit: of the mantissas, eight binary places at a time. */
const RESTS = `
fn rest_of(a: f32, b: f32) -> f32 {
  let u = bitcast<u32>(a) & 0x7fffffffu;
  let v = bitcast<u32>(b) & 0x7fffffffu;
  if (u >= 0x7f800000u || v > 0x7f800000u || v == 0u) { return nan(); }
  if (u < v) { return a; }
  let exponent = max(u >> 23u, 1u);
  let to = max(v >> 23u, 1u);
  let divisor = (v & 0x7fffffu) | select(0u, 0x800000u, v >= 0x800000u);
  var m = ((u & 0x7fffffu) | select(0u, 0x800000u, u >= 0x800000u)) % divisor;
  for (var left = exponent - to; left > 0u && m > 0u;) {
    let step = min(left, 8u);
    m = (m << step) % divisor;
    left -= step;
  }
  let sign = bitcast<u32>(a) & 0x80000000u;
  if (m == 0u) { return bitcast<f32>(sign); }
  let shift = min(23u - firstLeadingBit(m), to - 1u);
  m <<= shift;
  return bitcast<f32>(sign | select(m, ((to - shift) << 23u) | (m & 0x7fffffu), m >= 0x800000u));
}
fn remainder_of(a: f32, b: f32) -> f32 {
  let rest = rest_of(a, b);
  return select(rest, rest + b, rest != 0.0 && (rest < 0.0) != (b < 0.0));
}
fn floor_divide(a: f32, b: f32) -> f32 {
  if (b == 0.0) { return a / b; }
  let rest = rest_of(a, b); // not remainder_of's, which is infinite beside an infinite b
  let down = select(0.0, 1.0, rest != 0.0 && (rest < 0.0) != (b < 0.0));
  let whole = floor((a - rest) / b + 0.5) - down;
  return select(whole, signed(0.0, a / b), whole == 0.0);
}
fn hypot_of(a: f32, b: f32) -> f32 {
  let u = abs(a);
  let v = abs(b);
  if (u == infinity() || v == infinity()) { return infinity(); }
  let high = larger(u, v);
  if (high == 0.0) { return 0.0; }
  let t = smaller(u, v) / high;
  return high * sqrt(t * t + 1.0);
}
// floats as integers that are ordered like them, and back
fn ordered(bits: u32) -> i32 {
  let i = bitcast<i32>(bits);
  return select(i, bitcast<i32>(0x80000000u - bits), i < 0);
}
fn nextafter_of(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) { return nan(); }
  let start = ordered(bitcast<u32>(a));
  let to = ordered(bitcast<u32>(b));
  if (start == to) { return b; }
  let next = start + select(-1, 1, to > start);
  return bitcast<f32>(select(u32(next), 0x80000000u - u32(next), next < 0));
}
`;

/** All of them. They call those of `functions.ts`, and root, expm1_of and log1p_of. */
export const CURVES: string = ARCS + SINE + HYPERBOLIC + ERROR + GAMMA + POWERS + RESTS;
