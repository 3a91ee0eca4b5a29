/**
 * The kernels of the GPU: what `Kernels` declares, a family a file.
 *
 * @module
 */
import type { AllKernels } from "../device/kernels.ts";
import { attention } from "./attention.ts";
import { convolution } from "./conv.ts";
import { sequences } from "./ctc.ts";
import { draws } from "./draws.ts";
import { elementwise } from "./elementwise.ts";
import { losses } from "./losses.ts";
import { products } from "./matmul.ts";
import { moves } from "./moves.ts";
import { normalization } from "./norm.ts";
import { pool } from "./pool.ts";
import { random } from "./random.ts";
import { recurrence } from "./recurrent.ts";
import { reductions } from "./reductions.ts";
import { scans } from "./scans.ts";
import { selection } from "./selection.ts";
import { updates } from "./updates.ts";
import { warping } from "./warp.ts";

/** The kernels, by name. */
export const kernels: AllKernels = {
  ...moves,
  ...elementwise,
  ...products,
  ...attention,
  ...reductions,
  ...recurrence,
  ...scans,
  ...losses,
  ...sequences,
  ...pool,
  ...convolution,
  ...warping,
  ...normalization,
  ...selection,
  ...random,
  ...draws,
  ...updates,
};
