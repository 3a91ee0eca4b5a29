/**
 * How each op is written in ONNX.
 *
 * @module
 */
import type { Operator } from "../step.ts";
import type { Seen } from "../trace.ts";
import { elementwise, ofRows } from "./elementwise.ts";
import { layers } from "./layers.ts";
import { pools } from "./pool.ts";
import { reductions } from "./reduce.ts";
import { shapes } from "./shapes.ts";

const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({ ...elementwise, ...shapes, ...reductions, ...pools, ...layers }),
);

/** How an op is written: by its name, or by the row that its kernel was given. */
export function operatorOf(seen: Seen): Operator | undefined {
  const operator = operators.get(seen.op);
  const { kernel, args } = seen.calls.at(-1) ?? { kernel: "", args: [] };
  const isRow = operator === undefined && kernel in ofRows;
  return isRow && (args[0] as { name: string }).name === seen.op ? ofRows[kernel] : operator;
}
