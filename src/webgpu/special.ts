/**
 * Functions of statistics and physics, of `special`, in WGSL. The host's are in float64 and may let large
 * numbers cancel (`core/bessel.ts`, `core/incomplete_gamma.ts`); these take ways on which none do.
 *
 * @module
 */
import { CURVES, POLYGAMMA } from "./curves.ts";
import { FUNCTIONS, type Unary } from "./formulas.ts";
import { POW } from "./functions.ts";

/** I₀ and I₁: near 0 their power series, whose terms are all positive, else their asymptotic ones. */
const FIRST_KIND = `
// Σ (± x² / 4)^k / (k! (k + n)!)
fn bessel_series(n: f32, x: f32, sign: f32) -> f32 {
  let q = sign * x * x * 0.25;
  var term = 1.0;
  var sum = 1.0;
  for (var k = 1.0; k < 60.0; k += 1.0) {
    term *= q / (k * (k + n));
    sum += term;
    if (abs(term) <= 1e-9 * abs(sum)) { break; }
  }
  return sum;
}
// of asymptotic series the factor of term k + 1 to term k
fn bessel_factor(n: f32, k: f32, x: f32) -> f32 {
  let odd = 2.0 * k + 1.0;
  return (4.0 * n * n - odd * odd) / (8.0 * (k + 1.0) * x);
}
// e^-|x| I(x) of the order n
fn scaled_i(n: f32, x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  let sign = select(1.0, -1.0, n == 1.0 && x < 0.0);
  if (a < 12.0) {
    return sign * select(1.0, 0.5 * a, n == 1.0) * bessel_series(n, a, 1.0) * exp_of(-a);
  }
  if (a == infinity()) { return sign * 0.0; }
  var term = 1.0;
  var sum = 1.0;
  for (var k = 0.0; k < 30.0 && abs(term) > 1e-9; k += 1.0) {
    term *= -bessel_factor(n, k, a);
    sum += term;
  }
  return sign * 0.3989422804014327 * sum / sqrt(a);
}
fn i_of(n: f32, x: f32) -> f32 {
  if (abs(x) == infinity()) { return select(infinity(), x, n == 1.0); }
  let half = exp_of(0.5 * abs(x)); // whose square may be infinite where the product is not
  return scaled_i(n, x) * half * half;
}
// y / x, which is ½ at 0
fn slope_at_0(y: f32, x: f32) -> f32 {
  if (x == 0.0) { return 0.5; }
  return y / x;
}
`;

/**
 * J and Y of a positive x. Up to 2 they are power series, from 12 on asymptotic ones. Between, Miller's
 * way: J of all orders by their recurrence from order 36 down, in which no error grows, as parts of their
 * sum J₀ + 2 J₂ + 2 J₄ …, which is 1; and Y as Neumann's series of these (Abramowitz and Stegun, 9.1.46
 * and 9.1.88).
 */
const WAVES = `
struct Bessel { j: vec2<f32>, y: vec2<f32> } // of the orders 0 and 1
fn near_bessel(x: f32) -> Bessel {
  let j = vec2<f32>(bessel_series(0.0, x, -1.0), 0.5 * x * bessel_series(1.0, x, -1.0));
  let q = -0.25 * x * x;
  var term = vec2<f32>(1.0, 0.5 * x);
  var harmonic = 0.0;
  var sum = term * vec2<f32>(-1.1544313298030658, -0.1544313298030657);
  for (var k = 1.0; k < 14.0; k += 1.0) {
    term *= q / (k * vec2<f32>(k, k + 1.0));
    harmonic += 1.0 / k;
    sum += term * (2.0 * harmonic - 1.1544313298030658 + vec2<f32>(0.0, 1.0 / (k + 1.0)));
  }
  let y = 2.0 * log_of(0.5 * x) * j - sum - vec2<f32>(0.0, 2.0 / x);
  return Bessel(j, y * 0.3183098861837907);
}
fn middle_bessel(x: f32) -> Bessel {
  var behind = 0.0;
  var own = 1e-20; // some part of the order k
  var all = 0.0;
  var sums = vec2<f32>(0.0);
  for (var k = 36; k > 0; k--) {
    let half = f32(k / 2);
    let signed_own = select(own, -own, ((k / 2) & 1) != 0);
    if ((k & 1) == 0) {
      all += 2.0 * own;
      sums.x += signed_own / half;
    } else if (k > 1) { sums.y += signed_own * f32(k) / (half * (half + 1.0)); }
    let before = 2.0 * f32(k) / x * own - behind;
    behind = own;
    own = before;
  }
  all += own;
  let j = vec2<f32>(own, behind) / all;
  let log_half = log_of(0.5 * x) + 0.5772156649015329;
  let y = vec2<f32>(log_half * j.x, (log_half - 1.0) * j.y - j.x / x) - vec2<f32>(2.0, 1.0) * sums / all;
  return Bessel(j, y * 0.6366197723675814);
}
// √(2 / πx) times the amplitudes, turned by x less a quarter or three of π
fn far_bessel(x: f32) -> Bessel {
  if (x == infinity()) { return Bessel(vec2<f32>(0.0), vec2<f32>(0.0)); }
  var p = vec2<f32>(1.0);
  var q = vec2<f32>(0.0);
  var term = vec2<f32>(1.0);
  for (var k = 0; k < 20; k++) {
    term *= vec2<f32>(bessel_factor(0.0, f32(k), x), bessel_factor(1.0, f32(k), x));
    let next = select(term, -term, ((k + 1) & 2) != 0);
    if ((k & 1) == 0) { q += next; } else { p += next; }
    if (abs(term.x) < 1e-9) { break; }
  }
  let s = sin_of(x);
  let c = cos_of(x);
  let cosine = vec2<f32>(c + s, s - c);
  let sine = vec2<f32>(s - c, -s - c);
  let size = 0.5641895835477563 / sqrt(x); // with the √½ of these
  return Bessel(size * (p * cosine - q * sine), size * (p * sine + q * cosine));
}
fn bessel_of(x: f32) -> Bessel {
  if (x < 2.0) { return near_bessel(x); }
  if (x < 12.0) { return middle_bessel(x); }
  return far_bessel(x);
}
fn j_of(n: u32, x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let j = bessel_of(abs(x)).j;
  if (n == 0u) { return j.x; }
  return select(j.y, -j.y, x < 0.0);
}
fn y_of(n: u32, x: f32) -> f32 {
  if (is_nan(x) || x < 0.0) { return nan(); }
  if (x == 0.0) { return -infinity(); }
  return bessel_of(x).y[n];
}
`;

