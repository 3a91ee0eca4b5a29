/**
 * What the first convolution of a network looks for, as pictures.
 *
 * @module
 */
import { nn } from "@glim/glim";

/** A kernel as a grey picture. */
export interface KernelPicture {
  /** Weights, rows × columns: 0 the most negative, 128 none, 255 the most positive. */
  pixels: Uint8Array;
  /** Its height. */
  rows: number;
  /** Its width. */
  columns: number;
}

/**
 * The kernels of a network's first convolution, each on a scale of its own; none where the first
 * convolution has not one input channel, or there is no convolution.
 */
export function firstKernels(model: nn.Module): KernelPicture[] {
  const first = [...model.modules()].find((module) => module instanceof nn.Conv2d);
  if (first === undefined || first.inChannels !== 1) return [];
  const [rows, columns] = first.kernelSize;
  const all = first.weight.toTypedArray();
  return Array.from({ length: first.outChannels }, (_, i) => {
    const weights = Array.from(all.subarray(i * rows * columns, (i + 1) * rows * columns));
    const largest = Math.max(...weights.map(Math.abs)) || 1;
    return { pixels: Uint8Array.from(weights, (w) => 128 + 127 * w / largest), rows, columns };
  });
}
