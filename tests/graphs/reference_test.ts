/** The reference is right by itself: its gradients are differences of its values. */
import assert from "node:assert/strict";
import { unit } from "../prng.ts";
import { array, type NDArray } from "../reference/arrays/array.ts";
import * as arrays from "../reference/arrays/mod.ts";
import { Value } from "../reference/tape/value.ts";
import { dataOf } from "./data.ts";
import { type Device, performAll } from "./device.ts";
import { generate } from "./generate.ts";
import type { Program } from "./program.ts";
import { reference } from "./reference_device.ts";

/** Steps after which a gradient is not that of the values: what is cut off, or changes. */
const APART = ["detach", "descend", "add_", "sub_", "mul_", "copy_", "fill_"];

function isPure({ steps }: Program): boolean {
  return steps.every((step) => {
    if (!("args" in step)) return true;
    if (APART.includes(step.op) || step.noGrad) return false;
    // running moments move, and may be read by others
    return step.op !== "batchNorm" || step.args[1] === null ||
      (step.args[3] as { training?: boolean }).training === false;
  });
}

/** Random programs that are pure functions of their leaves. */
function* purePrograms(runs: number): Iterable<Program> {
  for (let seed = 900_000, found = 0; found < runs; seed++) {
    const program = generate(seed);
    if (!isPure(program)) continue;
    found++;
    yield program;
  }
}

/**
 * What a program's backward passes are the gradients of: the sum of all roots, as they are weighted.
 * Leaves are moved along a random direction by `step`, which `visit` is shown.
 */
function total(
  program: Program,
  step: number,
  visit: (leaf: Value, direction: Float64Array) => void = () => {},
): number {
  let sum = 0;
  performAll({
    ...reference,
    leaf(leaf) {
      const x = reference.leaf(leaf);
      if (!leaf.requiresGrad) return x;
      const direction = x.array.data.map((_, i) => 2 * unit(leaf.seed + 500, i) - 1);
      visit(x, direction);
      x.array = array(x.shape, x.array.data.map((v, i) => v + step * direction[i]!));
      return x;
    },
    backward(root, gradient, options) {
      sum += root.array.data.reduce((sum, v, i) => sum + v * (gradient?.array.data[i] ?? 1), 0);
      reference.backward(root, gradient, options);
    },
  }, program);
  return sum;
}

Deno.test("the gradients of 150 random programs are differences of values in the reference", () => {
  for (const program of purePrograms(150)) {
    const leaves: [Value, Float64Array][] = [];
    total(program, 0, (leaf, direction) => leaves.push([leaf, direction]));
    const slope = leaves.reduce(
      (sum, [{ grad }, direction]) =>
        direction.reduce((sum, d, i) => sum + d * (grad?.data[i] ?? 0), sum),
      0,
    );
    const [near, far] = [1e-6, 2e-6].map((h) => (total(program, h) - total(program, -h)) / (2 * h));
    const spread = Math.abs(near! - far!);
    assert(
      Math.abs(slope - near!) < 1e-6 * Math.max(1, Math.abs(slope)) + 10 * spread,
      `seed ${program.seed}: the slope is ${slope}, the difference quotient ${near}`,
    );
    assert(spread < 1e-3 * Math.max(1, Math.abs(slope)), `seed ${program.seed}: ${spread}`);
  }
});

/** Values of ops that have no pure form: what `../reference/tape` makes of constants. */
function recordedOnly(op: string, args: unknown[]): NDArray | Record<string | number, NDArray> {
  const isArray = (x: unknown): x is NDArray => typeof x === "object" && x !== null && "data" in x;
  const made = reference.call(op, args.map((x) => isArray(x) ? new Value(x) : x), false);
  if (made instanceof Value) return made.array;
  return Object.fromEntries(Object.entries(made).map(([name, { array }]) => [name, array]));
}

/** The pure functions alone, as a device without gradients. */
const forward: Device<NDArray> = {
  leaf: (leaf) =>
    array(leaf.shape, dataOf(leaf), leaf.dtype ?? (leaf.kind === "whole" ? "int32" : "float32")),
  call(op, args) {
    if (op === "clone" || op === "contiguous") return args[0] as NDArray;
    if (op === "max" || op === "min") {
      const values = op === "max" ? arrays.amax : arrays.amin;
      const indices = op === "max" ? arrays.argmax : arrays.argmin;
      const [x, dim, keepdim] = args as [NDArray, number, boolean];
      return { values: values(x, dim, keepdim), indices: indices(x, dim, keepdim) };
    }
    const pure = (arrays as unknown as Record<string, (...args: unknown[]) => NDArray>)[op];
    return pure === undefined ? recordedOnly(op, args) : pure(...args);
  },
  backward() {},
  retainGrad() {},
  descend() {},
};

Deno.test("what records in the reference has the values of the pure functions", () => {
  for (const program of purePrograms(150)) {
    if (program.steps.some(({ op }) => op === "batchNorm")) continue; // moves what it is given
    const recorded = performAll<Value>(reference, program);
    performAll(forward, program).forEach((pure, i) => {
      if (pure === null) return;
      const { shape, dtype, data } = recorded[i]!.array;
      assert.deepEqual([pure.shape, pure.dtype], [shape, dtype]);
      pure.data.forEach((v, j) => {
        const isClose = Math.abs(v - data[j]!) <= 1e-9 * Math.max(1, Math.abs(v));
        assert(isClose, `seed ${program.seed}, v${i} (${program.steps[i]!.op}): ${v}, ${data[j]}`);
      });
    });
  }
});

Deno.test("batch normalisation in the reference, recorded and not, has the same values", () => {
  const x = array([4, 3, 2], Float64Array.from({ length: 24 }, (_, i) => unit(1, i)));
  const [weight, bias, mean, variance] = [2, 3, 4, 5].map((seed) =>
    array([3], Float64Array.from({ length: 3 }, (_, i) => 0.5 + unit(seed, i)))
  ) as [NDArray, NDArray, NDArray, NDArray];
  for (const training of [true, false]) {
    const pure = arrays.batchNorm(x, mean, variance, { weight, bias, training });
    const [rm, rv] = [new Value(mean), new Value(variance)];
    const options = { weight: new Value(weight), bias: new Value(bias), training };
    const recorded = reference.call("batchNorm", [new Value(x), rm, rv, options], false) as Value;
    pure.data.forEach((v, i) => assert(Math.abs(v - recorded.array.data[i]!) < 1e-12));
    const moved = arrays.movedMoments(x, mean, variance);
    assert.deepEqual(rm.array.data, training ? moved.mean.data : mean.data);
    assert.deepEqual(rv.array.data, training ? moved.variance.data : variance.data);
  }
});
