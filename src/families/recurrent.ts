/**
 * Recurrent layers, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Recurrent } from "../device/kernels.ts";
import { recurrent as cpu } from "../wasm/recurrent.ts";

/** Recurrent layers. */
export const recurrent: KernelFamily<Recurrent> = { cpu, reference: {} };
