import assert from "node:assert/strict";
import fc from "fast-check";
import {
  arange,
  asTensor,
  DTypeError,
  empty,
  eye,
  fromTypedArray,
  full,
  functional,
  io,
  type NestedArray,
  nn,
  ones,
  onesLike,
  optim,
  Parameter,
  rand,
  randn,
  scope,
  ShapeError,
  tensor,
  zeros,
  zerosLike,
} from "../mod.ts";
import { test } from "./scoped.ts";

test("size and dim tell what shape and ndim do", () => {
  const x = zeros([2, 3]);
  assert.deepEqual([x.size(), x.size(1), x.size(-2), x.dim()], [[2, 3], 3, 2, 2]);
  assert.throws(() => x.size(2), { name: "ShapeError", message: /^size: dimension must be/ });
});

test("nested arrays come back as they were", () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  fc.assert(fc.property(shapes, fc.infiniteStream(fc.float()), (shape, numbers) => {
    const nest = (depth: number): NestedArray =>
      depth === shape.length
        ? numbers.next().value
        : Array.from({ length: shape[depth]! }, () => nest(depth + 1));
    const data = nest(0);
    const x = scope(() => tensor(data).toArray());
    assert.deepEqual(x, data);
  }));
});

test("a number is a scalar, and its dtype is float32", () => {
  const x = tensor(1.5);
  assert.deepEqual([x.shape, x.ndim, x.numel, x.dtype], [[], 0, 1, "float32"]);
  assert.equal(x.item(), 1.5);
  assert.equal(x.toArray(), 1.5);
});

test("whole numbers become int32, others float32, booleans bool, and typed arrays keep their type", () => {
  assert.equal(tensor([1, 2]).dtype, "int32");
  assert.equal(tensor([1, 2.5]).dtype, "float32");
  assert.equal(tensor([true, false]).dtype, "bool");
  assert.equal(tensor([]).dtype, "float32");
  assert.equal(tensor(new Float32Array(2)).dtype, "float32");
  assert.equal(tensor(new Float64Array(2)).dtype, "float32");
  assert.equal(tensor(new Int32Array(2)).dtype, "int32");
  assert.equal(tensor(new Uint8Array(2)).dtype, "uint8");
  assert.equal(tensor(new Uint8ClampedArray(2)).dtype, "uint8");
  assert.equal(tensor([1, 2], { dtype: "int32" }).dtype, "int32");
});

test("bools come back as booleans, and other dtypes as numbers", () => {
  assert.deepEqual(tensor([[true, false]]).toArray(), [[true, false]]);
  assert.deepEqual(tensor([2, 0], { dtype: "bool" }).toArray(), [true, false]);
  assert.deepEqual(tensor([1, 255], { dtype: "uint8" }).toArray(), [1, 255]);
  assert.deepEqual(tensor([-7, 2 ** 31 - 1], { dtype: "int32" }).toArray(), [-7, 2 ** 31 - 1]);
  assert.equal(tensor([true]).item(), 1);
  assert.equal(tensor(new Int32Array([-3])).item(), -3);
  assert.equal(tensor(new Uint8Array([200])).item(), 200);
});

test("toTypedArray copies, in the dtype's array", () => {
  const x = tensor([1, 2], { dtype: "float32" });
  const copy = x.toTypedArray();
  copy[0] = 9;
  assert.deepEqual(x.toArray(), [1, 2]);
  assert(copy instanceof Float32Array);
  assert(tensor(new Int32Array(1)).toTypedArray() instanceof Int32Array);
  assert(tensor([true]).toTypedArray() instanceof Uint8Array);
});

test("a tensor copies the array that it is made of", () => {
  const array = new Float32Array([1, 2]);
  const x = tensor(array);
  array[0] = 9;
  assert.deepEqual(x.toArray(), [1, 2]);
});

test("views are read in their own order", () => {
  const x = arange(6).reshape(2, 3).t();
  assert.deepEqual(x.toArray(), [[0, 3], [1, 4], [2, 5]]);
  assert.deepEqual(Array.from(x.toTypedArray()), [0, 3, 1, 4, 2, 5]);
  assert.equal(x.select(0, 1).select(0, 1).item(), 4);
});

Deno.test("data() gives the same copy as toTypedArray", async () => {
  using x = tensor([[1, 2], [3, 4]]);
  using column = x.t().contiguous();
  assert.deepEqual(await column.data(), column.toTypedArray());
});

