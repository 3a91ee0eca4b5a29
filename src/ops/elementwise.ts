/**
 * Arithmetic on elements, with NumPy's broadcasting. Operands are tensors or numbers. Integers of
 * any kind give int32 among themselves (except in `div`) and float32 beside a float32. A whole number
 * counts as an integer and must fit into int32 beside one; any other makes float32 of integers. Sums,
 * differences, products and powers of integers wrap around at 32 bits.
 *
 * @module
 */
import { type Gradient, isRecorded, type Pair, record, unrecorded } from "../autograd/autograd.ts";
import { alloc, allocOn, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { computedIn } from "../core/dtype.ts";
import type { BinaryOp } from "../device/kernels.ts";
import { atMost, checkOptions, type Kinds, number } from "../core/options.ts";
import { broadcastShape, sameShape, type Shape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { cast } from "./cast.ts";
import { allocLike, isDense } from "./layout.ts";
import { checkComputes, checkFloat, checkOperands } from "./check.ts";
import { commonDType, deviceOf, type Operand, operandAs, readBy, shapeOf } from "./operand.ts";
import { sumTo } from "./sum.ts";
import { apply, unaryRow } from "./unary_op.ts";
import { contiguous } from "./view.ts";

/** The operands that are tensors, each beside its gradient. */
export function pairs(a: Operand, da: Gradient, b: Operand, db: Gradient): Pair[] {
  const list: Pair[] = [];
  if (typeof a !== "number") list.push([a, da]);
  if (typeof b !== "number") list.push([b, db]);
  return list;
}

/** An operand as float32, of its own shape and strides: the kernel broadcasts. */
function float(x: Operand): Operand {
  return typeof x === "number" || x.dtype === "float32" ? x : cast(x, "float32");
}

/** c = op(a, b) in the dtype that the operands call for. */
export function arithmetic(op: BinaryOp, a: Operand, b: Operand): Buffer {
  checkOperands(op, a, b);
  const shape = broadcastShape(op, shapeOf(a), shapeOf(b));
  const device = deviceOf(a, b);
  if (
    commonDType(a, b) === "int32" &&
    (op === "add" || op === "sub" || op === "mul" || op === "maximum" || op === "minimum" ||
      op === "pow")
  ) {
    const out = allocOn(device, shape, "int32");
    const x = operandAs(op, device, a, "int32", shape);
    kernelsOf(out).binaryInt(op, x, operandAs(op, device, b, "int32", shape), out);
    return out;
  }
  const [x, y] = [float(a), float(b)];
  const like = layoutOf(shape, x, y);
  if (like === null) {
    const out = allocOn(device, shape);
    kernelsOf(out).binary(op, x, y, out);
    return out;
  }
  const out = allocLike(like); // elements stand in the same order in all of them: one long vector
  kernelsOf(out).binary(
    op,
    typeof x === "number" ? x : flat(x),
    typeof y === "number" ? y : flat(y),
    flat(out),
  );
  return out;
}

/** The operand whose dense layout, other than row-major, all operands have; null: there is none. */
function layoutOf(shape: Shape, a: Operand, b: Operand): Tensor | null {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number" || like.isContiguous || !isDense(like)) return null;
  const other = typeof a === "number" ? a : b;
  const alike = sameShape(like.shape, shape) && (typeof other === "number" ||
    (sameShape(other.shape, shape) && sameShape(other.strides, like.strides)));
  return alike ? like : null;
}

/** A buffer whose memory is dense as one vector, in the order of memory. */
export function flat(x: Buffer): Buffer {
  return viewOf(x, [x.numel], [1]);
}

/** a + b. Shapes broadcast; ShapeError where they do not. */
export function add(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "add(a, b)");
  const c = arithmetic("add", a, b);
  if (!isRecorded(a, b)) return unrecorded("add", c);
  return record(
    "add",
    c,
    pairs(a, (dc) => sumTo(dc, shapeOf(a)), b, (dc) => sumTo(dc, shapeOf(b))),
    { saved: [] },
  );
}

/** a − b. Shapes broadcast; ShapeError where they do not. */
export function sub(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "sub(a, b)");
  const c = arithmetic("sub", a, b);
  if (!isRecorded(a, b)) return unrecorded("sub", c);
  return record(
    "sub",
    c,
    pairs(a, (dc) => sumTo(dc, shapeOf(a)), b, (dc) => sumTo(neg(dc), shapeOf(b))),
    { saved: [] },
  );
}

