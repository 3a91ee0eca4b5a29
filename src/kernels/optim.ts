/**
 * Optimizers' steps: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { u8 } from "../memory.ts";
import type { Storage } from "../storage.ts";
import { gainsFromThreads } from "../threads.ts";
import { onThreads, scratchOf, wasm } from "../wasm.ts";
import { STREAM } from "./cost.ts";

const ADAPTIVE = 0.7; // more arrays, a root and divisions

/** How `sgd` updates; see `optim.SGD`. */
export interface SgdRule {
  /** Learning rate. */
  lr: number;
  /** β of the momentum buffer. */
  momentum: number;
  /** What PyTorch's rule takes off the new gradient. */
  dampening: number;
  /** λ of the L2 penalty that is added to the gradient. */
  weightDecay: number;
  /** Look ahead along the momentum. */
  nesterov: boolean;
  /** m ← βm + (1 − β)g instead of PyTorch's m ← βm + (1 − dampening)g. */
  ema: boolean;
  /** PyTorch's rule starts with m = g. */
  first: boolean;
}

/** How `adam` updates; see `optim.Adam`. */
export interface AdamRule {
  /** Learning rate. */
  lr: number;
  /** Shares that the averages of gradient and square keep. */
  betas: readonly [number, number];
  /** What is added to the root of the average square. */
  eps: number;
  /** λ of the penalty that is added to the gradient or, decoupled, taken off the weight. */
  weightDecay: number;
  /** AdamW's weight decay: the weight shrinks by ηλ. */
  decoupled: boolean;
  /** Which step it is, counted from 1. */
  step: number;
}

/** How `rmsprop` updates; see `optim.RMSprop`. */
export interface RmspropRule {
  /** Learning rate. */
  lr: number;
  /** The share that the averages keep. */
  alpha: number;
  /** What is added to the root of the average square. */
  eps: number;
  /** λ of the L2 penalty that is added to the gradient. */
  weightDecay: number;
  /** β of the momentum buffer. */
  momentum: number;
}

/** Optimizers' steps, by name. */
export const optim = {
  /** Puts u: [m] and v: [n] one after the other into `to`, as the factors of u·vᵀ: [m, n]. */
  factor(u: Buffer, v: Buffer, to: Storage): void {
    const m = u.numel;
    const n = v.numel;
    u8.copyWithin(to.ptr, u.ptr, u.ptr + m * 4);
    u8.copyWithin(to.ptr + m * 4, v.ptr, v.ptr + n * 4);
    to.factors = {
      bytes: m * n * 4,
      write: (from, out) => {
        const room = scratchOf(wasm.gemmScratch!(m, n, 1));
        // deno-fmt-ignore
        wasm.gemm!(from, 1, 1, from + m * 4, n, 1, out, n, m, n, 1, 0, 0, room, 0, m, 0, n);
      },
    };
  },

  /**
   * One step of gradient descent on w with gradient g, m being the momentum buffer or null. A g that
   * is kept as factors is used as it is, which saves writing and reading it, and (without momentum
   * and weight decay) touching the weights whose gradient is 0.
   */
  sgd(w: Buffer, g: Buffer, m: Buffer | null, rule: SgdRule): void {
    const n = w.numel;
    const mPtr = m === null ? 0 : m.ptr;
    const { lr, momentum, dampening, weightDecay } = rule;
    const flags = (rule.nesterov ? 1 : 0) | (rule.ema ? 2 : 0) | (rule.first ? 4 : 0);
    const { factors, ptr } = g.storage;
    if (factors !== null && g.shape.length === 2) {
      const [rows, columns] = g.shape as [number, number];
      const list = scratchOf(columns + 64); // an int32 for each four columns
      // deno-fmt-ignore
      wasm.sgdOuter!(
        w.ptr, ptr, ptr + rows * 4, mPtr, columns,
        lr, momentum, dampening, weightDecay, flags, list, 0, rows,
      );
      return;
    }
    if (gainsFromThreads(n * STREAM)) {
      // deno-fmt-ignore
      onThreads("sgd", [w.ptr, g.ptr, mPtr, lr, momentum, dampening, weightDecay, flags, 0, n]);
    } else wasm.sgd!(w.ptr, g.ptr, mPtr, lr, momentum, dampening, weightDecay, flags, 0, n);
  },

  /**
   * One step of Adam on w with gradient g: m and v are the averages of gradient and square, `top` the
   * largest v so far (AMSGrad) or null. The bias corrections are formed here, in float64.
   */
  adam(w: Buffer, g: Buffer, m: Buffer, v: Buffer, top: Buffer | null, rule: AdamRule): void {
    const n = w.numel;
    const { lr, betas: [beta1, beta2], eps, weightDecay, decoupled, step } = rule;
    // deno-fmt-ignore
    const args = [
      w.ptr, g.ptr, m.ptr, v.ptr, top === null ? 0 : top.ptr, lr, beta1, beta2, eps, weightDecay,
      1 - beta1 ** step, 1 - beta2 ** step, decoupled ? 1 : 0, 0, n,
    ];
    if (gainsFromThreads(n * ADAPTIVE)) onThreads("adam", args);
    else wasm.adam!(...args);
  },

  /**
   * One step of RMSprop on w with gradient g: v is the average square, `mean` the average gradient
   * (centered) or null, m the momentum buffer or null.
   */
  rmsprop(
    w: Buffer,
    g: Buffer,
    v: Buffer,
    mean: Buffer | null,
    m: Buffer | null,
    rule: RmspropRule,
  ): void {
    const n = w.numel;
    const { lr, alpha, eps, weightDecay, momentum } = rule;
    // deno-fmt-ignore
    const args = [
      w.ptr, g.ptr, v.ptr, mean === null ? 0 : mean.ptr, m === null ? 0 : m.ptr,
      lr, alpha, eps, weightDecay, momentum, 0, n,
    ];
    if (gainsFromThreads(n * ADAPTIVE)) onThreads("rmsprop", args);
    else wasm.rmsprop!(...args);
  },

  /** x ← x + weight · (y − x). */
  lerp(x: Buffer, y: Buffer, weight: number): void {
    const n = x.numel;
    if (gainsFromThreads(n * STREAM)) onThreads("lerp", [x.ptr, y.ptr, weight, 0, n]);
    else wasm.lerp!(x.ptr, y.ptr, weight, 0, n);
  },
};
