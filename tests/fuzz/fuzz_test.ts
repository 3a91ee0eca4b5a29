import assert from "node:assert/strict";
import { tensor } from "../../src/tensor/create.ts";
import { DataError } from "../../src/core/errors.ts";
import { check, fuzz } from "./fuzz.ts";
import { type Reader, readers } from "./readers.ts";

for (const reader of readers) {
  Deno.test(`the ${reader.name} reader takes every real file, and mutated ones as it should`, async () => {
    for (const { inner, pack } of reader.files) assert.ok(await check(reader, pack(inner)));
    const runs = 600;
    const { read, finding } = await fuzz(reader, { runs, seed: 1 });
    if (finding) assert.fail(`${finding.message}\n${finding.bytes.toBase64()}`);
    assert.ok(read > runs / 100 && read < runs * 0.9, `${read} of ${runs} are read`);
  });
}

/** A reader of files that begin with a 1, and do something else where another byte follows. */
function bad(read: (second: number) => number): Reader {
  return {
    name: "bad",
    files: [{ inner: Uint8Array.of(1, 2, 3, 4), pack: (inner) => inner }],
    read(bytes) {
      if (bytes[0] !== 1) throw new DataError("it begins with a 1");
      return bytes[1] === 2 ? 0 : read(bytes[1] ?? 0);
    },
    error: DataError,
    expansion: 1,
  };
}

/** What fuzzing finds in a bad reader. */
async function found(read: (second: number) => number): Promise<string> {
  const { finding } = await fuzz(bad(read), { runs: 500, seed: 1 });
  assert.ok(finding);
  assert.equal(finding.bytes[0], 1);
  return finding.message;
}

Deno.test("fuzzing finds another error, slow reading, too much memory and what is left behind", async () => {
  assert.match(
    await found(() => (null as unknown as string).length),
    /^threw TypeError: Cannot read properties/,
  );
  assert.match(
    await found(() => {
      throw new DataError("x".repeat(5000));
    }),
    /^a message of 5000 characters$/,
  );
  assert.match(
    await found(() => new Uint8Array(2 ** 22).fill(1).length),
    /^4\d+ bytes used for \d+$/,
  );
  assert.match(
    await found(() => new Float64Array(2 ** 19).fill(1)[0]!),
    /^4\d+ bytes used for \d+$/,
  );
  assert.match(await found(() => 2 ** 22), /^4194304 bytes used for \d+$/); // as it says itself
  const kept = [];
  assert.match(
    await found(() => kept.push(tensor([1]).keep())),
    /^4 bytes of tensors are left behind$/,
  );
  const slow = bad(() => {
    // asleep: a loop that reads the clock would fill the heap with its numbers
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);
    return 0;
  });
  await assert.rejects(check(slow, Uint8Array.of(1, 3), 2), /^Error: 1\d{3} ms for 2 bytes$/);
});