/** a · b, element by element. Shapes broadcast; ShapeError where they do not. */
export function mul(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "mul(a, b)");
  const c = arithmetic("mul", a, b);
  if (!isRecorded(a, b)) return unrecorded("mul", c);
  return record(
    "mul",
    c,
    pairs(
      a,
      (dc) => sumTo(mul(dc, b), shapeOf(a)),
      b,
      (dc) => sumTo(mul(dc, a), shapeOf(b)),
    ),
    { saved: readBy(a, b) },
  );
}

/** a / b as float32, integers too. Shapes broadcast; ShapeError where they do not. */
export function div(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "div(a, b)");
  const quotient = arithmetic("div", a, b);
  if (!isRecorded(a, b)) return unrecorded("div", quotient);
  const c: Tensor = record(
    "div",
    quotient,
    pairs(
      a,
      (dc) => sumTo(div(dc, b), shapeOf(a)),
      b,
      (dc) => sumTo(neg(mul(dc, div(c, b))), shapeOf(b)),
    ),
  );
  return c;
}

/** The larger of a and b; where they are equal each gets half of the gradient. NaN wins. */
export function maximum(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "maximum(a, b)");
  return extremum("maximum", a, b);
}

/** The smaller of a and b; where they are equal each gets half of the gradient. NaN wins. */
export function minimum(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "minimum(a, b)");
  return extremum("minimum", a, b);
}

function extremum(op: "maximum" | "minimum", a: Operand, b: Operand): Tensor {
  const out = arithmetic(op, a, b);
  // dc times what one operand gets of it: 1, ½ or 0
  const part = (dc: Tensor, mine: Operand, other: Operand): Tensor => {
    const share = alloc(out, out.shape);
    const [over, under] = op === "maximum" ? [mine, other] : [other, mine];
    kernelsOf(share).binary("share", float(over), float(under), share);
    return sumTo(mul(dc, record(op, share, [])), shapeOf(mine));
  };
  return record(op, out, pairs(a, (dc) => part(dc, a, b), b, (dc) => part(dc, b, a)));
}

const NEG = unaryRow({
  name: "neg",
  f: (x) => -x,
  saves: "nothing",
  grad: (_, dy) => -dy,
  onnx: "Neg",
});

/** −x. */
export function neg(x: Tensor): Tensor {
  atMost(1, arguments.length, "neg(x)");
  checkComputes("neg", x);
  return computedIn(x.dtype) === "int32" ? mul(x, -1) : apply(NEG, x);
}

/** Bounds of {@link clamp}. */
export interface ClampOptions {
  /** The least that comes out. */
  min?: number;
  /** The most that comes out. */
  max?: number;
}

const CLAMP: Kinds<ClampOptions> = { min: number, max: number };

/** x, but at least `min` and at most `max`. The gradient passes where x is within, bounds included. */
export function clamp(x: Tensor, options: ClampOptions): Tensor {
  atMost(2, arguments.length, "clamp(x, { min, max })");
  const { min = -Infinity, max = Infinity } = checkOptions("clamp", options, CLAMP);
  checkFloat("clamp", x);
  const out = alloc(x, x.shape);
  kernelsOf(out).clamp(contiguous(x), out, min, max);
  return record("clamp", out, [[x, (dy) => {
    const dx = alloc(x, x.shape);
    kernelsOf(dx).clampGrad(contiguous(x), contiguous(dy), dx, min, max);
    return record("clamp", dx, []);
  }]]);
}