/** The tail of the normal distribution: with its bell taken out, and its inverse by Newton's way. */
const TAILS = `
fn erfcx_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  var right = 2.0 * normal_of(-1.4142135623730951 * a, 1.0);
  if (a > 5.0) {
    let u = 0.5 / a / a;
    right = 0.5641895835477563 / a *
      (1.0 - u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * (945.0 - u * 10395.0))))));
  }
  if (x >= 0.0) { return right; }
  if (x < -10.0) { return infinity(); }
  let high = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); // whose square has all its digits
  return 2.0 * exp_of(high * high) * exp_of((x - high) * (x + high)) - right;
}
// 2 x erfcx(x) - 2 / √π, which cancel far to the right
fn erfcx_slope(x: f32) -> f32 {
  if (x == infinity()) { return nan(); } // ∞ times 0
  if (!(x > 8.0)) { return 2.0 * x * erfcx_of(x) - 1.1283791670955126; }
  let u = 0.5 / x / x;
  return -1.1283791670955126 * u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * 945.0))));
}
fn ndtri_of(p: f32) -> f32 {
  if (is_nan(p) || p < 0.0 || p > 1.0) { return nan(); }
  if ((bitcast<u32>(p) & 0x7fffffffu) == 0u) { return -infinity(); }
  if (p == 1.0) { return infinity(); }
  if (p == 0.5) { return 0.0; }
  let isLeft = p < 0.5;
  let log_tail = log_of(select(1.0 - p, p, isLeft));
  let t = sqrt(-2.0 * log_tail);
  var x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
    (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (var i = 0; i < 3; i++) {
    let tail = erfcx_of(x * 0.7071067811865476);
    x += (log_of(0.5 * tail) - 0.5 * x * x - log_tail) * tail * 1.2533141373155003;
  }
  return select(x, -x, isLeft);
}
`;

/**
 * The incomplete gamma functions. Their factor xᵃ e⁻ˣ / Γ(a) is, of a larger a, made of log(x / a) less
 * x / a − 1 by itself, in which nothing large cancels. Of large shapes they are Temme's expansion.
 */
