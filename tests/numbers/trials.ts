/** Arguments in other layouts, dtypes and shapes, and what a call makes of them. */
import { type DType, scope, type Tensor, tensor } from "../../mod.ts";
import { elements, type Input, upstream } from "../prng.ts";

/** A call that takes tensors. */
export interface Call {
  name: string;
  inputs: Input[];
  run: (...inputs: Tensor[]) => Tensor;
  /** Whether it changes its arguments. */
  changesInputs: boolean;
  /** Whether an argument in another dtype is another thing, and no copy gives the same. */
  isAnother: (which: number, dtype: DType) => boolean;
}

/** An argument to try, and one that must give the same; null: an error is what must come. */
interface Trial {
  what: string;
  make: () => Tensor;
  twin: (() => Tensor) | null;
}

function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function plain(list: ArrayLike<number>, shape: readonly number[], dtype: DType): Tensor {
  const floats = tensor(Float32Array.from(list), { shape: [...shape] });
  return floats.to(dtype);
}

/** What stands beside views, in the same memory. */
const BESIDE = 77;

/** The elements of a tensor in other places, each as a view of a larger memory. */
export const layouts: Record<string, (x: Tensor) => Tensor | null> = {
  "in the middle of a vector": (x) =>
    memory(x, [x.numel + 5]).narrow(0, 3, x.numel).reshape(x.shape).copy_(x),
  "as every second element": (x) => memory(x, [...x.shape, 2]).select(-1, 1).copy_(x),
  "as a part of a larger tensor": (x) => {
    const all = memory(x, x.shape.map((n) => n + 2));
    return x.shape.reduce((part, n, dim) => part.narrow(dim, 1, n), all).copy_(x);
  },
  "with its dimensions in another order": (x) => {
    if (x.ndim < 2) return null;
    const back = x.shape.map((_, i) => i).reverse();
    return memory(x, back.map((d) => x.shape[d]!)).permute(...back).copy_(x);
  },
  "with its channels last": (x) => {
    if (x.ndim !== 4) return null;
    const [n, c, h, w] = x.shape as [number, number, number, number];
    return memory(x, [n, h, w, c]).permute(0, 3, 1, 2).copy_(x);
  },
};

function memory(like: Tensor, shape: readonly number[]): Tensor {
  return plain(new Float32Array(size(shape)).fill(BESIDE), shape, like.dtype);
}

function trialsOf(call: Call, which: number): Trial[] {
  const { shape, dtype } = call.inputs[which]!;
  const list = elements(call.inputs[which]!, which + 1);
  const own = () => plain(list, shape, dtype);
  const found: Trial[] = [];
  for (const [what, layout] of Object.entries(layouts)) {
    if (scope(() => layout(own()) === null)) continue;
    found.push({ what, make: () => layout(own())!, twin: own });
  }
  for (const [dim, n] of shape.entries()) {
    if (n < 2) continue;
    const repeated = () => own().narrow(dim, 0, 1).expand(shape);
    const what = `expanded along dimension ${dim}`;
    found.push({ what, make: repeated, twin: () => repeated().contiguous() });
  }
  // integers have other infinities and other largest numbers
  const isFinite = Array.from(list).every(Number.isFinite);
  for (const other of ["float32", "int32", "uint8", "bool"] as const) {
    if (other === dtype || !isFinite || call.isAnother(which, other)) continue;
    const make = () => plain(list, shape, other);
    found.push({ what: `as ${other}`, make, twin: () => make().to(dtype) });
  }
  const shapes = [
    [0],
    ...shape.map((_, dim) => shape.with(dim, 0)),
    ...shape.map((n, dim) => shape.with(dim, n + 1)),
    shape.slice(1),
    [...shape, 1],
    [2, ...shape],
  ];
  for (const other of shapes) {
    const some = Array.from({ length: size(other) }, (_, i) => list[i % list.length] ?? 0);
    const make = () => plain(some, other, dtype);
    found.push({ what: `of shape [${other}]`, make, twin: make });
  }
  const released = () => {
    const x = own();
    x[Symbol.dispose]();
    return x;
  };
  if (size(shape) > 0) found.push({ what: "released", make: released, twin: null });
  return found;
}

