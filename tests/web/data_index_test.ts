import assert from "node:assert/strict";
import fc from "fast-check";
import { cutIntoPieces } from "../../web/shared/data_index.ts";

Deno.test("each image is in one piece, of one set, and each set's pieces come in their order", () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 40_000 }));
  fc.assert(fc.property(sizes, ([train, dev]) => {
    const pieces = cutIntoPieces(train, train + dev);
    for (const [begin, end] of [[0, train], [train, train + dev]] as const) {
      let at: number = begin;
      for (const piece of pieces.filter((piece) => piece.begin >= begin && piece.begin < end)) {
        assert.equal(piece.begin, at);
        assert(piece.end > piece.begin);
        at = piece.end;
      }
      assert.equal(at, end);
    }
    assert.equal(new Set(pieces.map(({ file }) => file)).size, pieces.length);
  }));
});

Deno.test("the first two pieces are one to learn from and one to judge by", () => {
  const [first, second] = cutIntoPieces(50_000, 60_000);
  assert.deepEqual([first!.begin, second!.begin], [0, 50_000]);
});
