/**
 * Gradients as tensors keep them.
 *
 * @module
 */
import {
  alloc,
  Buffer,
  kernelsOf,
  notATensor,
  releasedError,
  wrongDevice,
} from "../device/buffer.ts";
import { nearestOpen, type Scope } from "../device/current_scope.ts";
import { GradientError, show } from "../core/errors.ts";
import { sameShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { asGradient, isGradientType } from "./integer_gradient.ts";
import { tensorOf } from "./autograd.ts";

/** Tells the engine how a tensor gets a gradient; `tensor.ts`, which stands above it, calls this once. */
export function definePutGrad(put: (tensor: Tensor, gradient: Tensor) => void): void {
  putGrad = put;
}

let putGrad: (tensor: Tensor, gradient: Tensor) => void;

/** Makes a gradient of which nobody else has anything that of a tensor which has none yet. */
export function take(tensor: Tensor, gradient: Tensor): void {
  gradient.storage.owner = gradient; // it may be a view of what has no other user any more
  attachGrad(tensor, gradient);
  putGrad(tensor, gradient);
}

/** A gradient lives as long as the tensor whose gradient it is. */
export function attachGrad(owner: Tensor, gradient: Tensor): void {
  const { storage } = gradient;
  storage.madeBy = "grad";
  const scope = owner.storage.scope ?? owner.scopeOfGrad;
  if (scope === null) return storage.ownedBy(owner.storage);
  storage.moveTo(scope);
  storage.leaf = owner.storage;
}

/**
 * A gradient as its tensor keeps it: row-major, without a graph, in memory that nobody else owns.
 * Copied where it is not. Throws where it does not fit the tensor.
 */
export function owned(owner: Tensor, gradient: Tensor): Tensor {
  if (!Buffer.is(gradient)) {
    throw new TypeError(`grad: a tensor or null is needed: it is ${notATensor(gradient)}`);
  }
  if (!sameShape(gradient.shape, owner.shape) || !isGradientType(gradient)) {
    throw new GradientError(
      `grad: the gradient of ${show(owner.shape)} must be float32 of its shape: it is ` +
        `${gradient.dtype} ${show(gradient.shape)}`,
    );
  }
  if (gradient.storage.block === null) throw releasedError(gradient);
  if (gradient.storage.device !== owner.storage.device) {
    throw wrongDevice("grad", "the gradient", gradient, owner.storage.device);
  }
  gradient = asGradient(gradient);
  const { storage } = gradient;
  const isAlone = gradient.isContiguous && storage.owner === gradient && !storage.isKept &&
    storage.holds === 0 && storage.leaf === null &&
    gradient.numel * 4 === storage.fullBytes;
  const taken = isAlone && gradient.node === null ? gradient : copyOf(gradient);
  attachGrad(owner, taken);
  return taken;
}

/** Releases a tensor's former gradient, unless it has another owner by now. */
export function letGo(owner: Tensor, gradient: Tensor, by: string): void {
  if (gradient.storage.leaf === owner.storage) gradient.storage.release(by);
}

/** A copy, row-major, without a graph. */
export function copyOf(dx: Tensor): Tensor {
  const out = alloc(dx, dx.shape);
  kernelsOf(out).copy(dx, out);
  return tensorOf(out, null);
}

/** A gradient of the pass, as what belongs to the caller. */
export function given(dx: Tensor, scope: Scope): Tensor {
  if (dx.storage.scope !== null && dx.storage.leaf === null && isWithin(dx.storage.scope, scope)) {
    dx.storage.moveTo(nearestOpen(scope.parent));
  }
  return dx;
}

/** Whether a scope is another one, or open inside it. */
function isWithin(inside: Scope, scope: Scope): boolean {
  for (let s: Scope | null = inside; s !== null; s = s.parent) if (s === scope) return true;
  return false;
}
