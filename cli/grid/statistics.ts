/**
 * Mean, spread, and the interval that a mean is known to.
 *
 * @module
 */

/** A sample: its mean, and the 95 % confidence interval of the mean it was drawn from. */
export interface Estimate {
  /** How many independent values. */
  n: number;
  /** Their mean. */
  mean: number;
  /** Their standard deviation, with n - 1 in the denominator; NaN for a single value. */
  sd: number;
  /** Half the interval's width: it is mean ± half. NaN for a single value. */
  half: number;
}

/** The mean. Throws RangeError where there is no value. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("mean: needs a value, there is none");
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/**
 * The mean of independent values of a normal distribution, with Student's 95 % interval:
 * mean ± t sd / √n, t of n - 1 degrees of freedom. Throws RangeError where there is no value.
 */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const m = mean(values);
  if (n === 1) return { n, mean: m, sd: NaN, half: NaN };
  const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / (n - 1));
  return { n, mean: m, sd, half: studentT95(n - 1) * sd / Math.sqrt(n) };
}

/** Student's t that |T| stays below with probability 0.95, by degrees of freedom (1, 2, 3 …). */
export function studentT95(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new RangeError(
      `studentT95: degrees of freedom must be a whole number of at least 1: they are ${degrees}`,
    );
  }
  let [low, high] = [1.95, 12.8]; // of infinitely many degrees 1.960, of one 12.706
  // Halving ends where the two are neighbours among the floats, after some 50 turns.
  for (;;) {
    const t = (low + high) / 2;
    if (t === low || t === high) return t;
    if (withinProbability(t, degrees) < 0.95) low = t;
    else high = t;
  }
}

/**
 * P(|T| ≤ t) for a whole number ν of degrees of freedom: with θ = atan(t / √ν)
 *
 *     odd ν:   2/π (θ + sin θ (cos θ + 2/3 cos³ θ + … + 2·4…(ν-3) / 3·5…(ν-2) cos^(ν-2) θ))
 *     even ν:  sin θ (1 + 1/2 cos² θ + … + 1·3…(ν-3) / 2·4…(ν-2) cos^(ν-2) θ)
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function withinProbability(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const odd = degrees % 2 === 1;
  let term = odd ? cos : 1;
  let sum = 0;
  for (let k = odd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= cos * cos * (k - 1) / k;
  }
  return odd ? 2 / Math.PI * (theta + sin * sum) : sin * sum;
}
