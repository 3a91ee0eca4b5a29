/**
 * Optimizers whose steps adapt, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Adaptive } from "../device/kernels.ts";
import { adaptive as reference } from "../reference/adaptive.ts";
import { adaptive as cpu } from "../wasm/adaptive.ts";

/** Optimizers whose steps adapt. */
export const adaptive: KernelFamily<Adaptive> = { cpu, reference };
