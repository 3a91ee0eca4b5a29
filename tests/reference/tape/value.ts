/** A reverse pass over arrays in float64: what was computed, and how gradients go back through it. */
import {
  array,
  count,
  filled,
  iota,
  type NDArray,
  need,
  sameShape,
  type Shape,
} from "../arrays/array.ts";
import { add as addArrays, mapped } from "../arrays/elementwise.ts";

/** The gradient of one input, from that of the result. */
export type Vjp = (dy: NDArray) => NDArray;

/** A call that was recorded. */
interface Entry {
  order: number;
  /** Inputs that require a gradient, beside it. */
  pairs: readonly (readonly [Value, Vjp])[];
  /** Memory that the gradients read, beside how often it had been changed. */
  saved: (readonly [Memory, number])[];
  /** Whether a backward pass has used it up. */
  isSpent: boolean;
  result: Value;
}

/** What views share: who looks into it, and how often it was changed in place. */
class Memory {
  /** Changes in place. */
  changes = 0;
  /** All values that may look into it. */
  readonly holders: Value[] = [];
}

/** How a view is made of the value that it looks into. */
interface View {
  base: Value;
  of: (base: NDArray) => NDArray;
}

/** An array that knows how it was made. */
export class Value {
  /** Its gradient, of a leaf or where it was told to keep it. */
  grad: NDArray | null = null;
  /** Whether it is no leaf and keeps its gradient all the same. */
  retainsGrad = false;
  /** Whether changes in place left it in a state that depends on whether it is a view. */
  isStale = false;
  /** How it was made; null of a leaf. */
  entry: Entry | null = null;
  /** What it is a view of for sure; null: of nothing, or nobody knows. */
  readonly view: View | null;
  /** What it shares with views. */
  readonly memory: Memory;

  #array: NDArray;

  constructor(
    array: NDArray,
    public requiresGrad: boolean = false,
    shares: Value | null = null,
    view: View | null = null,
  ) {
    this.#array = array;
    this.memory = shares?.memory ?? new Memory();
    this.memory.holders.push(this);
    this.view = view;
  }

