/**
 * Module: the base of all layers and networks.
 *
 * @module
 */
import { moveStorage } from "../device/transfer.ts";
import { type DeviceName, deviceOf } from "../devices.ts";
import { DataError, show } from "../core/errors.ts";
import { inspectAsString } from "../core/inspect.ts";
import { checkTensor } from "../ops/check.ts";
import {
  atMost,
  check,
  checkOptions,
  describe,
  flag,
  type Kind,
  kind,
  type Kinds,
  text,
} from "../core/options.ts";
import { sameShape } from "../core/shape.ts";
import { noGrad, Parameter, type Tensor } from "../tensor/tensor.ts";
import { nameFaults } from "./fault.ts";
import type { Platform } from "../core/platform.ts";

declare const console: Platform["console"];

/** Tensors by name, in the order of registration. */
export type StateDict = Map<string, Tensor>;

/** Options of {@link Module.loadStateDict}. */
export interface LoadOptions {
  /** Whether missing and unexpected names are errors. Default: true. */
  strict?: boolean;
}

/** A module, for checks of arguments and options. */
export const MODULE: Kind = kind("a module", (value) => value instanceof Module);

const LOAD: Kinds<LoadOptions> = { strict: flag };

/** TypeError unless it is a Map of tensors by name. */
export function checkStateDict(name: string, state: ReadonlyMap<string, Tensor>): void {
  if (!(state instanceof Map)) {
    throw new TypeError(`${name}: the state must be a Map of tensors: it is ${describe(state)}`);
  }
  for (const [key, tensor] of state) checkTensor(name, tensor, describe(key));
}

/**
 * A layer or a network. Parameters and sub-modules register by being fields. What JavaScript hides
 * from others, `#private` fields, does not register, nor does what stands in a plain array: hold
 * several modules in a `ModuleList`, and mark fields as TypeScript does, by `private`.
 *
 * @example
 * ```ts
 * import { nn, ones, type Tensor } from "@glim/glim";
 *
 * class Net extends nn.Module {
 *   hidden = new nn.Linear(4, 8);
 *   out = new nn.Linear(8, 2);
 *   forward(x: Tensor): Tensor {
 *     return this.out.forward(this.hidden.forward(x).relu());
 *   }
 * }
 *
 * const net = new Net();
 * console.log(net.forward(ones([3, 4])).shape); // [3, 2]
 * console.log([...net.stateDict().keys()]); // hidden.weight, hidden.bias, out.weight, out.bias
 * ```
 */
export abstract class Module {
  /** Whether layers that behave differently in training do so; `train()` and `eval()` set it. */
  training = true;
  readonly #buffers: Map<string, Tensor> = new Map();

  /**
   * Makes errors in `forward` (shapes, types and numbers that do not fit) say which module they come
   * from, by its path from the outermost module that was called.
   */
  constructor() {
    nameFaults(new.target.prototype);
  }

  /** Computes the output. */
  abstract forward(...inputs: Tensor[]): Tensor;

  /** Adds a tensor that is saved with the module but not learnt. */
  registerBuffer(name: string, tensor: Tensor): Tensor {
    atMost(2, arguments.length, "registerBuffer(name, tensor)");
    check("registerBuffer", "the name", name, text);
    checkTensor("registerBuffer", tensor, "the buffer");
    this.#buffers.set(name, tensor.keep());
    return tensor;
  }

