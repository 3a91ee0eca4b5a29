/**
 * Gradients of some tensors, returned instead of kept.
 *
 * @module
 */
import { GradientError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  either,
  flag,
  isListOf,
  type Kind,
  kind,
  type Kinds,
  orNull,
} from "../core/options.ts";
import { Buffer } from "../device/buffer.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { walk } from "./backward.ts";
import { walkRecorded } from "./backward_recorded.ts";
import { checkRoot, reachable, Search, type Seed } from "./graph.ts";

/** Options of {@link grad}. */
export interface GradOptions {
  /** The gradients of the outputs. An output of one element needs none: it is 1. */
  gradOutputs?: Tensor | null | readonly (Tensor | null)[];
  /**
   * Record the computation of the gradients, so that they have gradients. Default: false.
   * GradientError where an op on the way does not allow it.
   */
  createGraph?: boolean;
  /** Keep the graph for another pass. Default: as createGraph. */
  retainGraph?: boolean;
  /** Give null for an input that the outputs do not depend on. Default: false, a GradientError. */
  allowUnused?: boolean;
}

const TENSOR = kind("a tensor", Buffer.is);
const TENSORS = either(TENSOR, listOfSome(TENSOR));

function listOfSome(item: Kind): Kind {
  return kind(
    "a list of them",
    (value) => isListOf(value, item.isType),
    (value) => value.length > 0,
  );
}

const OPTIONS: Kinds<GradOptions> = {
  gradOutputs: either(orNull(TENSOR), listOfSome(orNull(TENSOR))),
  createGraph: flag,
  retainGraph: flag,
  allowUnused: flag,
};

/** A gradient for each input, in a list of one where the input is no list. */
export type GradientsOf<I extends Tensor | readonly Tensor[], G = Tensor> = I extends
  readonly Tensor[] ? { -readonly [K in keyof I]: G } : [G];

/**
 * The sum of the gradients of outputs with respect to inputs, which may be leaves or results of ops.
 * Nothing is added to any `grad`. The gradients belong to the current scope.
 *
 * With `createGraph` they have a graph themselves: gradients of gradients, for penalties and for
 * differential equations.
 *
 * GradientError where outputs do not require a gradient or have several elements and none in
 * `gradOutputs`, and where an input is not used.
 *
 * @example
 * ```ts
 * import { grad, tensor } from "@glim/glim";
 * const x = tensor([1, 2], { requiresGrad: true });
 * const [slope] = grad(x.pow(3).sum(), x, { createGraph: true });
 * const [curvature] = grad(slope.sum(), x);
 * console.log(slope.toArray(), curvature.toArray()); // [3, 12] [6, 12]
 * ```
 */
export function grad<const I extends Tensor | readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options?: GradOptions & { allowUnused?: false },
): GradientsOf<I>;
/** The same where an input may be unused: its gradient is null. */
export function grad<const I extends Tensor | readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options: GradOptions,
): GradientsOf<I, Tensor | null>;
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
  // deno-lint-ignore no-explicit-any
): any {
  atMost(3, arguments.length, "grad(outputs, inputs, options)");
  check("grad", "the outputs", outputs, TENSORS);
  check("grad", "the inputs", inputs, TENSORS);
  const { createGraph = false, allowUnused = false } = checkOptions("grad", options, OPTIONS);
  const { retainGraph = createGraph } = options;
  const roots = listOf(outputs);
  const wanted = listOf(inputs);
  const seeds = seedsOf(roots, options.gradOutputs);
  wanted.forEach((x, i) => {
    if (!x.requiresGrad) {
      throw new GradientError(
        `grad: inputs must require a gradient: number ${i}, ${show(x.shape)}, does not`,
      );
    }
  });
  const least = Math.min(...wanted.map(({ node }) => node === null ? -1 : node.order));
  const nodes = reachable("grad", roots, null, least);
  const search = new Search(wanted, nodes);
  let found: ReadonlyMap<Tensor, Tensor | null> = search.found;
  if (createGraph) found = walkRecorded("grad", nodes, seeds, search);
  else walk(nodes, seeds, retainGraph, search);
  return wanted.map((x, i) => {
    const gradient = found.get(x) ?? null;
    if (gradient === null && !allowUnused) {
      throw new GradientError(
        `grad: the outputs must depend on the inputs: they do not on number ${i}, ` +
          `${show(x.shape)}: pass { allowUnused: true } for null`,
      );
    }
    return gradient;
  });
}

function listOf(tensors: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors as Tensor];
}

function seedsOf(roots: readonly Tensor[], given: GradOptions["gradOutputs"]): Seed[] {
  const gradients = given === undefined || given === null
    ? roots.map(() => null)
    : Array.isArray(given)
    ? given as (Tensor | null)[]
    : [given as Tensor];
  if (gradients.length !== roots.length) {
    throw new GradientError(
      `grad: gradOutputs must be one an output: there are ${gradients.length} for ${roots.length}`,
    );
  }
  return roots.map((root, i) => {
    checkRoot("grad", root, gradients[i]);
    return [root, gradients[i] ?? null];
  });
}
