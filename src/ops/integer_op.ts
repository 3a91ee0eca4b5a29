/**
 * Ops of integers and bools alone.
 *
 * @module
 */
import { DTypeError } from "../core/errors.ts";
import { atMost } from "../core/options.ts";
import type { BinaryOp } from "../device/kernels.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Binary, plain } from "./binary_op.ts";
import { checkOperands } from "./check.ts";
import type { Operand } from "./operand.ts";

/** Refuses floats. */
export function checkBits(op: string, x: Operand): void {
  const isFloat = typeof x === "number" ? !Number.isInteger(x) : x.dtype === "float32";
  if (isFloat) {
    throw new DTypeError(
      `${op}: integers or bools are needed: one operand is ${
        typeof x === "number" ? x : "float32"
      }`,
    );
  }
}

/** An op of integers that has no kernel of its own. */
export function integerOp(definition: BinaryOp): Binary {
  const op = plain(definition);
  const { name } = definition;
  const run = function (a: Operand, b: Operand): Tensor {
    atMost(2, arguments.length, `${name}(a, b)`);
    checkOperands(name, a, b);
    checkBits(name, a);
    checkBits(name, b);
    return op(a, b);
  };
  Object.defineProperty(run, "name", { value: name });
  return run;
}
