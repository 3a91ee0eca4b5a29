/**
 * Attention, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Attention } from "../device/kernels.ts";
import { attention as cpu } from "../wasm/attention.ts";

/** Attention. */
export const attention: KernelFamily<Attention> = { cpu, reference: {} };
