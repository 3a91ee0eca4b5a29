/**
 * Operations on elements: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { BinaryIntOp, BinaryOp, CompareOp, Elementwise, UnaryOp } from "../device/kernels.ts";
import { overDims } from "./dims.ts";
import { expandStrides, type Shape } from "../core/shape.ts";
import { gainsFromThreads } from "./threads.ts";
import { number, onThreads, wasm } from "./instance.ts";
import { addressOf, broadcastAt, denseAt, floatsAt, intsAt } from "./address.ts";
import { STREAM } from "./cost.ts";

/** The kernels' codes by name. */
export const UNARY: Readonly<Record<string, number>> = {
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
};

/** A kernel's code. */
function codeOf({ kernel }: UnaryOp): number {
  const code = UNARY[kernel];
  if (code === undefined) throw new TypeError(`${kernel}: there is no kernel of this name`);
  return code;
}

const BINARY: Record<BinaryOp, number> = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  minimum: 5,
  pow: 6,
  share: 7,
};

const COMPARE: Record<CompareOp, number> = { eq: 0, gt: 1, lt: 2, ge: 3, le: 4, ne: 5 };

const SCALAR: Shape = [];

/** Operations on elements, by name. */
export const elementwise: Elementwise = {
  /** y = op(x). */
  unary(op: UnaryOp, x: Buffer, y: Buffer): void {
    const n = y.numel;
    const code = codeOf(op);
    const from = denseAt(x, y, op.name, "x");
    const to = denseAt(y, y, op.name, "the result");
    if (gainsFromThreads(n * (op.cost || STREAM))) onThreads("unary", [code, from, to, 0, n]);
    else wasm.unary!(code, from, to, 0, n);
  },

  /** dx = dy · op′, from the x or the y that was saved. */
  unaryGrad(op: UnaryOp, saved: Buffer, dy: Buffer, dx: Buffer): void {
    const n = dx.numel;
    const code = codeOf(op);
    const savedAt = denseAt(saved, dx, op.name, "what was saved");
    const from = denseAt(dy, dx, op.name, "dy");
    const to = denseAt(dx, dx, op.name, "dx");
    if (gainsFromThreads(n * STREAM)) onThreads("unaryGrad", [code, savedAt, from, to, 0, n]);
    else wasm.unaryGrad!(code, savedAt, from, to, 0, n);
  },

  /** y = x, but at least `low` and at most `high`. */
  clamp(x: Buffer, y: Buffer, low: number, high: number): void {
    const n = y.numel;
    const from = denseAt(x, y, "clamp", "x");
    const to = denseAt(y, y, "clamp", "the result");
    wasm.clamp!(from, to, low, high, 0, n);
  },

  /** dx = dy where low ≤ x ≤ high, else 0. */
  clampGrad(x: Buffer, dy: Buffer, dx: Buffer, low: number, high: number): void {
    const n = dx.numel;
    const from = denseAt(dy, dx, "clamp", "dy");
    const to = denseAt(dx, dx, "clamp", "dx");
    wasm.clampGrad!(denseAt(x, dx, "clamp", "x"), from, to, low, high, 0, n);
  },

  /** c = op(a, b). Operands are numbers or buffers of any strides that broadcast to c's shape. */
  binary(op: BinaryOp, a: Buffer | number, b: Buffer | number, c: Buffer): void {
    const code = BINARY[op];
    const n = c.numel;
    const cAt = floatsAt(c, n, op, "the result");
    if (
      typeof a !== "number" && typeof b !== "number" && a.isContiguous && b.isContiguous &&
      a.numel === n && b.numel === n
    ) {
      const aAt = floatsAt(a, n, op, "a");
      const bAt = floatsAt(b, n, op, "b");
      if (gainsFromThreads(n * (op === "pow" ? 10 : STREAM))) {
        onThreads("binary", [code, aAt, bAt, cAt, 0, n]);
      } else wasm.binary!(code, aAt, bAt, cAt, 0, n);
      return;
    }
    const aAt = typeof a === "number" ? number(a) : broadcastAt(a, "float32", c.shape, op, "a");
    const bAt = typeof b === "number" ? number(b, 4) : broadcastAt(b, "float32", c.shape, op, "b");
    const aSteps = typeof a === "number"
      ? expandStrides(SCALAR, SCALAR, c.shape)
      : expandStrides(a.shape, a.strides, c.shape);
    const bSteps = typeof b === "number"
      ? expandStrides(SCALAR, SCALAR, c.shape)
      : expandStrides(b.shape, b.strides, c.shape);
    overDims(c.shape, [aSteps, bSteps, c.strides], ([n0, n1, n2], [sa, sb], [oa, ob, oc]) => {
      wasm.binaryBroadcast!(
        code,
        aAt + oa! * 4,
        sa![0]!,
        sa![1]!,
        sa![2]!,
        bAt + ob! * 4,
        sb![0]!,
        sb![1]!,
        sb![2]!,
        cAt + oc! * 4,
        n1!,
        n2!,
        0,
        n0!,
      );
    });
  },

  /** c = op(a, b) on int32, all of one shape. */
  binaryInt(op: BinaryIntOp, a: Buffer, b: Buffer, c: Buffer): void {
    const n = c.numel;
    const aAt = intsAt(a, n, op, "a");
    const bAt = intsAt(b, n, op, "b");
    wasm.binaryI32!(BINARY[op], aAt, bAt, intsAt(c, n, op, "the result"), 0, n);
  },

  /** c = a op b, as bool; a and b are float32 or both int32, all of one shape. */
  compare(op: CompareOp, a: Buffer, b: Buffer, c: Buffer): void {
    const n = c.numel;
    const dtype = a.dtype === "int32" ? "int32" : "float32";
    const run = dtype === "int32" ? wasm.compareI32! : wasm.compare!;
    const aAt = addressOf(a, dtype, n, op, "a");
    const bAt = addressOf(b, dtype, n, op, "b");
    run(COMPARE[op], aAt, bAt, addressOf(c, "bool", n, op, "the result"), 0, n);
  },

  /** c = condition ? a : b, all of one shape; a, b and c are float32 or all int32. */
  where(condition: Buffer, a: Buffer, b: Buffer, c: Buffer): void {
    const n = c.numel;
    const dtype = c.dtype === "int32" ? "int32" : "float32";
    const at = addressOf(condition, "bool", n, "where", "the condition");
    const aAt = addressOf(a, dtype, n, "where", "a");
    const bAt = addressOf(b, dtype, n, "where", "b");
    wasm.where!(at, aAt, bAt, addressOf(c, dtype, n, "where", "the result"), 0, n);
  },

  /** z = y where x > 0, else slope · y: leaky ReLU of y = x, and its gradient from y = dy. */
  leakyRelu(x: Buffer, y: Buffer, z: Buffer, slope: number): void {
    const n = z.numel;
    const op = "leakyRelu";
    const xAt = denseAt(x, z, op, "x");
    const yAt = denseAt(y, z, op, "y");
    const args = [xAt, yAt, denseAt(z, z, op, "the result"), slope, 0, n];
    if (gainsFromThreads(n * STREAM)) onThreads("leakyRelu", args);
    else wasm.leakyRelu!(...args);
  },
};
