/**
 * Optimizers whose steps adapt to each weight.
 *
 * @module
 */
import type { Adaptive } from "../device/kernels.ts";
import { numbers, tabulate, tabulateAverages } from "./memory.ts";

/** Their steps. */
export const adaptive: Adaptive = {
  adam(params, grads, means, squares, tops, { lr, betas, eps, weightDecay, decoupled, steps }) {
    const [beta1, beta2] = betas;
    params.forEach((param, p) => {
      const [w, gradient] = [numbers(param), numbers(grads[p]!)];
      const [m, v] = [numbers(means[p]!), numbers(squares[p]!)];
      const [correction1, correction2] = [1 - beta1 ** steps[p]!, 1 - beta2 ** steps[p]!];
      const g = (i: number) => gradient[i]! + (decoupled ? 0 : weightDecay * w[i]!);
      const mean = Float64Array.from(
        { length: param.numel },
        (_, i) => beta1 * m[i]! + (1 - beta1) * g(i),
      );
      const square = mean.map((_, i) => beta2 * v[i]! + (1 - beta2) * g(i) ** 2);
      const top = tops === null ? null : numbers(tops[p]!);
      const bound = top === null ? square : square.map((square, i) => Math.max(square, top[i]!));
      tabulate(param, (i) => {
        const kept = decoupled ? w[i]! * (1 - lr * weightDecay) : w[i]!;
        return kept - lr * mean[i]! / correction1 / (Math.sqrt(bound[i]! / correction2) + eps);
      });
      tabulateAverages(means[p]!, (i) => mean[i]!);
      tabulateAverages(squares[p]!, (i) => square[i]!);
      if (tops !== null) tabulate(tops[p]!, (i) => bound[i]!);
    });
  },
  rmsprop(params, grads, squares, means, momenta, { lr, alpha, eps, weightDecay, momentum }) {
    params.forEach((param, p) => {
      const [w, gradient, v] = [numbers(param), numbers(grads[p]!), numbers(squares[p]!)];
      const g = Float64Array.from(
        { length: param.numel },
        (_, i) => gradient[i]! + weightDecay * w[i]!,
      );
      const square = g.map((g, i) => alpha * v[i]! + (1 - alpha) * g ** 2);
      const before = means === null ? null : numbers(means[p]!);
      const mean = before === null
        ? g.map(() => 0)
        : g.map((g, i) => alpha * before[i]! + (1 - alpha) * g);
      const m = momenta === null ? null : numbers(momenta[p]!);
      const step = g.map((g, i) => {
        const variance = Math.max(square[i]! - mean[i]! ** 2, 0);
        return (m === null ? 0 : momentum * m[i]!) + g / (Math.sqrt(variance) + eps);
      });
      tabulate(param, (i) => w[i]! - lr * step[i]!);
      tabulateAverages(squares[p]!, (i) => square[i]!);
      if (means !== null) tabulateAverages(means[p]!, (i) => mean[i]!);
      if (momenta !== null) tabulateAverages(momenta[p]!, (i) => step[i]!);
    });
  },
};
