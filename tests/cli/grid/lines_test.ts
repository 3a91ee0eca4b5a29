import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLines, encodeLine } from "../../../cli/grid/lines.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const record = fc.record({ id: fc.string(), accuracy: fc.double({ noNaN: true, min: 0, max: 1 }) });

Deno.test("lines give back what was written", () => {
  fc.assert(fc.property(fc.array(record), (values) => {
    const bytes = bytesOf(values.map(encodeLine).join(""));
    const expected = { values, damaged: [], end: bytes.length, torn: false };
    // As JSON, which does not tell 0 from -0.
    assert.equal(JSON.stringify(decodeLines(bytes)), JSON.stringify(expected));
  }));
});

Deno.test("a file that ends anywhere gives its whole lines, and says where they end", () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(), (values, n) => {
      const lines = values.map((value) => bytesOf(encodeLine(value)));
      const bytes = bytesOf(values.map(encodeLine).join(""));
      const cut = n % (bytes.length + 1);
      let whole = 0;
      let end = 0;
      while (whole < lines.length && end + lines[whole]!.length <= cut) {
        end += lines[whole++]!.length;
      }
      const read = decodeLines(bytes.subarray(0, cut));
      assert.equal(JSON.stringify(read.values), JSON.stringify(values.slice(0, whole)));
      assert.deepEqual([read.damaged, read.end, read.torn], [[], end, end < cut]);
    }),
  );
});

Deno.test("a line with any other byte in it is damaged, and the others are not", () => {
  const lines = [1, 2, 3].map((id) => encodeLine({ id, accuracy: 0.97 }));
  const start = lines[0]!.length;
  fc.assert(
    fc.property(fc.nat(lines[1]!.length - 2), fc.integer({ min: 32, max: 126 }), (at, byte) => {
      const bytes = bytesOf(lines.join(""));
      fc.pre(bytes[start + at] !== byte);
      bytes[start + at] = byte;
      const { values, damaged, torn } = decodeLines(bytes);
      assert.deepEqual(values, [{ id: 1, accuracy: 0.97 }, { id: 3, accuracy: 0.97 }]);
      assert.deepEqual([damaged, torn], [[2], false]);
    }),
  );
});

Deno.test("a file that something else was written to has no values", () => {
  const { values, damaged } = decodeLines(bytesOf('{"id":1}\n\nhello\n'));
  assert.deepEqual([values, damaged], [[], [1, 2, 3]]);
  assert.deepEqual(decodeLines(new Uint8Array(100)), {
    values: [],
    damaged: [],
    end: 0,
    torn: true,
  });
});
