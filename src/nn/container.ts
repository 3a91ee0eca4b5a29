import { atMost, describe } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
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
    throw new TypeError(`${name}: number ${i} must be a module: it is ${describe(module)}`);
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

  /** By position; after them modules that are fields of a subclass. */
  override *namedChildren(): IterableIterator<[string, AnyModule]> {
    for (const [i, module] of this.list.entries()) yield [String(i), module];
    yield* super.namedChildren();
  }
}

/**
 * Modules one after another: each takes what the one before returns, as its one input. What the first
 * takes and the last returns are the types of the whole.
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
 * A list of modules that registers them; what to do with them is up to its owner. Its type parameter
 * is what they are: `new nn.ModuleList<nn.Linear>([…])` has them as `Linear`.
 */
export class ModuleList<M extends AnyModule = Module> extends Container<M, [], never> {
  /** Starts with these; their names are `0`, `1` … */
  constructor(modules: Iterable<NoInfer<M>> = []) {
    atMost(1, arguments.length, "ModuleList(modules)");
    super("ModuleList", modules);
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

  /** Removes the last and returns it. */
  pop(): M | undefined {
    return this.list.pop();
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
