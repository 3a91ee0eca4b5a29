/**
 * One op of a model, as both traces saw it, and what an operator may ask of it.
 *
 * @module
 */
import type { Buffer } from "../../device/buffer.ts";
import type { Shape } from "../../core/shape.ts";
import type { Graph } from "./graph.ts";
import { BATCHES, type Length, lengthsOf, sameLengths } from "./lengths.ts";
import type { Call, Seen, Trace } from "./trace.ts";

/** Writes an op into the graph as ONNX operators; returns the name of its result. */
export type Operator = (step: Step) => string;

/** What can be compared between the traces. */
type Plain = number | string | readonly number[];

/** An op in one of the traces. */
type Side = readonly [seen: Seen, trace: Trace];

/** An op with the one batch and with the other. */
export class Step {
  /** Where it is written to. */
  readonly graph: Graph;
  readonly #sides: readonly [Side, Side];
  readonly #nameOf: (seen: Seen) => string;

  /** @param nameOf The name of what was written before; throws where that was not possible. */
  constructor(graph: Graph, sides: readonly [Side, Side], nameOf: (seen: Seen) => string) {
    this.graph = graph;
    this.#sides = sides;
    this.#nameOf = nameOf;
  }

  /** The op as the first trace has it. */
  get seen(): Seen {
    return this.#sides[0][0];
  }

  /** The names of the inputs. */
  get inputs(): string[] {
    return this.seen.inputs.map(this.#nameOf);
  }

  /** The name of an input. */
  input(i: number): string {
    return this.#nameOf(this.seen.inputs[i]!);
  }

  /** The lengths of some shape. */
  lengthsOf(of: (seen: Seen) => Shape): Length[] {
    const [[a], [b]] = this.#sides;
    return lengthsOf(of(a), of(b));
  }

  /** The lengths of the result. */
  get lengths(): Length[] {
    return this.lengthsOf((seen) => seen.tensor.shape);
  }

  /** The lengths of an input. */
  lengthsOfInput(i: number): Length[] {
    return this.lengthsOf((seen) => seen.inputs[i]!.tensor.shape);
  }

  /** What must be the same with both batches. */
  same<T extends Plain>(of: (seen: Seen, trace: Trace) => T): T {
    const [a, b] = this.#sides.map((side) => of(...side)) as [T, T];
    if (String(a) !== String(b)) throw this.#followsBatch(a, b);
    return a;
  }

  /** What the kernel was told by something other than memory: the same with both batches. */
  given<T extends Plain>(of: (args: Call["args"]) => unknown): T {
    return this.same((seen) => of(lastCall(seen).args) as T);
  }

  /**
   * The name of what the kernel was given at a position: a tensor or a number. Of memory that is
   * neither, such as a copy in another layout, it is the input `otherwise`.
   */
  argument(position: number, otherwise = -1): string {
    return this.value((seen) => lastCall(seen).args[position] as Buffer | number, otherwise);
  }

  /** The name of a tensor, or of a number, that `of` finds in both traces. */
  value(of: (seen: Seen, trace: Trace) => Buffer | number, otherwise = -1): string {
    const [a, b] = this.#sides.map(([seen, trace]) => {
      const arg = of(seen, trace);
      return typeof arg === "number" ? arg : trace.resolve(arg) ?? seen.inputs[otherwise];
    });
    if (typeof a === "number" && Object.is(a, b)) {
      const arg = of(...this.#sides[0]);
      return this.graph.scalar(a, typeof arg === "number" ? "float32" : arg.dtype);
    }
    if (typeof a === "object" && typeof b === "object" && a.index === b.index) {
      return this.#nameOf(a);
    }
    if (typeof a === "number" && typeof b === "number") throw this.#followsBatch(a, b);
    throw new TypeError(`${this.seen.op} reads memory that no op made`);
  }

  /** The same, but a number fills a tensor of its own. */
  vector(of: (seen: Seen, trace: Trace) => Buffer): string {
    const [seen, trace] = this.#sides[0];
    const buffer = of(seen, trace);
    const found = trace.resolve(buffer);
    return typeof found === "number" ? this.graph.full(buffer.shape, found) : this.value(of);
  }

  /** A value of these lengths in those of the result. */
  reshaped(name: string, from: readonly Length[]): string {
    const to = this.lengths;
    if (sameLengths(from, to)) return name;
    return this.graph.node("Reshape", [name, this.graph.openShape(to)]);
  }

  #followsBatch(a: Plain, b: Plain): TypeError {
    return new TypeError(
      `${this.seen.op}: only lengths may follow the batch: it computes with ${a} at ` +
        `${BATCHES[0]} samples, with ${b} at ${BATCHES[1]}`,
    );
  }
}

/** The kernel that worked last on a tensor's memory before it became one: the one that wrote it. */
export function lastCall(seen: Seen): Call {
  return seen.calls.at(-1)!;
}