test("ragged nested arrays are refused", () => {
  assert.throws(() => tensor([[1, 2], [3]]), {
    name: "ShapeError",
    message:
      "tensor: nested arrays must be as long as their neighbours: in dimension 1 one has 2 " +
      "elements, another 1",
  });
  assert.throws(() => tensor([[1], 2]), {
    name: "ShapeError",
    message:
      "tensor: nested arrays must be as deep as their neighbours: in dimension 1 there is 2 " +
      "beside an array",
  });
  assert.throws(() => tensor([1, [2]]), ShapeError);
  assert.throws(() => tensor([1, "2" as unknown as number]), {
    message: 'tensor: numbers or booleans are needed: one element is "2"',
  });
  assert.throws(() => tensor([1, null as unknown as number]), /one element is null/);
});

test("a shape that does not fit the data is refused", () => {
  assert.throws(() => tensor(new Float32Array(6), { shape: [2, 4] }), {
    name: "ShapeError",
    message: "tensor: [2, 4] needs 8 elements: there are 6",
  });
  assert.throws(() => fromTypedArray(new Float32Array(6), [-1, 6]), ShapeError);
  assert.throws(() => zeros([2, -1]), {
    name: "ShapeError",
    message: "zeros: lengths must be whole numbers of at least 0: the shape is [2, -1]",
  });
  assert.throws(() => rand([1.5]), /^ShapeError: rand: lengths must be whole/);
});

test("a dtype that does not exist is refused", () => {
  assert.throws(() => zeros([2], { dtype: "int16" as "int32" }), {
    name: "DTypeError",
    message: "zeros: dtype must be one of float32, int32, uint8, bool, float16, bfloat16, int8, " +
      'float64, int64: it is "int16"',
  });
  assert.throws(() => tensor([1], { dtype: "uint16" as "uint8" }), DTypeError);
  assert.throws(() => randn([2], { dtype: "int32" }), {
    message: "randn: random numbers are float32: int32 was asked for",
  });
});

test("tensors of one value, of each dtype", () => {
  assert.deepEqual(zeros([2, 2]).toArray(), [[0, 0], [0, 0]]);
  assert.deepEqual(ones([2], { dtype: "int32" }).toArray(), [1, 1]);
  assert.deepEqual(full([2], 2.5).toArray(), [2.5, 2.5]);
  assert.deepEqual(full([2], 200, { dtype: "uint8" }).toArray(), [200, 200]);
  assert.deepEqual(full([2], 7, { dtype: "bool" }).toArray(), [true, true]);
  assert.equal(full([], -0).item(), -0);
  assert.deepEqual(full([1], NaN).toArray(), [NaN]);
  const like = tensor([[1, 2]], { dtype: "int32" });
  assert.deepEqual([zerosLike(like).toArray(), zerosLike(like).dtype], [[[0, 0]], "int32"]);
  assert.equal(onesLike(like, { dtype: "float32" }).dtype, "float32");
  assert.deepEqual(empty([3, 0, 2]).toArray(), [[], [], []]);
});

test("arange counts as Python's does", () => {
  assert.deepEqual(arange(4).toArray(), [0, 1, 2, 3]);
  assert.deepEqual(arange(2, 5).toArray(), [2, 3, 4]);
  assert.deepEqual(arange(5, 0, -2).toArray(), [5, 3, 1]);
  assert.deepEqual(arange(0, 1, 0.25).toArray(), [0, 0.25, 0.5, 0.75]);
  assert.deepEqual(arange(3, 3).toArray(), []);
  assert.equal(arange(3, { dtype: "int32" }).dtype, "int32");
  assert.throws(() => arange(0, 5, 0), {
    name: "RangeError",
    message: "arange: finite bounds and a step other than 0 are needed: they are 0, 5, 0",
  });
  assert.throws(() => arange(Infinity), RangeError);
});

test("eye has ones on its diagonal", () => {
  assert.deepEqual(eye(2).toArray(), [[1, 0], [0, 1]]);
  assert.deepEqual(eye(2, 3, { dtype: "int32" }).toArray(), [[1, 0, 0], [0, 1, 0]]);
  assert.deepEqual(eye(2, 1, { dtype: "bool" }).toArray(), [[true], [false]]);
});

