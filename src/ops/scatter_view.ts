/**
 * Copies of a tensor of which one part is another: what PyTorch makes of `x[:, i] = y` where x must stay.
 *
 * @module
 */
import { ShapeError, show } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import { axisOf, sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clone } from "./cast.ts";
import { checkSameDevice, checkTensor } from "./check.ts";
import { diagonal } from "./diagonal.ts";
import { inNameOf } from "./in_name_of.ts";
import { index, slice } from "./indexed.ts";
import { copy_ } from "./inplace.ts";
import { contiguous, select } from "./view.ts";

/** A copy of x of which what `part` looks at is `src`. */
function with_(op: string, x: Tensor, src: Tensor, part: (x: Tensor) => Tensor): Tensor {
  checkTensor(op, x);
  checkTensor(op, src, "what is put");
  checkSameDevice(op, src, x, "what is put");
  return inNameOf(op, () => {
    const y = contiguous(clone(x)); // a repeated dimension has no place of its own for each element
    const view = part(y);
    if (!sameShape(view.shape, src.shape)) {
      throw new ShapeError(
        `${op}: what is put must have the shape of the part, ${show(view.shape)}: it is ` +
          show(src.shape),
      );
    }
    copy_(view, src);
    return y;
  });
}

/** A copy of x whose `select(dim, index)` is `src`. ShapeError where that has another shape. */
export function selectScatter(x: Tensor, src: Tensor, dim: number, index: number): Tensor {
  atMost(4, arguments.length, "selectScatter(x, src, dim, index)");
  return with_("selectScatter", x, src, (y) => select(y, dim, index));
}

/**
 * A copy of x whose elements `start`, `start + step` … before `end` along a dimension are `src`; what is
 * left out or null is the whole of it. ShapeError where `src` has another shape.
 */
export function sliceScatter(
  x: Tensor,
  src: Tensor,
  dim = 0,
  start: number | null = null,
  end: number | null = null,
  step = 1,
): Tensor {
  atMost(6, arguments.length, "sliceScatter(x, src, dim, start, end, step)");
  return with_("sliceScatter", x, src, (y) => {
    const before = Array.from({ length: axisOf("sliceScatter", dim, y.ndim) }, () => slice());
    return index(y, [...before, slice(start, end, step)]);
  });
}

/** A copy of x whose `diagonal(offset, dim1, dim2)` is `src`. ShapeError where that has another shape. */
export function diagonalScatter(
  x: Tensor,
  src: Tensor,
  offset = 0,
  dim1 = 0,
  dim2 = 1,
): Tensor {
  atMost(5, arguments.length, "diagonalScatter(x, src, offset, dim1, dim2)");
  return with_("diagonalScatter", x, src, (y) => diagonal(y, offset, dim1, dim2));
}
