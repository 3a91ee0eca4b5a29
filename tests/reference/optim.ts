/** The optimizers' rules, for one weight. */
import { larger } from "./values.ts";

/** The rule of one step of stochastic gradient descent. */
export interface SgdRule {
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  ema: boolean;
  first: boolean;
}

/** One step on one weight: the new weight and the new momentum. `m` is null without momentum. */
export function sgd(
  w: number,
  gradient: number,
  m: number | null,
  rule: SgdRule,
): [w: number, m: number | null] {
  const g = gradient + rule.weightDecay * w;
  if (m === null) return [w - rule.lr * g, null];
  const share = rule.ema ? 1 - rule.momentum : 1 - rule.dampening;
  const next = rule.first ? g : rule.momentum * m + share * g;
  const step = rule.nesterov ? rule.momentum * next + (rule.ema ? share : 1) * g : next;
  return [w - rule.lr * step, next];
}

/** The rule of one step of Adam; `step` counts from 1. */
export interface AdamRule {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  decoupled: boolean;
  step: number;
}

/** One step on one weight: the new weight, averages and, unless null, largest average square. */
export function adam(
  w: number,
  gradient: number,
  m: number,
  v: number,
  top: number | null,
  { lr, betas: [beta1, beta2], eps, weightDecay, decoupled, step }: AdamRule,
): [w: number, m: number, v: number, top: number | null] {
  const g = decoupled ? gradient : gradient + weightDecay * w;
  const mean = beta1 * m + (1 - beta1) * g;
  const square = beta2 * v + (1 - beta2) * g * g;
  const bound = top === null ? square : larger(top, square);
  const size = Math.sqrt(bound / (1 - beta2 ** step)) + eps;
  const kept = decoupled ? w - lr * weightDecay * w : w;
  return [kept - lr * mean / (1 - beta1 ** step) / size, mean, square, top === null ? null : bound];
}

/** The rule of one step of RMSprop. */
export interface RmspropRule {
  lr: number;
  alpha: number;
  eps: number;
  weightDecay: number;
  momentum: number;
}

/** One step on one weight: the new weight and memory; what is null is not kept. */
export function rmsprop(
  w: number,
  gradient: number,
  v: number,
  mean: number | null,
  m: number | null,
  { lr, alpha, eps, weightDecay, momentum }: RmspropRule,
): [w: number, v: number, mean: number | null, m: number | null] {
  const g = gradient + weightDecay * w;
  const square = alpha * v + (1 - alpha) * g * g;
  const average = mean === null ? null : alpha * mean + (1 - alpha) * g;
  const variance = average === null ? square : Math.max(square - average * average, 0);
  const move = g / (Math.sqrt(variance) + eps);
  const next = m === null ? move : momentum * m + move;
  return [w - lr * next, square, average, m === null ? null : next];
}

/** x + weight (y - x). */
export function lerp(x: number, y: number, weight: number): number {
  return x + weight * (y - x);
}
