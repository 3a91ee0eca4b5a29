import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, inParts, integers, numbers, SIZES, SPECIAL, testBuilds } from "./harness.ts";

const OPS = Object.keys(reference.compare);

testBuilds("compare: every op on floats, with ties and NaN", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const n of SIZES) {
      arena.clear();
      const a = arena.put(numbers(n, 2, 1), n % 4), b = arena.put(numbers(n, 2, 2), 1);
      for (let i = 0; i < n; i += 2) b[i] = a[i] = SPECIAL[i % SPECIAL.length]!;
      const out = arena.put(new Uint8Array(n), n % 5);
      inParts(n, out, (from, to) => {
        kernels.compare!(code, a.byteOffset, b.byteOffset, out.byteOffset, from, to);
      });
      const f = reference.compare[op]!;
      assert.deepEqual([...out], Array.from(a, (v, i) => Number(f(v, b[i]!))), `${op} of ${n}`);
      arena.check();
    }
  }
});

testBuilds("compareI32: every op, with ties and the largest numbers", (kernels) => {
  for (const [code, op] of OPS.entries()) {
    for (const n of SIZES) {
      arena.clear();
      const a = arena.put(integers(n, -(2 ** 31), 2 ** 31, 1), n % 4);
      const b = arena.put(integers(n, -(2 ** 31), 2 ** 31, 2));
      for (let i = 0; i < n; i += 3) b[i] = a[i]!;
      const out = arena.put(new Uint8Array(n), n % 3);
      inParts(n, out, (from, to) => {
        kernels.compareI32!(code, a.byteOffset, b.byteOffset, out.byteOffset, from, to);
      });
      const f = reference.compare[op]!;
      assert.deepEqual([...out], Array.from(a, (v, i) => Number(f(v, b[i]!))), `${op} of ${n}`);
      arena.check();
    }
  }
});

testBuilds("where: takes a where the byte is not 0, with all bits of it", (kernels) => {
  for (const n of SIZES) {
    arena.clear();
    const condition = arena.put(Uint8Array.from(integers(n, 0, 3, 1)), n % 5);
    const a = arena.put(integers(n, -(2 ** 31), 2 ** 31, 2), 1);
    const b = arena.put(integers(n, -(2 ** 31), 2 ** 31, 3), 2);
    const c = arena.put(new Int32Array(n), n % 4);
    inParts(n, c, (from, to) => {
      const at = [condition, a, b, c].map((v) => v.byteOffset);
      kernels.where!(...at, from, to);
    });
    assert.deepEqual([...c], Array.from(condition, (v, i) => v ? a[i]! : b[i]!));
    arena.check();
  }
});
