/**
 * The regularized incomplete gamma functions, in float64: right to 1e-10 or better.
 *
 * @module
 */
import { erfc, lgamma } from "./special_functions.ts";

/** From this shape on series take too many terms, and the normal distribution is near. */
const LARGE = 1e5;

/** P(a, x), the share of a gamma distribution of shape a that lies below x; NaN where a or x is below 0. */
export function lowerGamma(a: number, x: number): number {
  return edge(a, x) ?? (a >= LARGE ? uniform(a, x, -1) : x < a + 1 ? series(a, x) : 1 - tail(a, x));
}

/** Q(a, x) = 1 − P(a, x), whose tail keeps its digits. */
export function upperGamma(a: number, x: number): number {
  const lower = edge(a, x);
  if (lower !== null) return 1 - lower;
  return a >= LARGE ? uniform(a, x, 1) : x < a + 1 ? 1 - series(a, x) : tail(a, x);
}

/** P where no series is: at 0, at infinity, and of what is no number; else null. */
function edge(a: number, x: number): number | null {
  if (!(a >= 0 && x >= 0)) return NaN;
  if (a === 0) return x > 0 ? 1 : NaN;
  if (a === Infinity) return x === Infinity ? NaN : 0;
  return x === 0 ? 0 : x === Infinity ? 1 : null;
}

/** xᵃ e⁻ˣ / Γ(a). */
function front(a: number, x: number): number {
  return Math.exp(a * Math.log(x) - x - lgamma(a));
}

/** P by its power series. */
function series(a: number, x: number): number {
  let term = 1 / a, sum = term;
  for (let k = 1; term > 1e-16 * sum; k++) sum += term *= x / (a + k);
  return Math.min(1, front(a, x) * sum);
}

/** Q by a continued fraction, from its end: Lentz's way. */
function tail(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a, c = 1 / tiny, d = 1 / b, value = d;
  for (let k = 1; k < 100_000; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = numerator * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + numerator / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front(a, x) * value;
}

/**
 * P (side −1) or Q (side 1) of a large shape: Temme, "The asymptotic expansion of the incomplete gamma
 * functions", 1979. What is left out is less than 1e-10.
 */
function uniform(a: number, x: number, side: 1 | -1): number {
  const m = (x - a) / a;
  // m − ln(1 + m), which loses its digits near 0
  const half = Math.abs(m) < 1e-3
    ? m * m * (1 / 2 - m * (1 / 3 - m / 4 + m * m / 5))
    : m - Math.log1p(m);
  const eta = Math.sign(m) * Math.sqrt(2 * half);
  const first = Math.abs(eta) < 1e-2
    ? -1 / 3 + eta * (1 / 12 - eta * (2 / 135 - eta / 864))
    : 1 / m - 1 / eta;
  const rest = Math.exp(-a * half) / Math.sqrt(2 * Math.PI * a) * first;
  return erfc(side * eta * Math.sqrt(a / 2)) / 2 + side * rest;
}
