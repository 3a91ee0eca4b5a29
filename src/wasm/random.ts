/**
 * Random numbers: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Random } from "../device/kernels.ts";
import type { RandomKey } from "../core/random.ts";
import { floatsAt } from "./address.ts";
import { launch } from "./launch.ts";

/** Nanoseconds that a number takes on one thread, roughly. */
const UNIFORM = 1;
const NORMAL = 3;

/** Random numbers, by name. */
export const random: Random = {
  /** Uniform random numbers in [low, high), a function of the key alone. */
  uniform(out: Buffer, { seed, stream }: RandomKey, low: number, high: number): void {
    const n = out.numel;
    const at = floatsAt(out, n, "uniform", "the result");
    launch.randomUniform(n * UNIFORM, at, ...seed, ...stream, low, high, n);
  },

  /** Normal random numbers, a function of the key alone. */
  normal(out: Buffer, { seed, stream }: RandomKey, mean: number, std: number): void {
    const n = out.numel;
    const at = floatsAt(out, n, "normal", "the result");
    launch.randomNormal(n * NORMAL, at, ...seed, ...stream, mean, std, n);
  },
};
