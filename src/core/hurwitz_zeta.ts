/**
 * Hurwitz' zeta function of any arguments.
 *
 * @module
 */
import { zeta } from "./special_functions.ts";

/**
 * Σ (q + k)⁻ˢ for k = 0, 1 …: ∞ where s is 1 or a q + k is 0, NaN where s is below 1, and where s is no
 * whole number and q below 0. At infinite arguments it is the limit, and ∞ where q is −∞.
 */
export function hurwitzZeta(s: number, q: number): number {
  if (s === 1) return Infinity;
  if (!(s > 1) || Number.isNaN(q)) return NaN;
  if (Number.isInteger(q) ? q <= 0 : q === -Infinity) return Infinity;
  if (s === Infinity) return q < 1 ? Infinity : q === 1 ? 1 : 0; // that of its first term
  if (q > 0) return zeta(s - 1, q);
  if (!Number.isInteger(s)) return NaN;
  // of the negative terms all that there are, less those beyond q
  const part = q - Math.floor(q);
  const negative = zeta(s - 1, 1 - part) - zeta(s - 1, 1 - q);
  return zeta(s - 1, part) + (s % 2 === 0 ? negative : -negative);
}
