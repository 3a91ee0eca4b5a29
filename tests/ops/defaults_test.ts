/** Functions that wrap others take what these take, and do without an argument what these do. */
import assert from "node:assert/strict";
import { manualSeed } from "../../src/core/random.ts";
import { scope } from "../../src/scope/scope.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { tensor } from "../../src/tensor/create.ts";
import * as activation from "../../src/ops/activation.ts";
import * as dropout from "../../src/ops/dropout.ts";
import * as exponential from "../../src/ops/exponential_activation.ts";
import * as channels from "../../src/ops/feature_dropout.ts";
import * as inPlace from "../../src/ops/inplace_activation.ts";
import * as leaky from "../../src/ops/leaky_relu.ts";
import * as piecewise from "../../src/ops/piecewise_activation.ts";
import * as unary from "../../src/ops/unary.ts";
import { uniformArray } from "../prng.ts";

type Op = (x: Tensor, ...settings: unknown[]) => Tensor;

const wrapped: Record<string, unknown> = {
  ...unary,
  ...exponential,
  ...piecewise,
  ...leaky,
  ...activation,
  ...dropout,
  ...channels,
};

/** Settings that an op may be given, of which every beginning is tried. */
const SETTINGS: Record<string, unknown[]> = {
  leakyRelu: [0.3],
  elu: [0.7],
  celu: [0.7],
  hardtanh: [-0.4, 0.6],
  rrelu: [{ lower: 0.1, upper: 0.4, training: true }],
  ...Object.fromEntries(
    ["dropout", "dropout1d", "dropout2d", "dropout3d", "alphaDropout"].map((name) => [
      name,
      [0.3, true],
    ]),
  ),
};

/** Settings without which there is no call. */
const NEEDED: Record<string, unknown[]> = { threshold: [0.1, 0.2] };

const SHAPES: Record<string, number[]> = {
  dropout1d: [3, 4, 5],
  dropout2d: [3, 4, 5, 2],
  dropout3d: [3, 4, 5, 2, 2],
};

for (const [name, op] of Object.entries(inPlace) as [string, Op][]) {
  Deno.test(`functional.${name} does what the op does that it wraps, with few arguments or all`, () => {
    const settings = SETTINGS[name] ?? [];
    const shape = SHAPES[name] ?? [40];
    const values = uniformArray(1, shape.reduce((a, b) => a * b, 1)).map((v) => 4 * v - 2);
    const valuesOf = (op: Op, args: readonly unknown[]) =>
      scope(() => {
        manualSeed(7);
        return op(tensor(values, { shape }), ...args).toArray();
      });
    for (let n = 0; n <= settings.length; n++) {
      const args = [...NEEDED[name] ?? [], ...settings.slice(0, n)];
      const expected = valuesOf(wrapped[name] as Op, args);
      assert.deepEqual(valuesOf(op, args), expected, `${n} settings`);
      assert.deepEqual(valuesOf(op, inPlaceOf(args, settings)), expected, `${n}, in place`);
    }
  });
}

/** The arguments with `inplace` where options belong. */
function inPlaceOf(args: readonly unknown[], settings: readonly unknown[]): unknown[] {
  const options = settings.at(-1);
  if (typeof options === "object") return [{ ...args[0] as object, inplace: true }];
  const left = Math.max(0, settings.length - args.length);
  return [...args, ...Array(left).fill(undefined), { inplace: true }];
}
