import type { Stroke } from "./centre.ts";

/** Points of a curve from `from` to `to` degrees around a centre; 0 is to the right, 90 down. */
function arc(cx: number, cy: number, r: number, from: number, to: number): Stroke {
  const points = 26;
  return Array.from({ length: points + 1 }, (_, i) => {
    const angle = (from + (to - from) * i / points) * Math.PI / 180;
    return { x: cx + r * Math.cos(angle), y: cy + r * Math.sin(angle) };
  });
}

/** A 3, for the page to begin with: it shows what the pad is for. */
export const DEMONSTRATION: readonly Stroke[] = [
  [...arc(0.48, 0.35, 0.16, 205, 440), ...arc(0.48, 0.66, 0.17, 280, 510)],
];