  /** The elements; with rounding, as far off as their sums may be. */
  get array(): NDArray {
    return moved(this.#array);
  }

  set array(array: NDArray) {
    this.#array = array;
  }

  /** Lengths of the dimensions. */
  get shape(): Shape {
    return this.#array.shape;
  }

  /** Whether some other value may look into the same memory in a way that depends on strides. */
  get mayBeView(): boolean {
    return this.view === null && this.memory.holders[0] !== this;
  }

  /** Whether a backward pass has used up something that it was made of. */
  get isSpent(): boolean {
    return this.entry !== null && below(this.entry).some((entry) => entry.isSpent);
  }

  /** Adds to the gradients of all leaves below. */
  backward(
    gradient: NDArray | null = null,
    { retainGraph = false }: { retainGraph?: boolean } = {},
  ): void {
    need(this.requiresGrad, "something that requires a gradient");
    need(gradient !== null || this.array.data.length === 1, "a gradient");
    const dy = gradient ?? filled(this.shape, 1);
    need(sameShape(dy.shape, this.shape), "a gradient of the same shape");
    if (this.entry === null) return this.accumulate(dy);
    const entries = below(this.entry).sort((a, b) => b.order - a.order);
    for (const { isSpent, saved } of entries) {
      need(!isSpent, "a graph that was not used");
      need(saved.every(([memory, changes]) => memory.changes === changes), "values as they were");
    }
    const received = new Map<Entry, NDArray>([[this.entry, dy]]);
    for (const entry of entries) {
      const dy = received.get(entry)!;
      if (entry.result.retainsGrad) entry.result.accumulate(dy);
      for (const [input, vjp] of entry.pairs) {
        const dx = rounded(vjp(moved(dy)));
        need(sameShape(dx.shape, input.shape), `a gradient [${dx.shape}] of [${input.shape}]`);
        if (input.entry === null) input.accumulate(dx);
        else received.set(input.entry, sumOf(received.get(input.entry) ?? null, dx));
      }
      if (!retainGraph) entry.isSpent = true;
    }
  }

  /** Adds to its gradient. */
  accumulate(dx: NDArray): void {
    this.grad = sumOf(this.grad, dx);
  }

  /** Puts other elements in its place, and so into whatever looks into the same memory. */
  change(next: NDArray): void {
    need(!this.mayBeView && !this.isStale, "memory of its own, or a view for sure");
    need(this.entry === null || !this.requiresGrad, "a leaf, or no gradient");
    need(!this.memory.holders.some((v) => v.array.data.length > 1 && v.repeats), "no repetition");
    const { root, at } = located(this);
    const data = root.array.data.slice();
    const { data: values } = rounded(array(this.shape, next.data, this.array.dtype));
    at.forEach((position, i) => data[position] = values[i]!);
    root.array = array(root.shape, data, root.array.dtype);
    this.memory.changes++;
    for (const holder of this.memory.holders) {
      if (holder === root) continue;
      if (holder.view === null || holder.view.base.isStale) holder.isStale = true;
      else holder.array = holder.view.of(holder.view.base.array);
    }
  }

  /** Of a leaf whose elements stand in one place of the memory. */
  repeats = false;
}

/** The value that a view looks into in the end, and where there its elements stand. */
function located(x: Value): { root: Value; at: Float64Array } {
  const chain: View["of"][] = [];
  for (; x.view !== null; x = x.view.base) chain.unshift(x.view.of);
  return { root: x, at: chain.reduce((at, of) => of(at), iota(x.shape)).data };
}

/** All entries that one depends on, itself included. */
function below(entry: Entry): Entry[] {
  const entries = [entry], seen = new Set(entries);
  for (let i = 0; i < entries.length; i++) {
    for (const [input] of entries[i]!.pairs) {
      if (input.entry === null || seen.has(input.entry)) continue;
      seen.add(input.entry);
      entries.push(input.entry);
    }
  }
  return entries;
}

function sumOf(a: NDArray | null, b: NDArray): NDArray {
  return a === null ? b : rounded(addArrays(a, b));
}

let isRecording = true, order = 0;

/** Whether results are rounded to float32, and what moves them by chance (0: nothing). */
let rounds = false, chance = 0;

/** Runs a function without recording. */
export function withoutGrad<T>(fn: () => T): T {
  const was = isRecording;
  isRecording = false;
  try {
    return fn();
  } finally {
    isRecording = was;
  }
}

/**
 * Runs a function with each result and gradient rounded to float32, and (unless the seed is 0) with all
 * that is read moved at random by up to one unit in the last place: what rounding alone may change.
 */
export function withRounding<T>(seed: number, fn: () => T): T {
  [rounds, chance] = [true, seed];
  try {
    return fn();
  } finally {
    [rounds, chance] = [false, 0];
  }
}

/** An array as float32 holds it, if that is wanted: a step within a gradient. */
export function rounded(x: NDArray): NDArray {
  return rounds && x.dtype === "float32" ? mapped(x, Math.fround) : x;
}

/** An array whose elements are each a little off, if that is wanted. */
function moved(x: NDArray): NDArray {
  if (chance === 0 || x.dtype !== "float32") return x;
  return mapped(x, (v) => {
    chance = (Math.imul(chance, 1664525) + 1013904223 | 0) || 1;
    return Number.isFinite(v) ? v + v * chance * 2 ** -54 : v;
  });
}

/** What else {@link record} may be told. */
export interface RecordOptions {
  /** Whose elements the gradients read. Default: all inputs' and the result's. */
  saved?: readonly Value[];
  /** A value whose memory the result may share. */
  shares?: Value;
  /** How it is a view of that one; without, nobody knows whether it is. */
  of?: View["of"];
}

/** A result that knows its inputs and their gradients. */
export function record(
  out: NDArray,
  pairs: readonly (readonly [Value, Vjp])[],
  { saved, shares, of }: RecordOptions = {},
): Value {
  const isView = shares !== undefined && of !== undefined;
  const view = isView ? { base: shares, of } : null;
  const needed = pairs.filter(([input]) => input.requiresGrad);
  const isRecorded = isRecording && needed.length > 0 && out.dtype === "float32";
  const made = new Value(rounded(out), isRecorded, shares ?? null, view);
  if (isRecorded) {
    need(!needed.some(([input]) => input.isSpent), "a graph that was not used");
    made.entry = {
      order: order++,
      pairs: needed,
      saved: (saved ?? [...pairs.map(([input]) => input), made])
        .map(({ memory }) => [memory, memory.changes]),
      isSpent: false,
      result: made,
    };
  }
  return made;
}

/** The result of several recorded calls, whose gradients read also these. */
export function composed(out: Value, saved: readonly (Value | null | undefined)[]): Value {
  const values = saved.filter((x) => x !== null && x !== undefined);
  const made = record(out.array, [[out, (dy) => dy]], { saved: values });
  made.entry?.saved.push([made.memory, 0]);
  return made;
}

/** Whether a graph that may still be used reads a value's memory. */
export function isSaved({ memory }: Value, among: readonly Value[]): boolean {
  return among.some(({ entry }) =>
    entry !== null && !entry.isSpent &&
    below(entry).some((e) => e.saved.some(([m]) => m === memory))
  );
}

/** Zeros with values added at positions. */
export function scattered(shape: Shape, at: ArrayLike<number>, values: ArrayLike<number>): NDArray {
  const data = new Float64Array(count(shape));
  for (let i = 0; i < at.length; i++) if (at[i]! >= 0) data[at[i]!]! += values[i]!;
  return array(shape, data);
}
