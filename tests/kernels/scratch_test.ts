/** Scratch is as large as a kernel needs, also beyond what an int32 holds; or the op is refused. */
import assert from "node:assert/strict";
import { functional, memory, ones, OutOfMemoryError, scope, zeros } from "../../mod.ts";
import { arena, testBuilds } from "./harness.ts";

/** The words of a convolution of one sample, stride 1, without padding beyond the kernel's. */
function words(
  { c, h, w, o, kernel, padding, tile }: {
    c: number;
    h: number;
    w: number;
    o: number;
    kernel: number;
    padding: number;
    tile: number;
  },
): Int32Array {
  const [oh, ow] = [h + 2 * padding - kernel + 1, w + 2 * padding - kernel + 1];
  // deno-fmt-ignore
  return Int32Array.of(
    1, c, h, w, o, oh, ow, kernel, kernel, 1, 1, padding, padding, 1, 1, 1, 1, 0, tile, tile,
  );
}

testBuilds("sizes beyond 2 GiB are told as they are", (k) => {
  arena.clear();
  const at = arena.put(new Int32Array(20)).byteOffset;
  const sizeOf = (s: Parameters<typeof words>[0], name: string, ...more: number[]) => {
    arena.clear();
    arena.put(words(s));
    return k[name]!(at, ...more);
  };
  // x and y with borders, and 36 planes of c + o numbers for each 16 pixels
  const side = 2400, pixels = side * side;
  const images = { c: 16, h: side, w: side, o: 16, kernel: 3, padding: 1, tile: 4 };
  const least = 4 * (2 * 16 * pixels + 36 * 32 * pixels / 16);
  const forward = sizeOf(images, "winogradScratch", 0);
  assert.ok(forward > least && forward < least * 1.01, `${forward}`);
  assert.ok(sizeOf(images, "winogradScratch", 1) > least + 4 * 16 * pixels);
  // one row of patches
  const row = { c: 64, h: 64, w: 4300, o: 1, kernel: 64, padding: 0, tile: 0 };
  const patches = 4 * (4300 - 63) * 64 ** 3;
  const size = sizeOf(row, "convScratch");
  assert.ok(size > patches && size < patches * 1.01, `${size}`);
});

Deno.test("a convolution that needs more than there is, is refused before anything is written", () => {
  scope(() => {
    const others = zeros([100_000]);
    const x = ones([1, 64, 64, 4300]);
    const w = ones([1, 64, 64, 64]);
    const { heapBytes } = memory();
    assert.throws(() => functional.conv2d(x, w), OutOfMemoryError);
    assert.ok(memory().heapBytes < heapBytes + 2 ** 28);
    assert.equal(others.max().item(), 0);
    assert.deepEqual(functional.conv2d(ones([1, 1, 3, 3]), ones([1, 1, 3, 3])).item(), 9);
  });
});
