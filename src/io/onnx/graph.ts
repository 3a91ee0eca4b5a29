/**
 * A graph of ONNX operators as it grows.
 *
 * @module
 */
import { store } from "../../core/convert.ts";
import { type DType, DTYPES } from "../../core/dtype.ts";
import { numelOf, type Shape } from "../../core/shape.ts";
import type { Length } from "./lengths.ts";
import type { Attribute, Constant, NodeProto } from "./model_proto.ts";

/** Nodes and constants. A value is known by its name. */
export class Graph {
  /** What the nodes to come belong to: a module's path. Part of their names. */
  path = "";
  #nodes: NodeProto[] = [];
  readonly #constants: Map<string, Constant> = new Map();
  readonly #names: Set<string> = new Set();
  #batch = "";

  /** @param reserved Names that nothing of the graph's own may have. */
  constructor(reserved: Iterable<string>) {
    for (const name of reserved) this.#names.add(name);
  }

  /**
   * Adds an operator; returns the name of its result, or of the one that comes after so many others. An
   * input "" is left out.
   */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    position = 0,
  ): string {
    const output = this.#unique(this.path === "" ? op : `${this.path}/${op}`);
    const before = Array.from({ length: position }, (_, i) => this.#unique(`${output}_${i}`));
    this.#nodes.push({ op, inputs, output, before, attributes });
    return output;
  }

  /** Adds a tensor of the file under a name of its own. */
  initializer(constant: Constant): string {
    this.#constants.set(constant.name, constant);
    return constant.name;
  }

  /** Adds elements that belong to no parameter. */
  constant(data: ArrayBufferView, shape: Shape, dtype: Constant["dtype"] = "float32"): string {
    return this.initializer({ name: this.#unique("constant"), dtype, shape, data });
  }

  /** One number, which broadcasts. */
  scalar(value: number, dtype: DType = "float32"): string {
    return this.constant(full(1, value, dtype), [], dtype);
  }

  /** One number in all elements of a shape. */
  full(shape: Shape, value: number): string {
    return this.constant(full(numelOf(shape), value, "float32"), shape);
  }

  /** Whole numbers, as the operators that work on shapes want them. */
  ints(values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], "int64");
  }

  /** A shape for Reshape, where one length may be left open. */
  openShape(lengths: readonly Length[]): string {
    const open = lengths.filter((length) => typeof length !== "number");
    if (open.length > 1) return this.shape(lengths);
    return this.ints(lengths.map((length) => typeof length === "number" ? length : -1));
  }

  /** A shape; what follows the batch is computed from the input. */
  shape(lengths: readonly Length[]): string {
    if (lengths.every((length) => typeof length === "number")) return this.ints(lengths);
    const parts = lengths.map((length) => {
      if (typeof length === "number") return this.ints([length]);
      const batch = this.#batch ||= this.node("Shape", ["input"], { start: 0, end: 1 });
      if (length.perSample === 1) return batch;
      return this.node("Mul", [batch, this.ints([length.perSample])]);
    });
    return parts.length === 1 ? parts[0]! : this.node("Concat", parts, { axis: 0 });
  }

  /** What the value `result` needs, with that value called `output`. */
  finish(result: string, output: string): { nodes: NodeProto[]; constants: Constant[] } {
    const made = this.#nodes.some((node) => node.output === result);
    const last = made ? result : this.node("Identity", [result]);
    const needed = new Set([last]);
    const nodes = this.#nodes.toReversed().filter((node) => {
      if (needed.has(node.output)) { for (const input of node.inputs) needed.add(input); }
      return needed.has(node.output);
    }).reverse();
    const renamed = (name: string) => name === last ? output : name;
    return {
      nodes: nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(renamed),
        output: renamed(node.output),
      })),
      constants: Array.from(this.#constants.values()).filter(({ name }) => needed.has(name)),
    };
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 1; this.#names.has(unique); i++) unique = `${name}_${i}`;
    this.#names.add(unique);
    return unique;
  }
}

function full(n: number, value: number, dtype: DType): ArrayBufferView {
  const elements = new DTYPES[dtype].array(n);
  store(new Array(n).fill(value), dtype, elements);
  return elements;
}
