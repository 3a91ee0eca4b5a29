/**
 * Functions that `Math` lacks, in float64: right to 1e-12 or better, which float32 does not tell from
 * exact.
 *
 * @module
 */
const ROOT_PI = Math.sqrt(Math.PI);

/** The error function, 2/√π ∫₀ˣ e⁻ᵗ² dt. */
export function erf(x: number): number {
  if (Math.abs(x) > 2) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x, sum = x;
  for (let k = 1; k < 60; k++) sum += term *= 2 * x * x / (2 * k + 1);
  return 2 / ROOT_PI * Math.exp(-x * x) * sum;
}

/** 1 − erf x, whose tail keeps its digits: a continued fraction from 2 on. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 2) return 1 - erf(x);
  let fraction = 0;
  for (let k = 100; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / ROOT_PI / (x + fraction);
}

/** e^(x²) erfc x, which does not vanish where erfc does. */
export function erfcx(x: number): number {
  if (x < 2) return Math.exp(x * x) * erfc(x);
  let fraction = 0;
  for (let k = 100; k > 0; k--) fraction = k / 2 / (x + fraction);
  return 1 / ROOT_PI / (x + fraction);
}

/**
 * The inverse of the normal distribution function: an approximation (Abramowitz and Stegun, 26.2.23),
 * then Newton's steps on the logarithm of the smaller tail. NaN but from 0 to 1.
 */
export function ndtri(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  if (p === 0.5) return 0;
  const isLeft = p < 0.5, q = isLeft ? p : 1 - p;
  const t = Math.sqrt(-2 * Math.log(q));
  let x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 3; i++) {
    const tail = erfc(x * Math.SQRT1_2) / 2;
    const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    x += Math.log(tail / q) * tail / density;
  }
  return isLeft ? -x : x;
}

/** The inverse of erf: Giles's approximation, then two of Newton's steps on the smaller tail. */
export function erfinv(y: number): number {
  const a = Math.abs(y);
  if (!(a < 1)) return a === 1 ? y * Infinity : NaN;
  const w = -Math.log((1 - a) * (1 + a));
  let x = w < 5 ? a * (ROOT_PI / 2 + 0.24 * (w / (1 + 0.2 * w))) : Math.sqrt(w - 0.5 * Math.log(w));
  for (let i = 0; i < 8; i++) {
    const slope = -2 / ROOT_PI * Math.exp(-x * x);
    const off = a < 0.5 ? (a - erf(x)) / slope : (erfc(x) - (1 - a)) / slope;
    x -= off / (1 + x * off); // Halley's
  }
  return y < 0 ? -x : x;
}

/** Γ's logarithm, of its size where Γ is negative. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Infinity;
  if (x === 1 || x === 2) return 0;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  let shift = 1; // Stirling's series needs a large argument
  while (x < 12) shift *= x++;
  const z = 1 / (x * x);
  const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(shift);
}

/** The derivative of `lgamma`. −∞ at 0, ∞ at −0, NaN at the whole numbers below, as in PyTorch. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, 0) ? -Infinity : Infinity;
  if (x === Infinity) return x;
  if (x < 0) return Number.isInteger(x) ? NaN : digamma(1 - x) - Math.PI * cosPi(x) / sinPi(x);
  let sum = 0;
  for (; x < 12; x++) sum -= 1 / x;
  const z = 1 / (x * x);
  const series = z * (1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z / 132))));
  return sum + Math.log(x) - 0.5 / x - series;
}

/** The n-th derivative of `digamma`, n ≥ 2: ± n! Σ (x + k)^−(n+1) for k = 0, 1 … ±∞ at its poles. */
export function polygamma(n: number, x: number): number {
  if (x <= 0 && Number.isInteger(x)) return n % 2 === 0 ? -Infinity : Infinity;
  let factorial = n % 2 === 0 ? -1 : 1;
  for (let k = 2; k <= Math.min(n, 171); k++) factorial *= k; // 171! is infinite
  if (!(x < 0)) return factorial * zeta(n, x);
  // of the negative terms all that there are, less those beyond x
  const part = x - Math.floor(x);
  const negative = zeta(n, 1 - part) - zeta(n, 1 - x);
  return factorial * (zeta(n, part) + (n % 2 === 0 ? -negative : negative));
}

/** Σ (x + k)^−(n+1) for k = 0, 1 …, of x > 0, by Euler and Maclaurin. */
export function zeta(n: number, x: number): number {
  let sum = 0;
  for (const far = Math.max(20, 2 * Math.min(n, 171)); x < far; x++) sum += x ** -(n + 1);
  let term = x ** -n;
  sum += term / n + term / x / 2;
  const bernoulli = [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600]; // B₂ⱼ / (2j)!
  bernoulli.forEach((b, j) => {
    term *= (j === 0 ? n + 1 : (n + 2 * j) * (n + 2 * j + 1)) / x / x;
    sum += b * term;
  });
  return sum;
}

/** The derivative of `digamma`. */
export function trigamma(x: number): number {
  if (x < 0.5) {
    return Number.isInteger(x) ? Infinity : (Math.PI / sinPi(x)) ** 2 - trigamma(1 - x);
  }
  let sum = 0;
  for (; x < 12; x++) sum += 1 / (x * x);
  const z = 1 / (x * x);
  const series = z * (1 / 6 - z * (1 / 30 - z * (1 / 42 - z * (1 / 30 - z * 5 / 66))));
  return sum + (1 + 0.5 / x + series) / x;
}

/** sin πx, exact at whole numbers. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  return Math.abs(r) <= 0.5 ? Math.sin(Math.PI * r) : Math.sin(Math.PI * (Math.sign(r) - r));
}

/** cos πx. */
function cosPi(x: number): number {
  return sinPi(x + 0.5);
}
