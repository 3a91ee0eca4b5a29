import assert from "node:assert/strict";
import { unary as reference } from "../reference.ts";
import { arena, testBuilds, ulps } from "./harness.ts";

const CHUNK = 1 << 16;
const CODES = Object.keys(reference);

/** Calls the kernel on every `step`-th float32 and returns the largest error and where it is. */
function sweep(
  kernel: (x: number, y: number, n: number) => void,
  expected: (x: number) => number,
  step: number,
): { error: number; x: number; y: number } {
  const x = arena.put(new Float32Array(CHUNK)), y = arena.put(new Float32Array(CHUNK));
  const xBits = new Uint32Array(x.buffer, x.byteOffset, CHUNK);
  const worst = { error: 0, x: 0, y: 0 };
  for (let start = 0; start < 2 ** 32; start += step * CHUNK) {
    for (let i = 0; i < CHUNK; i++) xBits[i] = Math.min(start + i * step, 2 ** 32 - 1);
    kernel(x.byteOffset, y.byteOffset, CHUNK);
    for (let i = 0; i < CHUNK; i++) {
      const error = ulps(y[i]!, expected(x[i]!));
      if (error > worst.error) Object.assign(worst, { error, x: x[i]!, y: y[i]! });
    }
  }
  return worst;
}

/** Largest error that each function may have anywhere, in units in the last place. */
const LIMITS: Record<string, number> = { exp: 1, log: 1, tanh: 2.5, sigmoid: 2.5, sqrt: 0.5 };

for (const [op, limit] of Object.entries(LIMITS)) {
  testBuilds(`${op} is right to ${limit} ulp at every 997th float32`, (kernels) => {
    const code = CODES.indexOf(op);
    const run = (x: number, y: number, n: number) => void kernels.unary!(code, x, y, 0, n);
    const worst = sweep(run, reference[op]!, 997);
    assert.ok(worst.error <= limit, `${op}(${worst.x}) = ${worst.y} is ${worst.error} ulp off`);
  });
}
