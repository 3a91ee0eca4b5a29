/**
 * Operations on strided operands, reduced to the three dimensions that kernels loop over.
 *
 * @module
 */
import type { Shape } from "../core/shape.ts";

/**
 * Lays an operation over up to three dimensions that kernels loop over: neighbours that lie
 * regularly in every operand are merged, and what is left beyond three is walked here.
 */
export function overDims(
  shape: Shape,
  strides: readonly (readonly number[])[],
  run: (dims: readonly number[], steps: readonly number[][], offsets: readonly number[]) => void,
): void {
  const dims: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let i = 0; i < shape.length; i++) {
    const n = shape[i]!;
    if (n === 0) return;
    if (n === 1) continue;
    const last = dims.length - 1;
    if (last >= 0 && strides.every((s, j) => steps[j]![last] === s[i]! * n)) {
      dims[last]! *= n;
      strides.forEach((s, j) => steps[j]![last] = s[i]!);
    } else {
      dims.push(n);
      strides.forEach((s, j) => steps[j]!.push(s[i]!));
    }
  }
  while (dims.length < 3) {
    dims.unshift(1);
    steps.forEach((s) => s.unshift(0));
  }
  const outer = dims.splice(0, dims.length - 3);
  const outerSteps = steps.map((s) => s.splice(0, outer.length));
  const at = outer.map(() => 0);
  const offsets = strides.map(() => 0);
  for (;;) {
    run(dims, steps, offsets);
    let d = outer.length - 1;
    for (; d >= 0; d--) {
      if (++at[d]! < outer[d]!) {
        offsets.forEach((_, j) => offsets[j]! += outerSteps[j]![d]!);
        break;
      }
      offsets.forEach((_, j) => offsets[j]! -= outerSteps[j]![d]! * (outer[d]! - 1));
      at[d] = 0;
    }
    if (d < 0) return;
  }
}
