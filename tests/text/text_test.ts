import assert from "node:assert/strict";
import { data, manualSeed, scope, text } from "../../mod.ts";

Deno.test("characters and bytes become tokens and come back, of any language", () => {
  const source = "Call me Ishmael — “grüße” 🐋\n";
  const characters = new text.CharTokenizer(source);
  assert.equal(characters.decode(characters.encode(source)), source);
  assert.equal(characters.characters, [...new Set(source)].sort().join(""));
  assert.equal(new text.CharTokenizer(characters.characters).decode([1]), characters.decode([1]));
  assert.throws(() => characters.encode("Z"), {
    name: "DataError",
    message: /^encode: "Z" is none/,
  });
  assert.throws(() => characters.decode([999]), { name: "RangeError" });
  const bytes = new text.ByteTokenizer();
  assert.equal(bytes.decode(bytes.encode(source)), source);
  assert.equal(bytes.encode("é").length, 2);
  assert.equal(bytes.decode([0xc3]), "\ufffd");
  assert.throws(() => bytes.decode([256]), { name: "RangeError" });
});

Deno.test("windows of tokens follow one another, y one token behind x", () => {
  const tokens = Uint16Array.from({ length: 11 }, (_, i) => 100 + i);
  const set = new text.TokenDataset(tokens, 3);
  assert.equal(set.length, 3);
  scope(() => {
    const [x, y] = set.batch(Int32Array.of(2, 0));
    assert.deepEqual(x.toArray(), [[106, 107, 108], [100, 101, 102]]);
    assert.deepEqual(y.toArray(), [[107, 108, 109], [101, 102, 103]]);
    assert.deepEqual(set.get(1)[0].toArray(), [103, 104, 105]);
    assert.throws(() => set.get(3), { name: "RangeError" });
  });
  assert.throws(() => new text.TokenDataset(tokens, 11), { name: "RangeError" });
});

Deno.test("random windows are anywhere, others in each epoch, and follow the seed", () => {
  const tokens = Int32Array.from({ length: 40 }, (_, i) => i);
  const set = new text.TokenDataset(tokens, 4, { randomSamples: 600 });
  const epoch = () => {
    const begins: number[] = [];
    for (const [x, y] of new data.DataLoader(set, { batchSize: 50 })) {
      begins.push(...(x.select(1, 0).toArray() as number[]));
      assert.deepEqual(y.sub(x).toTypedArray(), new Int32Array(200).fill(1));
    }
    return begins;
  };
  manualSeed(1);
  const [first, second] = [epoch(), epoch()];
  assert.notDeepEqual(first, second);
  manualSeed(1);
  assert.deepEqual(epoch(), first);
  assert.deepEqual(
    [...new Set(first)].sort((a, b) => a - b),
    Array.from({ length: 36 }, (_, i) => i),
  );
});
