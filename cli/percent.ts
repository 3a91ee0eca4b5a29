/**
 * A probability in per cent with as many digits as tell it from 0 and from 1: `32.1 %`, `99.9987 %`,
 * `0.00012 %`.
 */
export function percent(p: number): string {
  const rest = Math.min(p, 1 - p);
  if (rest === 0) return `${100 * p} %`;
  const digits = Math.max(1, 1 - Math.floor(Math.log10(100 * rest) + 1e-9));
  return digits > 12 ? `${p < 0.5 ? "< 10" : "> 100 − 10"}⁻¹⁰ %` : `${(100 * p).toFixed(digits)} %`;
}
