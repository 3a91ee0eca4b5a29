/** Mean, spread, and the interval that a mean is known to. */
import jstat from "jstat";

/** A sample: its mean, and the 95 % confidence interval of the mean it was drawn from. */
export interface Estimate {
  n: number;
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

const quantiles = new Map<number, number>();

/** Student's t that |T| stays below with probability 0.95, by degrees of freedom (1, 2, 3 …). */
export function studentT95(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new RangeError(
      `studentT95: degrees of freedom must be a whole number of at least 1: they are ${degrees}`,
    );
  }
  return quantiles.getOrInsertComputed(degrees, () => jstat.studentt.inv(0.975, degrees));
}
