/**
 * The gamma function and what comes of it, for positive numbers: as ops, and of single numbers in
 * float64.
 *
 * @module
 */
import type { Tensor } from "../tensor/tensor.ts";

/** Coefficients of 1/x, 1/x³ … in Stirling's series of log Γ. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680];

/** How far arguments are moved up, to where the series is exact to float32. */
const UP = 6;

/** log Γ(x), made of ops, gradients included. */
export function lgamma(x: Tensor): Tensor {
  const z = x.add(UP);
  const part = (i: number) => x.add(i).mul(x.add(i + 1)).mul(x.add(i + 2)).log();
  const inverse = z.reciprocal();
  const square = inverse.square();
  const series = horner(STIRLING, square).mul(inverse);
  return z.sub(0.5).mul(z.log()).sub(z).add(0.5 * Math.log(2 * Math.PI)).add(series)
    .sub(part(0)).sub(part(3));
}

/** ψ(x), the derivative of log Γ, made of ops. */
export function digamma(x: Tensor): Tensor {
  const z = x.add(UP);
  let shift = x.reciprocal();
  for (let i = 1; i < UP; i++) shift = shift.add(x.add(i).reciprocal());
  const inverse = z.reciprocal();
  const square = inverse.square();
  const series = horner(STIRLING.map((c, i) => c * (2 * i + 1)), square).mul(square);
  return z.log().sub(inverse.mul(0.5)).sub(series).sub(shift);
}

function horner(coefficients: readonly number[], x: Tensor): Tensor {
  let sum: Tensor | number = coefficients.at(-1)!;
  for (const c of coefficients.slice(0, -1).reverse()) sum = x.mul(sum).add(c);
  return sum as Tensor;
}

/** log Γ(x) of a positive number. */
export function logGamma(x: number): number {
  let product = 1;
  for (; x < 12; x++) product *= x;
  const series = STIRLING.reduce((sum, c, i) => sum + c / x ** (2 * i + 1), 0);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/** The smaller of a distribution function and what it leaves to 1; whether it is the upper part. */
interface Tail {
  p: number;
  isUpper: boolean;
}

/** The gamma distribution's of shape a at x: by a series below the mean, by a fraction above. */
function gammaTail(a: number, x: number, isUpper: boolean): Tail {
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (!isUpper) {
    let term = 1 / a, sum = term;
    for (let n = 1; n < 1000 && term > sum * 1e-17; n++) sum += term *= x / (a + n);
    return { p: front * sum, isUpper };
  }
  // Lentz's method
  let b = x + 1 - a, c = 1e300, d = 1 / b, fraction = d;
  for (let n = 1; n < 1000; n++) {
    const an = n * (a - n);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return { p: front * fraction, isUpper };
}

/** The beta distribution's of shapes a and b at x: by a continued fraction on the side of the mean. */
function betaTail(a: number, b: number, x: number, isUpper: boolean): Tail {
  const front = Math.exp(
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b),
  );
  return isUpper
    ? { p: front * betaFraction(b, a, 1 - x) / b, isUpper }
    : { p: front * betaFraction(a, b, x) / a, isUpper };
}

function betaFraction(a: number, b: number, x: number): number {
  let c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}

/**
 * How a sample x moves with a parameter where its distribution function stays (Figurnov, Mohamed and
 * Mnih, "Implicit reparameterization gradients", 2018): −∂F/∂θ / density. F is differentiated by
 * differences, in float64.
 */
function implicit(tail: (theta: number) => Tail, theta: number, logDensity: number): number {
  const h = theta * 1e-4;
  const { p: above, isUpper } = tail(theta + h);
  const slope = (above - tail(theta - h).p) / (2 * h);
  return (isUpper ? slope : -slope) / Math.exp(logDensity);
}

/**
 * The same of a large shape, of which the series would take too many terms: from x as a function of what
 * the normal distribution has at its place, z (Cornish and Fisher).
 */
function gammaSlopeOfLarge(a: number, x: number): number {
  const root = Math.sqrt(a);
  let z = (x - a) / root;
  for (let i = 0; i < 4; i++) {
    z = (x - a - (z ** 2 - 1) / 3 - (z ** 3 - 7 * z) / (36 * root)) / root;
  }
  return 1 + z / (2 * root) - (z ** 3 - 7 * z) / (72 * a * root);
}

/** dx/da of a sample x of the gamma distribution of shape a and rate 1. */
export function gammaSlope(a: number, x: number): number {
  if (a > 5000) return gammaSlopeOfLarge(a, x);
  const isUpper = x > a + 1;
  return implicit((a) => gammaTail(a, x, isUpper), a, (a - 1) * Math.log(x) - x - logGamma(a));
}

/** dx/da and dx/db of a sample x of the beta distribution of shapes a and b. */
export function betaSlopes(a: number, b: number, x: number): [number, number] {
  const isUpper = x > (a + 1) / (a + b + 2);
  const logDensity = (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) + logGamma(a + b) -
    logGamma(a) - logGamma(b);
  return [
    implicit((a) => betaTail(a, b, x, isUpper), a, logDensity),
    implicit((b) => betaTail(a, b, x, isUpper), b, logDensity),
  ];
}
