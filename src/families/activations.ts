/**
 * Activations with settings, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Activations } from "../device/kernels.ts";
import { activations as reference } from "../reference/activations.ts";
import { activations as cpu } from "../wasm/activations.ts";

/** Activations with settings. */
export const activations: KernelFamily<Activations> = { cpu, reference };