  /** Modules that are this module's fields, by name. Containers override it. */
  *namedChildren(): IterableIterator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
    }
  }

  /** This module and all below it, by path; each once. */
  *namedModules(prefix = "", seen: Set<Module> = new Set()): IterableIterator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) {
      yield* child.namedModules(join(prefix, name), seen);
    }
  }

  /** This module and all below it; each once. */
  *modules(): IterableIterator<Module> {
    for (const [_, module] of this.namedModules()) yield module;
  }

  /** All parameters by path, as PyTorch names them (`layers.0.weight`); each once. */
  *namedParameters(): IterableIterator<[string, Parameter]> {
    const seen = new Set<Parameter>();
    for (const [path, module] of this.namedModules()) {
      warnOfUnregistered(module);
      for (const [name, value] of Object.entries(module)) {
        if (!(value instanceof Parameter) || seen.has(value)) continue;
        seen.add(value);
        yield [join(path, name), value];
      }
    }
  }

  /** All parameters; each once. */
  *parameters(): IterableIterator<Parameter> {
    for (const [_, parameter] of this.namedParameters()) yield parameter;
  }

  /** Parameters and buffers by path: the live tensors. A shared module has all its paths here. */
  *#named(prefix = ""): IterableIterator<[string, Tensor]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Parameter) yield [join(prefix, name), value];
    }
    for (const [name, value] of this.#buffers) yield [join(prefix, name), value];
    for (const [name, child] of this.namedChildren()) yield* child.#named(join(prefix, name));
  }

  /**
   * Copies of all parameters and buffers. They belong to the current scope: those that are to outlive
   * it, as the best weights of a loop, need `keep()` each.
   */
  stateDict(): StateDict {
    return new Map(Array.from(this.#named(), ([name, value]) => [name, copyOf(value)]));
  }

  /**
   * Copies values into the parameters and buffers. Throws DataError, before anything is changed,
   * listing all names that are missing, not expected or of another shape.
   */
  loadStateDict(state: ReadonlyMap<string, Tensor>, options: LoadOptions = {}): void {
    atMost(2, arguments.length, "loadStateDict(state, { strict })");
    const { strict = true } = checkOptions("loadStateDict", options, LOAD);
    checkStateDict("loadStateDict", state);
    const own = new Map(this.#named());
    const missing = [...own.keys()].filter((name) => !state.has(name));
    const unexpected = [...state.keys()].filter((name) => !own.has(name));
    const misshaped = [...own].flatMap(([name, to]) => {
      const from = state.get(name);
      return from === undefined || sameShape(from.shape, to.shape)
        ? []
        : [`${name} (${show(to.shape)} is needed: it is ${show(from.shape)})`];
    });
    const faults = [
      ...(strict && missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
      ...(strict && unexpected.length > 0 ? [`unexpected: ${unexpected.join(", ")}`] : []),
      ...(misshaped.length > 0 ? [`of another shape: ${misshaped.join(", ")}`] : []),
    ];
    if (faults.length > 0) {
      throw new DataError(`loadStateDict: names and shapes must agree: ${faults.join("; ")}`);
    }
    noGrad(() => {
      for (const [name, to] of own) {
        const from = state.get(name);
        if (from !== undefined) to.copy_(from);
      }
    });
  }

  /**
   * Moves all parameters, their gradients and buffers to a device: they stay the same tensors. What an
   * optimizer has kept for them does not follow, so move a model before its optimizer is made.
   */
  to(device: DeviceName): this {
    atMost(1, arguments.length, "to(device)");
    const to = deviceOf("to", device ?? null);
    for (const [_, tensor] of this.#named()) {
      moveStorage("to", tensor.storage, to);
      if (tensor.grad !== null) moveStorage("to", tensor.grad.storage, to);
    }
    return this;
  }

  /** Switches this module and all below it to training, or (false) to evaluation. */
  train(mode = true): this {
    atMost(1, arguments.length, "train(mode)");
    check("train", "the mode", mode, flag);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches this module and all below it to evaluation. */
  eval(): this {
    return this.train(false);
  }

  /** Releases all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** What stands in the parentheses when a layer without children prints. */
  protected extraRepr(): string {
    return "";
  }

  /** As PyTorch prints it. */
  toString(): string {
    const lines = Array.from(
      this.namedChildren(),
      ([name, child]) => `(${name}): ${child}`.replaceAll("\n", "\n  "),
    );
    const extra = this.extraRepr();
    if (lines.length === 0) return `${this.constructor.name}(${extra})`;
    const all = extra === "" ? lines : [extra, ...lines];
    return `${this.constructor.name}(\n  ${all.join("\n  ")}\n)`;
  }

  /** Releases all parameters, buffers and gradients: for sweeps that make many modules. */
  [Symbol.dispose](): void {
    for (const [_, tensor] of this.#named()) tensor[Symbol.dispose]();
  }
}

inspectAsString(Module);

function copyOf(value: Tensor): Tensor {
  const copy = noGrad(() => value.clone());
  copy.storage.madeBy = "stateDict()";
  return copy;
}

/** Classes whose fields have been looked at. */
const lookedAt = new WeakSet<object>();

/** Warns once a class of modules and parameters that stand in a plain list: they are not registered. */
function warnOfUnregistered(module: Module): void {
  if (lookedAt.has(module.constructor)) return;
  lookedAt.add(module.constructor);
  const fields = Object.entries(module);
  const registered = new Set<unknown>(Array.from(module.namedChildren(), ([_, child]) => child));
  for (const [_, value] of fields) if (value instanceof Parameter) registered.add(value);
  for (const [name, value] of fields) {
    const items = Array.isArray(value) || value instanceof Map || value instanceof Set
      ? [...value.values()]
      : [];
    const lost = items.find((item) =>
      (item instanceof Module || item instanceof Parameter) && !registered.has(item)
    );
    if (lost === undefined) continue;
    const [what, cure] = lost instanceof Module
      ? ["modules", "use an nn.ModuleList"]
      : ["parameters", "make each of them a field"];
    console.warn(
      `glim: ${module.constructor.name}.${name} holds ${what} in a plain list, which does not ` +
        `register them: no optimizer, state dict, train() or eval() sees them: ${cure}`,
    );
  }
}

function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}
