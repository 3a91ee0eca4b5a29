/**
 * Convolution, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Convolution } from "../device/kernels.ts";
import { convolution as reference } from "../reference/convolution.ts";
import { convolution as cpu } from "../wasm/convolution.ts";

/** Convolution. */
export const convolution: KernelFamily<Convolution> = { cpu, reference };
