/** Sequences of unlike length as one tensor, and back. */
import assert from "node:assert/strict";
import { nn, scope, ShapeError, type Tensor, tensor } from "../../mod.ts";

const { padSequence, unpadSequence } = nn.utils;

/** A test whose tensors all go at its end. */
function test(name: string, fn: () => void): void {
  Deno.test(name, () => scope(fn));
}

test("padSequence puts sequences side by side, with a value where one has ended", () => {
  const words = [tensor([1, 2, 3]), tensor([4]), tensor([], { dtype: "int32" })];
  const padded = padSequence(words);
  assert.deepEqual([padded.dtype, padded.toArray()], ["int32", [[1, 4, 0], [2, 0, 0], [3, 0, 0]]]);
  assert.deepEqual(padSequence(words, { batchFirst: true, paddingValue: -1 }).toArray(), [
    [1, 2, 3],
    [4, -1, -1],
    [-1, -1, -1],
  ]);
  const left = padSequence(words.slice(0, 2), { batchFirst: true, paddingSide: "left" });
  assert.deepEqual(left.toArray(), [[1, 2, 3], [0, 0, 4]]);
  const pairs = [tensor([[1, 2]]), tensor([[3, 4], [5, 6]])];
  assert.deepEqual(padSequence(pairs, { batchFirst: true }).toArray(), [[[1, 2], [0, 0]], [
    [3, 4],
    [5, 6],
  ]]);
  assert.deepEqual(padSequence(pairs).shape, [2, 2, 2]);
});

test("unpadSequence gives the sequences back, and gradients pass both", () => {
  const words = [[1, 2, 3], [4]].map((list) => tensor(list, { requiresGrad: true }));
  for (const batchFirst of [true, false]) {
    const padded = padSequence(words, { batchFirst });
    for (const lengths of [[3, 1], tensor([3, 1])] as (number[] | Tensor)[]) {
      const back = unpadSequence(padded, lengths, { batchFirst });
      assert.deepEqual(back.map((x) => x.toArray()), [[1, 2, 3], [4]]);
    }
    for (const word of words) word.zeroGrad();
    const [first, second] = unpadSequence(padded, [3, 1], { batchFirst });
    first!.square().sum().add(second!.mul(7).sum()).backward();
    assert.deepEqual(words.map((w) => w.grad!.toArray()), [[2, 4, 6], [7]]);
  }
});

test("padded sequences and their lengths are what recurrent layers take", () => {
  const gru = new nn.GRU(2, 3, { batchFirst: true });
  const lists = [[[1, 2], [3, 4], [5, 6]], [[7, 8]]];
  const padded = padSequence(lists.map((list) => tensor(list, { dtype: "float32" })), {
    batchFirst: true,
  });
  const [y] = gru.forward(padded, undefined, [3, 1]);
  unpadSequence(y, [3, 1], { batchFirst: true }).forEach((of, i) => {
    const [alone] = gru.forward(tensor([lists[i]!], { dtype: "float32" }));
    const difference = of.sub(alone.squeeze(0)).abs().max().item();
    assert.ok(difference < 1e-6, `sequence ${i} differs by ${difference}`);
  });
});

test("what are no such sequences is refused", () => {
  const pair = [tensor([[1, 2]]), tensor([[1, 2, 3]])];
  assert.throws(() => padSequence(pair), ShapeError);
  assert.throws(() => padSequence(pair), /sequence 0 is \[1, 2\], sequence 1 is \[1, 3\]/);
  assert.throws(() => padSequence([tensor(1)]), /padSequence: sequences must be \[length, …\]/);
  assert.throws(() => padSequence([]), /padSequence: at least one sequence is needed/);
  const padded = tensor([[1, 2], [3, 4]]);
  assert.throws(() => unpadSequence(padded, [3, 1]), /a length of at most 2 for each of 2/);
  assert.throws(() => unpadSequence(padded, [1]), ShapeError);
});
