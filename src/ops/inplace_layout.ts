/**
 * Methods that write by index, fill and shape in place: each its function's result, put where its tensor
 * was, or where the shape of that was. PyTorch has them as methods only.
 *
 * @module
 */
import { GradientError, ShapeError, show } from "../core/errors.ts";
import { atMost, check, flag } from "../core/options.ts";
import { Buffer } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkComputes } from "./check.ts";
import { diagonal } from "./diagonal.ts";
import { inNameOf } from "./in_name_of.ts";
import { fill_, put } from "./inplace.ts";
import { checkNotRepeated } from "./layout.ts";
import { type LayoutMethods, ofLayout, type OfTensor } from "./layout_methods.ts";
import type { Operand } from "./operand.ts";
import { squeeze, t, transpose, unsqueeze } from "./view.ts";

/** What writes by index or fills, and has a method in place. */
export type Changing =
  | "scatter"
  | "scatterAdd"
  | "scatterReduce"
  | "indexAdd"
  | "indexCopy"
  | "indexFill"
  | "maskedScatter"
  | "tril"
  | "triu";

/** Methods in place that write by index or fill, each as the one without an underscore. */
export type ChangingMethods = {
  [Name in Changing as `${Name}_`]: (...args: Parameters<LayoutMethods[Name]>) => Tensor;
};

/** Methods in place whose names are those of others and an underscore. */
export interface InPlaceMethods extends ChangingMethods {
  /** Without its dimensions of length 1. GradientError where it requires a gradient. */
  squeeze_(dim?: number | readonly number[]): Tensor;
  /** With one more dimension, of length 1. GradientError where it requires a gradient. */
  unsqueeze_(dim: number): Tensor;
  /** With two dimensions swapped. GradientError where it requires a gradient. */
  transpose_(dim0: number, dim1: number): Tensor;
  /** A matrix as its transpose. GradientError where it requires a gradient. */
  t_(): Tensor;
  /**
   * The main diagonal ← a value: of a matrix, or of a cube of any number of equal lengths. `wrap`: whether
   * in a matrix with more rows than columns it begins anew, a row after its end. Default: false.
   */
  fillDiagonal_(value: number, wrap?: boolean): Tensor;
}

/** What changes x into what a function gives of it. */
function changing(own: string, fn: OfTensor): OfTensor {
  return (x, ...args) =>
    inNameOf(own, () => {
      checkComputes(own, x);
      return put(own, x, args.filter(Buffer.is) as Operand[], (x) => fn(x, ...args) as Tensor);
    });
}

/**
 * What gives x the shape and strides of a function's view of it. What ops have recorded of a tensor reads
 * its shape when gradients are computed: one that has a gradient to pass on keeps its shape.
 */
function shaping(own: string, view: OfTensor): OfTensor {
  return (x, ...args) =>
    inNameOf(own, () => {
      const { shape, strides, isContiguous } = view(x.detach(), ...args) as Tensor;
      if (x.requiresGrad) {
        throw new GradientError(
          `${own}: what requires a gradient keeps its shape: ${own.slice(0, -1)}(…) gives a view`,
        );
      }
      x.storage.version++;
      return Object.assign(x, { shape, strides, isContiguous });
    });
}

function fillDiagonal_(x: Tensor, value: number, wrap = false): Tensor {
  atMost(3, arguments.length, "fillDiagonal_(x, value, wrap)");
  return inNameOf("fillDiagonal_", () => {
    checkComputes("fillDiagonal_", x);
    checkNotRepeated("fillDiagonal_", x);
    check("fillDiagonal_", "wrap", wrap, flag);
    const { ndim, shape } = x;
    if (ndim < 2 || (ndim > 2 && shape.some((n) => n !== shape[0]))) {
      throw new ShapeError(`fillDiagonal_: a matrix or cube is needed: it is ${show(shape)}`);
    }
    for (let row = 0; row === 0 || (wrap && row < shape[0]!); row += shape[1]! + 1) {
      let line = diagonal(x, -row);
      while (line.ndim > 1) line = diagonal(line);
      fill_(line, value);
    }
    return x;
  });
}

const NAMES: readonly Changing[] = [
  "scatter",
  "scatterAdd",
  "scatterReduce",
  "indexAdd",
  "indexCopy",
  "indexFill",
  "maskedScatter",
  "tril",
  "triu",
];

/** All of them, as functions whose first argument is the tensor. */
export const inPlaceMethods: readonly (readonly [name: string, method: OfTensor])[] = [
  ["fillDiagonal_", fillDiagonal_],
  ...NAMES.map((name) => [`${name}_`, changing(`${name}_`, ofLayout[name])] as const),
  ...Object.entries<OfTensor>({ squeeze, unsqueeze, transpose, t }).map(([name, view]) =>
    [`${name}_`, shaping(`${name}_`, view)] as const
  ),
];
