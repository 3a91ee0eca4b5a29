/**
 * What a run is judged by.
 *
 * @module
 */
import { alloc } from "../buffer.ts";
import { kernels } from "../kernels.ts";
import { i32 } from "../memory.ts";
import { contiguous } from "../ops/mod.ts";
import type { Tensor } from "../tensor.ts";

/** Whether a model's output and its targets are scores [n, c] and labels [n], as accuracy needs. */
export function isClassification(output: Tensor, target: Tensor): boolean {
  return output.ndim === 2 && target.ndim === 1 && target.dtype === "int32";
}

/** How many rows of scores [n, c] have their maximum at the label. */
export function countCorrect(scores: Tensor, labels: Tensor): number {
  const [n, c] = scores.shape as [number, number];
  const guess = alloc([n], "int32");
  kernels.argReduce("max", contiguous(scores), guess, n, c);
  const a = guess.ptr >>> 2;
  const b = contiguous(labels).ptr >>> 2;
  let correct = 0;
  for (let i = 0; i < n; i++) if (i32[a + i] === i32[b + i]) correct++;
  return correct;
}
