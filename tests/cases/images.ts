/** Images in both layouts. */
import type { Tensor } from "../../src/tensor/tensor.ts";
import type { Ops } from "./case.ts";

/** The same images, channels last in memory. */
export function channelsLast(f: Ops, x: Tensor): Tensor {
  return f.permute(f.contiguous(f.permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}

/** The same of a, in PyTorch. */
export const CHANNELS_LAST = "a.contiguous(memory_format=torch.channels_last)";
