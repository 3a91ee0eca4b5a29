import assert from "node:assert/strict";
import { arange, ones, randn, type Tensor, tensor, zeros } from "../mod.ts";
import { test } from "./scoped.ts";

function floats(data: number[] | number[][]): Tensor {
  return tensor(data, { dtype: "float32" });
}

test("scalars, vectors and matrices print as PyTorch prints them", () => {
  assert.equal(String(ones([]).mul(3)), "tensor(3.)");
  assert.equal(String(tensor(3)), "tensor(3, dtype: int32)");
  assert.equal(String(tensor(0.5)), "tensor(0.5000)");
  assert.equal(String(floats([1, 2, 3])), "tensor([1., 2., 3.])");
  assert.equal(String(tensor([1.5, -2, 30])), "tensor([ 1.5000, -2.0000, 30.0000])");
  assert.equal(
    String(floats([[1, 2], [3, 4]])),
    "tensor([[1., 2.],\n        [3., 4.]])",
  );
  assert.equal(String(tensor([])), "tensor([])");
  assert.equal(String(tensor([1, NaN, -Infinity])), "tensor([  1.,  nan, -inf])");
});

test("numbers that vary too much print in scientific notation", () => {
  assert.equal(String(tensor([1e-6, 1])), "tensor([1.0000e-6, 1.0000e+0])");
  assert.equal(String(tensor([0.5, 1e9])), "tensor([5.0000e-1, 1.0000e+9])");
});

test("what is not plain float32 is said behind the elements", () => {
  assert.equal(String(tensor(new Int32Array([1, -20]))), "tensor([  1, -20], dtype: int32)");
  assert.equal(String(tensor([true, false])), "tensor([ true, false], dtype: bool)");
  assert.equal(String(zeros([2, 0])), "tensor([[],\n        []], shape: [2, 0])");
  const w = tensor([1.5], { requiresGrad: true });
  assert.equal(String(w), "tensor([1.5000], requiresGrad: true)");
  assert.equal(String(w.mul(2)), "tensor([3.], made by: mul)");
});

test("dtypes that are only stored print their numbers as PyTorch does", () => {
  const rows = [[1.5, 2.25], [3, 100]];
  for (const dtype of ["float16", "bfloat16", "float64"] as const) {
    const text = `tensor([[  1.5000,   2.2500],\n        [  3.0000, 100.0000]], dtype: ${dtype})`;
    assert.equal(String(tensor(rows, { dtype })), text);
    assert.equal(String(tensor(3, { dtype })), `tensor(3., dtype: ${dtype})`);
  }
  for (const dtype of ["int8", "int64"] as const) {
    const text = `tensor([[  1,   2],\n        [  3, 100]], dtype: ${dtype})`;
    assert.equal(String(tensor(rows, { dtype })), text);
    assert.equal(String(tensor([-5, 100], { dtype })), `tensor([ -5, 100], dtype: ${dtype})`);
  }
  assert.equal(
    String(tensor([1.234567, 64], { dtype: "bfloat16" })).slice(0, 23),
    "tensor([ 1.2344, 64.000",
  );
});

test("views print what they look at", () => {
  assert.equal(String(floats([[0, 1], [2, 3]]).t()), "tensor([[0., 2.],\n        [1., 3.]])");
  assert.equal(String(floats([7]).expand(3)), "tensor([7., 7., 7.])");
});

test("long tensors show their ends, and only these decide the format", () => {
  assert.equal(
    String(arange(2000, { dtype: "float32" })),
    "tensor([   0.,    1.,    2., ..., 1997., 1998., 1999.])",
  );
  const long = ones([2000]);
  long.narrow(0, 1000, 1).fill_(0.123);
  assert.equal(String(long), "tensor([1., 1., 1., ..., 1., 1., 1.])");
  const rows = String(zeros([1000, 1000])).split("\n");
  assert.equal(rows.length, 7);
  assert.equal(rows[0], "tensor([[0., 0., 0., ..., 0., 0., 0.],");
  assert.equal(rows[3], "        ...,");
});

test("of a million elements the first and last of each dimension print", () => {
  const text = String(randn([1000, 1000]));
  assert.match(text, /^tensor\(\[\[.+, \.\.\., .+\],\n +\.\.\.,\n.+\]\]\)$/s);
  assert.ok(text.length < 1000, `${text.length} characters`);
});

test("console.log shows a tensor as it prints", () => {
  assert.equal(Deno.inspect(ones([2])), "tensor([1., 1.])");
  assert.equal(Deno.inspect({ x: ones([2]) }), "{ x: tensor([1., 1.]) }");
});

test("JavaScript's operators refuse tensors, and texts take them", () => {
  // deno-lint-ignore no-explicit-any
  const x = tensor([1, 2]) as any;
  const refused = {
    name: "TypeError",
    message:
      "tensor: JavaScript's operators do not compute with tensors: write x.add(y), x.lt(y) …, " +
      "or take the number by item(): it is [2]",
  };
  for (
    const wrong of [() => x + x, () => 0 + x, () => x < 1, () => -x, () => x == 1, () => "" + x]
  ) {
    assert.throws(wrong, refused);
  }
  assert.deepEqual([`${x}`, String(x), [x].join()], Array(3).fill("tensor([1, 2], dtype: int32)"));
});
