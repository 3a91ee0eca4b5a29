/**
 * Optimizers' steps.
 *
 * @module
 */
import type { Updates } from "../device/kernels.ts";
import { numbers, tabulate, tabulateAverages } from "./memory.ts";

/** Optimizers' steps. */
export const updates: Updates = {
  sgd(params, grads, momenta, { lr, momentum, dampening, weightDecay, nesterov, ema, first }) {
    params.forEach((param, p) => {
      const [w, gradient] = [numbers(param), numbers(grads[p]!)];
      const g = Float64Array.from(
        { length: param.numel },
        (_, i) => gradient[i]! + weightDecay * w[i]!,
      );
      if (momenta === null) return tabulate(param, (i) => w[i]! - lr * g[i]!);
      const m = numbers(momenta[p]!);
      const fraction = ema ? 1 - momentum : 1 - dampening;
      const next = g.map((g, i) => first[p] ? g : momentum * m[i]! + fraction * g);
      const ahead = ema ? fraction : 1;
      const step = nesterov ? next.map((m, i) => momentum * m + ahead * g[i]!) : next;
      tabulate(param, (i) => w[i]! - lr * step[i]!);
      tabulateAverages(momenta[p]!, (i) => next[i]!);
    });
  },
};
