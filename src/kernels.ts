/**
 * The one door to the kernels. Ops hand over buffers, numbers and the name of an operation, and get
 * nothing back but, where labels or indices may be wrong, the first bad row: results go to buffers.
 * Addresses, ranges and scratch space stay on this side, so that another device could stand behind
 * the same door.
 *
 * Unless a line says otherwise, buffers are contiguous float32 and outputs may be their inputs.
 *
 * @module
 */
import type { Buffer, DType } from "./buffer.ts";
import { conv, convChunks, convGrad } from "./convolution.ts";
import { i32, u8 } from "./memory.ts";
import type { RandomKey } from "./random.ts";
import { overDims } from "./dims.ts";
import { expandStrides, type Shape } from "./shape.ts";
import type { Storage } from "./storage.ts";
import { gainsFromThreads, getNumThreads } from "./threads.ts";
import { badRow, clearStatus, number, onThreads, scratchOf, status, wasm } from "./wasm.ts";

const UNARY = {
  neg: 0,
  abs: 1,
  exp: 2,
  log: 3,
  sqrt: 4,
  relu: 5,
  tanh: 6,
  sigmoid: 7,
  reciprocal: 8,
  square: 9,
  sign: 10,
  gelu: 11,
  geluTanh: 12,
  silu: 13,
} as const;
const BINARY = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  minimum: 5,
  pow: 6,
  share: 7,
} as const;
const COMPARE = { eq: 0, gt: 1, lt: 2, ge: 3, le: 4, ne: 5 } as const;
const REDUCE = { sum: 0, max: 1, min: 2 } as const;
/** Nanoseconds an element on one thread, roughly: what memory takes, and the dearer functions. */
const STREAM = 0.2;
const ADAPTIVE = 0.7; // more arrays, a root and divisions
const UNARY_COST: Record<UnaryOp, number> = {
  neg: STREAM,
  abs: STREAM,
  exp: 1,
  log: 1,
  sqrt: STREAM,
  relu: STREAM,
  tanh: 1.5,
  sigmoid: 1.5,
  reciprocal: STREAM,
  square: STREAM,
  sign: STREAM,
  gelu: 2,
  geluTanh: 2,
  silu: 1.5,
};

const DTYPE: Record<DType, number> = { float32: 0, int32: 1, uint8: 2, bool: 3 };

/** y = f(x). */
export type UnaryOp = keyof typeof UNARY;
/** c = f(a, b). `share` is 0 where a < b, ½ where they are equal, else 1: beside NaN too. */
export type BinaryOp = keyof typeof BINARY;
/** c = a ? b, as bool. */
export type CompareOp = keyof typeof COMPARE;
/** y = all of x, folded. */
export type ReduceOp = keyof typeof REDUCE;

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

/** Images as pooling walks them: row-major ones are [n · c, h, w, 1], channels-last [n, h, w, c]. */
export type ImageSize = readonly [outer: number, h: number, w: number, inner: number];

/** Windows along both dimensions: begin, end and divisor of each, one after the other. */
export interface Windows {
  /** Down the image. */
  rows: readonly number[];
  /** Along a row of it. */
  cols: readonly number[];
}

/** [outer, c, inner]: what a normalisation of c channels walks; see `src/ops/norm.ts`. */
export type Channels = readonly [outer: number, c: number, inner: number];

/** Puts the tables of windows where kernels read them; returns their addresses. */
function tables({ rows, cols }: Windows): [rows: number, cols: number] {
  const at = scratchOf((rows.length + cols.length) * 4);
  i32.set(rows, at >>> 2);
  i32.set(cols, (at >>> 2) + rows.length);
  return [at, at + rows.length * 4];
}

const SCALAR: Shape = [];

