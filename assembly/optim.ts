// The optimizers' steps, in one pass over memory.

import { at, loadPart, storePart, zeros } from "./simd";

export const enum Flag {
  Nesterov = 1,
  /** m = momentum m + (1 - momentum) g: an exponential moving average. */
  Ema = 2,
  /** m = g: PyTorch's first step. */
  First = 4,
}

/** w - lr g. */
// @ts-ignore: decorator
@inline
export function descend(w: v128, g: v128, lr: v128): v128 {
  return f32x4.sub(w, f32x4.mul(lr, g));
}

// @ts-ignore: decorator
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

function plain(w: usize, g: usize, lr: f64, weightDecay: f64, n: i32): void {
  const rate = f32x4.splat(<f32>lr), decay = f32x4.splat(<f32>weightDecay);
  while (n >= 4) {
    const x = v128.load(w);
    v128.store(w, descend(x, mulAdd(decay, x, v128.load(g)), rate));
    w += 16;
    g += 16;
    n -= 4;
  }
  if (n) {
    const x = loadPart(w, n, zeros());
    storePart(w, descend(x, mulAdd(decay, x, loadPart(g, n, zeros())), rate), n);
  }
}

/**
 * One step of stochastic gradient descent on the weights w with gradient g, elements begin to end;
 * PyTorch's rule:
 *
 *   g ← g + weightDecay w
 *   m ← momentum m + (1 - dampening) g     flag 4 (first step): m ← g
 *                                          flag 2: m ← momentum m + (1 - momentum) g
 *   w ← w - lr m                           flag 1 (Nesterov): w ← w - lr (k g + momentum m),
 *                                          k = 1, or 1 - momentum with flag 2
 *
 * m = 0 (no buffer): w ← w - lr g. g itself is left as it is. The numbers come in float64 and are
 * rounded only after 1 - dampening has been formed.
 */
export function sgd(
  w: usize,
  g: usize,
  m: usize,
  lr: f64,
  momentum: f64,
  dampening: f64,
  weightDecay: f64,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  let n = end - begin;
  w = at(w, begin);
  g = at(g, begin);
  if (!m) return plain(w, g, lr, weightDecay, n);
  m = at(m, begin);
  const share = flags & Flag.Ema ? 1 - momentum : 1 - dampening;
  const first = (flags & Flag.First) != 0, nesterov = (flags & Flag.Nesterov) != 0;
  const used = i32x4.splat(first ? 0 : -1); // a first step must not look at what m holds
  const keep = f32x4.splat(<f32>momentum), take = f32x4.splat(first ? 1 : <f32>share);
  const now = f32x4.splat(flags & Flag.Ema ? <f32>share : 1);
  const rate = f32x4.splat(<f32>lr), decay = f32x4.splat(<f32>weightDecay);
  while (n >= 4) {
    const x = v128.load(w);
    const d = mulAdd(decay, x, v128.load(g));
    const v = mulAdd(keep, v128.and(v128.load(m), used), f32x4.mul(take, d));
    const step = nesterov ? mulAdd(keep, v, f32x4.mul(now, d)) : v;
    v128.store(m, v);
    v128.store(w, descend(x, step, rate));
    w += 16;
    g += 16;
    m += 16;
    n -= 4;
  }
  if (n) {
    const x = loadPart(w, n, zeros());
    const d = mulAdd(decay, x, loadPart(g, n, zeros()));
    const v = mulAdd(keep, v128.and(loadPart(m, n, zeros()), used), f32x4.mul(take, d));
    const step = nesterov ? mulAdd(keep, v, f32x4.mul(now, d)) : v;
    storePart(m, v, n);
    storePart(w, descend(x, step, rate), n);
  }
}