test("item wants exactly one element", () => {
  assert.throws(() => tensor([1, 2]).item(), {
    name: "ShapeError",
    message: "item: a tensor of one element is needed: it is [2]: use toArray()",
  });
  assert.equal(tensor([[[3]]]).item(), 3);
});

test("leaves say what they are", () => {
  const w = tensor([1], { requiresGrad: true });
  assert.deepEqual([w.requiresGrad, w.isLeaf, w.grad], [true, true, null]);
  const y = w.mul(2);
  assert.deepEqual([y.requiresGrad, y.isLeaf], [true, false]);
  assert.deepEqual([tensor([1]).requiresGrad, tensor([1]).isLeaf], [false, true]);
});

test("a parameter takes over float32 memory and outlives every scope", () => {
  const p = scope(() => {
    const p = new Parameter(tensor([1, 2]));
    return () => p;
  })();
  assert.deepEqual(p.toArray(), [1, 2]);
  assert.equal(p.requiresGrad, true);
  p[Symbol.dispose]();
  assert.equal(new Parameter(tensor(new Int32Array(1))).dtype, "float32");
  assert.throws(() => new Parameter(tensor([1], { dtype: "int64" })), {
    name: "DTypeError",
    message: 'Parameter: int64 is only stored, not computed with: convert by to("int32") or ' +
      'to("float32")',
  });
});

test("errors carry the operation and both shapes", () => {
  assert.throws(() => zeros([64, 784]).matmul(zeros([785, 128])), {
    name: "ShapeError",
    message: "matmul: inner dimensions must agree: a is [64, 784], b is [785, 128]",
  });
  assert.throws(() => zeros([64, 10]).add(zeros([64])), {
    message: "add: shapes must broadcast: a is [64, 10], b is [64], which differ in dimension -1 " +
      "(10 and 64)",
  });
  assert.throws(() => functional.linear(zeros([64, 784]), zeros([128, 785])), {
    message:
      "linear: x must be [..., in] and the weight [out, in]: x is [64, 784], the weight is " +
      "[128, 785]",
  });
  assert.throws(() => zeros([4, 6]).reshape(5, 5), {
    message: "reshape: [4, 6] has 24 elements, [5, 5] has 25",
  });
  assert.throws(() => zeros([2, 3]).narrow(1, 2, 2), {
    message: "narrow: the part must lie within dimension 1 of [2, 3]: it starts at 2 and is 2 long",
  });
  assert.throws(() => tensor(new BigInt64Array(2)).exp(), {
    name: "DTypeError",
    message: 'exp: int64 is only stored, not computed with: convert by to("int32") or ' +
      'to("float32")',
  });
});

test("a label outside the classes is told with its row and value", () => {
  const labels = tensor(new Int32Array([0, 9, 10, 3]));
  for (const name of ["crossEntropy", "nllLoss"] as const) {
    assert.throws(() => functional[name](zeros([4, 10]), labels), {
      name: "RangeError",
      message: `${name}: labels must be from 0 to 9: the one in row 2 is 10`,
    });
  }
  assert.throws(
    () => functional.crossEntropy(zeros([2, 10]), tensor(new Int32Array([0, -1]))),
    /the one in row 1 is -1/,
  );
  assert.throws(() => functional.crossEntropy(zeros([4, 10]), zeros([4])), {
    name: "DTypeError",
    message: "crossEntropy: labels must be int32 or uint8: they are float32: convert by " +
      `to("int32")`,
  });
});

test("ops of two numbers and no tensor give a scalar of both", () => {
  const { add, div, maximum, minimum, mul, pow, sub } = functional;
  const results = [add, sub, mul, div, pow, maximum, minimum].map((op) => op(7, 2).item());
  assert.deepEqual(results, [9, 5, 14, 3.5, 49, 7, 2]);
});

test("JSON has a tensor's elements, null for what is not finite, and refuses a released one", () => {
  using x = tensor([[1, 0.5], [NaN, -Infinity]]).keep();
  assert.equal(JSON.stringify({ loss: tensor(2), x }), '{"loss":2,"x":[[1,0.5],[null,null]]}');
  assert.equal(JSON.stringify(tensor([true, false])), "[true,false]");
  x[Symbol.dispose]();
  assert.throws(() => JSON.stringify({ x }), { name: "ReleasedError" });
});

