/**
 * Optimizers' steps: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { AdamRule, RmspropRule, SgdRule, Updates } from "../device/kernels.ts";
import { u8 } from "./memory.ts";
import type { Factors, Storage } from "../device/storage.ts";
import { gainsFromThreads } from "./threads.ts";
import { onThreads, scratchOf, wasm } from "./instance.ts";
import { floatsAt } from "./address.ts";
import { STREAM } from "./cost.ts";

const ADAPTIVE = 0.7; // more arrays, a root and divisions

/** Optimizers' steps, by name. */
export const optim: Updates & { factor(u: Buffer, v: Buffer, to: Storage): void } = {
  /** Puts u: [m] and v: [n] one after the other into `to`, as the factors of u·vᵀ: [m, n]. */
  factor(u: Buffer, v: Buffer, to: Storage): void {
    const m = u.numel;
    const n = v.numel;
    const uAt = floatsAt(u, m, "linear", "dy");
    const vAt = floatsAt(v, n, "linear", "x");
    u8.copyWithin(to.ptr, uAt, uAt + m * 4);
    u8.copyWithin(to.ptr + m * 4, vAt, vAt + n * 4);
    to.factors = {
      rows: m,
      columns: n,
      bytes: m * n * 4,
      write: (from, out) => void wasm.outerProduct!(from, from + m * 4, out, n, 0, m),
    };
  },

  /**
   * One step of gradient descent on w with gradient g, m being the momentum buffer or null. A g that
   * is kept as factors is used as it is, which saves writing and reading it, and (without momentum
   * and weight decay) touching the weights whose gradient is 0.
   */
  sgd(w: Buffer, g: Buffer, m: Buffer | null, rule: SgdRule): void {
    const n = w.numel;
    const wAt = floatsAt(w, n, "SGD", "the parameter");
    const mAt = m === null ? 0 : floatsAt(m, n, "SGD", "the momentum buffer");
    const { lr, momentum, dampening, weightDecay } = rule;
    const flags = (rule.nesterov ? 1 : 0) | (rule.ema ? 2 : 0) | (rule.first ? 4 : 0);
    const { factors, ptr } = g.storage;
    if (factors !== null && isWhole(g, factors) && n === g.numel) {
      const { rows, columns } = factors;
      const list = scratchOf(columns + 64); // an int32 for each four columns
      // deno-fmt-ignore
      wasm.sgdOuter!(
        wAt, ptr, ptr + rows * 4, mAt, columns,
        lr, momentum, dampening, weightDecay, flags, list, 0, rows,
      );
      return;
    }
    const gAt = floatsAt(g, n, "SGD", "the gradient");
    if (gainsFromThreads(n * STREAM)) {
      onThreads("sgd", [wAt, gAt, mAt, lr, momentum, dampening, weightDecay, flags, 0, n]);
    } else wasm.sgd!(wAt, gAt, mAt, lr, momentum, dampening, weightDecay, flags, 0, n);
  },

  /**
   * One step of Adam on w with gradient g: m and v are the averages of gradient and square, `top` the
   * largest v so far (AMSGrad) or null. The bias corrections are formed here, in float64.
   */
  adam(w: Buffer, g: Buffer, m: Buffer, v: Buffer, top: Buffer | null, rule: AdamRule): void {
    const n = w.numel;
    const { lr, betas: [beta1, beta2], eps, weightDecay, decoupled, step } = rule;
    const op = decoupled ? "AdamW" : "Adam";
    const wAt = floatsAt(w, n, op, "the parameter");
    const gAt = floatsAt(g, n, op, "the gradient");
    const mAt = floatsAt(m, n, op, "the average");
    const vAt = floatsAt(v, n, op, "the average square");
    const topAt = top === null ? 0 : floatsAt(top, n, op, "the largest average square");
    // deno-fmt-ignore
    const args = [
      wAt, gAt, mAt, vAt, topAt, lr, beta1, beta2, eps, weightDecay,
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
    const wAt = floatsAt(w, n, "RMSprop", "the parameter");
    const gAt = floatsAt(g, n, "RMSprop", "the gradient");
    const vAt = floatsAt(v, n, "RMSprop", "the average square");
    const meanAt = mean === null ? 0 : floatsAt(mean, n, "RMSprop", "the average gradient");
    const mAt = m === null ? 0 : floatsAt(m, n, "RMSprop", "the momentum buffer");
    const args = [wAt, gAt, vAt, meanAt, mAt, lr, alpha, eps, weightDecay, momentum, 0, n];
    if (gainsFromThreads(n * ADAPTIVE)) onThreads("rmsprop", args);
    else wasm.rmsprop!(...args);
  },

  /** x ← x + weight · (y − x). */
  lerp(x: Buffer, y: Buffer, weight: number): void {
    const n = x.numel;
    const xAt = floatsAt(x, n, "lerp", "x");
    const yAt = floatsAt(y, n, "lerp", "y");
    if (gainsFromThreads(n * STREAM)) onThreads("lerp", [xAt, yAt, weight, 0, n]);
    else wasm.lerp!(xAt, yAt, weight, 0, n);
  },
};

/** Whether a gradient is the product of its storage's factors, and not a view of it. */
function isWhole(g: Buffer, { rows, columns }: Factors): boolean {
  return g.shape.length === 2 && g.shape[0] === rows && g.shape[1] === columns && g.offset === 0 &&
    g.isContiguous;
}
