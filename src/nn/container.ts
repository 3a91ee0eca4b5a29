import { atMost, describe } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Modules as a list; TypeError where one is something else. */
function modulesOf(name: string, modules: Iterable<Module>): Module[] {
  if (typeof (modules as Partial<Iterable<Module>> | null)?.[Symbol.iterator] !== "function") {
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
export abstract class Container extends Module {
  /** The modules, which a subclass may go on changing. */
  protected readonly list: Module[];

  /** In this order. */
  constructor(name: string, modules: Iterable<Module>) {
    const list = modulesOf(name, modules);
    super();
    this.list = list;
  }

  /** How many modules there are. */
  get length(): number {
    return this.list.length;
  }

  /** The module at a position, counted from the end if negative; undefined where there is none. */
  at(index: number): Module | undefined {
    return this.list.at(index);
  }

  /** The modules in order. */
  [Symbol.iterator](): IterableIterator<Module> {
    return this.list[Symbol.iterator]();
  }

  /** By position; after them modules that are fields of a subclass. */
  override *namedChildren(): IterableIterator<[string, Module]> {
    for (const [i, module] of this.list.entries()) yield [String(i), module];
    yield* super.namedChildren();
  }
}

/** Modules one after another: each takes what the one before returns. */
export class Sequential extends Container {
  /** In this order; their names are `0`, `1` … */
  constructor(...modules: Module[]) {
    super("Sequential", modules);
  }

  /** Any shape that the first module takes. */
  forward(x: Tensor): Tensor {
    for (let i = 0; i < this.list.length; i++) x = this.list[i]!.forward(x);
    return x;
  }
}

/** A list of modules that registers them; what to do with them is up to its owner. */
export class ModuleList extends Container {
  /** Starts with these; their names are `0`, `1` … */
  constructor(modules: Iterable<Module> = []) {
    atMost(1, arguments.length, "ModuleList(modules)");
    super("ModuleList", modules);
  }

  /** Adds one at the end. */
  append(module: Module): this {
    atMost(1, arguments.length, "append(module)");
    this.list.push(...modulesOf("append", [module]));
    return this;
  }

  /** Adds several at the end. */
  extend(modules: Iterable<Module>): this {
    atMost(1, arguments.length, "extend(modules)");
    this.list.push(...modulesOf("extend", modules));
    return this;
  }

  /** Removes the last and returns it. */
  pop(): Module | undefined {
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
    if (runs.length === 0) return "ModuleList()";
    const lines = runs.map(({ first, last, text }) =>
      first === last ? `(${first}): ${text}` : `(${first}-${last}): ${last - first + 1} x ${text}`
    );
    return `ModuleList(\n  ${lines.join("\n").replaceAll("\n", "\n  ")}\n)`;
  }

  /** A list has no computation of its own: always throws. */
  forward(): never {
    throw new TypeError("ModuleList: a list has no forward: call its modules one by one");
  }
}
