/**
 * As in PyTorch's `torch.nn.utils`: clipping of gradients, between `backward()` and the optimizer's
 * `step()`; parameters as one vector; weights that are functions of what is learnt.
 *
 * @module
 */
import { record } from "../autograd/autograd.ts";
import { allocOn, Buffer, kernelsOf } from "../device/buffer.ts";
import { zeros } from "../tensor/create.ts";
import { cat, div, stack, vectorNorm } from "../ops/mod.ts";
import { ShapeError, show } from "../core/errors.ts";
import { checkTensor } from "../ops/check.ts";
import { training } from "../families/training.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { unseenBy } from "../ops/unseen.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  isIterable,
  kind,
  type Kinds,
  notNegative,
  number,
} from "../core/options.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import type { Platform } from "../core/platform.ts";

declare const console: Platform["console"];

/** Options of {@link clipGradNorm_}. */
export interface ClipGradNormOptions {
  /** p of the norm (Σ |g|ᵖ)^(1/p); Infinity: the largest |g|. Default: 2. */
  normType?: number;
  /** Throw where the norm is NaN or infinite, instead of spoiling all gradients. Default: false. */
  errorIfNonfinite?: boolean;
}

const CLIP_GRAD_NORM: Kinds<ClipGradNormOptions> = { normType: number, errorIfNonfinite: flag };

/** √Σ g², where the device has a kernel for it; else null. */
function normOfAll(grads: readonly Tensor[]): Tensor | null {
  const { device } = grads[0]!.storage;
  const kernels = kernelsOf(grads[0]!, training);
  if (kernels.norm === undefined || grads.some((g) => g.storage.device !== device)) return null;
  const y = allocOn(device, []);
  kernels.norm(grads.map((g) => g.contiguous()), y);
  return record("clipGradNorm_", y, []);
}

/**
 * Scales the gradients of all parameters by one number, such that their norm, taken as if they were
 * one vector, is at most `maxNorm` (Pascanu et al., "On the difficulty of training recurrent neural
 * networks", 2013): g ← g · min(1, maxNorm / (norm + 1e-6)), as PyTorch does it.
 *
 * RangeError where `maxNorm` is negative, `normType` not above 0 or, if asked for, the norm not finite,
 * which on a GPU the next read throws.
 *
 * @param parameters One tensor or several; those without a gradient do not count.
 * @returns The norm before, a scalar.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@glim/glim";
 * const w = new nn.Parameter(tensor([1, 1]));
 * w.mul(tensor([30, 40])).sum().backward();
 * console.log(nn.utils.clipGradNorm_(w, 5).item()); // 50
 * console.log(w.grad!.toArray()); // near [3, 4]
 * ```
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: ClipGradNormOptions = {},
): Tensor {
  atMost(3, arguments.length, "clipGradNorm_(parameters, maxNorm, options)");
  const { normType = 2, errorIfNonfinite = false } = checkOptions(
    "clipGradNorm_",
    options,
    CLIP_GRAD_NORM,
  );
  check("clipGradNorm_", "maxNorm", maxNorm, notNegative);
  if (!(normType > 0)) {
    throw new RangeError(`clipGradNorm_: normType must be above 0: it is ${normType}`);
  }
  const grads = gradientsOf("clipGradNorm_", parameters);
  return noGrad(() => {
    if (grads.length === 0) return zeros([]);
    const total = (normType === 2 ? normOfAll(grads) : null) ??
      vectorNorm(stack(grads.map((g) => vectorNorm(g, normType))), normType);
    if (errorIfNonfinite) {
      const fault = (norm: string | number) =>
        new RangeError(
          `clipGradNorm_: the norm of order ${normType} must be finite: it is ${norm}`,
        );
      const unseen = unseenBy(total);
      unseen?.tell(total.isfinite().logicalNot().reshape(1), () => fault("not"));
      if (unseen === undefined && !Number.isFinite(total.item())) throw fault(total.item());
    }
    const fraction = div(maxNorm, total.add(1e-6)).clamp({ max: 1 });
    changeAll(grads, (rows) => kernelsOf(fraction, training).scale(rows, fraction));
    return total;
  });
}

/**
 * Cuts each element of each gradient off at ±`clipValue`. NaN stays.
 *
 * RangeError where `clipValue` is negative.
 *
 * @param parameters One tensor or several; those without a gradient do not count.
 */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  atMost(2, arguments.length, "clipGradValue_(parameters, clipValue)");
  check("clipGradValue_", "clipValue", clipValue, notNegative);
  const grads = gradientsOf("clipGradValue_", parameters);
  noGrad(() => {
    const byDevice = Map.groupBy(grads, (g) => g.storage.device);
    for (const some of byDevice.values()) {
      changeAll(some, (rows) => kernelsOf(rows[0]!, training).limit(rows, -clipValue, clipValue));
    }
  });
}

/** Changes gradients in place by a kernel that takes them row-major. */
function changeAll(grads: readonly Tensor[], change: (rows: readonly Buffer[]) => void): void {
  const rows = grads.map((g) => g.contiguous());
  change(rows);
  grads.forEach((g, i) => {
    if (rows[i] === g) g.storage.version++;
    else g.copy_(rows[i]!);
  });
}

/** Parameters as a list; TypeError where one is no tensor. */
function listOfTensors(op: string, parameters: Iterable<Tensor>): Tensor[] {
  check(op, "parameters", parameters, TENSORS);
  const list = [...parameters];
  list.forEach((p, i) => checkTensor(op, p, `parameter ${i}`));
  return list;
}

function gradientsOf(op: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  if (Buffer.is(parameters)) parameters = [parameters as Tensor];
  const list = listOfTensors(op, parameters);
  if (list.length === 0 && "next" in parameters) {
    console.warn(
      `glim: ${op}: there are no parameters, so nothing is done: parameters() gives them once: call ` +
        `it again for each use`,
    );
  }
  return list.map((p) => p.grad).filter((g) => g !== null);
}

const TENSORS = kind("tensors", isIterable);

export {
  padSequence,
  type PadSequenceOptions,
  unpadSequence,
  type UnpadSequenceOptions,
} from "./sequences.ts";

export {
  orthogonal,
  type OrthogonalOptions,
  spectralNorm,
  type SpectralNormOptions,
  weightNorm,
} from "./parametrizations.ts";

/** All elements of parameters, one after the other, as one vector; gradients go through. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  atMost(1, arguments.length, "parametersToVector(parameters)");
  const list = listOfTensors("parametersToVector", parameters);
  if (list.length === 0) {
    throw new TypeError("parametersToVector: at least one parameter is needed");
  }
  return inNameOf("parametersToVector", () => cat(list.map((p) => p.reshape(-1))));
}

/** Copies a vector into parameters, one after the other. ShapeError unless it has as many elements. */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  atMost(2, arguments.length, "vectorToParameters(vector, parameters)");
  checkTensor("vectorToParameters", vector, "the vector");
  const list = listOfTensors("vectorToParameters", parameters);
  const total = list.reduce((n, p) => n + p.numel, 0);
  if (vector.ndim !== 1 || vector.numel !== total) {
    throw new ShapeError(
      `vectorToParameters: the vector must be [${total}]: it is ${show(vector.shape)}`,
    );
  }
  noGrad(() => {
    let at = 0;
    for (const p of list) {
      p.copy_(vector.narrow(0, at, p.numel).reshape(p.shape));
      at += p.numel;
    }
  });
}
