/** Operations on elements on the GPU. */
import assert from "node:assert/strict";
import { functional as F, tensor } from "../../mod.ts";
import { gpuTest } from "./running.ts";

/** Of every size. */
const NUMBERS = [
  [
    1e-30,
    -1e-5,
    0.0001,
    0.3,
    0.49,
    -0.51,
    0.999,
    1.5,
    3.1415927,
    -22,
    355,
    8191.5,
    8193.5,
    123456789,
  ],
  [2 ** 23, 2 ** 30, -1e20, 1e30, -3e38],
].flat();

type Name = "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "sinh" | "cosh" | "asinh" | "acosh";
const NAMES: readonly (Name | "atanh" | "log1p" | "expm1")[] = [
  ...["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh"] as const,
  ...["atanh", "log1p", "expm1"] as const,
];

gpuTest("curves keep float32's digits, whether their argument is tiny or huge", async () => {
  for (const name of NAMES) {
    const x = Float32Array.from(NUMBERS);
    const y = await F[name](tensor(x).to("webgpu")).data();
    x.forEach((value, i) => {
      const expected = Math.fround(Math[name](value));
      const isRight = Object.is(y[i], expected) ||
        Math.abs(Number(y[i]) - expected) <= 5e-7 * Math.abs(expected);
      assert(isRight, `${name}(${value}) is ${y[i]}, not ${expected}`);
    });
  }
});

gpuTest("what a quotient leaves is exact, however large it is", async () => {
  const a = Float32Array.from([1e30, -7.5, 5.3, 3e38, 7, -7, 0.001]);
  const b = Float32Array.from([3, 2, -0.1, 1e-30, -2, 7, 7e-5]);
  const rests = await F.fmod(tensor(a).to("webgpu"), tensor(b).to("webgpu")).data();
  assert.deepEqual(Array.from(rests), Array.from(a, (value, i) => value % b[i]!));
});

gpuTest("integers divided by 0 are told at the next read", async () => {
  const a = tensor([1, 2, 3]).to("webgpu"), b = tensor([1, 0, 2]).to("webgpu");
  for (const op of [F.fmod, F.remainder, F.floorDivide]) {
    await assert.rejects(
      op(a, b).data(),
      new RegExp(`^RangeError: ${op.name}: integers must not be divided by 0$`),
    );
  }
});
