/**
 * Operations on elements: from buffers to kernels, part of the kernel table in `kernels.ts`.
 *
 * @module
 */
import { alloc, type Buffer } from "../device/buffer.ts";
import type {
  BinaryOp,
  BitsOp,
  Combination,
  CompareOp,
  Elementwise,
  UnaryOp,
} from "../device/kernels.ts";
import { BINARY_OP, BITS_OP, COMPARE_OP, UNARY_OP } from "../../build/abi.ts";
import { ShapeError } from "../core/errors.ts";
import { cutOf, overDims } from "./dims.ts";
import { BYTES } from "../core/dtype.ts";
import { expandStrides, type Shape } from "../core/shape.ts";
import { binaryIntOnHost, binaryOnHost, unaryGradOnHost, unaryOnHost } from "../device/on_host.ts";
import {
  type Address,
  addressOf,
  broadcastAt,
  denseAt,
  floatsAt,
  intsAt,
  NONE,
  offset,
} from "./address.ts";
import { COMBINED, GRADIENTS, OF_ONE, OF_TWO, OF_TWO_INT32 } from "./formulas.ts";
import { ARRAYS, type Formula, SETTINGS, tableOf, type Value } from "./fused.ts";
import { look } from "../device/transfer.ts";
import { launch, STREAM } from "./launch.ts";
import { moves } from "./copy.ts";
import { numberAt } from "./scratch.ts";

type Codes = Readonly<Record<string, number>>;

/** A kernel's code; undefined of a row that has none. */
export function codeOf(kernel: string, codes: Codes): number | undefined {
  return codes[kernel];
}

/** The ops of two elements whose kernel takes integers, too. */
const INTEGERS: Readonly<Record<string, true>> = {
  add: true,
  sub: true,
  mul: true,
  maximum: true,
  minimum: true,
  pow: true,
};

const SCALAR: Shape = [];

const [X, Y] = ARRAYS as [Value, Value];
const [A, B] = SETTINGS as [Value, Value];

/** y = a formula of x, or of x and dy, and its settings. */
export function fused(
  formula: Formula,
  work: number,
  x: Address,
  dy: Address | null,
  y: Address,
  n: number,
  a = 0,
  b = 0,
): void {
  const { at, steps, scratch } = tableOf(formula, dy === null ? [X, A, B] : [X, Y, A, B]);
  launch.fused(work, at, steps, x, dy ?? NONE, NONE, y, n, n, n, n, n, a, b, scratch, n);
}

/** c = a formula of two operands: numbers, or buffers, which are laid out as c is. */
function fusedOfTwo(
  { name, cost }: BinaryOp,
  formula: Formula,
  a: Buffer | number,
  b: Buffer | number,
  c: Buffer,
): void {
  const n = c.numel;
  const ofA = typeof a === "number", ofB = typeof b === "number";
  const { at, steps, scratch } = tableOf(
    formula,
    [ofA ? A : X, ofB ? B : Y],
    (ofA ? 1 : 0) + (ofB ? 2 : 0),
  );
  const aAt = ofA ? NONE : floatsAt(spread(name, "a", a, c), n, name, "a");
  const bAt = ofB ? NONE : floatsAt(spread(name, "b", b, c), n, name, "b");
  const to = floatsAt(c, n, name, "the result");
  launch.fused(
    n * (cost || STREAM),
    at,
    steps,
    aAt,
    bAt,
    NONE,
    to,
    n,
    n,
    n,
    n,
    n,
    ofA ? a : 0,
    ofB ? b : 0,
    scratch,
    n,
  );
}

/** x, or a copy of it that has the elements of c's shape. */
function spread(op: string, argument: string, x: Buffer, c: Buffer): Buffer {
  if (x.isContiguous && x.numel === c.numel) return x;
  broadcastAt(x, "float32", c.shape, op, argument);
  const out = alloc(c, c.shape);
  moves.copy(x, out);
  return out;
}

