import assert from "node:assert/strict";
import fc from "fast-check";
import { readIdx } from "../../src/data/idx.ts";
import { DataError } from "../../src/core/errors.ts";
import { gzip, idxFile } from "./idx_files.ts";

function rejects(bytes: Uint8Array, message: string | RegExp): void {
  assert.throws(() => readIdx(bytes), (error: Error) => {
    assert.ok(error instanceof DataError, `${error}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test("readIdx reads bytes, plain and gzipped", () => {
  const file = idxFile(0x08, [2, 1, 3], [1, 2, 3, 253, 254, 255]);
  const expected = {
    dtype: "uint8",
    shape: [2, 1, 3],
    data: new Uint8Array([1, 2, 3, 253, 254, 255]),
  };
  assert.deepEqual(readIdx(file), expected);
  assert.deepEqual(readIdx(gzip(file)), expected);
});

Deno.test("readIdx swaps the bytes of every wider type", () => {
  const cases = [
    [0x09, [255, 1], new Int8Array([-1, 1])],
    [0x0b, [0x01, 0x02, 0xff, 0xfe], new Int16Array([258, -2])],
    [0x0c, [0, 0, 1, 2, 255, 255, 255, 255], new Int32Array([258, -1])],
    [0x0d, [0x3f, 0xc0, 0, 0, 0xc0, 0x40, 0, 0], new Float32Array([1.5, -3])],
    [0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0], new Float64Array([1.5, -0])],
  ] as const;
  for (const [code, bytes, data] of cases) {
    assert.deepEqual((readIdx(idxFile(code, [2], bytes))).data, data);
  }
});

Deno.test("readIdx reads a file that stands inside a larger buffer, and copies it", () => {
  const file = idxFile(0x0c, [1], [0, 0, 0, 9]);
  const buffer = new Uint8Array(file.length + 5);
  buffer.set(file, 3);
  const { data } = readIdx(buffer.subarray(3, 3 + file.length));
  buffer.fill(0);
  assert.deepEqual(data, new Int32Array([9]));
});

Deno.test("readIdx reads an array without elements", () => {
  const { shape, data } = readIdx(idxFile(0x08, [0, 28, 28], []));
  assert.deepEqual([shape, data.length], [[0, 28, 28], 0]);
});

Deno.test("readIdx says what a file should be and what it is", () => {
  const ok = idxFile(0x08, [60000, 28, 28], []);
  rejects(
    new Uint8Array(0),
    /4 bytes and 4 for each dimension, this file has 0 in all: trun/,
  );
  rejects(ok.subarray(0, 9), /this file has 9 in all: truncated$/);
  rejects(
    ok,
    "readIdx: a [60000, 28, 28] uint8 file has 47040016 bytes, this one has 16: truncated",
  );
  rejects(
    idxFile(0x0c, [1], [1, 2, 3, 4, 5]),
    "readIdx: a [1] int32 file has 12 bytes, this one has more: its header does not belong to it",
  );
  rejects(
    new TextEncoder().encode("<!DOCTYPE html>"),
    "readIdx: an IDX file begins with 00 00, this one with 3c 21 44 4f",
  );
  rejects(idxFile(0x0a, [1], [1]), /type code must be one of 08 uint8, .* it is 0a$/);
  rejects(idxFile(0x08, [], [1]), /has 1 to 255 dimensions, this one 0$/);
  const huge = 2 ** 32 - 1;
  rejects(idxFile(0x08, [huge, huge, huge], [1]), /^readIdx: no file holds a \[4294967295,/);
});

Deno.test("readIdx says that a gzip stream is truncated or damaged", () => {
  const file = gzip(idxFile(0x08, [1000], new Uint8Array(1000).map((_, i) => i * i)));
  const message = "gunzip: the gzip stream is truncated or damaged";
  rejects(file.subarray(0, file.length - 1), message);
  rejects(file.subarray(0, 40), message);
  rejects(new Uint8Array([...file, 0]), message);
  const damaged = file.slice();
  damaged[damaged.length - 6]! ^= 1;
  rejects(damaged, message);
});

Deno.test("readIdx reads a gzip file of several members, cut anywhere", () => {
  const file = idxFile(0x08, [9], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (let at = 0; at <= file.length; at++) {
    const members = [...gzip(file.subarray(0, at)), ...gzip(file.subarray(at))];
    assert.deepEqual(readIdx(new Uint8Array(members)), readIdx(file));
  }
});

Deno.test("readIdx reads a gzip file whose elements begin far behind its start", () => {
  const file = idxFile(0x08, Array(255).fill(1), [7]);
  const plain = gzip(file);
  // The name that a gzip header may have (flag 8), ended by a zero, before the deflated bytes.
  const named = [...plain.subarray(0, 10), ...Array(50_000).fill(65), 0, ...plain.subarray(10)];
  named[3] = 8;
  assert.deepEqual(readIdx(new Uint8Array(named)).data, new Uint8Array([7]));
});

Deno.test("readIdx says that a gzip file ends within the header of the array", () => {
  const header = gzip(idxFile(0x08, [1000], []).subarray(0, 6));
  rejects(header, /^readIdx: a header has 4 bytes .* this file has 6 in all: truncated$/);
  rejects(gzip(new Uint8Array(0)), /this file has 0 in all: truncated$/);
});

Deno.test("readIdx says what to do with a gzip file where nothing can inflate it", () => {
  const process = globalThis.process as { getBuiltinModule?: unknown };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = undefined;
  try {
    rejects(
      gzip(idxFile(0x08, [1], [1])),
      "gunzip: needs the node:zlib module of Deno, Node or Bun: elsewhere, pipe the bytes through " +
        'new DecompressionStream("gzip") first',
    );
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

Deno.test("readIdx unpacks 64 MiB, or 32 times a file's size, unless it is told to unpack more", () => {
  const bomb = (rows: number) => {
    const plain = new Uint8Array(16 + rows * 1024);
    plain.set(idxFile(0x08, [rows, 32, 32], []));
    return gzip(plain);
  };
  const large = bomb(2 ** 16); // 16 bytes over
  const before = Deno.memoryUsage().external;
  rejects(
    large,
    `readIdx: a gzipped file of ${large.length} bytes is unpacked up to 67108864: ` +
      "its header promises 67108880; if it is to be trusted, unpack it by gunzip",
  );
  assert.ok(Deno.memoryUsage().external - before < 2 ** 23);
  assert.equal(readIdx(large, { limit: 2 ** 27 }).data.length, 2 ** 26);
  assert.equal(readIdx(bomb(2 ** 16 - 1)).data.length, 2 ** 26 - 1024);
  assert.throws(() => readIdx(bomb(2), { limit: 2063 }), /up to 2063: its header promises 2064/);
});

Deno.test("readIdx stops inflating a file that holds more than its header says", () => {
  const plain = new Uint8Array(16 << 20);
  plain.set(idxFile(0x08, [10], []));
  const file = gzip(plain);
  // Were it inflated to its end, the missing checksum would be noticed first.
  rejects(file.subarray(0, file.length - 8), /^readIdx: a \[10\] uint8 file has 18 bytes/);
});

Deno.test("readIdx gives an array or a DataError for any mutation of a file", () => {
  const plain = idxFile(0x08, [3, 2, 2], new Uint8Array(12).map((_, i) => i));
  const zipped = gzip(plain);
  fc.assert(
    fc.property(
      fc.constantFrom(plain, zipped),
      fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 }),
      fc.nat(60),
      fc.uint8Array({ maxLength: 3 }),
      (original, changes, length, added) => {
        const bytes = new Uint8Array([...original.subarray(0, length), ...added]);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { shape, data } = readIdx(bytes);
          assert.equal(data.length, shape.reduce((n, d) => n * d, 1));
        } catch (error) {
          assert.ok(error instanceof DataError, `${error}`);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
