/**
 * What proposals of steps work with: random choices, the values that there are, and calls that are
 * tried by the reference before they become part of the program. So that float32 can be compared with
 * float64, values stay near 1 and away from where a slope jumps.
 */
import { mix } from "../prng.ts";
import { count, type Shape, Unfit } from "../reference/arrays/array.ts";
import { isSaved, type Value } from "../reference/tape/value.ts";
import { perform } from "./device.ts";
import {
  type Arg,
  isAction,
  type Layout,
  type Leaf,
  type Part,
  type Ref,
  refsOf,
  type Step,
} from "./program.ts";
import { reference } from "./reference_device.ts";

/** The most that a value may be. */
const LARGEST = 30;

/** How far from a kink, or from each other, values have to be. */
const APART = 2e-3;

/** The most elements of a value. */
const MOST = 3000;

/** A value of the program that is being made. */
export interface Made extends Ref {
  value: Value;
  shape: Shape;
}

/** Makes up a step or some, or (false) finds that it cannot. */
export type Proposal = (g: Generator) => boolean;

/** Makes a program, step by step. */
export class Generator {
  readonly steps: Step[] = [];
  /** The value of each step; null of actions. */
  readonly values: (Value | null)[] = [];
  /** How often each value is used. */
  readonly uses: number[] = [];
  /** The size of images and matrices: larger ones are shared by threads. */
  readonly isLarge: boolean;
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.isLarge = this.chance(0.02);
  }

  /** How many steps are no leaves. */
  get calls(): number {
    return this.steps.reduce((n, { op }) => op === "leaf" ? n : n + 1, 0);
  }

  // Choices

  /** A whole number from 0 to below n. */
  int(n: number): number {
    return Math.floor(mix(this.#seed, this.#drawn++) / 2 ** 32 * n);
  }

  /** A whole number from one to another, both included. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  /** Whether something happens. */
  chance(p: number): boolean {
    return this.int(1e6) < p * 1e6;
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  /** The same list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return list.map(() => rest.splice(this.int(rest.length), 1)[0]!);
  }

  /** A shape of so many dimensions. */
  shape(ndim: number): number[] {
    const square = this.chance(0.3) ? this.between(2, 4) : 0;
    return Array.from({ length: ndim }, () => {
      if (square > 0 && this.chance(0.8)) return square;
      if (this.chance(0.008)) return 0;
      return this.pick(ndim > 3 ? [1, 2, 2, 3, 4] : [1, 2, 3, 3, 4, 5, 7]);
    });
  }

  // Values

  /** All values that a condition holds for and that may be used. */
  all(holds: (x: Made) => boolean): Made[] {
    const list: Made[] = [];
    this.values.forEach((value, ref) => {
      if (value === null || value.isStale || value.isSpent) return;
      const made = { ref, value, shape: value.shape };
      if (holds(made)) list.push(made);
    });
    return list;
  }

  /** A float32 value, mostly one of the last, or null where there is none. */
  float(holds: (x: Made) => boolean = () => true): Made | null {
    const list = this.all((x) => x.value.array.dtype === "float32" && holds(x));
    if (list.length === 0) return null;
    if (this.chance(0.45)) return list[Math.max(0, list.length - 1 - this.int(3))]!;
    const unused = list.filter(({ ref }) => this.uses[ref] === 0);
    if (unused.length > 0 && this.chance(0.35)) return this.pick(unused);
    return this.pick(list);
  }

  /** The value of a step. */
  made(ref: number): Made {
    const value = this.values[ref]!;
    return { ref, value, shape: value.shape };
  }

  /** A new leaf. */
  leaf(shape: Shape, options: Partial<Leaf> = {}): Made {
    const { kind = "signed", dtype, requiresGrad } = options;
    const isFloat = kind !== "whole" && (dtype ?? "float32") === "float32";
    const layouts: Layout[] = ["rows"];
    if (shape.length > 0) layouts.push("part");
    if (shape.length > 1) layouts.push("columns", "columns");
    if (shape.length === 4) layouts.push("channelsLast", "channelsLast");
    const { layout = this.chance(0.6) ? "rows" : this.pick(layouts) } = options;
    const leaf: Leaf = { ...options, shape: [...shape], seed: this.steps.length + 1, kind, layout };
    leaf.requiresGrad = isFloat && (requiresGrad ?? this.chance(0.75));
    if (leaf.requiresGrad && layout === "rows" && this.chance(0.3)) leaf.isParameter = true;
    this.#take({ op: "leaf", leaf });
    return this.made(this.steps.length - 1);
  }

  /** A constant, mostly in some layout of its own. */
  constant(shape: Shape, options: Partial<Leaf> = {}): Made {
    return this.leaf(shape, { requiresGrad: false, ...options });
  }

  /** Whole numbers below n: labels or indices. */
  indices(shape: Shape, n: number): Made {
    const dtype = n > 256 ? "int32" : this.pick(["int32", "int32", "uint8"] as const);
    return this.leaf(shape, { kind: "whole", high: n, dtype });
  }

  /** Tries a call: its value, or null where it does not fit or leads too far. */
  call(op: string, ...args: Arg[]): Made | null {
    return this.#call({ op, args: args.map(plain) });
  }

  /** The same, for what gives several tensors. */
  callPart(part: Part, op: string, ...args: Arg[]): Made | null {
    return this.#call({ op, args: args.map(plain), part });
  }

  /** Tries a call that is not recorded. */
  callWithoutGrad(op: string, ...args: Arg[]): Made | null {
    return this.#call({ op, args: args.map(plain), noGrad: true });
  }

  /** Tries an action. */
  act(op: string, ...args: Arg[]): boolean {
    const step: Step = { op, args: args.map(plain) };
    return this.#try(() => this.#take(step)) !== null;
  }

  /** Whether a value may be changed in place: nobody who still needs it has saved it. */
  mayChange({ value }: Made): boolean {
    const others = this.values.filter((v) => v !== null);
    return value.entry === null && !value.mayBeView && !value.isStale && !isSaved(value, others);
  }

  #call(step: Step): Made | null {
    return this.#try(() => {
      if (!this.#take(step)) return null;
      return this.made(this.steps.length - 1);
    });
  }

  #try<T>(fn: () => T): T | null {
    try {
      return fn();
    } catch (error) {
      if (error instanceof Unfit) return null;
      throw error;
    }
  }

  /** Does a step. False where its value would be of no use. */
  #take(step: Step): boolean {
    const value = perform(reference, step, (ref) => this.values[ref]!);
    if (value !== null && !isTame(value)) return false;
    for (const ref of refsOf(step)) this.uses[ref]!++;
    this.steps.push(step);
    this.values.push(isAction(step) ? null : value);
    this.uses.push(0);
    return true;
  }
}

