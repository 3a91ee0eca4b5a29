/**
 * Activations with settings.
 *
 * @module
 */
import type { Activations } from "../device/kernels.ts";
import { numbers, tabulate } from "./memory.ts";

/** Activations with settings. */
export const activations: Activations = {
  activation({ f }, x, y, a, b) {
    const from = numbers(x);
    tabulate(y, (i) => f(from[i]!, a, b));
  },
  activationGrad({ grad }, x, dy, dx, a, b) {
    const [from, d] = [numbers(x), numbers(dy)];
    tabulate(dx, (i) => grad(from[i]!, d[i]!, a, b));
  },
  leakyRelu(x, y, z, slope) {
    const [from, values, factor] = [numbers(x), numbers(y), Math.fround(slope)];
    tabulate(z, (i) => from[i]! > 0 ? values[i]! : factor * values[i]!);
  },
};