test("asTensor hands tensors on, converts them, and makes tensors of all else", () => {
  const x = tensor([1, 2]);
  assert.equal(asTensor(x), x);
  assert.deepEqual(asTensor(x, { dtype: "float32" }).dtype, "float32");
  assert.equal(asTensor(x, { device: "reference" }).device, "reference");
  assert.deepEqual(asTensor([[0.5, 2]]).tolist(), [[0.5, 2]]);
  assert.equal(asTensor([1, 2]).typeAs(ones([1])).dtype, "float32");
  assert.throws(() => asTensor(["a"] as never), /^ShapeError: asTensor: numbers or booleans/);
});

test("requiresGrad_ says of a tensor whether it has a gradient, and gives the tensor", () => {
  const w = tensor([1, 2], { dtype: "float32" }).requiresGrad_();
  w.mul(w).sum().backward();
  assert.deepEqual(w.grad!.toArray(), [2, 4]);
  assert.equal(w.requiresGrad_(false).requiresGrad, false);
  assert.throws(() => tensor([1]).requiresGrad_(), { name: "DTypeError" });
});

Deno.test("new… make tensors of the dtype of another, unless told otherwise", () => {
  using _s = scope();
  const x = tensor([[1, 2]]);
  assert.deepEqual([x.newZeros([2]).toArray(), x.newZeros([2]).dtype], [[0, 0], "int32"]);
  assert.deepEqual(x.newOnes([1, 2], { dtype: "float32" }).dtype, "float32");
  assert.deepEqual(x.newFull([2], 7).toArray(), [7, 7]);
  assert.deepEqual([x.newEmpty([3, 2]).shape, x.newEmpty([0]).dtype], [[3, 2], "int32"]);
  const made = x.to("float32").newTensor([[1], [2]], { requiresGrad: true });
  assert.deepEqual([made.dtype, made.toArray(), made.requiresGrad], ["float32", [[1], [2]], true]);
  assert.throws(() => x.newZeros([-1]), { name: "ShapeError", message: /^newZeros: / });
});

Deno.test("unfold and asStrided are views, and stay within the memory", () => {
  using _s = scope();
  const x = tensor([1, 2, 3, 4]);
  const pairs = x.unfold(0, 2, 1);
  assert.deepEqual(pairs.toArray(), [[1, 2], [2, 3], [3, 4]]);
  x.narrow(0, 1, 1).fill_(9);
  assert.deepEqual(pairs.toArray(), [[1, 9], [9, 3], [3, 4]]);
  assert.deepEqual(x.asStrided([2, 2], [1, 2]).toArray(), [[1, 3], [9, 4]]);
  assert.throws(() => x.asStrided([2, 2], [1, 3]), { name: "ShapeError" });
  assert.throws(() => x.asStrided([2], [1], 3), { name: "ShapeError", message: /offset 3$/ });
  assert.throws(() => x.unfold(0, 5, 1), { name: "ShapeError", message: /at most 4, the length/ });
});

test("what has a tensor cannot be cloned or posted, and the error says what can", async () => {
  const onReference = tensor([1, 2], { device: "reference" });
  const model = new nn.Linear(2, 1);
  const all = {
    tensor: tensor([1, 2]),
    onReference,
    view: tensor([[1, 2]]).select(0, 0),
    inside: { x: [tensor(1)] },
    model,
    state: model.stateDict(),
    optimizer: new optim.SGD(model.parameters(), { lr: 1 }),
  };
  const message =
    /tensor stays where it is: send await t\.data\(\) and t\.shape, or io\.encodeSafe/;
  const { port1, port2 } = new MessageChannel();
  for (const [name, value] of Object.entries(all)) {
    assert.throws(() => structuredClone(value), { message }, name);
    assert.throws(() => port1.postMessage(value), { message }, name);
  }
  port1.close();
  port2.close();
  // and that goes
  const sent = structuredClone([await onReference.data(), onReference.shape] as const);
  assert.deepEqual(tensor(sent[0], { shape: sent[1] }).toArray(), [1, 2]);
  const weights = io.decodeSafetensors(structuredClone(io.encodeSafetensors(model.stateDict())));
  assert.deepEqual(weights.get("weight")!.toArray(), model.weight.toArray());
});

Deno.test("data cannot be set, as PyTorch's programs set it, but is a method", async () => {
  const p = tensor([1, 2], { requiresGrad: true });
  assert.throws(() => Object.assign(p, { data: ones([2]) }), {
    name: "TypeError",
    message: "data: write noGrad(() => x.copy_(y))",
  });
  assert.deepEqual([...await p.data()], [1, 2]);
});
