import { atMost, check, describe, integer, isIterable } from "../core/options.ts";
import { checkTensor } from "../ops/check.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { fused } from "./fused.ts";
import { type AnyModule, Module } from "./module.ts";

/** Modules as a list; TypeError where one is something else. */
function modulesOf<M extends AnyModule>(name: string, modules: Iterable<M>): M[] {
  if (typeof (modules as Partial<Iterable<M>> | null)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`${name}: a list of modules is needed: it is ${describe(modules)}`);
  }
  const list = [...modules];
  list.forEach((module, i) => {
    if (module instanceof Module) return;
    const isForeign = typeof Object(module).namedParameters === "function";
    const found = describe(module) + (isForeign ? " of another copy of the library" : "");
    throw new TypeError(`${name}: number ${i} must be a module: it is ${found}`);
  });
  return list;
}

/** What containers share: modules in order, named `0`, `1` … */
export abstract class Container<M extends AnyModule, I extends unknown[], O> extends Module<I, O> {
  /** The modules, which a subclass may go on changing. */
  protected readonly list: M[];

  /** In this order. */
  constructor(name: string, modules: Iterable<M>) {
    const list = modulesOf(name, modules);
    super();
    this.list = list;
  }

  /** How many modules there are. */
  get length(): number {
    return this.list.length;
  }

  /** The module at a position, counted from the end if negative; undefined where there is none. */
  at(index: number): M | undefined {
    return this.list.at(index);
  }

  /** The modules in order. */
  [Symbol.iterator](): IterableIterator<M> {
    return this.list[Symbol.iterator]();
  }

  /** Adds one at the end. */
  append(module: M): this {
    atMost(1, arguments.length, "append(module)");
    this.list.push(...modulesOf("append", [module]));
    return this;
  }

  /** Adds several at the end. */
  extend(modules: Iterable<M>): this {
    atMost(1, arguments.length, "extend(modules)");
    this.list.push(...modulesOf("extend", modules));
    return this;
  }

  /** Adds one before a position, counted from the end if negative. */
  insert(index: number, module: M): this {
    atMost(2, arguments.length, "insert(index, module)");
    check("insert", "the position", index, integer);
    this.list.splice(index, 0, ...modulesOf("insert", [module]));
    return this;
  }

  /** Removes the last, or the one at a position, and returns it; undefined where there is none. */
  pop(index = -1): M | undefined {
    atMost(1, arguments.length, "pop(index)");
    check("pop", "the position", index, integer);
    return this.at(index) && this.list.splice(index, 1)[0];
  }

  /** By position; after them modules that are fields of a subclass. */
  override *namedChildren(): IterableIterator<[string, AnyModule]> {
    for (const [i, module] of this.list.entries()) yield [String(i), module];
    yield* super.namedChildren();
  }
}

/**
 * Modules one after another: each takes the result of the one before as its only input. The whole
 * takes what the first takes and returns what the last returns. Weights are named by position:
 * `0.weight`.
 */
export class Sequential<X = Tensor, Y = Tensor> extends Container<AnyModule, [x: X], Y> {
  /** In this order; their names are `0`, `1` … */
  constructor(only: Module<[X], Y>);
  /** In this order; their names are `0`, `1` … */
  // deno-lint-ignore no-explicit-any
  constructor(first: Module<[X], any>, ...rest: [...AnyModule[], Module<any, Y>]);
  /** In this order; their names are `0`, `1` … */
  // deno-lint-ignore no-explicit-any
  constructor(first: AnyModule, ...rest: [...AnyModule[], Module<any, Y>]);
  /** In this order; their names are `0`, `1` … */
  constructor(...modules: AnyModule[]);
  constructor(...modules: AnyModule[]) {
    super("Sequential", modules);
  }

  /** What the first module takes → what the last returns. */
  forward(x: X): Y {
    atMost(1, arguments.length, "Sequential.forward(x)");
    // deno-lint-ignore no-explicit-any
    let value: any = x;
    for (let i = 0; i < this.list.length; i++) {
      const both = fused(this.list, i, value);
      value = both ?? this.list[i]!.forward(value);
      if (both !== null) i++;
    }
    return value;
  }
}

/**
 * A list that registers its modules; how they are used is up to its owner. The type parameter is the
 * type of its elements: those of `new nn.ModuleList<nn.Linear>([…])` are `Linear`. Without one,
 * elements that map a tensor to a tensor have the type `Module`, and others their own type.
 */
export class ModuleList<M extends AnyModule = Module> extends Container<M, [], never> {
  /** Starts with these; their names are `0`, `1` … */
  constructor(modules?: Iterable<NoInfer<M>>);
  /** Starts with these; their names are `0`, `1` … */
  constructor(modules: Iterable<M>);
  constructor(modules: Iterable<M> = []) {
    atMost(1, arguments.length, "ModuleList(modules)");
    super("ModuleList", modules);
  }

