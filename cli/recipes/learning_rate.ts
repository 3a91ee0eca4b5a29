import type { Settings } from "./recipe.ts";

/**
 * What the highest learning rate is multiplied by in step `step` of `steps`, both counted from 0: up
 * from 0.05 to 1 along a line, then down to 0 along a line or half a cosine.
 */
export function learningRateFactor(
  step: number,
  steps: number,
  { warmUp, decay }: Pick<Settings, "warmUp" | "decay">,
): number {
  const t = step / steps;
  if (t < warmUp) return 0.05 + 0.95 * t / warmUp;
  const u = (t - warmUp) / (1 - warmUp);
  return decay === "linear" ? 1 - u : (1 + Math.cos(Math.PI * u)) / 2;
}
