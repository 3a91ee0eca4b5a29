/**
 * `record` for ops of one's own, whose arguments are checked. Glim's ops call the engine's.
 *
 * @module
 */
import { type Pair, record as recordChecked, type RecordOptions } from "../autograd/autograd.ts";
import { Buffer, notATensor } from "../device/buffer.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  flag,
  isListOf,
  kind,
  type Kinds,
  text,
} from "../core/options.ts";
import type { Tensor } from "./tensor.ts";

const OPTIONS: Kinds<RecordOptions> = {
  shared: callable,
  saved: kind("a list of tensors", (value) => isListOf(value, Buffer.is)),
  differentiable: flag,
};

/**
 * Makes a tensor of an op's result.
 *
 * TypeError where an argument is of another type.
 *
 * @param name The op, for messages.
 * @param out The result, with its values.
 * @param pairs Each differentiable input beside its gradient; `[]` says that there are none.
 */
// deno-lint-ignore no-explicit-any
export function record<S = any>(
  name: string,
  out: Buffer,
  pairs: readonly Pair<S>[],
  options: RecordOptions<S> = {},
): Tensor {
  atMost(4, arguments.length, "record(name, out, pairs, options)");
  check("record", "the name", name, text);
  checkOptions("record", options, OPTIONS as Kinds<RecordOptions<S>>);
  if (!Buffer.is(out)) {
    throw new TypeError(`record: the result must be a tensor: it is ${notATensor(out)}`);
  }
  check("record", "pairs", pairs, PAIRS);
  return recordChecked(name, out, pairs, options);
}

const PAIRS = kind(
  "a list of pairs [input, gradient], a tensor and a function",
  (value) => isListOf(value, isPair),
);

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && Buffer.is(value[0]) &&
    typeof value[1] === "function";
}
