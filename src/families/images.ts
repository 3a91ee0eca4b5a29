/**
 * Pooling and changes of images, for ops to import.
 *
 * @module
 */
import type { KernelFamily } from "../device/device.ts";
import type { Images } from "../device/kernels.ts";
import { images as reference } from "../reference/images.ts";
import { images as cpu } from "../wasm/images.ts";

/** Pooling and changes of images. */
export const images: KernelFamily<Images> = { cpu, reference };
