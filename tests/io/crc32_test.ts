import assert from "node:assert/strict";
import { crc32 as zlib } from "node:zlib";
import fc from "fast-check";
import { crc32 } from "../../src/core/crc32.ts";

Deno.test("the check of 123456789 is the standard's", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
});

Deno.test("bytes of any number have the check that zlib gives them, also in two parts", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
    assert.equal(crc32(bytes), zlib(bytes));
    assert.equal(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), zlib(bytes));
  }));
});
