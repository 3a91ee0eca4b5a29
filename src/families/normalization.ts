/**
 * Normalisation, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Normalization } from "../device/kernels.ts";
import { normalization as reference } from "../reference/normalization.ts";
import { normalization as cpu } from "../wasm/norm.ts";

/** Normalisation. */
export const normalization: KernelFamily<Normalization> = { cpu, reference };
