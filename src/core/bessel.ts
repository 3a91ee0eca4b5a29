/**
 * Bessel functions of the orders 0 and 1, in float64: right to 1e-10 or better. Near 0 they are their
 * power series, far from it their asymptotic ones (Abramowitz and Stegun, 9.1.10 to 9.2.10, 9.6.10 and
 * 9.7.1).
 *
 * @module
 */

/** Which of the two functions of a kind. */
export type Order = 0 | 1;

/** From here on the asymptotic series of I is right to the last digit, as e⁻²ˣ is nothing beside 1. */
const FAR_I = 25;

/** From here on that of J and Y is right to e⁻²⁴; the power series would lose what cancels. */
const FAR_J = 12;

/** Σ (±x² / 4)ᵏ / (k! (k + n)!): what stands in all power series, without (x / 2)ⁿ. */
function powerSeries(n: Order, x: number, sign: 1 | -1): number {
  const q = sign * x * x / 4;
  let term = 1, sum = 1;
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum) || k < 4; k++) {
    sum += term *= q / (k * (k + n));
  }
  return sum;
}

/** Factors aₖ / xᵏ of the asymptotic series, as long as they get smaller. */
function* asymptotic(n: Order, x: number): Generator<number> {
  let term = 1;
  for (let k = 0; k < 40; k++) {
    yield term;
    const next = term * (4 * n * n - (2 * k + 1) ** 2) / (8 * (k + 1) * x);
    if (!(Math.abs(next) < Math.abs(term))) return;
    term = next;
  }
}

/** e⁻|ˣ| Iₙ(x), the modified Bessel function of the first kind, which neither overflows nor vanishes. */
export function scaledI(n: Order, x: number): number {
  const a = Math.abs(x);
  const sign = n === 1 && x < 0 ? -1 : 1;
  if (a < FAR_I) return sign * (n === 1 ? a / 2 : 1) * powerSeries(n, a, 1) * Math.exp(-a);
  if (a === Infinity) return sign * 0;
  let sum = 0, odd = false;
  for (const term of asymptotic(n, a)) {
    sum += odd ? -term : term;
    odd = !odd;
  }
  return sign * sum / Math.sqrt(2 * Math.PI * a);
}

/** Iₙ(x), the modified Bessel function of the first kind. */
export function besselI(n: Order, x: number): number {
  if (Math.abs(x) === Infinity) return n === 1 ? x : Infinity;
  return scaledI(n, x) * Math.exp(Math.abs(x));
}

/** Amplitudes P and Q of the waves that J and Y are far from 0. */
function amplitudes(n: Order, x: number): [p: number, q: number] {
  let p = 0, q = 0, k = 0;
  for (const term of asymptotic(n, x)) {
    const sign = k % 4 < 2 ? 1 : -1;
    if (k % 2 === 0) p += sign * term;
    else q += sign * term;
    k++;
  }
  return [p, q];
}

/** √(2 / πx) times P and Q turned by x − (2n + 1) π / 4, whose sine and cosine are those of x, exactly. */
function wave(n: Order, x: number, isY: boolean): number {
  if (x === Infinity) return 0;
  const [p, q] = amplitudes(n, x);
  const [s, c] = [Math.sin(x), Math.cos(x)];
  const cos = (n === 0 ? c + s : s - c) * Math.SQRT1_2;
  const sin = (n === 0 ? s - c : -s - c) * Math.SQRT1_2;
  return Math.sqrt(2 / (Math.PI * x)) * (isY ? p * sin + q * cos : p * cos - q * sin);
}

/** Jₙ(x), the Bessel function of the first kind. */
export function besselJ(n: Order, x: number): number {
  const a = Math.abs(x), sign = n === 1 && x < 0 ? -1 : 1;
  if (a >= FAR_J) return sign * wave(n, a, false);
  return sign * (n === 1 ? a / 2 : 1) * powerSeries(n, a, -1);
}

const EULER = 0.5772156649015329;

/** Yₙ(x), the Bessel function of the second kind: −∞ at 0, NaN below. */
export function besselY(n: Order, x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x >= FAR_J) return wave(n, x, true);
  // 2/π ln(x/2) Jₙ, what is singular, and a series of J's terms times sums of 1, 1/2, 1/3 …
  const q = -x * x / 4;
  let term = n === 1 ? x / 2 : 1, harmonic = 0, sum = term * (n - 2 * EULER);
  for (let k = 1; k < 60; k++) {
    term *= q / (k * (k + n));
    harmonic += 1 / k;
    sum += term * (2 * harmonic + (n === 1 ? 1 / (k + 1) : 0) - 2 * EULER);
  }
  const regular = 2 * Math.log(x / 2) * besselJ(n, x) - sum;
  return (regular - (n === 1 ? 2 / x : 0)) / Math.PI;
}