const INCOMPLETE = `
// log(1 + m) - m, of m = (x - a) / a
fn log_less(a: f32, x: f32) -> f32 {
  let m = (x - a) / a;
  if (m > -0.29 && m < 0.41) { return log1p_tail(m) - 0.5 * m * m; }
  return log_of(x / a) - m;
}
fn gamma_front(a: f32, x: f32) -> f32 {
  if (a < 8.0) { return exp_of(a * log_of(x) - x - lgamma_of(a)); }
  let r = 1.0 / a;
  let rest = r * (0.08333333333333333 - r * r * (0.002777777777777778 - r * r * 0.0007936507936507937));
  return 0.3989422804014327 * sqrt(a) * exp_of(a * log_less(a, x) - rest);
}
fn gamma_series(a: f32, x: f32) -> f32 {
  var term = 1.0 / a;
  var sum = term;
  for (var k = 1.0; k < 2000.0 && term > 1e-8 * sum; k += 1.0) {
    term *= x / (a + k);
    sum += term;
  }
  return min(1.0, gamma_front(a, x) * sum);
}
// Lentz's way
fn gamma_tail(a: f32, x: f32) -> f32 {
  var b = x + 1.0 - a;
  var c = 1e30;
  var d = 1.0 / b;
  var value = d;
  for (var k = 1.0; k < 2000.0; k += 1.0) {
    let numerator = k * (a - k);
    b += 2.0;
    d = numerator * d + b;
    if (abs(d) < 1e-30) { d = 1e-30; }
    c = b + numerator / c;
    if (abs(c) < 1e-30) { c = 1e-30; }
    d = 1.0 / d;
    value *= d * c;
    if (abs(d * c - 1.0) < 1e-7) { break; }
  }
  return gamma_front(a, x) * value;
}
fn gamma_of_large(a: f32, x: f32, side: f32) -> f32 {
  let m = (x - a) / a;
  let half = -log_less(a, x);
  let eta = sign(m) * sqrt(2.0 * half);
  var first = -0.3333333333333333 + eta * (0.08333333333333333 - eta * (0.014814814814814815 - eta / 864.0));
  if (abs(eta) > 0.1) { first = 1.0 / m - 1.0 / eta; }
  let rest = 0.3989422804014327 * exp_of(-a * half) / sqrt(a) * first;
  return 0.5 * erfc_of(side * eta * sqrt(0.5 * a)) + side * rest;
}
// the share below x (side -1) or above (side 1)
fn gammainc_of(a: f32, x: f32, side: f32) -> f32 {
  let isUpper = side > 0.0;
  if (is_nan(a) || is_nan(x) || a < 0.0 || x < 0.0) { return nan(); }
  var edge = -1.0;
  if (a == 0.0) { edge = select(nan(), 1.0, x > 0.0); }
  else if (a == infinity()) { edge = select(0.0, nan(), x == infinity()); }
  else if (x == 0.0) { edge = 0.0; }
  else if (x == infinity()) { edge = 1.0; }
  if (is_nan(edge)) { return edge; }
  if (edge >= 0.0) { return select(edge, 1.0 - edge, isUpper); }
  if (a >= 1000.0) { return gamma_of_large(a, x, side); }
  if (x < a + 1.0) {
    let lower = gamma_series(a, x);
    return select(lower, 1.0 - lower, isUpper);
  }
  let upper = gamma_tail(a, x);
  return select(1.0 - upper, upper, isUpper);
}
`;

/** Hurwitz' function by the sum that derivatives of `digamma` are. */
const ZETA = `
fn zeta_of(s: f32, q: f32) -> f32 {
  if (is_nan(s) || is_nan(q) || s < 1.0) { return nan(); }
  if (s == 1.0) { return infinity(); }
  if (q <= 0.0 && (q == floor(q) || q == -infinity())) { return infinity(); }
  if (s == infinity()) { return select(select(0.0, 1.0, q == 1.0), infinity(), q < 1.0); }
  if (q > 0.0) { return scaled_zeta(q, s - 1.0, 1.0); }
  let part = q - floor(q);
  if (trunc(s) != s) { return nan(); }
  // of the negative terms all that there are, less those beyond q
  let negative = scaled_zeta(1.0 - part, s - 1.0, 1.0) - scaled_zeta(1.0 - q, s - 1.0, 1.0);
  let isEven = trunc(0.5 * s) == 0.5 * s;
  return scaled_zeta(part, s - 1.0, 1.0) + select(-negative, negative, isEven);
}
`;

/** All that these functions call. */
export const SPECIAL: string = FUNCTIONS + CURVES + POW + POLYGAMMA + FIRST_KIND + WAVES + TAILS +
  INCOMPLETE + ZETA;

/** Functions of one element and their gradients, as in `formulas.ts`. */
export const SPECIAL_OF_ONE: Readonly<Record<string, Unary>> = {
  besselJ0: { f: "j_of(0u, x)", grad: "-dy * j_of(1u, s)" },
  besselJ1: { f: "j_of(1u, x)", grad: "dy * (j_of(0u, s) - slope_at_0(j_of(1u, s), s))" },
  besselY0: { f: "y_of(0u, x)", grad: "-dy * y_of(1u, s)" },
  besselY1: { f: "y_of(1u, x)", grad: "dy * (y_of(0u, s) - y_of(1u, s) / s)" },
  erfcx: { f: "erfcx_of(x)", grad: "dy * erfcx_slope(s)" },
  i0: { f: "i_of(0.0, x)", grad: "dy * i_of(1.0, s)" },
  i0e: {
    f: "scaled_i(0.0, x)",
    grad: "dy * (scaled_i(1.0, s) - sign(s) * scaled_i(0.0, s))",
  },
  i1: { f: "i_of(1.0, x)", grad: "dy * (i_of(0.0, s) - slope_at_0(i_of(1.0, s), s))" },
  i1e: {
    f: "scaled_i(1.0, x)",
    grad: "dy * (scaled_i(0.0, s) - sign(s) * scaled_i(1.0, s) - slope_at_0(scaled_i(1.0, s), s))",
  },
  ndtri: { f: "ndtri_of(x)", grad: "dy * 2.5066282746310002 * exp_of(0.5 * s * s)" },
};

/** Functions of two. */
export const SPECIAL_OF_TWO: Readonly<Record<string, string>> = {
  gammainc: "gammainc_of(a, b, -1.0)",
  gammaincc: "gammainc_of(a, b, 1.0)",
  zeta: "zeta_of(a, b)",
};
