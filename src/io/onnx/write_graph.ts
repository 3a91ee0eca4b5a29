/**
 * From two traces of a model to its graph.
 *
 * @module
 */
import { show } from "../../core/errors.ts";
import type { AnyModule } from "../../nn/module.ts";
import type { RawArray } from "../../core/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { copyOf } from "../raw_tensor.ts";
import { Graph } from "./graph.ts";
import { BATCHES, lengthsOf } from "./lengths.ts";
import type { GraphProto, ValueInfo } from "./model_proto.ts";
import { operatorOf } from "./operators/mod.ts";
import { Step } from "./step.ts";
import type { Seen, Trace } from "./trace.ts";

/** Why a value cannot be written, and in which module. */
class Refusal extends TypeError {}

/**
 * The graph of what a model did with two batches. Throws TypeError where it cannot be written.
 *
 * @param state The model's tensors, and their names.
 */
export function writeGraph(
  model: AnyModule,
  state: ReadonlyMap<Tensor, string>,
  a: Trace,
  b: Trace,
): GraphProto {
  const { name } = model.constructor;
  if (a.output === null || b.output === null) {
    throw new TypeError(`exportOnnx: one tensor must come out of ${name}`);
  }
  for (const key of ["input", "output"]) {
    if (![...state.values()].includes(key)) continue;
    throw new TypeError(
      `exportOnnx: no weight of ${name} can be called ${key}: the model's own is`,
    );
  }
  const paths = new Map(Array.from(model.namedModules(), ([path, module]) => [module, path]));
  const refuse = (module: AnyModule, error: unknown): Refusal => {
    if (error instanceof Refusal) return error;
    const path = paths.get(module);
    const at = path ? `${path} (${module.constructor.name})` : name;
    return new Refusal(`exportOnnx: ${at}: ${(error as Error).message}`, { cause: error });
  };
  const graph = new Graph(["input", "output", ...state.values()]);
  // what cannot be written matters only if the output depends on it
  const names: (string | Refusal)[] = [];
  const nameOf = ({ index }: Seen): string => {
    const name = names[index]!;
    if (name instanceof Refusal) throw name;
    return name;
  };
  for (let i = 0; i < Math.max(a.seen.length, b.seen.length); i++) {
    const [x, y] = [a.seen[i], b.seen[i]];
    const { module } = (x ?? y)!;
    if (form(x) !== form(y)) throw refuse(module, difference(x, y));
    graph.path = paths.get(module) ?? "";
    try {
      names.push(write(graph, state, new Step(graph, [[x!, a], [y!, b]], nameOf), x!, y!));
    } catch (error) {
      names.push(refuse(module, error));
    }
  }
  if (a.output.index !== b.output.index) throw refuse(model, difference(a.output, b.output));
  graph.path = "";
  const { nodes, constants } = graph.finish(nameOf(a.output), "output");
  return {
    name,
    nodes,
    constants,
    input: valueInfo("input", a.seen[0]!, b.seen[0]!),
    output: valueInfo("output", a.output, b.output),
  };
}

/** What must be the same in both traces. */
function form(seen: Seen | undefined): string {
  return seen === undefined ? "" : `${seen.op} ${seen.inputs.map(({ index }) => index)}`;
}

function difference(a: Seen | undefined, b: Seen | undefined): TypeError {
  const [x, y] = [a, b].map((seen) =>
    seen === undefined ? "nothing" : `${seen.op} ${show(seen.tensor.shape)}`
  );
  return new TypeError(
    `it must do the same with every batch: at ${BATCHES[0]} samples it goes on with ${x}, at ` +
      `${BATCHES[1]} with ${y}`,
  );
}

/** Writes a value; returns its name. */
function write(
  graph: Graph,
  state: ReadonlyMap<Tensor, string>,
  step: Step,
  a: Seen,
  b: Seen,
): string {
  const { op, tensor } = a;
  if (tensor.storage.version !== a.version) {
    throw new TypeError(`a tensor (${op}) was changed in place, which has no ONNX operator`);
  }
  if (op === "input") return "input";
  if (op === "constant") return constant(graph, a, b);
  if (op === "state") {
    return graph.initializer({ name: state.get(tensor)!, ...copyOf(tensor) });
  }
  const operator = operatorOf(a);
  if (operator === undefined) throw new TypeError(`${op} has no ONNX operator here`);
  return operator(step);
}

/** A tensor that no op made: the same in both traces, or one number in a shape of the batch's. */
function constant(graph: Graph, a: Seen, b: Seen): string {
  const [x, y] = [a.data!, b.data!];
  const { shape, dtype } = a.tensor;
  const other = b.tensor.shape;
  const equals = (data: RawArray, at: (i: number) => unknown) => {
    for (let i = 0; i < data.length; i++) if (!Object.is(data[i], at(i))) return false;
    return true;
  };
  if (`${shape}` === `${other}` && equals(x, (i) => y[i])) {
    return graph.constant(x, shape, dtype);
  }
  if (!equals(x, () => x[0]) || !equals(y, () => x[0])) {
    throw new TypeError(
      `a tensor ${show(shape)} differs from batch to batch, and no op made it of the input`,
    );
  }
  return graph.node("Expand", [
    graph.constant(x.subarray(0, 1), [], dtype),
    graph.shape(lengthsOf(shape, other)),
  ]);
}

/** What goes in or comes out, its lengths that follow the batch by name. */
function valueInfo(name: string, a: Seen, b: Seen): ValueInfo {
  const shape = lengthsOf(a.tensor.shape, b.tensor.shape).map((length) => {
    if (typeof length === "number") return length;
    return length.perSample === 1 ? "batch" : `${length.perSample} * batch`;
  });
  return { name, dtype: a.tensor.dtype, shape };
}
