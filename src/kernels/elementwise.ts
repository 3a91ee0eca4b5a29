/**
 * Operations on elements: from buffers to kernels, part of the door that `../kernels.ts` is.
 *
 * @module
 */
import type { Buffer } from "../buffer.ts";
import { overDims } from "../dims.ts";
import { expandStrides, type Shape } from "../shape.ts";
import { gainsFromThreads } from "../threads.ts";
import { number, onThreads, wasm } from "../wasm.ts";
import { STREAM } from "./cost.ts";

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

/** y = f(x). */
export type UnaryOp = keyof typeof UNARY;

/** c = f(a, b). `share` is 0 where a < b, ½ where they are equal, else 1: beside NaN too. */
export type BinaryOp = keyof typeof BINARY;

/** c = a ? b, as bool. */
export type CompareOp = keyof typeof COMPARE;

const SCALAR: Shape = [];

/** Operations on elements, by name. */
export const elementwise = {
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

  /** z = y where x > 0, else slope · y: leaky ReLU of y = x, and its gradient from y = dy. */
  leakyRelu(x: Buffer, y: Buffer, z: Buffer, slope: number): void {
    const n = z.numel;
    const args = [x.ptr, y.ptr, z.ptr, slope, 0, n];
    if (gainsFromThreads(n * STREAM)) onThreads("leakyRelu", args);
    else wasm.leakyRelu!(...args);
  },
};