/** The kernels, by name. */
export const kernels = {
  conv: conv as typeof conv,
  convChunks: convChunks as typeof convChunks,
  convGrad: convGrad as typeof convGrad,

  /**
   * c = a·b, plus bias [n], plus what c holds if `accumulate`. a: [m, k] and b: [k, n] with any
   * strides, c: [m, n] contiguous. c must be neither a nor b.
   */
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void {
    const m = a.shape[0]!;
    const k = a.shape[1]!;
    const n = b.shape[1]!;
    const bytes = (wasm.gemmScratch!(m, n, k) + 63) & ~63;
    const isWide = n > m;
    const split = gainsFromThreads(m * n * k / 20) && Math.max(m, n) >= 16;
    const room = scratchOf(split ? bytes * getNumThreads() : bytes);
    const biasPtr = bias === null ? 0 : bias.ptr;
    const [ars, acs] = a.strides as [number, number];
    const [brs, bcs] = b.strides as [number, number];
    const flags = accumulate ? 1 : 0;
    if (!split) {
      // deno-fmt-ignore
      wasm.gemm!(a.ptr, ars, acs, b.ptr, brs, bcs, c.ptr, n, m, n, k, biasPtr, flags, room, 0, m, 0, n);
      return;
    }
    // deno-fmt-ignore
    const args = [a.ptr, ars, acs, b.ptr, brs, bcs, c.ptr, n, m, n, k, biasPtr, flags, room, 0, m, 0, n];
    onThreads("gemm", args, {
      rangeAt: isWide ? 16 : 14,
      align: 8,
      parts: 1, // each part packs what the others pack too
      varyAt: 13,
      varyBy: bytes,
    });
  },

  /** y = op(x). */
  unary(op: UnaryOp, x: Buffer, y: Buffer): void {
    const n = y.numel;
    if (gainsFromThreads(n * UNARY_COST[op])) {
      onThreads("unary", [UNARY[op], x.ptr, y.ptr, 0, n]);
    } else wasm.unary!(UNARY[op], x.ptr, y.ptr, 0, n);
  },

  /**
   * dx = dy · op′. `saved` is what the forward pass kept: the output of exp, sqrt, relu, tanh and
   * sigmoid, the input of abs, log, gelu, geluTanh and silu.
   */
  unaryGrad(op: UnaryOp, saved: Buffer, dy: Buffer, dx: Buffer): void {
    const n = dx.numel;
    if (gainsFromThreads(n * STREAM)) {
      onThreads("unaryGrad", [UNARY[op], saved.ptr, dy.ptr, dx.ptr, 0, n]);
    } else wasm.unaryGrad!(UNARY[op], saved.ptr, dy.ptr, dx.ptr, 0, n);
  },

  /** y = x, but at least `low` and at most `high`. */
  clamp(x: Buffer, y: Buffer, low: number, high: number): void {
    wasm.clamp!(x.ptr, y.ptr, low, high, 0, y.numel);
  },

  /** dx = dy where low ≤ x ≤ high, else 0. */
  clampGrad(x: Buffer, dy: Buffer, dx: Buffer, low: number, high: number): void {
    wasm.clampGrad!(x.ptr, dy.ptr, dx.ptr, low, high, 0, dx.numel);
  },

  /** c = op(a, b). Operands are numbers or buffers of any strides that broadcast to c's shape. */
  binary(op: BinaryOp, a: Buffer | number, b: Buffer | number, c: Buffer): void {
    const code = BINARY[op];
    if (
      typeof a !== "number" && typeof b !== "number" && a.isContiguous && b.isContiguous &&
      a.numel === c.numel && b.numel === c.numel
    ) {
      const n = c.numel;
      if (gainsFromThreads(n * (op === "pow" ? 10 : STREAM))) {
        onThreads("binary", [code, a.ptr, b.ptr, c.ptr, 0, n]);
      } else wasm.binary!(code, a.ptr, b.ptr, c.ptr, 0, n);
      return;
    }
    const aPtr = typeof a === "number" ? number(a) : a.ptr;
    const bPtr = typeof b === "number" ? number(b, 4) : b.ptr;
    const aSteps = typeof a === "number"
      ? expandStrides(SCALAR, SCALAR, c.shape)
      : expandStrides(a.shape, a.strides, c.shape);
    const bSteps = typeof b === "number"
      ? expandStrides(SCALAR, SCALAR, c.shape)
      : expandStrides(b.shape, b.strides, c.shape);
    overDims(c.shape, [aSteps, bSteps, c.strides], ([n0, n1, n2], [sa, sb], [oa, ob, oc]) => {
      wasm.binaryBroadcast!(
        code,
        aPtr + oa! * 4,
        sa![0]!,
        sa![1]!,
        sa![2]!,
        bPtr + ob! * 4,
        sb![0]!,
        sb![1]!,
        sb![2]!,
        c.ptr + oc! * 4,
        n1!,
        n2!,
        0,
        n0!,
      );
    });
  },

  /** c = op(a, b) on int32, all of one shape. */
  binaryInt(
    op: "add" | "sub" | "mul" | "maximum" | "minimum",
    a: Buffer,
    b: Buffer,
    c: Buffer,
  ): void {
    wasm.binaryI32!(BINARY[op], a.ptr, b.ptr, c.ptr, 0, c.numel);
  },

  /** c = a op b, as bool; a and b are float32 or both int32, all of one shape. */
  compare(op: CompareOp, a: Buffer, b: Buffer, c: Buffer): void {
    const run = a.dtype === "int32" ? wasm.compareI32! : wasm.compare!;
    run(COMPARE[op], a.ptr, b.ptr, c.ptr, 0, c.numel);
  },

  /** c = condition ? a : b, all of one shape; a, b and c are float32 or all int32. */
  where(condition: Buffer, a: Buffer, b: Buffer, c: Buffer): void {
    wasm.where!(condition.ptr, a.ptr, b.ptr, c.ptr, 0, c.numel);
  },

  /** Copies between buffers of any strides and the same dtype; `from` broadcasts to `to`'s shape. */
  copy(from: Buffer, to: Buffer): void {
    const size = from.dtype === "float32" || from.dtype === "int32" ? 4 : 1;
    const steps = expandStrides(from.shape, from.strides, to.shape);
    overDims(to.shape, [steps, to.strides], ([n0, n1, n2], [s, d], [os, od]) => {
      wasm.copy!(
        size,
        from.ptr + os! * size,
        s![0]!,
        s![1]!,
        s![2]!,
        to.ptr + od! * size,
        d![0]!,
        d![1]!,
        d![2]!,
        n1!,
        n2!,
        0,
        n0!,
      );
    });
  },

  /** y = x in y's dtype. Towards int32, fractions are cut off; towards bool, all but 0 is true. */
  cast(x: Buffer, y: Buffer): void {
    wasm.cast!(DTYPE[x.dtype], DTYPE[y.dtype], x.ptr, y.ptr, 0, y.numel);
  },

  /** y = value everywhere, of any dtype. */
  fill(y: Buffer, value: number): void {
    if (y.dtype === "uint8" || y.dtype === "bool") {
      wasm.fill8!(y.ptr, value, 0, y.numel);
    } else {
      let bits = value;
      if (y.dtype === "float32") {
        bits = i32[number(value) >>> 2]!;
      }
      wasm.fill32!(y.ptr, bits, 0, y.numel);
    }
  },

  /** y = op over the middle of x: [outer, n, inner] → [outer, inner]. float32 or int32. */
  reduce(op: ReduceOp, x: Buffer, y: Buffer, outer: number, n: number, inner: number): void {
    const code = REDUCE[op];
    const split = gainsFromThreads(outer * n * inner * STREAM);
    if (inner === 1) {
      const name = x.dtype === "int32" ? "reduceRowsI32" : "reduceRows";
      if (split && outer > 1) onThreads(name, [code, x.ptr, y.ptr, n, 0, outer], { align: 1 });
      else wasm[name]!(code, x.ptr, y.ptr, n, 0, outer);
    } else {
      const name = x.dtype === "int32" ? "reduceColsI32" : "reduceCols";
      if (split) onThreads(name, [code, x.ptr, y.ptr, n, inner, 0, outer, 0, inner]);
      else wasm[name]!(code, x.ptr, y.ptr, n, inner, 0, outer, 0, inner);
    }
  },

  /** y (int32) = where in each row of x: [rows, n] its first largest or smallest element stands. */
  argReduce(op: "max" | "min", x: Buffer, y: Buffer, rows: number, n: number): void {
    const run = x.dtype === "int32" ? wasm.argRowsI32! : wasm.argRows!;
    run(REDUCE[op], x.ptr, y.ptr, n, 0, rows);
  },

  /** y = softmax, or log-softmax, of each row of x: [rows, n]. */
  softmax(log: boolean, x: Buffer, y: Buffer, rows: number, n: number): void {
    if (gainsFromThreads(rows * n)) {
      onThreads("softmaxRows", [log ? 1 : 0, x.ptr, y.ptr, n, 0, rows], { align: 1 });
    } else wasm.softmaxRows!(log ? 1 : 0, x.ptr, y.ptr, n, 0, rows);
  },

  /** dx of the same, from its output y and dy; dx must be neither. */
  softmaxGrad(log: boolean, y: Buffer, dy: Buffer, dx: Buffer, rows: number, n: number): void {
    if (gainsFromThreads(rows * n)) {
      onThreads("softmaxGradRows", [log ? 1 : 0, y.ptr, dy.ptr, dx.ptr, n, 0, rows], { align: 1 });
    } else wasm.softmaxGradRows!(log ? 1 : 0, y.ptr, dy.ptr, dx.ptr, n, 0, rows);
  },

  /** losses[i] = −logp[i, label i]. Returns the first row whose label is not in [0, c), or −1. */
  nll(logp: Buffer, labels: Buffer, losses: Buffer, rows: number, c: number): number {
    clearStatus();
    wasm.nllRows!(logp.ptr, labels.ptr, losses.ptr, c, status, 0, rows);
    return badRow();
  },

  /** dlogp = −scale · dloss at the labels, else 0. dloss holds one number, or one a row. */
  nllGrad(
    labels: Buffer,
    dloss: Buffer,
    scale: number,
    dlogp: Buffer,
    rows: number,
    c: number,
  ): void {
    const step = dloss.numel === 1 ? 0 : 1;
    wasm.nllGradRows!(labels.ptr, dloss.ptr, step, scale, dlogp.ptr, c, 0, rows);
  },

  /**
   * losses[i] = log Σ exp x[i, :] − x[i, label i], and stats [rows, 2] for the gradient. Returns the
   * first row whose label is not in [0, c), or −1.
   */
  crossEntropy(
    x: Buffer,
    labels: Buffer,
    losses: Buffer,
    stats: Buffer,
    rows: number,
    c: number,
  ): number {
    clearStatus();
    if (gainsFromThreads(rows * (40 + c))) {
      // deno-fmt-ignore
      const args = [x.ptr, labels.ptr, losses.ptr, stats.ptr, c, status, 0, rows];
      onThreads("crossEntropyRows", args, { align: 1 });
    } else {
      wasm.crossEntropyRows!(x.ptr, labels.ptr, losses.ptr, stats.ptr, c, status, 0, rows);
    }
    return badRow();
  },

  /** dx = (softmax(x) − onehot) · scale · dloss. dloss holds one number, or one a row. */
  crossEntropyGrad(
    x: Buffer,
    labels: Buffer,
    stats: Buffer,
    dloss: Buffer,
    scale: number,
    dx: Buffer,
    rows: number,
    c: number,
  ): void {
    const step = dloss.numel === 1 ? 0 : 1;
    // deno-fmt-ignore
    if (gainsFromThreads(rows * (40 + c))) {
      const args = [x.ptr, labels.ptr, stats.ptr, dloss.ptr, step, scale, dx.ptr, c, 0, rows];
      onThreads("crossEntropyGradRows", args, { align: 1 });
    } else {
      wasm.crossEntropyGradRows!(x.ptr, labels.ptr, stats.ptr, dloss.ptr, step, scale, dx.ptr, c, 0, rows);
    }
  },

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

  /** out[i, :] = images[index[i], :] / divisor: bytes [n, width] → float32 [rows, width]. */
  gatherImages(images: Buffer, index: Buffer, out: Buffer, divisor: number): void {
    const width = out.shape[1]!;
    const rows = out.shape[0]!;
    if (gainsFromThreads(rows * width * STREAM)) {
      onThreads("gatherRowsU8", [images.ptr, index.ptr, out.ptr, width, divisor, 0, rows], {
        align: 1,
      });
    } else wasm.gatherRowsU8!(images.ptr, index.ptr, out.ptr, width, divisor, 0, rows);
  },

  /**
   * out[o, j, :] = x[o, index[j], :] for x: [outer, n, inner] and out: [outer, k, inner], of any
   * dtype. Returns the first position whose index is not in [0, n), or −1.
   */
  indexSelect(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): number {
    const size = x.dtype === "float32" || x.dtype === "int32" ? 4 : 1;
    clearStatus();
    wasm.indexSelect!(size, x.ptr, index.ptr, out.ptr, n, k, inner, status, 0, outer * k);
    return badRow();
  },

  /** out[o, index[j], :] += x[o, j, :], the gradient of `indexSelect`. */
  indexAdd(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): void {
    wasm.indexAdd!(x.ptr, index.ptr, out.ptr, n, k, inner, 0, outer);
  },

  /**
   * out[o, j, i] = x[o, index[o, j, i], i] for x: [outer, n, inner], index and out: [outer, k,
   * inner], of any dtype. Returns the first position whose index is not in [0, n), or −1.
   */
  gather(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): number {
    const size = x.dtype === "float32" || x.dtype === "int32" ? 4 : 1;
    clearStatus();
    wasm.gather!(size, x.ptr, index.ptr, out.ptr, n, k, inner, status, 0, outer);
    return badRow();
  },

  /** out[o, index[o, j, i], i] += x[o, j, i], the gradient of `gather`. */
  scatterAdd(
    x: Buffer,
    index: Buffer,
    out: Buffer,
    [outer, n, k, inner]: readonly [number, number, number, number],
  ): void {
    wasm.scatterAdd!(x.ptr, index.ptr, out.ptr, n, k, inner, 0, outer);
  },

  /** Uniform random numbers in [low, high), a function of the key alone. */
  uniform(out: Buffer, { seed, stream }: RandomKey, low: number, high: number): void {
    wasm.randomUniform!(out.ptr, ...seed, ...stream, low, high, 0, out.numel);
  },

  /** Normal random numbers, a function of the key alone. */
  normal(out: Buffer, { seed, stream }: RandomKey, mean: number, std: number): void {
    wasm.randomNormal!(out.ptr, ...seed, ...stream, mean, std, 0, out.numel);
  },

  /** z = y where x > 0, else slope · y: leaky ReLU of y = x, and its gradient from y = dy. */
  leakyRelu(x: Buffer, y: Buffer, z: Buffer, slope: number): void {
    const n = z.numel;
    const args = [x.ptr, y.ptr, z.ptr, slope, 0, n];
    if (gainsFromThreads(n * STREAM)) onThreads("leakyRelu", args);
    else wasm.leakyRelu!(...args);
  },

  /** y = x / (1 − p) with probability 1 − p, else 0 · x: a function of the key and the position. */
  dropout(x: Buffer, y: Buffer, { seed, stream }: RandomKey, p: number): void {
    const n = y.numel;
    const args = [x.ptr, y.ptr, ...seed, ...stream, p, 1 / (1 - p), 0, n];
    if (gainsFromThreads(n)) onThreads("dropout", args);
    else wasm.dropout!(...args);
  },

  /**
   * y = the largest element of each window of x, index (int32, laid out like y) = where in its image
   * it stands.
   */
  maxPool(x: Buffer, y: Buffer, index: Buffer, size: ImageSize, windows: Windows): void {
    const [outer, h, w, inner] = size;
    const [rows, cols] = tables(windows);
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const args = [x.ptr, y.ptr, index.ptr, rows, cols, h, w, oh, ow, inner, 0, outer * oh];
    if (gainsFromThreads(x.numel)) onThreads("maxPool", args, { align: 1 });
    else wasm.maxPool!(...args);
  },

  /** dx of the same. */
  maxPoolGrad(dy: Buffer, index: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize): void {
    const windows = dy.numel / Math.max(1, outer * inner);
    const args = [dy.ptr, index.ptr, dx.ptr, h * w, windows, inner, 0, outer];
    if (gainsFromThreads(dy.numel * 2)) onThreads("maxPoolGrad", args, { align: 1 });
    else wasm.maxPoolGrad!(...args);
  },

  /** y = the sum of each window of x over the window's divisor. */
  avgPool(x: Buffer, y: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [rows, cols] = tables(windows);
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const args = [x.ptr, y.ptr, rows, cols, h, w, oh, ow, inner, 0, outer * oh];
    if (gainsFromThreads(x.numel)) onThreads("avgPool", args, { align: 1 });
    else wasm.avgPool!(...args);
  },

  /** dx of the same. */
  avgPoolGrad(dy: Buffer, dx: Buffer, [outer, h, w, inner]: ImageSize, windows: Windows): void {
    const [rows, cols] = tables(windows);
    const [oh, ow] = [windows.rows.length / 3, windows.cols.length / 3];
    const args = [dy.ptr, dx.ptr, rows, cols, h, w, oh, ow, inner, 0, outer];
    if (gainsFromThreads(dx.numel)) onThreads("avgPoolGrad", args, { align: 1 });
    else wasm.avgPoolGrad!(...args);
  },

  /** mean and variance (of n, not n − 1) of each channel of x. */
  channelMoments(x: Buffer, mean: Buffer, variance: Buffer, [outer, c, inner]: Channels): void {
    const args = [x.ptr, mean.ptr, variance.ptr, outer, c, inner, 0, c];
    const align = inner === 1 ? 16 : 1;
    if (gainsFromThreads(x.numel * 2 * STREAM)) onThreads("channelMoments", args, { align });
    else wasm.channelMoments!(...args);
  },

  /** sum = Σ dy and product = Σ dy (x − mean) of each channel. */
  channelSums(
    x: Buffer,
    dy: Buffer,
    mean: Buffer,
    sum: Buffer,
    product: Buffer,
    [outer, c, inner]: Channels,
  ): void {
    const args = [x.ptr, dy.ptr, mean.ptr, sum.ptr, product.ptr, outer, c, inner, 0, c];
    const align = inner === 1 ? 16 : 1;
    if (gainsFromThreads(x.numel * 2 * STREAM)) onThreads("channelSums", args, { align });
    else wasm.channelSums!(...args);
  },

  /** inverse = 1 / √(variance + eps) and scale = w · inverse. */
  channelScale(variance: Buffer, w: Buffer, inverse: Buffer, scale: Buffer, eps: number): void {
    wasm.channelScale!(variance.ptr, w.ptr, inverse.ptr, scale.ptr, eps, 0, scale.numel);
  },

  /** dw, and the k and d of `channelAffineGrad`, from `channelSums`; part is 1 / n, or 0. */
  channelGradScale(
    sum: Buffer,
    product: Buffer,
    inverse: Buffer,
    scale: Buffer,
    dw: Buffer,
    k: Buffer,
    d: Buffer,
    part: number,
  ): void {
    // deno-fmt-ignore
    wasm.channelGradScale!(
      sum.ptr, product.ptr, inverse.ptr, scale.ptr, dw.ptr, k.ptr, d.ptr, part, 0, k.numel,
    );
  },

  /** y = scale (x − mean) + shift, channel by channel. */
  channelAffine(
    x: Buffer,
    y: Buffer,
    mean: Buffer,
    scale: Buffer,
    shift: Buffer,
    [outer, c, inner]: Channels,
  ): void {
    const args = [x.ptr, y.ptr, mean.ptr, scale.ptr, shift.ptr, c, inner, 0, outer];
    if (gainsFromThreads(x.numel * STREAM)) onThreads("channelAffine", args, { align: 1 });
    else wasm.channelAffine!(...args);
  },

  /** dx = scale · dy + k (x − mean) + d, channel by channel. */
  channelAffineGrad(
    x: Buffer,
    dy: Buffer,
    dx: Buffer,
    mean: Buffer,
    scale: Buffer,
    k: Buffer,
    d: Buffer,
    [outer, c, inner]: Channels,
  ): void {
    // deno-fmt-ignore
    const args = [x.ptr, dy.ptr, dx.ptr, mean.ptr, scale.ptr, k.ptr, d.ptr, c, inner, 0, outer];
    if (gainsFromThreads(x.numel * STREAM)) onThreads("channelAffineGrad", args, { align: 1 });
    else wasm.channelAffineGrad!(...args);
  },

  /**
   * y = w (x − mean) / √(variance + eps) + b along rows of n; stats [rows, 2] is for the gradients.
   */
  layerNorm(
    x: Buffer,
    w: Buffer,
    b: Buffer,
    y: Buffer,
    stats: Buffer,
    rows: number,
    n: number,
    eps: number,
  ): void {
    const args = [x.ptr, w.ptr, b.ptr, y.ptr, stats.ptr, n, eps, 0, rows];
    if (gainsFromThreads(rows * n)) onThreads("layerNormRows", args, { align: 1 });
    else wasm.layerNormRows!(...args);
  },

  /** dx of the same; it must not be x or dy. */
  layerNormGrad(
    x: Buffer,
    w: Buffer,
    dy: Buffer,
    stats: Buffer,
    dx: Buffer,
    rows: number,
    n: number,
  ): void {
    const args = [x.ptr, w.ptr, dy.ptr, stats.ptr, dx.ptr, n, 0, rows];
    if (gainsFromThreads(rows * n)) onThreads("layerNormGradRows", args, { align: 1 });
    else wasm.layerNormGradRows!(...args);
  },

  /** dw and db of the same. */
  layerNormGradWeight(
    x: Buffer,
    dy: Buffer,
    stats: Buffer,
    dw: Buffer,
    db: Buffer,
    rows: number,
    n: number,
  ): void {
    const args = [x.ptr, dy.ptr, stats.ptr, dw.ptr, db.ptr, rows, n, 0, n];
    if (gainsFromThreads(rows * n)) onThreads("layerNormGradWeight", args);
    else wasm.layerNormGradWeight!(...args);
  },
};
