/**
 * Functions whose bits are the same in every engine: `Math.sin` and its like may differ in the last
 * place from one to another, sums, products, quotients and roots may not. Right to a few units in
 * the last place.
 *
 * @module
 */

/** cos x and sin x for |x| ≤ π. */
export function cosSin(x: number): [cos: number, sin: number] {
  let [cos, sin] = [1, x];
  let term = x;
  for (let k = 2; k < 28; k += 2) {
    term *= -x / k;
    cos += term;
    term *= x / (k + 1);
    sin += term;
  }
  return [cos, sin];
}

/** exp x for |x| ≤ 700; errors grow as |x| does. */
export function exp(x: number): number {
  let halvings = 0;
  for (; Math.abs(x) > 0.5; halvings++) x /= 2;
  let [sum, term] = [1, 1];
  for (let k = 1; k < 16; k++) {
    term *= x / k;
    sum += term;
  }
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}

/** log x for positive x: 2 artanh((x − 1) / (x + 1)), with roots taken until x is near 1. */
export function log(x: number): number {
  let scale = 2;
  for (; Math.abs(x - 1) > 0.25; scale *= 2) x = Math.sqrt(x);
  const r = (x - 1) / (x + 1);
  let [sum, power] = [0, r];
  for (let k = 1; k < 20; k += 2) {
    sum += power / k;
    power *= r * r;
  }
  return scale * sum;
}
