import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Modules one after another: each takes what the one before returns. */
export class Sequential extends Module {
  readonly #modules: readonly Module[];

  /** In this order; their names are `0`, `1` … */
  constructor(...modules: Module[]) {
    super();
    this.#modules = modules;
  }

  /** Any shape that the first module takes. */
  forward(x: Tensor): Tensor {
    for (let i = 0; i < this.#modules.length; i++) x = this.#modules[i]!.forward(x);
    return x;
  }

  /** How many modules there are. */
  get length(): number {
    return this.#modules.length;
  }

  /** The module at a position, counted from the end if negative; undefined where there is none. */
  at(index: number): Module | undefined {
    return this.#modules.at(index);
  }

  /** The modules in order. */
  [Symbol.iterator](): IterableIterator<Module> {
    return this.#modules[Symbol.iterator]();
  }

  /** By position. */
  override *namedChildren(): IterableIterator<[string, Module]> {
    for (const [i, module] of this.#modules.entries()) yield [String(i), module];
  }
}

/** A list of modules that registers them; what to do with them is up to its owner. */
export class ModuleList extends Module {
  readonly #modules: Module[];

  /** Starts with these; their names are `0`, `1` … */
  constructor(modules: Iterable<Module> = []) {
    super();
    this.#modules = [...modules];
  }

  /** Adds one at the end. */
  append(module: Module): this {
    this.#modules.push(module);
    return this;
  }

  /** Adds several at the end. */
  extend(modules: Iterable<Module>): this {
    this.#modules.push(...modules);
    return this;
  }

  /** Removes the last and returns it. */
  pop(): Module | undefined {
    return this.#modules.pop();
  }

  /** How many modules there are. */
  get length(): number {
    return this.#modules.length;
  }

  /** The module at a position, counted from the end if negative; undefined where there is none. */
  at(index: number): Module | undefined {
    return this.#modules.at(index);
  }

  /** The modules in order. */
  [Symbol.iterator](): IterableIterator<Module> {
    return this.#modules[Symbol.iterator]();
  }

  /** By position. */
  override *namedChildren(): IterableIterator<[string, Module]> {
    for (const [i, module] of this.#modules.entries()) yield [String(i), module];
  }

  /** As PyTorch prints it: neighbours that print alike share a line, `(0-2): 3 x Linear(…)`. */
  override toString(): string {
    const runs: { first: number; last: number; text: string }[] = [];
    for (const [i, module] of this.#modules.entries()) {
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
