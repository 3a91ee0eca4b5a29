/**
 * Changes in place that are recorded: the tensor gets the history of its new values, and what used it
 * before keeps the one that it had. Of a view, so does what it looks into: its history is then what it
 * was outside the view, and inside that of the new values.
 *
 * ```
 * y ──▶ y.exp_()                      before: y's former node     y: exp of that
 *
 * b ──▶ outside v ────────────┐
 * └───▶ v ──▶ v.mul_(2) ──────┴──▶ b, of which v and all other views are views again
 * ```
 *
 * @module
 */
import { isRecording, LINEAR, type Pair, record, tensorOf } from "../autograd/autograd.ts";
import { lastNode } from "../autograd/history.ts";
import { GradientError } from "../core/errors.ts";
import { alloc, type Buffer, kernelsOf, viewOf } from "../device/buffer.ts";
import { watcher } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNotRepeated } from "./layout.ts";
import type { Operand } from "./operand.ts";
import { type Look, looked, putIn } from "./strided.ts";

/**
 * Whether a change of x by an operand is to be recorded. GradientError of a leaf that requires a
 * gradient, which would be that of values which are gone.
 */
export function isRewritten(op: string, x: Tensor, from: Operand = 0): boolean {
  if (watcher?.replaced) return true; // its function is what is seen of it
  if (!isRecording()) return false;
  if (!x.requiresGrad && (typeof from === "number" || !from.requiresGrad)) return false;
  for (let t: Tensor | undefined = x; t !== undefined; t = t.look?.[0]) {
    if (!t.isLeaf || !t.requiresGrad) continue;
    const what = t === x ? "a leaf" : "a view of a leaf";
    throw new GradientError(
      `${op}: ${what} that requires a gradient can be changed in place only inside noGrad: ` +
        `${COPIES[op] ?? `${op.slice(0, -1)}(…)`} gives a changed copy with its gradient`,
    );
  }
  return true;
}

/** What gives the same as a copy, where it has not just the name without the last letter. */
const COPIES: Readonly<Record<string, string>> = {
  copy_: "the other, or its clone(),",
  fill_: "fullLike(x, …)",
  zero_: "zerosLike(x)",
  uniform_: "randLike(x)",
  normal_: "randnLike(x)",
  exponential_: "randLike(x)",
};

/** x as the result of what made it until now, in the same memory. */
export function former(x: Tensor): Tensor {
  return tensorOf(viewOf(x, x.shape, x.strides), x.node);
}

/** x ← what a function makes of a copy of it, which its gradients may read. */
export function rewrite(op: string, x: Tensor, make: (x: Tensor) => Tensor): Tensor {
  checkNotRepeated(op, x);
  if (watcher?.replaced) {
    watcher.replaced(x, make(x));
    return x;
  }
  const copy = alloc(x, x.shape);
  kernelsOf(copy).copy(x, copy);
  const y = make(tensorOf(copy, x.node));
  kernelsOf(x).copy(y, x);
  x.storage.version++;
  return rewritten(op, x, y);
}

/** x, whose values are others now, which do not depend on what they were; y has them with a history. */
export function overwritten(op: string, x: Tensor, y?: Tensor): Tensor {
  if (watcher?.replaced) return x; // who watches sees that it has changed
  const pairs: Pair[] = [[former(x), (dy) => zerosLike(dy)]];
  if (y !== undefined) pairs.push([y, (dy) => dy]);
  return rewritten(op, x, record(op, viewOf(x, x.shape, x.strides), pairs, LINEAR));
}

/** x, whose values are others now, with their history: that of y, which has them, too. */
export function rewritten(op: string, x: Tensor, y: Tensor): Tensor {
  if (!y.requiresGrad) return overwritten(op, x);
  let base = x;
  while (base.look !== null) base = base.look[0];
  const was = former(base);
  const made = base === x
    ? y.storage === x.storage
      ? y
      : record(op, viewOf(x, x.shape, x.strides), [[y, (dy) => dy]], LINEAR)
    : inBase(op, was, x, y);
  base.storage.rewrites++;
  base.rewrites++;
  const { node } = made;
  node!.before = lastNode(base);
  if (base.node?.retains === base) {
    base.node.retains = null;
    node!.retains = base;
  }
  base.node = node;
  return x;
}

/** What a view looks into, with the history of the view's new values. */
function inBase(op: string, base: Tensor, view: Tensor, y: Tensor): Tensor {
  const span = base.shape.reduce((n, length, d) => n + (length - 1) * base.strides[d]!, 1);
  const at = (x: Tensor): Look => (memory) =>
    viewOf(memory, x.shape, x.strides, memory.offset + x.offset - base.offset);
  const [all, part] = [at(base), at(view)];
  const memory = (dy: Tensor) => putIn(op, dy, [span], all);
  const outside = (dy: Tensor): Tensor => {
    const out = alloc(dy, dy.shape);
    kernelsOf(out).copy(dy, out);
    kernelsOf(out).copy(zerosLike(part(out)), part(out));
    return record(op, out, [[dy, outside]], LINEAR);
  };
  const out = viewOf(base, base.shape, base.strides);
  return record(op, out, [
    [base, (dy) => looked(op, outside(memory(dy)), all)],
    [y, (dy) => looked(op, memory(dy), part)],
  ], LINEAR);
}

function zerosLike(x: Buffer): Tensor {
  const out = alloc(x, x.shape);
  kernelsOf(out).fill(out, 0);
  return record("zerosLike", out, []);
}
