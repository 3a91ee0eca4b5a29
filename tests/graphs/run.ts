/** Runs programs by the library and by the reference, and compares them. */
import { memory, type Parameter, scope, setNumThreads, type Tensor } from "../../mod.ts";
import { setMinWork } from "../../src/wasm/threads.ts";
import { type NDArray, Unfit } from "../reference/arrays/array.ts";
import { type Value, withRounding } from "../reference/tape/value.ts";
import { useThreads } from "../threads.ts";
import { performAll } from "./device.ts";
import { glim } from "./glim_device.ts";
import type { Program } from "./program.ts";
import { reference } from "./reference_device.ts";
import { show } from "./show.ts";
import { shrink } from "./shrink.ts";

/** What a step came to: its elements in the end, and its gradient. */
export interface Outcome {
  dtype: string;
  shape: readonly number[];
  value: ArrayLike<number>;
  grad: ArrayLike<number> | null;
  /** Whether the reference cannot tell its elements; see `Value.isStale`. */
  isOpen?: boolean;
}

/** One outcome a step; null of those that have no value. */
export type Outcomes = (Outcome | null)[];

/** Something wrong, in words, and of what kind. */
class Wrong extends Error {
  override name = "Wrong";

  constructor(readonly kind: "error" | "leak" | "value" | "gradient" | "bits", message: string) {
    super(message);
  }
}

/**
 * Runs a program by the library, in a scope, and returns copies of all values and gradients. Throws
 * Wrong where it throws, or leaves tensors behind.
 */
function runByGlim(program: Program): Outcomes {
  const before = memory().tensors;
  const parameters: Parameter[] = [];
  let outcomes: Outcomes = [];
  try {
    scope(() => {
      const values = performAll({
        ...glim,
        leaf(leaf) {
          const x = glim.leaf(leaf);
          if (leaf.isParameter) parameters.push(x as Parameter);
          return x;
        },
      }, program);
      outcomes = values.map((x) => x && outcomeOf(x));
    });
  } catch (error) {
    throw new Wrong("error", `it throws ${error}`);
  } finally {
    for (const parameter of parameters) parameter[Symbol.dispose]();
  }
  const left = memory().tensors - before;
  if (left !== 0) throw new Wrong("leak", `${left} tensors are left behind`);
  return outcomes;
}

function outcomeOf(x: Tensor): Outcome {
  const { dtype, shape } = x;
  return { dtype, shape, value: x.toTypedArray(), grad: x.grad?.toTypedArray() ?? null };
}

/** Runs a program by the reference. Throws Unfit where it is none. */
function runByReference(program: Program): Outcomes {
  const plain = (x: NDArray | null) => x === null ? null : x.data;
  return performAll<Value>(reference, program).map((x) =>
    x && {
      dtype: x.array.dtype,
      shape: x.shape,
      value: x.array.data,
      grad: plain(x.grad),
      isOpen: x.isStale,
    }
  );
}

/** Errors that are allowed, relative to the largest element. */
const TOLERANCE = 2e-5;

/** How many times what rounding to float32 changes in the reference the library may be off. */
const ROUNDINGS = 64;

/** How many runs tell what rounding may change where one does not tell enough. */
const MORE_RUNS = 8;

/** Throws Wrong where the library's outcomes are not those of the reference. */
function compareToReference(program: Program, actual: Outcomes, exact: Outcomes): void {
  const run = (seed: number) => withRounding(seed, () => runByReference(program));
  const runs = [run(0)];
  try {
    compareOutcomes(program, actual, exact, runs);
  } catch (error) {
    // where a result hangs on differences of large numbers, one run may be near it by chance
    if (!(error instanceof Wrong)) throw error;
    for (let seed = 1; seed <= MORE_RUNS; seed++) runs.push(run(seed));
    compareOutcomes(program, actual, exact, runs);
  }
}

