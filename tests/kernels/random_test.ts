import assert from "node:assert/strict";
import * as reference from "../reference.ts";
import { arena, assertClose, builds, inParts, numbers, SIZES, testBuilds } from "./harness.ts";

const KEY: reference.RandomKey = [0x12345678, 0x9abcdef0, 0xdeadbeef, 7];

Deno.test("the reference Philox4x32-10 gives the known answers of its authors", () => {
  const ones = 0xffffffff;
  assert.deepEqual(
    reference.philox([0, 0, 0, 0], [0, 0]),
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  );
  assert.deepEqual(
    reference.philox([ones, ones, ones, ones], [ones, ones]),
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  );
  assert.deepEqual(
    reference.philox(
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
    ),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

testBuilds(
  "randomUniform: the reference's very numbers at every length, in any parts",
  (kernels) => {
    for (const n of SIZES) {
      arena.clear();
      const out = arena.put(new Float32Array(n), n % 4);
      inParts(n, out, (b, e) => kernels.randomUniform!(out.byteOffset, ...KEY, 0, 1, b, e));
      assert.deepEqual([...out], Array.from(out, (_, i) => reference.uniform(i, KEY)));
      arena.check();
    }
  },
);

testBuilds("randomUniform: every single element can be made alone", (kernels) => {
  const out = arena.put(new Float32Array(50));
  for (let i = 49; i >= 0; i--) kernels.randomUniform!(out.byteOffset, ...KEY, 0, 1, i, i + 1);
  assert.deepEqual([...out], Array.from(out, (_, i) => reference.uniform(i, KEY)));
});

testBuilds("randomUniform: stays in [low, high), however narrow", (kernels) => {
  const next = 1 + 2 ** -23;
  for (
    const [low, high] of [[-2, 3], [1, next], [-next, -1], [-1e-30, 0], [1e6, 1e6 + 1], [2, 2]]
  ) {
    const out = arena.put(new Float32Array(100_000));
    kernels.randomUniform!(out.byteOffset, ...KEY, low!, high!, 0, out.length);
    const bad = out.find((v) => !(v >= low! && (v < high! || low === high)));
    assert.equal(bad, undefined, `[${low}, ${high})`);
    arena.clear();
  }
});

testBuilds("randomNormal: the reference's numbers at every length, in any parts", (kernels) => {
  for (const n of SIZES) {
    arena.clear();
    const out = arena.put(new Float32Array(n), n % 4);
    inParts(n, out, (b, e) => kernels.randomNormal!(out.byteOffset, ...KEY, 2, 3, b, e));
    const expected = Array.from(out, (_, i) => 2 + 3 * reference.normal(i, KEY));
    assertClose(out, expected, 2, `${n} numbers`, 2e-6);
    arena.check();
  }
});

testBuilds("randomNormal: mean, variance, skewness, kurtosis and tails of a million", (kernels) => {
  const n = 1 << 20;
  const out = arena.put(new Float32Array(n));
  kernels.randomNormal!(out.byteOffset, ...KEY, 0, 1, 0, n);
  const moment = (k: number) => out.reduce((sum, v) => sum + v ** k, 0) / n;
  // Five standard errors: 1, √2, √15 and √96 over √n.
  assert.ok(Math.abs(moment(1)) < 5 / 1024, `mean ${moment(1)}`);
  assert.ok(Math.abs(moment(2) - 1) < 5 * 1.414 / 1024, `variance ${moment(2)}`);
  assert.ok(Math.abs(moment(3)) < 5 * 3.873 / 1024, `skewness ${moment(3)}`);
  assert.ok(Math.abs(moment(4) - 3) < 5 * 9.798 / 1024, `kurtosis ${moment(4)}`);
  const beyond = out.filter((v) => Math.abs(v) > 3).length / n;
  assert.ok(Math.abs(beyond - 0.0026998) < 5 * Math.sqrt(0.0027 / n), `beyond 3: ${beyond}`);
  assert.ok(out.every(Number.isFinite));
});

Deno.test("random numbers have the same bits in both builds", () => {
  arena.clear();
  for (const kernel of ["randomUniform", "randomNormal"]) {
    const a = arena.put(new Float32Array(10_000)), b = arena.put(new Float32Array(10_000));
    builds.fast[kernel]!(a.byteOffset, ...KEY, -0.3, 0.7, 0, a.length);
    builds.strict[kernel]!(b.byteOffset, ...KEY, -0.3, 0.7, 0, b.length);
    assert.deepEqual(a, b);
  }
});

testBuilds("dropout: keeps where the uniform numbers are at least p, in any parts", (kernels) => {
  for (const p of [0.25, 0.5, 0.9]) {
    for (const n of SIZES) {
      arena.clear();
      const x = arena.put(numbers(n), n % 4), y = arena.put(new Float32Array(n), 1);
      const scale = Math.fround(1 / (1 - p)), share = Math.fround(p);
      inParts(n, y, (b, e) => {
        kernels.dropout!(x.byteOffset, y.byteOffset, ...KEY, share, scale, b, e);
      });
      const expected = Array.from(x, (v, i) => {
        return Math.fround(v * (reference.uniform(i, KEY) >= share ? scale : 0));
      });
      assert.deepEqual([...y], expected);
      arena.check();
    }
  }
});
