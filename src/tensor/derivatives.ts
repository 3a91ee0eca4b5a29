/**
 * Derivatives of functions, as in PyTorch's `torch.autograd.functional`.
 *
 * @module
 */
import { setRecording } from "../autograd/autograd.ts";
import { grad } from "../autograd/grad.ts";
import { GradientError, ShapeError, show } from "../core/errors.ts";
import { atMost, callable, check } from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { checkFloat, checkTensor } from "../ops/check.ts";
import { stack } from "../ops/mod.ts";
import { scope } from "../scope/scope.ts";
import { fromTypedArray, onesLike, zerosLike } from "./create.ts";
import type { Tensor } from "./tensor.ts";

/** A function and where it is looked at, for a computation whose result alone is kept. */
function at<T>(
  op: string,
  fn: (x: Tensor) => Tensor,
  x: Tensor,
  compute: (x: Tensor, y: Tensor) => T,
): T {
  check(op, "the function", fn, callable);
  checkFloat(op, x);
  const wasRecording = setRecording(true);
  try {
    return scope(() => {
      const leaf = x.detach();
      leaf.requiresGrad = true;
      const y = fn(leaf);
      checkTensor(op, y, "what the function returns");
      return compute(leaf, y);
    });
  } finally {
    setRecording(wasRecording);
  }
}

/** v, which must have a tensor's shape. */
function like(op: string, v: Tensor, of: Tensor): Tensor {
  checkFloat(op, v, "v");
  if (sameShape(v.shape, of.shape)) return v;
  throw new ShapeError(`${op}: v must be ${show(of.shape)}: it is ${show(v.shape)}`);
}

/** The gradient of y, weighed, with respect to x: zeros where y does not depend on it. */
function gradient(y: Tensor, x: Tensor, weights: Tensor, createGraph = false): Tensor {
  if (!y.requiresGrad) return zerosLike(x);
  const options = { gradOutputs: weights, createGraph, retainGraph: true, allowUnused: true };
  return grad(y, x, options)[0] ?? zerosLike(x);
}

/** The gradients of all elements of y with respect to x: [...y, ...x]. */
function rows(y: Tensor, x: Tensor): Tensor {
  const list = Array.from({ length: y.numel }, (_, i) => {
    const one = new Float32Array(y.numel);
    one[i] = 1;
    return gradient(y, x, fromTypedArray(one, y.shape, { device: y.device }));
  });
  const shape = [...y.shape, ...x.shape];
  return list.length === 0
    ? zerosLike(x).expand([0, ...x.shape]).reshape(shape)
    : stack(list).reshape(shape);
}

/**
 * The derivatives of all elements of fn(x) with respect to all of x: [...fn(x).shape, ...x.shape]. One
 * backward pass for each element of fn(x).
 *
 * @example
 * ```ts
 * import { jacobian, tensor } from "@glim/glim";
 * console.log(jacobian((x) => x.square(), tensor([1, 2], { dtype: "float32" })).toArray()); // [[2, 0], [0, 4]]
 * ```
 */
export function jacobian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  atMost(2, arguments.length, "jacobian(fn, x)");
  return at("jacobian", fn, x, (x, y) => rows(y, x));
}

/**
 * The second derivatives of fn(x), which has one element: [...x.shape, ...x.shape]. GradientError where
 * it has several, or where an op has no gradients of gradients.
 */
export function hessian(fn: (x: Tensor) => Tensor, x: Tensor): Tensor {
  atMost(2, arguments.length, "hessian(fn, x)");
  return at("hessian", fn, x, (x, y) => rows(slope("hessian", x, y), x));
}

/** The gradient of y, which must have one element, recorded. */
function slope(op: string, x: Tensor, y: Tensor): Tensor {
  if (y.numel === 1) return gradient(y, x, onesLike(y), true);
  throw new GradientError(`${op}: the function must give one element: it gives ${show(y.shape)}`);
}

/**
 * fn(x), which has one element, and its {@link hessian} multiplied by v: how the gradient changes along v.
 * By two backward passes, whatever the length of x, and without the Hessian.
 *
 * @example
 * ```ts
 * import { hvp, tensor } from "@glim/glim";
 * const x = tensor([1, 2], { dtype: "float32" }), v = tensor([1, 0], { dtype: "float32" });
 * console.log(hvp((x) => x.pow(3).sum(), x, v)[1].toArray()); // [6, 0]
 * ```
 */
export function hvp(
  fn: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
): [value: Tensor, product: Tensor] {
  atMost(3, arguments.length, "hvp(fn, x, v)");
  return alongHessian("hvp", fn, x, v);
}

/** v multiplied by the Hessian from the left: the same numbers as {@link hvp}'s, for it is symmetric. */
export function vhp(
  fn: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
): [value: Tensor, product: Tensor] {
  atMost(3, arguments.length, "vhp(fn, x, v)");
  return alongHessian("vhp", fn, x, v);
}

function alongHessian(
  op: string,
  fn: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
): [value: Tensor, product: Tensor] {
  return at(op, fn, x, (x, y) => [y, gradient(slope(op, x, y), x, like(op, v, x))]);
}

/** fn(x), and v multiplied by its Jacobian from the left: what `backward(v)` adds to `grad`. */
export function vjp(
  fn: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
): [value: Tensor, product: Tensor] {
  atMost(3, arguments.length, "vjp(fn, x, v)");
  return at("vjp", fn, x, (x, y) => [y, gradient(y, x, like("vjp", v, y))]);
}

/**
 * fn(x), and its Jacobian multiplied by v: how fn(x) changes along v. By two backward passes, the second
 * through the first.
 */
export function jvp(
  fn: (x: Tensor) => Tensor,
  x: Tensor,
  v: Tensor,
): [value: Tensor, product: Tensor] {
  atMost(3, arguments.length, "jvp(fn, x, v)");
  return at("jvp", fn, x, (x, y) => {
    like("jvp", v, x);
    const weights = zerosLike(y);
    weights.requiresGrad = true;
    return [y, gradient(gradient(y, x, weights, true), weights, v)];
  });
}