/** References without what is known of them. */
function plain(arg: Arg): Arg {
  if (typeof arg !== "object" || arg === null) return arg;
  if (Array.isArray(arg)) return arg.map(plain);
  if ("ref" in arg) return { ref: arg.ref as number };
  return Object.fromEntries(
    Object.entries(arg).filter(([_, value]) => value !== undefined).map(([k, v]) => [k, plain(v)]),
  );
}

/** Whether a value is neither too large nor too small nor too long. */
function isTame({ array: { data, dtype } }: Value): boolean {
  if (data.length > MOST) return false;
  if (data.length === 0 || dtype !== "float32") return true;
  let squares = 0;
  for (const x of data) {
    if (!(Math.abs(x) <= LARGEST)) return false;
    squares += x * x;
  }
  return squares === 0 || squares / data.length > 1e-4;
}

/** Whether all elements are away from a number. */
export function isApart(x: Made, from: number): boolean {
  return x.value.array.data.every((v) => Math.abs(v - from) > APART * Math.max(1, Math.abs(from)));
}

/** Whether all elements are larger than a number. */
export function isAbove(x: Made, least: number): boolean {
  return x.value.array.data.every((v) => v > least);
}

/** A number that no element is near, between the smallest and the largest; null: there is none. */
export function gap(g: Generator, x: Made): number | null {
  const sorted = x.value.array.data.toSorted();
  for (let tries = 0; tries < 4 && sorted.length > 1; tries++) {
    const i = 1 + g.int(sorted.length - 1);
    const middle = (sorted[i - 1]! + sorted[i]!) / 2;
    const number = Math.fround(middle);
    if (sorted[i]! - sorted[i - 1]! > 4 * APART && isApart(x, number)) return number;
  }
  return null;
}

/** Whether the two largest, or smallest, of each group of elements are apart. */
export function isClear(groups: Iterable<readonly number[]>, smallest = false): boolean {
  for (const group of groups) {
    const sorted = group.toSorted((a, b) => smallest ? a - b : b - a);
    if (sorted.length > 1 && Math.abs(sorted[0]! - sorted[1]!) < APART) return false;
  }
  return true;
}

/** How many elements a value has. */
export function size({ shape }: Made): number {
  return count(shape);
}