/** Results and gradients, in one order. */
interface Outcome {
  shape: string;
  lists: (number[] | null)[];
}

function numbers(x: Tensor): number[] {
  return Array.from(x.toTypedArray(), Number);
}

function evaluate(call: Call, inputs: Tensor[]): Outcome {
  const y = call.run(...inputs);
  if (y.requiresGrad) y.backward(tensor(upstream(y.numel), { shape: [...y.shape] }));
  const grads = inputs.map((x) => x.grad && numbers(x.grad));
  return { shape: `[${y.shape}]`, lists: [numbers(y), ...grads] };
}

const NAMES = ["ShapeError", "DTypeError", "RangeError", "TypeError", "GradientError"];

/** Whether an error says what is wrong, unlike those that a mistake runs into. */
function isTold(error: unknown): error is Error {
  return error instanceof Error && [...NAMES, "ReleasedError"].includes(error.name) &&
    /^[\w.]+( \(.*\)|\(.*\)| tensor)?: /s.test(error.message);
}

function isClose(a: number[], b: number[]): boolean {
  const scale = b.reduce((most, x) => Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most, 0);
  return a.length === b.length &&
    a.every((x, i) => x === b[i] || Object.is(x, b[i]) || Math.abs(x - b[i]!) <= 2e-5 * scale);
}

/** Runs one trial of one argument among guards; returns what is wrong, or null. */
function faultOf(call: Call, which: number, { make, twin }: Trial): string | null {
  const guards: Tensor[] = [];
  const inputsWith = (other: () => Tensor) =>
    call.inputs.map((input, i) => {
      guards.push(plain(new Float32Array(24).fill(5), [24], "float32"));
      const x = i === which ? other() : plain(elements(input, i + 1), input.shape, input.dtype);
      guards.push(plain(new Float32Array(24).fill(5), [24], "float32"));
      if (input.grad && x.dtype === "float32") x.requiresGrad = true;
      return x;
    });
  const inputs = inputsWith(make);
  const isReadable = twin !== null;
  const before = isReadable ? inputs.flatMap(numbers) : [];
  let got: Outcome | null = null;
  try {
    got = evaluate(call, inputs);
  } catch (error) {
    if (!isTold(error)) return `throws ${(error as Error).stack?.slice(0, 400)}`;
    if (!isReadable && error.name !== "ReleasedError") return `throws ${error.message}`;
  }
  if (guards.some((guard) => guard.toTypedArray().some((v) => v !== 5))) {
    return "writes to memory of others";
  }
  // where the result is empty, nothing has been read
  if (!isReadable) return got?.lists[0]?.length ? "reads what has been released" : null;
  if (!call.changesInputs && !isClose(inputs.flatMap(numbers), before)) {
    return "changes its arguments";
  }
  if (got === null) return null;
  let expected: Outcome;
  try {
    expected = evaluate(call, inputsWith(twin));
  } catch (error) {
    return `gives [${got.lists[0]}], but a row-major copy throws ${(error as Error).message}`;
  }
  if (got.shape !== expected.shape) return `is ${got.shape}, not ${expected.shape}`;
  for (const [i, list] of got.lists.entries()) {
    const other = expected.lists[i];
    if (!list || !other || isClose(list, other)) continue;
    const part = i === 0 ? "gives" : `gives input ${i - 1} the gradient`;
    return `${part} [${list.slice(0, 6)}], not [${other.slice(0, 6)}]`;
  }
  return null;
}

/** Tries all arguments of some calls; returns how many trials there were, and what went wrong. */
export function tryAll(calls: readonly Call[]): { trials: number; failures: string[] } {
  const failures: string[] = [];
  let trials = 0;
  for (const call of calls) {
    for (const which of call.inputs.keys()) {
      for (const trial of trialsOf(call, which)) {
        trials++;
        const fault = scope(() => faultOf(call, which, trial));
        if (fault !== null) {
          failures.push(`${call.name}, input ${which} ${trial.what}:\n    ${fault}`);
        }
      }
    }
  }
  return { trials, failures };
}
