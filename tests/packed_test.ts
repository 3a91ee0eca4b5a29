/** That the sample which fixtures keep of large results meets everything. */
import assert from "node:assert/strict";
import { scope } from "../src/scope/scope.ts";
import { tensor } from "../src/tensor/create.ts";
import fixture from "./fixtures/ops.json" with { type: "json" };
import { compare, type Packed, sample } from "./packed.ts";
import { count, uniformArray } from "./prng.ts";

const LONGEST = 64; // of the axes whose indices must all be met

/** The indices along each axis that a sample meets, and the taps: indices along the last two. */
function met(shape: readonly number[]): { axes: number[]; taps: number } {
  const axes = shape.map(() => new Set<number>());
  const taps = new Set<number>();
  const plane = shape.at(-1)! * (shape.at(-2) ?? 1);
  for (const position of sample(shape)) {
    assert(position >= 0 && position < count(shape), `${position} is outside of [${shape}]`);
    taps.add(position % plane);
    let rest = position;
    shape.toReversed().forEach((size, i) => {
      axes[shape.length - 1 - i]!.add(rest % size);
      rest = Math.floor(rest / size);
    });
  }
  return { axes: axes.map((set) => set.size), taps: taps.size };
}

function assertMeetsAll(shape: readonly number[]): void {
  const { axes, taps } = met(shape);
  shape.forEach((size, i) => {
    const least = size <= LONGEST ? size : LONGEST * 0.75;
    assert(axes[i]! >= least, `[${shape}]: only ${axes[i]} of ${size} along axis ${i}`);
  });
  const plane = shape.at(-1)! * (shape.at(-2) ?? 1);
  if (plane <= LONGEST) assert.equal(taps, plane, `[${shape}]: taps`);
}

Deno.test("a sample meets every channel, row, column and tap of every usual shape", () => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 32, 33, 48, 64, 100, 128, 784];
  for (const a of sizes) {
    for (const b of sizes) {
      assertMeetsAll([a, b]);
      for (const c of sizes) assertMeetsAll([a, b, c]);
      for (const [h, w] of [[1, 1], [3, 3], [5, 5], [3, 2], [7, 7], [1, 7], [14, 14], [28, 28]]) {
        assertMeetsAll([a, b, h!, w!]);
      }
    }
  }
});

Deno.test("a sample meets every channel, row, column and tap of every large result in the fixture", () => {
  const results = Object.values(
    fixture.cases as unknown as Record<
      string,
      Packed & {
        grads: (Packed | null)[];
      }
    >,
  ).flatMap((row) => [row, ...row.grads]);
  const large = results.filter((packed) => packed?.sums !== undefined);
  assert(large.length > 50);
  for (const packed of large) assertMeetsAll(packed!.shape);
});

Deno.test("two elements that change places, one that is off by a little, and a wrong scale are seen", () => {
  const n = 40 * 31;
  const right = uniformArray(1, n, 1 / 1024);
  const pack = (list: Float32Array): Packed => ({
    shape: [40, 31],
    dtype: "float32",
    rms: Math.sqrt(list.reduce((sum, x) => sum + x * x, 0) / n),
    sums: weights.map((w) => list.reduce((sum, x, i) => sum + x * w[i]!, 0)),
    values: sample([40, 31]).map((at) => list[at]!),
  });
  const weights = [new Float32Array(n).fill(1), uniformArray(81, n), uniformArray(82, n)];
  const expected = pack(right);
  const check = (list: Float32Array) => {
    scope(() => compare("y", tensor(list, { shape: [40, 31] }), expected, { tolerance: 1e-5 }));
  };
  check(right);
  const seen = new Set(sample([40, 31]));
  for (let i = 0; i + 31 < n; i++) {
    if (seen.has(i) || seen.has(i + 31)) continue;
    const swapped = right.slice();
    [swapped[i], swapped[i + 31]] = [right[i + 31]!, right[i]!];
    assert.throws(() => check(swapped), /sum/, `elements ${i} and ${i + 31} changed places`);
    const off = right.slice();
    off[i]! += 1e-5; // a hundredth of the tensor's scale
    assert.throws(() => check(off), /sum/, `element ${i} is off`);
  }
  assert.throws(() => check(right.map((x) => x * 1.001)), /PyTorch has/);
});