  /** As PyTorch prints it: neighbours that print alike share a line, `(0-2): 3 x Linear(…)`. */
  override toString(): string {
    const runs: { first: number; last: number; text: string }[] = [];
    for (const [i, module] of this.list.entries()) {
      const text = String(module);
      const run = runs.at(-1);
      if (run?.text === text) run.last = i;
      else runs.push({ first: i, last: i, text });
    }
    const lines = runs.map(({ first, last, text }) =>
      first === last ? `(${first}): ${text}` : `(${first}-${last}): ${last - first + 1} x ${text}`
    );
    for (const [name, child] of super.namedChildren()) {
      if (!/^\d+$/.test(name)) lines.push(`(${name}): ${child}`);
    }
    const { name } = this.constructor;
    if (lines.length === 0) return `${name}()`;
    return `${name}(\n  ${lines.join("\n").replaceAll("\n", "\n  ")}\n)`;
  }

  /** A list has no computation of its own: always throws. */
  forward(): never {
    throw new TypeError("ModuleList: a list has no forward: call its modules one by one");
  }
}

/** What {@link ModuleDict} does: modules by name, in order of insertion. */
export class NamedModules<M extends AnyModule = Module> extends Module<[], never> {
  private readonly entriesByName: Record<string, M> = Object.create(null);

  /** Starts with these. TypeError where one is no module. */
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    atMost(1, arguments.length, "ModuleDict(modules)");
    super();
    this.update(modules);
  }

  /** Adds modules, or puts others in their places. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>): this {
    atMost(1, arguments.length, "update(modules)");
    if (typeof modules !== "object" || modules === null) {
      throw new TypeError(`ModuleDict: modules by name are needed: it is ${describe(modules)}`);
    }
    const list: unknown[] = isIterable(modules) ? [...modules] : Object.entries(modules);
    list.forEach((entry, i) => {
      if (!Array.isArray(entry)) {
        throw new TypeError(
          `ModuleDict: number ${i} must be a name and a module: it is ${describe(entry)}`,
        );
      }
      this.set(entry[0], entry[1]);
    });
    return this;
  }

  /** Adds a module, or puts another in its place. It is a property, too, if that name is free. */
  set(name: string, module: M): this {
    atMost(2, arguments.length, "set(name, module)");
    if (typeof name !== "string" || name === "" || name.includes(".")) {
      throw new TypeError(`ModuleDict: a name without dots is needed: it is ${describe(name)}`);
    }
    this.entriesByName[name] = modulesOf("ModuleDict", [module])[0]!;
    if (!(name in this)) {
      Object.defineProperty(this, name, {
        get: () => this.get(name),
        set: (module) => this.set(name, module),
        configurable: true,
      });
    }
    return this;
  }

  /** The module of a name; undefined where there is none. */
  get(name: string): M | undefined {
    return this.entriesByName[name];
  }

  /** Whether there is one of a name. */
  has(name: string): boolean {
    return name in this.entriesByName;
  }

  /** Removes the module of a name and returns it. */
  pop(name: string): M | undefined {
    const module = this.get(name);
    delete this.entriesByName[name];
    return module;
  }

  /** How many modules there are. */
  get length(): number {
    return Object.keys(this.entriesByName).length;
  }

  /** The names in order. */
  keys(): IterableIterator<string> {
    return Object.keys(this.entriesByName).values();
  }

  /** The modules in order. */
  values(): IterableIterator<M> {
    return Object.values(this.entriesByName).values();
  }

  /** Names and modules in order. */
  entries(): IterableIterator<[string, M]> {
    return Object.entries(this.entriesByName).values();
  }

  /** Names and modules in order. */
  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.entries();
  }

  /** By name; after them modules that are fields of a subclass. */
  override *namedChildren(): IterableIterator<[string, AnyModule]> {
    yield* this.entries();
    yield* super.namedChildren();
  }

  /** It has no computation of its own: always throws. */
  forward(): never {
    throw new TypeError("ModuleDict: it has no forward: call its modules one by one");
  }
}

/**
 * A {@link ModuleDict} of modules whose names and types are known: each is a property of its own type,
 * unless the dictionary has a property of that name itself (`train`, `keys` …), and what `get` gives.
 */
export type ModuleDictOf<R extends Readonly<Record<string, AnyModule>>> = string extends keyof R
  ? NamedModules<R[string]>
  :
    & { get<N extends keyof R>(name: N): R[N] }
    & Omit<R, keyof NamedModules>
    & NamedModules<R[keyof R]>;

/** Makes a {@link ModuleDict}; its type parameter is what the modules are. */
export interface ModuleDictConstructor {
  /** Starts empty. */
  new <M extends AnyModule = Module>(modules?: Readonly<Record<string, never>>): NamedModules<M>;
  /** Starts with these, each of its own type. TypeError where one is no module. */
  new <N extends string, R extends Readonly<Record<N, AnyModule>>>(modules: R): ModuleDictOf<R>;
  /** Starts with these. TypeError where one is no module. */
  new <M extends AnyModule = Module>(
    modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>,
  ): NamedModules<M>;
  /** What all have. */
  readonly prototype: NamedModules;
}

