import assert from "node:assert/strict";
import fc from "fast-check";
import { Message } from "../../src/io/onnx/protobuf.ts";
import { fieldsOf } from "./onnx_reader.ts";

Deno.test("a message has the bytes that the format's description gives as examples", () => {
  assert.deepEqual([...new Message().int(1, 150).encode()], [0x08, 0x96, 0x01]);
  assert.deepEqual(
    [...new Message().text(2, "testing").encode()],
    [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67],
  );
  const inner = new Message().int(1, 150);
  assert.deepEqual([...new Message().message(3, inner).encode()], [0x1a, 0x03, 0x08, 0x96, 0x01]);
  assert.deepEqual(
    [...new Message().int(1, -2).encode()],
    [0x08, 0xfe, ...Array.from({ length: 8 }, () => 0xff), 0x01],
  );
  assert.deepEqual([...new Message().float(2, 1).encode()], [0x15, 0, 0, 0x80, 0x3f]);
});

Deno.test("whole numbers, texts and bytes come back", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.maxSafeInteger(),
      fc.string({ unit: "binary" }),
      fc.uint8Array(),
      (field, number, text, bytes) => {
        const message = new Message().int(field, number).text(field, text).bytes(field, bytes);
        const encoded = message.encode();
        assert.equal(encoded.length, message.length);
        const [a, b, c] = fieldsOf(encoded).get(field)! as [bigint, Uint8Array, Uint8Array];
        assert.equal(BigInt.asIntN(64, a), BigInt(number));
        assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(b), text);
        assert.deepEqual([...c], [...bytes]);
      },
    ),
  );
});
