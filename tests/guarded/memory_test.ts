/** The guarded allocator sees what it is there to see. */
import assert from "node:assert/strict";
import { u8 } from "../../src/wasm/memory.ts";
import { checkAll, free, guarded, malloc } from "./memory.ts";

/** A block that goes in the end, however the test does. */
function withBlock(bytes: number, use: (ptr: number) => void): void {
  const ptr = malloc(bytes);
  const before = u8.slice(ptr - 128, ptr + bytes + 128);
  try {
    use(ptr);
  } finally {
    u8.set(before, ptr - 128);
    free(ptr, bytes);
    checkAll();
  }
}

Deno.test("a write outside of a block is seen, on either side, by a single byte", () => {
  for (const bytes of [1, 20, 64, 4096, 100_000]) {
    for (const at of [-128, -1, bytes, bytes + 1, bytes + 127]) {
      withBlock(bytes, (ptr) => {
        u8[ptr + at] = 1;
        assert.throws(checkAll, at < 0 ? /bytes before a block of/ : /bytes behind a block of/);
      });
    }
  }
});

Deno.test("a write into a block that was freed is seen", () => {
  const ptr = malloc(1000);
  free(ptr, 1000);
  u8[ptr + 999] = 1;
  assert.throws(checkAll, /written at byte 999 of a block of 1000 that was free/);
  u8[ptr + 999] = 0xff;
  checkAll();
});

Deno.test("what is freed twice, as another size or never taken is seen", () => {
  const ptr = malloc(64);
  assert.throws(() => free(ptr, 128), /a block of 64 bytes is freed as one of 128/);
  free(ptr, 64);
  assert.throws(() => free(ptr, 64), /are no block/);
  assert.throws(() => free(64, 64), /are no block/);
});

Deno.test("fresh and freed memory reads as NaN, and a block is not handed out again at once", () => {
  const ptr = malloc(256);
  const floats = () => new Float32Array(u8.buffer, ptr, 64);
  assert.ok(floats().every(Number.isNaN));
  floats().fill(1);
  const { blocks, waiting } = guarded();
  free(ptr, 256);
  assert.deepEqual(guarded(), { blocks: blocks - 1, waiting: waiting + 1 });
  assert.ok(floats().every(Number.isNaN));
  const next = malloc(256);
  assert.notEqual(next, ptr);
  free(next, 256);
});
