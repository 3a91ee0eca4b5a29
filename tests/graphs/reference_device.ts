/** The reference as a device: arrays in float64 and a tape of their own. */
import { array, need } from "../reference/arrays/array.ts";
import * as ops from "../reference/tape/mod.ts";
import { Value, withoutGrad } from "../reference/tape/value.ts";
import { dataOf } from "./data.ts";
import type { Device } from "./device.ts";

type Call = (...args: unknown[]) => Value | Record<string | number, Value>;

function checkFresh(arg: unknown): void {
  if (arg instanceof Value) need(!arg.isStale, "a value that changes in place have not left open");
  else if (typeof arg === "object" && arg !== null) Object.values(arg).forEach(checkFresh);
}

/** Runs programs in float64. Throws Unfit at what is not allowed. */
export const reference: Device<Value> = {
  leaf(leaf) {
    const { shape, dtype = leaf.kind === "whole" ? "int32" : "float32", requiresGrad } = leaf;
    const made = new Value(array(shape, dataOf(leaf), dtype), requiresGrad ?? false);
    made.repeats = leaf.layout === "repeated";
    return made;
  },
  call(op, args, noGrad) {
    checkFresh(args);
    const call = (ops as unknown as Record<string, Call>)[op]!;
    return noGrad ? withoutGrad(() => call(...args)) : call(...args);
  },
  backward(root, gradient, options) {
    checkFresh([root, gradient]);
    root.backward(gradient?.array ?? null, options);
  },
  retainGrad(x) {
    need(x.requiresGrad, "something that requires a gradient");
    if (x.entry !== null) x.retainsGrad = true;
  },
  descend(w, lr) {
    need(w.grad !== null && w.entry === null, "a leaf that has a gradient");
    const step = new Value(w.grad);
    withoutGrad(() => ops.sub_(w, step, lr));
    w.grad = null;
  },
};
