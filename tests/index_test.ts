/** What an index shares, changes and refuses; values and gradients are rows of the table. */
import assert from "node:assert/strict";
import {
  arange,
  eye,
  GradientError,
  noGrad,
  ones,
  scope,
  slice,
  type Tensor,
  tensor,
  unique,
  where,
  zeros,
} from "../mod.ts";

function test(name: string, body: () => void): void {
  Deno.test(name, () => scope(body));
}

test("numbers, slices, null and ... look into the same memory, tensors copy", () => {
  const x = arange(24).reshape(2, 3, 4);
  const views = [
    x.index([1]),
    x.index([slice(), slice(null, null, 2)]),
    x.index(["...", null, -1]),
    x.index(["..."]),
    x.index([tensor(1)]), // a scalar of integers is a position
  ];
  for (const view of views) assert.equal(view.storage, x.storage);
  for (const copy of [x.index([[0, 1]]), x.index([x.gt(3)]), x.index([true])]) {
    assert.notEqual(copy.storage, x.storage);
  }
  x.index([slice(), 1, slice(1, 3)]).fill_(-1);
  assert.deepEqual(x.index([1, 1]).toArray(), [16, -1, -1, 19]);
});

test("dimensions of several tensors stand where the first does if they are neighbours, else in front", () => {
  const x = zeros([2, 3, 4, 5]);
  const i = tensor([[0], [1]]), j = tensor([0, 1, 1]);
  assert.deepEqual(x.index([slice(), i, j]).shape, [2, 2, 3, 5]);
  assert.deepEqual(x.index([i, slice(), j]).shape, [2, 3, 3, 5]);
  assert.deepEqual(x.index([slice(), i, null, j]).shape, [2, 3, 2, 1, 5]);
  assert.deepEqual(x.index([0, slice(), j, j]).shape, [3, 3]);
});

const x3 = () => zeros([3, 4]);
const refused: [what: string, call: () => unknown, name: string, message: string][] = [
  [
    "a position beyond the end",
    () => x3().index([slice(), 4]),
    "RangeError",
    "index: positions must be whole numbers from -4 to 3 in dimension 1 of [3, 4]: one is 4",
  ],
  [
    "one in a tensor",
    () => x3().index([tensor([0, -4])]),
    "RangeError",
    "index: positions must be whole numbers from -3 to 2 in dimension 0 of [3, 4]: one is -4",
  ],
  [
    "one behind a mask",
    () => zeros([2, 2, 3]).index([tensor([[true, false], [true, true]]), [3]]),
    "RangeError",
    "index: positions must be whole numbers from -3 to 2 in dimension 2 of [2, 2, 3]: one is 3",
  ],
  [
    "more items than dimensions",
    () => x3().index([0, 0, "...", 0]),
    "ShapeError",
    "index: at most 2 dimensions can be indexed of [3, 4]: they are 3",
  ],
  [
    "a mask that does not fit",
    () => x3().index([slice(), tensor([true, false])]),
    "ShapeError",
    "index: a tensor of bools must be [4], as dimensions 1 to 1 of [3, 4]: it is [2]",
  ],
  [
    "tensors that do not broadcast",
    () => x3().index([[0, 1, 2], [0, 1]]),
    "ShapeError",
    "index: tensors of positions must broadcast: one is [3], another [2]",
  ],
  [
    "positions that are floats",
    () => x3().index([tensor([0.5])]),
    "DTypeError",
    'index: tensors of integers or bools are needed: one is float32: convert by to("int32")',
  ],
  [
    "a step backwards",
    () => slice(null, null, -1),
    "RangeError",
    "slice: the step must be at least 1: it is -1: turn round by flip()",
  ],
  [
    "a value that does not fit",
    () => x3().indexPut_([[0, 1]], ones([3])),
    "ShapeError",
    "indexPut_: the value must broadcast to [2, 4], what is indexed of [3, 4]: it is [3]",
  ],
];

for (const [what, call, name, message] of refused) {
  test(`${what}: refused with dimension, position and shape`, () => {
    assert.throws(call, { name, message });
  });
}

test("true and false can be put as 1 and 0 can", () => {
  const mask = tensor([[true, true], [true, true]]);
  mask.indexPut_([0, 0], false);
  assert.deepEqual(mask.indexPut([1], false).toArray(), [[false, true], [false, false]]);
  assert.deepEqual(mask.scatter(1, tensor([[1], [0]]), false).toArray(), [
    [false, false],
    [false, true],
  ]);
  assert.deepEqual(mask.toArray(), [[false, true], [true, true]]);
  assert.equal(mask.fill_(false).any().item(), 0);
  assert.deepEqual(ones([2]).fill_(true).indexPut_([0], false).toArray(), [0, 1]);
});

test("indexPut_ is for leaves inside noGrad, and is seen by backward()", () => {
  const w = ones([3], { requiresGrad: true });
  assert.throws(() => w.indexPut_([0], 5), GradientError);
  const loss = w.mul(w).sum();
  noGrad(() => void w.indexPut_([[0, 0]], 5));
  assert.deepEqual(w.toArray(), [5, 1, 1]);
  assert.throws(() => loss.backward(), /changed in place/);
});

test("indexPut_ reads a value that lies in the same memory before it changes it", () => {
  const x = arange(5);
  x.indexPut_([slice(1)], x.index([slice(0, 4)]));
  assert.deepEqual(x.toArray(), [0, 0, 1, 2, 3]);
  x.indexPut_([[4, 3, 2, 1, 0]], x);
  assert.deepEqual(x.toArray(), [3, 2, 1, 0, 0]);
});

test("of a position that is named twice indexPut_ keeps the last value, and adds all", () => {
  assert.deepEqual(zeros([2]).indexPut_([[1, 1]], tensor([3, 4])).toArray(), [0, 4]);
  const sums = zeros([2]).indexPut_([[1, 1]], tensor([3, 4]), { accumulate: true });
  assert.deepEqual(sums.toArray(), [0, 7]);
});

test("where, nonzero and unique give what was asked for, in PyTorch's order", () => {
  const arrays = (list: Tensor[]) => list.map((t) => t.toArray());
  const eyes = eye(2);
  assert.deepEqual(arrays(where(eyes.gt(0))), [[0, 1], [0, 1]]);
  assert.deepEqual(arrays(eyes.nonzero({ asTuple: true })), [[0, 1], [0, 1]]);
  assert.deepEqual(eyes.nonzero().toArray(), [[0, 0], [1, 1]]);
  assert.deepEqual(tensor(3).nonzero().shape, [1, 0]);
  const x = tensor([2, 1, 2, 0.5]);
  assert.deepEqual(unique(x).toArray(), [0.5, 1, 2]);
  assert.deepEqual(arrays(unique(x, { returnInverse: true, returnCounts: true })), [
    [0.5, 1, 2],
    [2, 1, 2, 0],
    [1, 1, 2],
  ]);
  assert.deepEqual(unique(tensor([NaN, 1, NaN])).toArray(), [1, NaN, NaN]);
});
