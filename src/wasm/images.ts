/**
 * Pooling and changes of images.
 *
 * @module
 */
import type { Images } from "../device/kernels.ts";
import { pool } from "./pool.ts";
import { warping } from "./warp.ts";

/** These, by name. */
export const images: Images = { ...pool, ...warping };