/** Operations on elements, by name. */
export const elementwise: Elementwise = {
  /** y = op(x). */
  unary(op: UnaryOp, x: Buffer, y: Buffer): void {
    const n = y.numel;
    const code = codeOf(op.kernel, UNARY_OP);
    const formula = OF_ONE[op.kernel];
    if (code === undefined && formula === undefined) return unaryOnHost(op, x, y);
    const from = denseAt(x, y, op.name, "x");
    const to = denseAt(y, y, op.name, "the result");
    if (code === undefined) fused(formula!, n * (op.cost || STREAM), from, null, to, n);
    else launch.unary(n * (op.cost || STREAM), code, from, to, n);
  },

  /** dx = dy · op′, from the x or the y that was saved. */
  unaryGrad(op: UnaryOp, saved: Buffer, dy: Buffer, dx: Buffer): void {
    const n = dx.numel;
    const formula = GRADIENTS[op.kernel];
    const code = codeOf(op.kernel, UNARY_OP);
    if (code === undefined && formula === undefined) return unaryGradOnHost(op, saved, dy, dx);
    const savedAt = denseAt(saved, dx, op.name, "what was saved");
    const from = denseAt(dy, dx, op.name, "dy");
    const to = denseAt(dx, dx, op.name, "dx");
    if (formula !== undefined) fused(formula, n * (op.cost || STREAM), savedAt, from, to, n);
    else launch.unaryGrad(n * STREAM, code!, savedAt, from, to, n);
  },

  /** y = x, but at least `low` and at most `high`. */
  clamp(x: Buffer, y: Buffer, low: number, high: number): void {
    const n = y.numel;
    const from = denseAt(x, y, "clamp", "x");
    launch.clamp(n * STREAM, from, denseAt(y, y, "clamp", "the result"), low, high, n);
  },

  /** dx = dy where low ≤ x ≤ high, else 0. */
  clampGrad(x: Buffer, dy: Buffer, dx: Buffer, low: number, high: number): void {
    const n = dx.numel;
    const xAt = denseAt(x, dx, "clamp", "x");
    const from = denseAt(dy, dx, "clamp", "dy");
    launch.clampGrad(n * STREAM, xAt, from, denseAt(dx, dx, "clamp", "dx"), low, high, n);
  },

  /** c = op(a, b). Operands are numbers or buffers of any strides that broadcast to c's shape. */
  binary(op: BinaryOp, a: Buffer | number, b: Buffer | number, c: Buffer): void {
    const { name } = op;
    const code = codeOf(name, BINARY_OP);
    if (code === undefined) {
      const formula = OF_TWO[name];
      if (formula === undefined) binaryOnHost(op, a, b, c);
      else fusedOfTwo(op, formula, a, b, c);
      return;
    }
    const n = c.numel;
    const cost = op.cost || STREAM;
    const cAt = floatsAt(c, n, name, "the result");
    if (
      typeof a !== "number" && typeof b !== "number" && a.isContiguous && b.isContiguous &&
      a.numel === n && b.numel === n
    ) {
      const aAt = floatsAt(a, n, name, "a");
      launch.binary(n * cost, code, aAt, floatsAt(b, n, name, "b"), cAt, n);
      return;
    }
    const { shape } = c;
    const aAt = typeof a === "number"
      ? numberAt(0, a)
      : broadcastAt(a, "float32", shape, name, "a");
    const bAt = typeof b === "number"
      ? numberAt(1, b)
      : broadcastAt(b, "float32", shape, name, "b");
    const aSteps = typeof a === "number"
      ? expandStrides(SCALAR, SCALAR, shape)
      : expandStrides(a.shape, a.strides, shape);
    const bSteps = typeof b === "number"
      ? expandStrides(SCALAR, SCALAR, shape)
      : expandStrides(b.shape, b.strides, shape);
    overDims(shape, [aSteps, bSteps, c.strides], (dims, [sa, sb], [oa, ob, oc]) => {
      const [n0, n1, n2] = dims as [number, number, number];
      launch.binaryBroadcast(
        n0 * n1 * n2 * cost,
        code,
        offset(aAt, oa! * 4),
        sa![0]!,
        sa![1]!,
        sa![2]!,
        offset(bAt, ob! * 4),
        sb![0]!,
        sb![1]!,
        sb![2]!,
        offset(cAt, oc! * 4),
        n1,
        n2,
        n0,
        cutOf(n0),
      );
    });
  },

  /** y = a function of up to three buffers, then up to two numbers; of matrices with gaps between rows, too. */
  combine(name: Combination, operands: readonly (Buffer | number)[], y: Buffer): void {
    const n = y.numel;
    if (name === "boolNot") {
      const [x] = operands as readonly [Buffer];
      const at = addressOf(x, "bool", n, name, "x");
      const to = addressOf(y, "bool", n, name, "the result");
      return launch.bits(n * STREAM / 2, BITS_OP.not, at, at, to, n);
    }
    const places: Value[] = [],
      arrays: Address[] = [],
      rows: number[] = [],
      settings: number[] = [];
    const inner = y.isContiguous && operands.every((x) => typeof x === "number" || x.isContiguous)
      ? n
      : y.shape[1]!;
    const addressIn = (x: Buffer, argument: string): Address => {
      if (inner === n) return addressOf(x, y.dtype, n, name, argument);
      const [from, step] = x.strides as [number, number];
      if (step !== 1) throw new ShapeError(`${name}: ${argument} must have rows without gaps`);
      rows.push(from);
      return broadcastAt(x, y.dtype, y.shape, name, argument);
    };
    const to = addressIn(y, "the result");
    for (const x of operands) {
      if (typeof x === "number") places.push(SETTINGS[settings.push(x) - 1]!);
      else places.push(ARRAYS[arrays.push(addressIn(x, "an operand")) - 1]!);
    }
    const { at, steps, scratch } = tableOf(
      COMBINED[name],
      places,
      arrays.length * 3 + settings.length,
    );
    const [x, second = NONE, third = NONE] = arrays as [Address];
    const [outRow = n, xRow = n, yRow = n, zRow = n] = rows;
    const [a = 0, b = 0] = settings;
    const work = n * STREAM;
    // deno-fmt-ignore
    launch.fused(
      work, at, steps, x, second, third, to, inner, xRow, yRow, zRow, outRow, a, b, scratch, n,
    );
  },

  /** c = op(a, b) on int32, all of one shape. */
  binaryInt(op: BinaryOp, a: Buffer, b: Buffer, c: Buffer): void {
    const { name } = op;
    const n = c.numel;
    const code = codeOf(name, BINARY_OP);
    if (code === undefined || INTEGERS[name] !== true) {
      const formula = OF_TWO_INT32[name];
      // of a divisor that is 0 the host's function tells
      if (formula === undefined || look(name, b).includes(0 as never)) {
        return binaryIntOnHost(op, a, b, c);
      }
      const { at, steps, scratch } = tableOf(formula, [X, Y]);
      const from = intsAt(a, n, name, "a"), by = intsAt(b, n, name, "b");
      const to = intsAt(c, n, name, "the result");
      return launch.fused(
        n * STREAM,
        at,
        steps,
        from,
        by,
        NONE,
        to,
        n,
        n,
        n,
        n,
        n,
        0,
        0,
        scratch,
        n,
      );
    }
    const aAt = intsAt(a, n, name, "a");
    const bAt = intsAt(b, n, name, "b");
    launch.binaryI32(n * STREAM, code, aAt, bAt, intsAt(c, n, name, "the result"), n);
  },

  /** c = the bits of a and b, joined: all bool or all int32, and of one shape. */
  bits(op: BitsOp, a: Buffer, b: Buffer, c: Buffer): void {
    const n = c.numel;
    const { dtype } = c;
    const aAt = addressOf(a, dtype, n, op, "a");
    const bAt = addressOf(b, dtype, n, op, "b");
    const cAt = addressOf(c, dtype, n, op, "the result");
    const count = n * BYTES[dtype];
    launch.bits(count * STREAM / 2, BITS_OP[op], aAt, bAt, cAt, count);
  },

  /** c = a op b, as bool; a and b are float32 or both int32, all of one shape. */
  compare({ name }: CompareOp, a: Buffer, b: Buffer, c: Buffer): void {
    const n = c.numel;
    const code = codeOf(name, COMPARE_OP)!;
    const dtype = a.dtype === "int32" ? "int32" : "float32";
    const aAt = addressOf(a, dtype, n, name, "a");
    const bAt = addressOf(b, dtype, n, name, "b");
    const cAt = addressOf(c, "bool", n, name, "the result");
    if (dtype === "int32") launch.compareI32(n * STREAM, code, aAt, bAt, cAt, n);
    else launch.compare(n * STREAM, code, aAt, bAt, cAt, n);
  },

  /** c = condition ? a : b, all of one shape; a, b and c are float32 or all int32. */
  where(condition: Buffer, a: Buffer, b: Buffer, c: Buffer): void {
    const n = c.numel;
    const dtype = c.dtype === "int32" ? "int32" : "float32";
    const at = addressOf(condition, "bool", n, "where", "the condition");
    const aAt = addressOf(a, dtype, n, "where", "a");
    const bAt = addressOf(b, dtype, n, "where", "b");
    launch.where(n * STREAM, at, aAt, bAt, addressOf(c, dtype, n, "where", "the result"), n);
  },
};
