/**
 * Module: the base of all layers and networks.
 *
 * @module
 */
import { bringStorages, moveStorage } from "../device/transfer.ts";
import { outside } from "../scope/outside.ts";
import { type DeviceName, deviceOf } from "../devices.ts";
import { DataError, show } from "../core/errors.ts";
import { inspectAsString } from "../core/inspect.ts";
import { checkTensor } from "../ops/check.ts";
import {
  atMost,
  callable,
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
import { Buffer } from "../device/buffer.ts";
import { noGrad, Parameter, type Tensor } from "../tensor/tensor.ts";
import { wrapForward } from "./forward.ts";
import {
  type BackwardHook,
  type ForwardHook,
  type ForwardPreHook,
  type HookHandle,
  Hooks,
} from "./hooks.ts";
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

/** Options of {@link Module.registerBuffer}. */
export interface BufferOptions {
  /** Whether it is part of the state dict. Default: true. */
  persistent?: boolean;
}

const BUFFER: Kinds<BufferOptions> = { persistent: flag };

const LOAD: Kinds<LoadOptions> = { strict: flag };

/** TypeError unless it is a Map of tensors by name. */
export function checkStateDict(name: string, state: ReadonlyMap<string, Tensor>): void {
  if (!(state instanceof Map)) {
    throw new TypeError(`${name}: the state must be a Map of tensors: it is ${describe(state)}`);
  }
  for (const [key, tensor] of state) checkTensor(name, tensor, describe(key));
}

/** A module, whatever its `forward` takes and gives. */
// deno-lint-ignore no-explicit-any
export type AnyModule = Module<any, any>;

/** Whether somebody is told of a module's calls. */
export let hasHooks: (module: AnyModule) => boolean;

/** What a module's state dict holds, live, by path: what has several paths comes with each. */
export let namedTensors: (module: AnyModule) => IterableIterator<[string, Tensor]>;

/**
 * A layer or a network. Parameters and sub-modules are registered by assigning them to fields.
 * `#private` fields, which JavaScript hides, are not registered, and neither are the elements of a
 * plain array: use TypeScript's `private` instead, and a `ModuleList` for several modules.
 *
 * The first type parameter lists the arguments of `forward`, the second is its result. By default
 * `forward` takes tensors and returns one.
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
 *
 * @example Several results, and inputs that are not tensors
 * ```ts
 * import { nn, ones, type Tensor } from "@glim/glim";
 *
 * class Moments extends nn.Module<[x: Tensor, dim?: number], [mean: Tensor, max: Tensor]> {
 *   forward(x: Tensor, dim = -1): [mean: Tensor, max: Tensor] {
 *     return [x.mean(dim), x.amax(dim)];
 *   }
 * }
 *
 * const [mean, max] = new Moments().forward(ones([3, 4]), 0);
 * console.log(mean.shape, max.shape); // [4] [4]
 * ```
 */
export abstract class Module<I extends unknown[] = Tensor[], O = Tensor> {
  /**
   * Whether the module is in training mode, in which layers such as `Dropout` behave differently. Set
   * by `train()` and `eval()`.
   */
  training = true;
  readonly #buffers: Map<string, Tensor> = new Map();
  /** Names of buffers that are no part of the state dict. */
  #unsaved: Set<string> | null = null;
  #hooks: Hooks | null = null;

  static #hooksOf(module: AnyModule): Hooks | null {
    const hooks = module.#hooks;
    return hooks === null || hooks.isEmpty ? null : hooks;
  }

  static {
    hasHooks = (module) => Module.#hooksOf(module) !== null;
    namedTensors = (module) => module.#named(true);
  }

  /**
   * Makes errors in `forward` (shapes, types and numbers that do not fit) say which module they come
   * from, by its path from the outermost module that was called.
   */
  constructor() {
    wrapForward(new.target.prototype, Module.#hooksOf);
  }

  /** Computes the output. */
  abstract forward(...inputs: I): O;

  // What it is made of

  /**
   * Adds a buffer as the field of that name: a tensor that moves with the module and, if
   * `persistent`, is saved with it, but is not learnt. TypeError where the module has something else
   * by that name.
   */
  registerBuffer(name: string, tensor: Tensor, options: BufferOptions = {}): Tensor {
    atMost(3, arguments.length, "registerBuffer(name, tensor, { persistent })");
    checkTensor("registerBuffer", tensor, "the buffer");
    const { persistent = true } = checkOptions("registerBuffer", options, BUFFER);
    this.#setField(
      "registerBuffer",
      name,
      tensor,
      (was) => Buffer.is(was) && !(was instanceof Parameter),
    );
    this.#buffers.set(name, tensor.keep());
    if (persistent) this.#unsaved?.delete(name);
    else (this.#unsaved ??= new Set()).add(name);
    return tensor;
  }

  /**
   * Adds a sub-module as the field of that name, for names that are only known at run time; otherwise
   * assign it. TypeError where this module has something else by that name.
   */
  addModule(name: string, module: AnyModule): void {
    atMost(2, arguments.length, "addModule(name, module)");
    this.#addModule("addModule", name, module);
  }

  /** The same as {@link Module.addModule}. */
  registerModule(name: string, module: AnyModule): void {
    atMost(2, arguments.length, "registerModule(name, module)");
    this.#addModule("registerModule", name, module);
  }

  #addModule(call: string, name: string, module: AnyModule): void {
    check(call, "the module", module, MODULE);
    this.#setField(call, name, module, (was) => was instanceof Module);
  }

  #setField(call: string, name: string, value: unknown, replaces: (was: unknown) => boolean): void {
    check(call, "the name", name, FIELD);
    const fields = this as unknown as Record<string, unknown>;
    const was = fields[name];
    if (name in this && was !== null && was !== undefined && !replaces(was)) {
      throw new TypeError(
        `${call}: ${this.constructor.name} has something else called ${describe(name)}`,
      );
    }
    fields[name] = value;
  }

  /** The direct sub-modules with their names. Containers override it. */
  *namedChildren(): IterableIterator<[string, AnyModule]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
    }
  }

  /** The direct sub-modules. */
  *children(): IterableIterator<AnyModule> {
    for (const [_, child] of this.namedChildren()) yield child;
  }

  /** This module and all modules below it, with their paths; each once. */
  *namedModules(
    prefix = "",
    seen: Set<AnyModule> = new Set(),
  ): IterableIterator<[string, AnyModule]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) {
      yield* child.namedModules(join(prefix, name), seen);
    }
  }

  /** This module and all modules below it; each once. */
  *modules(): IterableIterator<AnyModule> {
    for (const [_, module] of this.namedModules()) yield module;
  }

  /** The module at a path such as `layers.0`; "" is this module. RangeError where there is none. */
  getSubmodule(path: string): AnyModule {
    atMost(1, arguments.length, "getSubmodule(path)");
    check("getSubmodule", "the path", path, text);
    const names = path === "" ? [] : path.split(".");
    return names.reduce<AnyModule>((module, name) => {
      const children = new Map(module.namedChildren());
      const child = children.get(name);
      if (child !== undefined) return child;
      throw new RangeError(
        `getSubmodule: there is no ${describe(path)}: ${module.constructor.name} has no module ` +
          `${describe(name)}: its modules are ${[...children.keys()].join(", ") || "none"}`,
      );
    }, this);
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
    let isEmpty = true;
    for (const [_, parameter] of this.namedParameters()) {
      isEmpty = false;
      yield parameter;
    }
    if (isEmpty) warnOfPrivateFields(this);
  }

  /** All buffers by path (`layers.1.running_mean`); each once. */
  *namedBuffers(): IterableIterator<[string, Tensor]> {
    const seen = new Set<Tensor>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, buffer] of module.#ownBuffers()) {
        if (seen.has(buffer)) continue;
        seen.add(buffer);
        yield [join(path, name), buffer];
      }
    }
  }

  /** All buffers; each once. */
  *buffers(): IterableIterator<Tensor> {
    for (const [_, buffer] of this.namedBuffers()) yield buffer;
  }

  /** What stands in the fields now, which may be others than were registered. */
  *#ownBuffers(): IterableIterator<[string, Tensor]> {
    for (const [name, registered] of this.#buffers) {
      const now = (this as unknown as Record<string, unknown>)[name];
      yield [name, Buffer.is(now) ? now as Tensor : registered];
    }
  }

  /**
   * The live tensors, or those that are saved. A shared module has all its paths here, and so has a shared
   * parameter. TypeError for a module that is below itself.
   */
  *#named(
    areSaved = false,
    prefix = "",
    above: readonly AnyModule[] = [],
  ): IterableIterator<[string, Tensor]> {
    if (above.includes(this)) {
      throw new TypeError(
        `stateDict: ${describe(prefix)} is what it is a part of: hold it in a #private field`,
      );
    }
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Parameter) yield [join(prefix, name), value];
    }
    for (const [name, value] of this.#ownBuffers()) {
      if (!areSaved || !this.#unsaved?.has(name)) yield [join(prefix, name), value];
    }
    for (const [name, child] of this.namedChildren()) {
      yield* child.#named(areSaved, join(prefix, name), [...above, this]);
    }
  }

  /**
   * Copies of all parameters and buffers by name. They belong to the current scope: to outlive it, as
   * the best weights of a training loop must, each needs `keep()`. A tensor with several names, such
   * as a weight that two layers share, is copied once and stands under all of them.
   */
  stateDict(): StateDict {
    const copies = new Map<Tensor, Tensor>();
    for (const [_, value] of this.#named(true)) {
      if (!copies.has(value)) copies.set(value, copyOf(value));
    }
    return new Map(Array.from(this.#named(true), ([name, value]) => [name, copies.get(value)!]));
  }

  /**
   * Copies values into the parameters and buffers. Throws DataError before anything is changed, and
   * lists all names that are missing, unexpected or of another shape. Of a tensor with several names,
   * one name is enough.
   */
  loadStateDict(state: ReadonlyMap<string, Tensor>, options: LoadOptions = {}): void {
    atMost(2, arguments.length, "loadStateDict(state, { strict })");
    const { strict = true } = checkOptions("loadStateDict", options, LOAD);
    checkStateDict("loadStateDict", state);
    const own = new Map(this.#named(true));
    const given = new Set(Array.from(own, ([name, to]) => state.has(name) ? to : null));
    const missing = Array.from(own, ([name, to]) => given.has(to) ? [] : [name]).flat();
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
   * Moves all parameters, their gradients and buffers to a device. They remain the same tensor
   * objects; the state that an optimizer keeps for them follows at its next step. DeviceError for
   * what is on a GPU and must be awaited: see `cpu`.
   */
  to(device: DeviceName): this {
    atMost(1, arguments.length, "to(device)");
    const to = deviceOf("to", device ?? null);
    const instead = "await module.cpu()";
    for (const [_, tensor] of this.#named()) {
      moveStorage("to", tensor.storage, to, instead);
      if (tensor.grad !== null) moveStorage("to", tensor.grad.storage, to, instead);
    }
    return this;
  }

  /**
   * Moves the module to the CPU, like `to("cpu")`, but can wait for a GPU. The module must not be
   * changed meanwhile: DeviceError where it was. The state of an optimizer its own `cpu` moves.
   */
  async cpu(): Promise<this> {
    atMost(0, arguments.length, "cpu()");
    const all = Array.from(this.#named(), ([_, tensor]) => tensor);
    const grads = all.flatMap(({ grad }) => grad ?? []);
    const storages = [...all, ...grads].map(({ storage }) => storage);
    await outside(bringStorages(storages, deviceOf("cpu", "cpu")));
    return this;
  }

  /** Puts this module and all below it into training mode or, with false, into evaluation mode. */
  train(mode = true): this {
    atMost(1, arguments.length, "train(mode)");
    check("train", "the mode", mode, flag);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Puts this module and all below it into evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** Calls a function with every module below this one, then with this one. */
  apply(fn: (module: AnyModule) => void): this {
    atMost(1, arguments.length, "apply(fn)");
    check("apply", "the function", fn, callable);
    const isNew = inPath(applying, this, () => {
      for (const child of this.children()) child.apply(fn);
      return true;
    });
    if (isNew) fn(this);
    return this;
  }

  /**
   * Switches the gradients of all parameters on or, with false, off: parameters without gradients are
   * frozen.
   */
  requiresGrad_(on = true): this {
    atMost(1, arguments.length, "requiresGrad_(on)");
    check("requiresGrad_", "on", on, flag);
    for (const parameter of this.parameters()) parameter.requiresGrad = on;
    return this;
  }

  /** Releases all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  // Hooks

  /**
   * Registers a function that is called with the inputs before each call of `forward`. It may return
   * other inputs, as a list, for the next hook and for `forward`.
   *
   * @example
   * ```ts
   * import { nn, ones } from "@glim/glim";
   * const layer = new nn.Linear(2, 1);
   * using _h = layer.registerForwardPreHook((_, [x]) => [x.mul(2)]);
   * layer.forward(ones([1, 2])); // of twos, until the block ends
   * ```
   */
  registerForwardPreHook<M extends AnyModule>(this: M, hook: ForwardPreHook<M>): HookHandle {
    atMost(1, arguments.length, "registerForwardPreHook(hook)");
    return Module.#hooked(this, "registerForwardPreHook", hook).before.add(
      hook as ForwardPreHook<AnyModule>,
    );
  }

  /**
   * Registers a function that is called with the inputs and the output after each call of `forward`.
   * It may return another output.
   *
   * @example
   * ```ts
   * import { nn, ones } from "@glim/glim";
   * const net = new nn.Sequential(new nn.Linear(2, 8), new nn.ReLU(), new nn.Linear(8, 1));
   * const shapes: string[] = [];
   * const handles = [...net.children()].map((layer) =>
   *   layer.registerForwardHook((_, __, y) => void shapes.push(String(y.shape)))
   * );
   * net.forward(ones([3, 2]));
   * for (const handle of handles) handle.remove();
   * console.log(shapes); // ["3,8", "3,8", "3,1"]
   * ```
   */
  registerForwardHook<M extends AnyModule>(this: M, hook: ForwardHook<M>): HookHandle {
    atMost(1, arguments.length, "registerForwardHook(hook)");
    return Module.#hooked(this, "registerForwardHook", hook).after.add(
      hook as ForwardHook<AnyModule>,
    );
  }

  /**
   * Has a function told, in each backward pass through a call of `forward`, of the gradients of its
   * inputs and outputs: of those tensors that are arguments of `forward` themselves, and of what it
   * returns or the list that it returns; null stands for what has no gradient. It may return other
   * gradients for the inputs. It is called once the gradients of the inputs are there or, where no
   * input requires one, those of the outputs.
   *
   * The gradients have no graph and are released with the pass: `clone().keep()` what is to stay.
   *
   * @example
   * ```ts
   * import { nn, ones } from "@glim/glim";
   * const layer = new nn.Linear(2, 1);
   * const sizes: number[] = [];
   * using _h = layer.registerFullBackwardHook((_, __, [dy]) => void sizes.push(dy!.abs().sum().item()));
   * layer.forward(ones([3, 2])).sum().backward();
   * console.log(sizes); // [3]
   * ```
   */
  registerFullBackwardHook<M extends AnyModule>(this: M, hook: BackwardHook<M>): HookHandle {
    atMost(1, arguments.length, "registerFullBackwardHook(hook)");
    return Module.#hooked(this, "registerFullBackwardHook", hook).backward.add(
      hook as BackwardHook<AnyModule>,
    );
  }

  static #hooked(module: AnyModule, call: string, hook: unknown): Hooks {
    check(call, "the hook", hook, callable);
    wrapForward(module, Module.#hooksOf); // it may be a field
    return module.#hooks ??= new Hooks();
  }

  /** What stands in the parentheses when a layer without children prints. */
  protected extraRepr(): string {
    return "";
  }

  /** The module as PyTorch prints it. */
  toString(): string {
    const { name } = this.constructor;
    return inPath(printing, this, () => this.#printed(name)) ?? `${name}(...)`;
  }

  #printed(name: string): string {
    const lines = Array.from(
      this.namedChildren(),
      ([name, child]) => `(${name}): ${child}`.replaceAll("\n", "\n  "),
    );
    const extra = this.extraRepr();
    if (lines.length === 0) return `${name}(${extra})`;
    const all = extra === "" ? lines : [extra, ...lines];
    return `${name}(\n  ${all.join("\n  ")}\n)`;
  }

  /** Releases all parameters, buffers and gradients, for programs that make many modules. */
  [Symbol.dispose](): void {
    for (const [_, tensor] of this.#named()) tensor[Symbol.dispose]();
  }
}

inspectAsString(Module);

/** The modules on the way from where a walk began: one may hold what holds it. */
const applying: AnyModule[] = [];
const printing: AnyModule[] = [];

/** What a function gives with a module on the path; undefined where it is there already. */
function inPath<T>(path: AnyModule[], module: AnyModule, fn: () => T): T | undefined {
  if (path.includes(module)) return undefined;
  path.push(module);
  try {
    return fn();
  } finally {
    path.pop();
  }
}

function copyOf(value: Tensor): Tensor {
  const copy = noGrad(() => value.clone());
  copy.storage.madeBy = "stateDict()";
  return copy;
}

/** A name of a field that can be part of a path. */
const FIELD: Kind = kind(
  "a name without dots",
  (value) => typeof value === "string",
  (name: string) => name !== "" && !name.includes("."),
);

/** Classes whose private fields have been told. */
const privacyTold = new WeakSet<object>();

/** Tells once a class without parameters that has private fields, which nobody can look into. */
function warnOfPrivateFields(module: AnyModule): void {
  for (
    let kind = module.constructor;
    kind !== Module && kind !== null;
    kind = Object.getPrototypeOf(kind)
  ) {
    const [, field] = String(kind).match(/^\s*(#\w+)\s*(?:[:;]|=(?![=>]))/m) ?? [];
    if (field === undefined || privacyTold.has(kind)) continue;
    privacyTold.add(kind);
    console.warn(
      `glim: ${kind.name} has no parameters but private fields such as ${field}, which JavaScript ` +
        `hides from everybody: what is in them is not registered: write \`private ${
          field.slice(1)
        }\` instead`,
    );
  }
}

/** Classes whose fields have been looked at. */
const lookedAt = new WeakSet<object>();

/** Warns once a class of modules and parameters that stand in a plain list: they are not registered. */
function warnOfUnregistered(module: AnyModule): void {
  if (lookedAt.has(module.constructor)) return;
  lookedAt.add(module.constructor);
  const fields = Object.entries(module);
  const registered = new Set<unknown>(Array.from(module.namedChildren(), ([_, child]) => child));
  for (const [_, value] of fields) if (value instanceof Parameter) registered.add(value);
  for (const [name, value] of fields) {
    if (Buffer.is(value) && !(value instanceof Parameter) && isLeafOfGradients(value as Tensor)) {
      console.warn(
        `glim: ${module.constructor.name}.${name} is a tensor that requires a gradient but no ` +
          `parameter: no optimizer or state dict sees it: use new nn.Parameter(tensor)`,
      );
    }
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

function isLeafOfGradients(x: Tensor): boolean {
  return x.requiresGrad && x.isLeaf;
}

function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}
