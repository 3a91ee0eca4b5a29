/**
 * Calls of modules with other parameters than their own.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  flag,
  isPlainObject,
  type Kinds,
} from "../core/options.ts";
import { checkTensor } from "../ops/check.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AnyModule, MODULE, type Module, namedTensors } from "./module.ts";

/** Tensors by the paths of what they stand for, as `namedParameters()` and `stateDict()` name it. */
export type NamedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** Options of {@link functionalCall}. */
export interface FunctionalCallOptions {
  /** Whether what has several names is replaced under all of them. Default: true. */
  tieWeights?: boolean;
  /** Whether each parameter and buffer must be given. Default: false, the others stay. */
  strict?: boolean;
}

const OPTIONS: Kinds<FunctionalCallOptions> = { tieWeights: flag, strict: flag };

/**
 * What a module's `forward` gives with other tensors in the place of some parameters and buffers, as
 * `torch.func.functional_call`: for weights that are themselves results, such as those after a step of
 * learning that is to be learnt (MAML). Gradients go to the tensors given, and the module is as before. A
 * buffer that `forward` changes in place, such as running moments, is changed where it was given.
 *
 * DataError for names that the module has not, or that `strict` misses. TypeError where `forward` gives a
 * promise: what it does later would have the module's own parameters.
 *
 * @example A step of learning, and the gradient through it
 * ```ts
 * import { functionalCall, grad, nn, ones } from "@glim/glim";
 *
 * const model = new nn.Linear(3, 1);
 * const loss = model.forward(ones([2, 3])).square().mean();
 * const names = [...model.namedParameters()];
 * const steps = grad(loss, names.map(([_, p]) => p), { createGraph: true });
 * const after = new Map(names.map(([name, p], i) => [name, p.sub(steps[i]!.mul(0.1))]));
 * functionalCall(model, after, [ones([2, 3])]).square().mean().backward();
 * console.log(model.weight.grad!.shape); // [1, 3]
 * ```
 *
 * @param parameters By name; several maps may be given as a list.
 * @param args What `forward` takes, as a list, or its only argument, unless that is a list.
 */
export function functionalCall<I extends unknown[], O>(
  module: Module<I, O>,
  parameters: NamedTensors | readonly NamedTensors[],
  args: I | I[0],
  options: FunctionalCallOptions = {},
): O {
  const op = "functionalCall";
  atMost(4, arguments.length, `${op}(module, parameters, args, { tieWeights, strict })`);
  check(op, "the module", module, MODULE);
  const { tieWeights = true, strict = false } = checkOptions(op, options, OPTIONS);
  const own = new Map([...namedTensors(module), ...module.namedBuffers()]);
  const given = together(op, parameters);
  const unknown = [...given.keys()].filter((name) => !own.has(name));
  if (unknown.length > 0) {
    throw new DataError(
      `${op}: ${module.constructor.name} has no ${unknown.map(describe).join(", ")}: it has ` +
        ([...own.keys()].join(", ") || "no parameters"),
    );
  }
  if (strict) {
    const replaced = new Set(Array.from(given.keys(), (name) => own.get(name)!));
    const missing = [...own].flatMap(([name, x]) => replaced.has(x) ? [] : [name]);
    if (missing.length > 0) {
      throw new DataError(`${op}: strict needs all parameters: missing: ${missing.join(", ")}`);
    }
  }
  const putBack = replaced(op, module, own, given, tieWeights);
  try {
    const result = module.forward(...(Array.isArray(args) ? args : [args]) as I);
    if (typeof (result as { then?: unknown } | null)?.then === "function") {
      throw new TypeError(
        `${op}: forward must not give a promise: it goes on with the module's own parameters`,
      );
    }
    return result;
  } finally {
    putBack();
  }
}

/** One map of one or several. */
function together(op: string, maps: NamedTensors | readonly NamedTensors[]): Map<string, Tensor> {
  const all = new Map<string, Tensor>();
  for (const map of Array.isArray(maps) ? maps : [maps] as NamedTensors[]) {
    if (!(map instanceof Map) && !isPlainObject(map)) {
      throw new TypeError(
        `${op}: the parameters must be tensors by name, in a Map or an object: it is ${
          describe(map)
        }`,
      );
    }
    for (const [name, x] of map instanceof Map ? map : Object.entries(map)) {
      checkTensor(op, x, describe(name));
      if (all.has(name)) throw new DataError(`${op}: ${describe(name)} is given twice`);
      all.set(name, x);
    }
  }
  return all;
}

/** Puts tensors into the fields that hold a module's own; returns what puts these back. */
function replaced(
  op: string,
  module: AnyModule,
  own: ReadonlyMap<string, Tensor>,
  given: ReadonlyMap<string, Tensor>,
  tieWeights: boolean,
): () => void {
  const undo: (() => void)[] = [];
  const found = new Set<Tensor>();
  const replace = (owner: AnyModule, by: ReadonlyMap<unknown, Tensor>) => {
    const fields = owner as unknown as Record<string, unknown>;
    for (const [field, was] of Object.entries(fields)) {
      const now = by.get(was);
      if (now === undefined) continue;
      fields[field] = now;
      found.add(was as Tensor);
      undo.push(() => fields[field] = was);
    }
  };
  const putBack = () => undo.reverse().forEach((put) => put());
  const all = new Map<Tensor, Tensor>();
  for (const [name, now] of given) {
    const was = own.get(name)!;
    if (tieWeights && (all.get(was) ?? now) !== now) {
      throw new DataError(`${op}: ${describe(name)} has another name, of which another is given`);
    }
    all.set(was, now);
  }
  if (tieWeights) { for (const owner of module.modules()) replace(owner, all); }
  else {
    for (const [name, now] of given) {
      const path = name.slice(0, Math.max(0, name.lastIndexOf(".")));
      replace(module.getSubmodule(path), new Map([[own.get(name)!, now]]));
    }
  }
  const hidden = [...given.keys()].filter((name) => !found.has(own.get(name)!));
  if (hidden.length === 0) return putBack;
  putBack();
  throw new DataError(`${op}: ${hidden.map(describe).join(", ")} must be held by a field`);
}
