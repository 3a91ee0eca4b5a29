/**
 * All kernels of the CPU as ops call them, of every family.
 *
 * @module
 */
import type { AllKernels } from "../../src/device/kernels.ts";
import { activations } from "../../src/wasm/activations.ts";
import { adaptive } from "../../src/wasm/adaptive.ts";
import { attention } from "../../src/wasm/attention.ts";
import { convolution } from "../../src/wasm/convolution.ts";
import { images } from "../../src/wasm/images.ts";
import { kernels as core } from "../../src/wasm/kernels.ts";
import { normalization } from "../../src/wasm/norm.ts";
import { recurrent } from "../../src/wasm/recurrent.ts";
import { training } from "../../src/wasm/training.ts";

/** The kernels, by name. */
export const kernels: AllKernels = {
  ...core,
  ...activations,
  ...convolution,
  ...images,
  ...normalization,
  ...attention,
  ...recurrent,
  ...adaptive,
  ...training,
};
