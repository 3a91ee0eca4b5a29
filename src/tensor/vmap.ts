/**
 * Functions of one sample as functions of a batch.
 *
 * @module
 */
import { ShapeError } from "../core/errors.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  describe,
  either,
  integer,
  type Kinds,
  listOf,
  orNull,
} from "../core/options.ts";
import { axisOf } from "../core/shape.ts";
import { Buffer } from "../device/buffer.ts";
import { checkTensor } from "../ops/check.ts";
import { select, stack } from "../ops/mod.ts";
import type { Tensor } from "./tensor.ts";

/** Options of {@link vmap}. */
export interface VmapOptions {
  /**
   * The dimension of each argument that counts the samples, one for all or one each; null: every sample
   * gets the whole argument. Default: 0.
   */
  inDims?: number | null | readonly (number | null)[];
  /** Where that dimension is in each result, one for all or one each. Default: 0. */
  outDims?: number | readonly number[];
}

const OPTIONS: Kinds<VmapOptions> = {
  inDims: orNull(either(integer, listOf(orNull(integer), undefined, "a list of them"))),
  outDims: either(integer, listOf(integer, undefined, "a list of them")),
};

/**
 * A function of a batch, made of one of a sample: it calls that once for each sample, in order, and stacks
 * what it gives, a tensor or a list of them. So it takes the time of the loop that it stands for, unlike
 * PyTorch's, which computes all samples at once; random numbers are drawn anew for each. Gradients pass
 * through it, and it may stand in another and around `grad`.
 *
 * ShapeError where batches are of different lengths or empty.
 *
 * @example The gradient of each sample
 * ```ts
 * import { grad, tensor, vmap } from "@glim/glim";
 * const w = tensor([1, 2], { requiresGrad: true });
 * const each = vmap((x) => grad(w.mul(x).sum().square(), [w])[0]!);
 * console.log(each(tensor([[1, 0], [0, 1]])).toArray()); // [[2, 0], [0, 4]]
 * ```
 */
export function vmap<
  A extends unknown[] = Tensor[],
  R extends Tensor | readonly Tensor[] = Tensor,
>(
  fn: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  atMost(2, arguments.length, "vmap(fn, { inDims, outDims })");
  check("vmap", "the function", fn, callable);
  const { inDims = 0, outDims = 0 } = checkOptions("vmap", options, OPTIONS);
  return (...args: A): R => {
    const axes = axesOf(args, inDims);
    const length = lengthOf(args, axes);
    const results = Array.from({ length }, (_, i) => {
      const of = args.map((x, k) => axes[k] === null ? x : select(x as Tensor, axes[k]!, i));
      return fn(...of as A);
    });
    const first = results[0]!;
    if (Buffer.is(first)) return stackedAt(results as Tensor[], outDimOf(outDims, 0, 1)) as R;
    if (!Array.isArray(first)) {
      throw new TypeError(
        `vmap: the function must give a tensor or a list of tensors: it gives ${describe(first)}`,
      );
    }
    const lists = results as readonly (readonly Tensor[])[];
    return first.map((_: Tensor, k: number) =>
      stackedAt(lists.map((list) => list[k]!), outDimOf(outDims, k, first.length))
    ) as unknown as R;
  };
}

/** The axis of each argument; null: it is no batch. */
function axesOf(args: readonly unknown[], inDims: VmapOptions["inDims"]): (number | null)[] {
  if (Array.isArray(inDims) && inDims.length !== args.length) {
    throw new RangeError(
      `vmap: inDims must be one for each argument: there are ${inDims.length} of ${args.length}`,
    );
  }
  return args.map((x, k) => {
    const dim = (Array.isArray(inDims) ? inDims[k] : inDims) as number | null;
    if (dim === null) return null;
    checkTensor("vmap", x as Tensor, `argument ${k}, unless inDims has null for it,`);
    return axisOf("vmap", dim, (x as Tensor).ndim);
  });
}

/** How many samples there are. */
function lengthOf(args: readonly unknown[], axes: readonly (number | null)[]): number {
  const lengths = axes.flatMap((axis, k) => axis === null ? [] : (args[k] as Tensor).shape[axis]!);
  if (lengths.length > 0 && lengths[0]! > 0 && lengths.every((n) => n === lengths[0])) {
    return lengths[0]!;
  }
  throw new ShapeError(
    `vmap: batches of one length of at least 1 are needed: they are ${
      lengths.join(", ") || "none"
    }`,
  );
}

/** Where result number k of n has its batch. */
function outDimOf(outDims: number | readonly number[], k: number, n: number): number {
  if (typeof outDims === "number") return outDims;
  if (outDims.length === n) return outDims[k]!;
  throw new RangeError(
    `vmap: outDims must be one for each result: there are ${outDims.length} of ${n}`,
  );
}

/** Results beside each other along a new dimension. */
function stackedAt(results: readonly Tensor[], dim: number): Tensor {
  for (const x of results) checkTensor("vmap", x, "what the function gives");
  return stack(results, axisOf("vmap", dim, results[0]!.ndim + 1));
}