/** The same, with several runs in float32 that tell what rounding changes. */
function compareOutcomes(
  program: Program,
  actual: Outcomes,
  exact: Outcomes,
  runs: readonly Outcomes[],
): void {
  exact.forEach((expected, i) => {
    if (expected === null) return;
    const found = actual[i]!, near = runs.map((run) => run[i]!);
    const name = `v${i} (${program.steps[i]!.op})`;
    if (String(found.shape) !== String(expected.shape) || found.dtype !== expected.dtype) {
      throw new Wrong(
        "value",
        `${name} is ${found.dtype} [${found.shape}] instead of ${expected.dtype} [${expected.shape}]`,
      );
    }
    if (!expected.isOpen) {
      compare(
        "value",
        name,
        found.value,
        expected.value,
        near.map((x) => x.value),
      );
    }
    if (program.steps[i]!.op === "contiguous") return; // it may be the very tensor it was given
    if ((found.grad === null) !== (expected.grad === null)) {
      throw new Wrong("gradient", `${name} has ${found.grad === null ? "no" : "a"} gradient`);
    }
    if (expected.grad !== null) {
      compare("gradient", name, found.grad!, expected.grad, near.map((x) => x.grad!));
    }
  });
}

function compare(
  kind: "value" | "gradient",
  name: string,
  found: ArrayLike<number>,
  exact: ArrayLike<number>,
  near: readonly ArrayLike<number>[],
): void {
  let scale = 0, rounding = 0;
  for (let i = 0; i < exact.length; i++) {
    if (!Number.isFinite(exact[i]!)) throw new Unfit(`${name} is ${exact[i]} at ${i}`);
    scale = Math.max(scale, Math.abs(exact[i]!));
    for (const run of near) rounding = Math.max(rounding, Math.abs(exact[i]! - run[i]!));
  }
  const allowed = TOLERANCE * scale + ROUNDINGS * rounding;
  for (let i = 0; i < exact.length; i++) {
    if (Math.abs(found[i]! - exact[i]!) <= allowed) continue;
    throw new Wrong(
      kind,
      `the ${kind} of ${name} is ${found[i]} instead of ${exact[i]} at ${i}: ` +
        `${allowed.toExponential(1)} off is allowed`,
    );
  }
}

/** Throws Wrong unless two runs have the same bits. */
function compareBits(what: string, a: Outcomes, b: Outcomes): void {
  a.forEach((x, i) => {
    if (x === null) return;
    const y = b[i]!;
    for (const part of ["value", "grad"] as const) {
      const [p, q] = [x[part], y[part]];
      for (let j = 0; j < (p?.length ?? 0); j++) {
        if (Object.is(p![j], q![j])) continue;
        throw new Wrong("bits", `${what}: the ${part} of v${i} is ${p![j]} and ${q![j]} at ${j}`);
      }
    }
  });
}

/**
 * Runs a program by the library and by the reference and compares all values and gradients, and the
 * bits of a second run by the library; where more than one thread is asked for, those of a third that
 * has them. Throws Wrong where something is, Unfit where it is no program.
 */
function check(program: Program, threads = 1): void {
  const exact = runByReference(program);
  const actual = runByGlim(program);
  compareToReference(program, actual, exact);
  compareBits("two runs", actual, runByGlim(program));
  if (threads === 1) return;
  setNumThreads(threads);
  setMinWork(SHARED_WORK);
  try {
    compareBits(`1 and ${threads} threads`, actual, runByGlim(program));
  } finally {
    setMinWork();
    setNumThreads(1);
  }
}

/** Work that is shared in tests, in nanoseconds: programs have small tensors. */
const SHARED_WORK = 30;

/** Starts threads and waits until all of them run; from then on one is used unless more are asked for. */
export async function startThreads(threads: number): Promise<void> {
  await useThreads(threads, 30);
  setNumThreads(1);
}

/** What is wrong with a program, on one thread or several; null: nothing. */
export function faultOf(program: Program, threads = 1): Wrong | null {
  try {
    check(program, threads);
    return null;
  } catch (error) {
    if (error instanceof Wrong) return error;
    throw error;
  }
}

/** What is wrong with a program, and a small one that shows it, as code. */
export function explained(program: Program, fault: Wrong, threads = 1): string {
  const small = shrink(program, (candidate) => {
    try {
      return faultOf(candidate, threads)?.kind === fault.kind;
    } catch {
      return false; // it is no program
    }
  });
  const shapes = runByReference(small).map((x) => x && x.shape);
  return `${faultOf(small, threads)?.message ?? fault.message}\n${show(small, shapes)}`;
}
