/**
 * What larger trainings have, for ops, optimizers and data sets to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Training } from "../device/kernels.ts";
import { training as reference } from "../reference/training.ts";
import { training as cpu } from "../wasm/training.ts";

/** Images read from bytes, dropout, running averages, clipped gradients. */
export const training: KernelFamily<Training> = { cpu, reference };
