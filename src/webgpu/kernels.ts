/**
 * The kernels of the GPU: what `Kernels` declares, a family a file.
 *
 * @module
 */
import type { AllKernels, Scans } from "../device/kernels.ts";
import { attention } from "./attention.ts";
import { convolution } from "./conv.ts";
import { elementwise } from "./elementwise.ts";
import { losses } from "./losses.ts";
import { products } from "./matmul.ts";
import { noKernel } from "./place.ts";
import { moves } from "./moves.ts";
import { normalization } from "./norm.ts";
import { pool } from "./pool.ts";
import { random } from "./random.ts";
import { reductions } from "./reductions.ts";
import { selection } from "./selection.ts";
import { updates } from "./updates.ts";
import { warping } from "./warp.ts";

/** What is not computed here. */
const scans: Scans = {
  scan(op) {
    throw noKernel(`cum${op}`);
  },
  order() {
    throw noKernel("sort");
  },
  ranked() {
    throw noKernel("kthvalue");
  },
};

/** The kernels, by name. */
export const kernels: AllKernels = {
  ...moves,
  ...elementwise,
  ...products,
  ...attention,
  ...reductions,
  ...scans,
  ...losses,
  ...pool,
  ...convolution,
  ...warping,
  ...normalization,
  ...selection,
  ...random,
  ...updates,
};