/**
 * Modules by name, in order of insertion; what to do with them is up to their owner. Each is a
 * property, too, where the dictionary has none of that name itself.
 *
 * @example
 * ```ts
 * import { nn, tensor } from "@glim/glim";
 * const parts = new nn.ModuleDict({ wte: new nn.Embedding(10, 4), drop: new nn.Dropout(0.1) });
 * console.log(parts.wte.forward(tensor([1, 2])).shape); // [2, 4]
 * console.log(parts.get("drop").p); // 0.1
 * ```
 */
export const ModuleDict: ModuleDictConstructor = class ModuleDict<M extends AnyModule>
  extends NamedModules<M> {} as ModuleDictConstructor;
/** Modules by name, in order of insertion. */
export type ModuleDict<M extends AnyModule = Module> = NamedModules<M>;

/** A parameter of a value. */
function parameterOf(name: string, value: Tensor): Parameter {
  if (value instanceof Parameter) return value;
  checkTensor(name, value, "a parameter");
  return new Parameter(value);
}

/** A list of parameters that registers them, as `0`, `1` …; tensors become parameters. */
export class ParameterList extends Module<[], never> {
  private count = 0;

  /** Starts with these. */
  constructor(parameters: Iterable<Tensor> = []) {
    atMost(1, arguments.length, "ParameterList(parameters)");
    super();
    this.extend(parameters);
  }

  /** How many there are. */
  get length(): number {
    return this.count;
  }

  /** The one at a position, counted from the end if negative; undefined where there is none. */
  at(index: number): Parameter | undefined {
    const i = index < 0 ? index + this.count : index;
    return (this as unknown as Record<number, Parameter | undefined>)[i];
  }

  /** Adds one at the end. */
  append(parameter: Tensor): this {
    atMost(1, arguments.length, "append(parameter)");
    (this as unknown as Record<number, Parameter>)[this.count] = parameterOf(
      "ParameterList",
      parameter,
    );
    this.count++;
    return this;
  }

  /** Adds one before a position, counted from the end if negative. */
  insert(index: number, parameter: Tensor): this {
    atMost(2, arguments.length, "insert(index, parameter)");
    check("insert", "the position", index, integer);
    const all = [...this];
    all.splice(index, 0, parameterOf("insert", parameter));
    this.count = 0;
    return this.extend(all);
  }

  /** Adds several at the end. */
  extend(parameters: Iterable<Tensor>): this {
    atMost(1, arguments.length, "extend(parameters)");
    if (!isIterable(parameters)) {
      throw new TypeError(
        `ParameterList: a list of parameters is needed: it is ${describe(parameters)}`,
      );
    }
    for (const parameter of parameters) this.append(parameter);
    return this;
  }

  /** The parameters in order. */
  *[Symbol.iterator](): IterableIterator<Parameter> {
    for (let i = 0; i < this.count; i++) yield this.at(i)!;
  }

  /** It has no computation of its own: always throws. */
  forward(): never {
    throw new TypeError("ParameterList: it has no forward: use its parameters one by one");
  }
}

/** Parameters by name; tensors become parameters. */
export class ParameterDict extends Module<[], never> {
  private readonly names: string[] = [];

  /** Starts with these. */
  constructor(parameters: Readonly<Record<string, Tensor>> = {}) {
    atMost(1, arguments.length, "ParameterDict(parameters)");
    super();
    if (typeof parameters !== "object" || parameters === null) {
      throw new TypeError(
        `ParameterDict: parameters by name are needed: it is ${describe(parameters)}`,
      );
    }
    for (const [name, parameter] of Object.entries(parameters)) this.set(name, parameter);
  }

  /** Adds a parameter, or puts another in its place. TypeError where the module has that field. */
  set(name: string, parameter: Tensor): this {
    atMost(2, arguments.length, "set(name, parameter)");
    if (
      typeof name !== "string" || name === "" || name.includes(".") ||
      (name in this && !this.has(name))
    ) {
      throw new TypeError(`ParameterDict: a name that is free is needed: it is ${describe(name)}`);
    }
    if (!this.has(name)) this.names.push(name);
    (this as unknown as Record<string, Parameter>)[name] = parameterOf("ParameterDict", parameter);
    return this;
  }

  /** The parameter of a name; undefined where there is none. */
  get(name: string): Parameter | undefined {
    return this.has(name) ? (this as unknown as Record<string, Parameter>)[name] : undefined;
  }

  /** Whether there is one of a name. */
  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** How many there are. */
  get length(): number {
    return this.names.length;
  }

  /** The names in order. */
  keys(): IterableIterator<string> {
    return this.names.values();
  }

  /** Names and parameters in order. */
  *[Symbol.iterator](): IterableIterator<[string, Parameter]> {
    for (const name of this.names) yield [name, this.get(name)!];
  }

  /** It has no computation of its own: always throws. */
  forward(): never {
    throw new TypeError("ParameterDict: it has no forward: use its parameters one by one");
  }
}
