/**
 * The gated linear unit.
 *
 * @module
 */
import { isRecording, record } from "../autograd/autograd.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { wantsParts } from "../device/watch.ts";
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOf, numelOf } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { inNameOf } from "./in_name_of.ts";
import { cat } from "./join.ts";
import { sigmoid } from "./unary.ts";
import { contiguous, narrow } from "./view.ts";

/** The first half of x along a dimension, times the sigmoid of the second. */
export function glu(x: Tensor, dim = -1): Tensor {
  atMost(2, arguments.length, "glu(x, dim)");
  return inNameOf("glu", () => {
    x = asFloat("glu", x);
    const axis = axisOf("glu", dim, x.ndim);
    const n = x.shape[axis]!;
    if (n % 2 !== 0) {
      throw new ShapeError(
        `glu: dimension ${dim} must have an even length: the shape is ${show(x.shape)}`,
      );
    }
    const half = narrow(x, axis, 0, n / 2), gate = narrow(x, axis, n / 2, n / 2);
    return gluInOneWalk(x, axis) ?? mul(half, sigmoid(gate));
  });
}

/** Rows of fewer elements cost more than making each op's result. */
const LONG_ROW = 64;

/** `glu`, and its gradient, where the device makes them of the halves of x's rows; else null. */
function gluInOneWalk(x: Tensor, axis: number): Tensor | null {
  const outer = numelOf(x.shape.slice(0, axis)), row = x.numel / outer;
  const isLong = outer === 1 || row >= 2 * LONG_ROW;
  if (wantsParts || !isLong || x.numel === 0 || kernelsOf(x).combine === undefined) return null;
  x = contiguous(x);
  const halves = (x: Buffer): [Buffer, Buffer] => [
    viewOf(x, [outer, row / 2], [row, 1]),
    viewOf(x, [outer, row / 2], [row, 1], x.offset + row / 2),
  ];
  const [half, gate] = halves(x);
  const shape = x.shape.with(axis, x.shape[axis]! / 2);
  const y = alloc(x, shape);
  const matrix = (y: Buffer) => viewOf(y, half.shape, [row / 2, 1]);
  kernelsOf(y).combine!("glu", [half, gate], matrix(y));
  return record("glu", y, [[x, (dy) => {
    if (isRecording()) {
      const n = shape[axis]!, half = narrow(x, axis, 0, n), s = sigmoid(narrow(x, axis, n, n));
      return cat([mul(dy, s), mul(mul(dy, half), mul(s, sub(1, s)))], axis);
    }
    const dx = alloc(x, x.shape), [dhalf, dgate] = halves(dx), given = matrix(contiguous(dy));
    kernelsOf(dx).combine!("glu", [given, gate], dhalf);
    kernelsOf(dx).combine!("gluGate", [given, half, gate], dgate);
    return record("glu", dx, []);
  }]], { saved: [x], differentiable: true });
}
