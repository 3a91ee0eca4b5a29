/**
 * How each op is written in ONNX.
 *
 * @module
 */
import type { Operator } from "../step.ts";
import { elementwise } from "./elementwise.ts";
import { layers } from "./layers.ts";
import { pools } from "./pool.ts";
import { reductions } from "./reduce.ts";
import { shapes } from "./shapes.ts";

/** Operators by the names of the ops. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({ ...elementwise, ...shapes, ...reductions, ...pools, ...layers }),
);
