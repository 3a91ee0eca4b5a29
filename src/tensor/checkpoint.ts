/**
 * Values that are computed again in the backward pass instead of kept.
 *
 * ```
 * inputs ──▶ junction ─┬─▶ output 0      forward: fn runs unrecorded; what it made on the way is released
 *                      └─▶ output 1      backward: each output leaves its gradient at the junction, which
 *                                        runs fn again, recorded, and walks back to what it was made of
 * ```
 *
 * @module
 */
import {
  isRecording,
  LINEAR,
  nextOrder,
  type Node,
  type Pair,
  record,
  setRecording,
} from "../autograd/autograd.ts";
import { walk } from "../autograd/backward.ts";
import { walkRecorded } from "../autograd/backward_recorded.ts";
import { reachable, Search } from "../autograd/graph.ts";
import { nodeOf } from "../autograd/history.ts";
import { callable, check, describe, isListOf } from "../core/options.ts";
import { generator, type RandomState } from "../core/random.ts";
import { alloc, Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { watcher } from "../device/watch.ts";
import { detach } from "../ops/mod.ts";
import { scope } from "../scope/scope.ts";
import type { Tensor } from "./tensor.ts";

/** What a function may give that is to be computed again: a tensor, or a list of them. */
export type Checkpointed = Tensor | readonly Tensor[];

/**
 * `fn(...inputs)` without keeping what `fn` computes on the way: `backward()` calls it again, with the
 * same random numbers, so that values and gradients have the bits of a plain call. Half the time more
 * for the part, and the memory of its inputs and outputs only.
 *
 * TypeError where it gives something else.
 *
 * @param fn A function of tensors that gives a tensor or a list of them, and the same when it is called
 * again: it must not change anything. Parameters that it uses get their gradients as ever.
 * @param inputs What it is called with; what is no tensor is handed on.
 *
 * @example
 * ```ts
 * import { checkpoint, nn, randn } from "@glim/glim";
 * const block = new nn.Sequential(new nn.Linear(64, 256), new nn.GELU(), new nn.Linear(256, 64));
 * const y = checkpoint((x) => block.forward(x), randn([8, 64]));
 * y.sum().backward();
 * ```
 */
export function checkpoint<A extends unknown[], R extends Checkpointed>(
  fn: (...inputs: A) => R,
  ...inputs: A
): R {
  check("checkpoint", "the function", fn, callable);
  if (!isRecording() || watcher !== null) return fn(...inputs);
  const random = generator().state;
  const { values, sources, isList } = scope(() => computed(fn, inputs));
  if (!values.some(({ isDifferentiable }) => isDifferentiable)) return resultOf(values, isList);

  // All outputs are of one junction, which is reached when each of them has its gradient.
  const received: (Tensor | null)[] = values.map(() => null);
  const junction = record("checkpoint", nothing(sources[0]!), pairsOf(sources), {
    saved: [...inputs.filter(isTensor), ...sources],
    shared: () => {
      const gradients = again(fn, inputs, sources, received, random);
      for (const dy of received) if (dy !== null) dy.storage.holds--;
      received.fill(null);
      return gradients;
    },
    differentiable: true,
  });
  const outputs = values.map(({ value, isDifferentiable }, i) => ({
    value: !isDifferentiable ? value : record("checkpoint", value, [[junction, (dy) => {
      dy.storage.holds++; // until the junction is reached
      received[i] = dy;
      return nothing(dy);
    }]], LINEAR),
  }));
  return resultOf(outputs, isList);
}

interface Computed {
  values: { value: Tensor; isDifferentiable: boolean }[];
  /** What was there before and requires a gradient. */
  sources: Tensor[];
  isList: boolean;
}

/** What a function gives, without the graph. */
function computed<A extends unknown[]>(
  fn: (...inputs: A) => Checkpointed,
  inputs: A,
): Computed {
  const before = nextOrder();
  const result: unknown = fn(...inputs);
  const outputs = Array.isArray(result) ? result : [result];
  if (!isListOf(outputs, isTensor)) {
    throw new TypeError(
      `checkpoint: the function must give a tensor or a list of tensors: it gives ` +
        describe(result),
    );
  }
  return {
    values: (outputs as Tensor[]).map((y) => ({
      value: detach(y),
      isDifferentiable: y.requiresGrad,
    })),
    sources: sourcesOf(outputs as Tensor[], before),
    isList: Array.isArray(result),
  };
}

/** The tensors that outputs were made of and that were there before. */
function sourcesOf(outputs: readonly Tensor[], before: number): Tensor[] {
  const found = new Set<Tensor>();
  const seen = new Set<Node>();
  const look = (x: Tensor, user: Node | null) => {
    const node = nodeOf(x, user);
    if (node === null || node.order < before) {
      if (x.requiresGrad) found.add(x);
    } else seen.add(node);
  };
  outputs.forEach((y) => look(y, null));
  for (const node of seen) node.pairs!.forEach(([x]) => look(x, node)); // goes on to what is added
  return [...found];
}

function pairsOf(sources: readonly Tensor[]): Pair<ReadonlyMap<Tensor, Tensor | null>>[] {
  return sources.map((x) => [x, (_, gradients) => gradients.get(x) ?? zerosLike(x)]);
}

/** The gradients of what a function was computed from, by computing it again. */
function again<A extends unknown[]>(
  fn: (...inputs: A) => Checkpointed,
  inputs: A,
  sources: readonly Tensor[],
  received: readonly (Tensor | null)[],
  random: RandomState,
): ReadonlyMap<Tensor, Tensor | null> {
  const now = generator().state;
  generator().state = random;
  const createGraph = setRecording(true);
  try {
    const ends = new Set(sources);
    const result = fn(...inputs);
    const outputs = (isTensor(result) ? [result] : result).map((y) => ends.has(y) ? alias(y) : y);
    const seeds = outputs.map((y, i) => [y, received[i] ?? null] as const)
      .filter(([_, dy]) => dy !== null);
    const nodes = reachable("checkpoint", seeds.map(([y]) => y), ends);
    const search = new Search(sources, nodes, true);
    if (createGraph) return walkRecorded("checkpoint", nodes, seeds, search);
    walk(nodes, seeds, true, search); // among the nodes are views' of before, renewed while fn ran
    return search.found;
  } finally {
    setRecording(createGraph);
    generator().state = now;
  }
}

function resultOf<R extends Checkpointed>(
  outputs: readonly { value: Tensor }[],
  isList: boolean,
): R {
  return (isList ? outputs.map(({ value }) => value) : outputs[0]!.value) as R;
}

function isTensor(x: unknown): x is Tensor {
  return Buffer.is(x);
}

/** x as the result of an op. */
function alias(x: Tensor): Tensor {
  return record("checkpoint", viewOf(x, x.shape, x.strides), [[x, (dy) => dy]], LINEAR);
}

/** A tensor without elements, where another one is. */
function nothing(like: Tensor): Tensor {
  return record("checkpoint", alloc(like, [0]), []);
}

function zerosLike(x: Tensor): Tensor {
  const out = alloc(x, x.shape);
  kernelsOf(out).fill(out, 0);
  return record("checkpoint", out, []);
}
