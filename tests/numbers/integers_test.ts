/** Integers and bools: what numbers they take, and which dtype comes out. */
import assert from "node:assert/strict";
import {
  arange,
  type DType,
  full,
  functional as F,
  ones,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";

const int = (...values: number[]) => tensor(values, { dtype: "int32" });

Deno.test("a whole number that int32 does not hold is refused beside integers, by every op", () => {
  const calls: Record<string, (x: Tensor, s: number) => unknown> = {
    add: (x, s) => x.add(s),
    sub: (x, s) => F.sub(s, x),
    mul: (x, s) => x.mul(s),
    maximum: (x, s) => x.maximum(s),
    minimum: (x, s) => x.minimum(s),
    pow: (x, s) => F.pow(s, x),
    eq: (x, s) => x.eq(s),
    ne: (x, s) => F.ne(s, x),
    lt: (x, s) => x.lt(s),
    le: (x, s) => x.le(s),
    gt: (x, s) => x.gt(s),
    ge: (x, s) => x.ge(s),
    where: (x, s) => F.where(tensor([true]), x, s),
    add_: (x, s) => x.add_(s),
    sub_: (x, s) => x.sub_(s),
    mul_: (x, s) => x.mul_(s),
  };
  for (const [op, call] of Object.entries(calls)) {
    for (const s of [2 ** 31, -(2 ** 31) - 1, 3e9, 1e300]) {
      for (const dtype of ["int32", "uint8", "bool"] as const) {
        const x = ones([3], { dtype });
        assert.throws(() => call(x, s), (error: Error) => {
          assert.equal(error.name, "RangeError", `${op} ${dtype} ${s}: ${error.message}`);
          assert.match(error.message, new RegExp(`^${op}: beside integers, whole numbers must be`));
          assert.match(error.message, /convert the tensor by to\("float32"\)$/);
          return true;
        });
        assert.deepEqual(x.to("int32").toArray(), [1, 1, 1], "unchanged");
      }
    }
    call(ones([3], { dtype: "int32" }), 2 ** 31 - 1); // the last that fits
    if (op !== "pow") call(ones([3], { dtype: "int32" }), -(2 ** 31));
  }
});

Deno.test("beside integers a whole number is an integer, any other makes float32", () => {
  for (const dtype of ["int32", "uint8", "bool"] as const) {
    const x = ones([2], { dtype });
    for (const s of [0, -0, 1, 3, -7]) assert.equal(x.mul(s).dtype, "int32", `${dtype} ${s}`);
    for (const s of [0.5, NaN, Infinity, -Infinity]) {
      assert.equal(x.mul(s).dtype, "float32", `${dtype} ${s}`);
    }
    assert.deepEqual(x.lt(Infinity).toArray(), [true, true]);
    assert.deepEqual(x.gt(-Infinity).toArray(), [true, true]);
    assert.deepEqual(x.eq(NaN).toArray(), [false, false]);
    assert.deepEqual(x.lt(1.5).toArray(), [true, true]);
  }
});

/** What PyTorch 2.13 stores for a number, or that it refuses it; of uint8 it takes −1 to −255 too. */
const STORED: { [D in DType]?: [number, number | "refused"][] } = {
  int32: [
    [2.7, 2],
    [-2.7, -2],
    [-0, 0],
    [300, 300],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [
      NaN,
      "refused",
    ],
    [Infinity, "refused"],
    [3e9, "refused"],
    [-3e9, "refused"],
  ],
  uint8: [
    [2.7, 2],
    [0.5, 0],
    [-0.5, 0],
    [255.9, 255],
    [256, "refused"],
    [300, "refused"],
    [
      NaN,
      "refused",
    ],
    [-Infinity, "refused"],
    [-1, "refused"],
  ],
  int8: [[-128.9, -128], [127.5, 127], [-0.5, 0], [128, "refused"], [-129, "refused"], [
    NaN,
    "refused",
  ]],
  int64: [
    [2.7, 2],
    [-2.7, -2],
    [-0, 0],
    [3e9, 3e9],
    [-(2 ** 53), -(2 ** 53)],
    [2 ** 63, "refused"],
    [NaN, "refused"],
    [-Infinity, "refused"],
  ],
  bool: [[0, 0], [-0, 0], [2, 1], [0.5, 1], [256, 1], [NaN, 1], [-Infinity, 1], [3e9, 1]],
};

Deno.test("what integers and bools store of a number is the same wherever it comes from", () => {
  for (const [dtype, rows] of Object.entries(STORED) as [DType, [number, number | "refused"][]][]) {
    for (const [value, stored] of rows) {
      const makers: Record<string, () => Tensor> = {
        fill_: () => zeros([1], { dtype }).fill_(value),
        "fill_ of a view": () => zeros([2, 3], { dtype }).t().narrow(1, 0, 1).fill_(value),
        full: () => full([1], value, { dtype }),
        pad: () => F.pad(zeros([0], { dtype }), [1, 0], value),
        "tensor of a list": () => tensor([value], { dtype }),
        "tensor of floats": () => tensor(Float64Array.of(value), { dtype }),
      };
      if (Math.abs(value) < 2 ** 53) makers.arange = () => arange(value, value + 1, { dtype });
      for (const [name, make] of Object.entries(makers)) {
        const what = `${name} of ${value} in ${dtype}`;
        if (stored === "refused") {
          assert.throws(make, (error: Error) => {
            assert.equal(error.name, "RangeError", `${what}: ${error.message}`);
            assert.match(error.message, /holds whole numbers from -?\d+ to \d+: one is/);
            return true;
          }, what);
        } else {assert.ok(
            Array.from(make().toTypedArray(), Number).every((v) => v === stored),
            what,
          );}
      }
    }
  }
});

Deno.test("a bool is a byte that is 0 or 1, whatever wrote it", () => {
  const x = () => tensor([true, false, true]);
  const made: Record<string, Tensor> = {
    fill_: x().fill_(2),
    pad: F.pad(x(), [2, 1], 3),
    copy_: x().copy_(tensor([NaN, 0.5, -Infinity])),
    "copy_ of bytes": x().copy_(tensor([2, 0, 255], { dtype: "uint8" })),
    add_: x().add_(x()),
    mul_: x().mul_(7),
    sub_: x().sub_(tensor([false, true, true])),
    to: tensor([NaN, 2, 0]).to("bool"),
    "to of integers": int(256, -1, 0).to("bool"),
    where: F.where(x(), x(), x().eq(x())),
    cat: F.cat([x(), x()]),
    amax: F.amax(x(), 0, true),
    tensor: tensor(Uint8Array.of(0, 2, 255), { dtype: "bool" }),
    full: full([3], 256, { dtype: "bool" }),
  };
  for (const [name, tensor] of Object.entries(made)) {
    assert.equal(tensor.dtype, "bool", name);
    const bytes = Array.from(tensor.toTypedArray(), Number);
    assert.ok(bytes.every((b) => b <= 1), `${name}: ${bytes}`);
    assert.equal(tensor.sum().item(), bytes.reduce((a, b) => a + b, 0), name);
    assert.deepEqual(Array.from(tensor.eq(1).toTypedArray(), Number), bytes, name);
  }
});

Deno.test("filling a tensor without elements does nothing", () => {
  assert.deepEqual(zeros([6, 0, 2]).fill_(3).shape, [6, 0, 2]);
  assert.deepEqual(zeros([6, 0, 2]).add_(3).shape, [6, 0, 2]);
});

Deno.test("integers have no negative number for an exponent", () => {
  assert.throws(() => int(3).pow(-1), {
    name: "RangeError",
    message:
      'pow: the exponent of integers must be at least 0: it is -1: convert the tensor by to("float32")',
  });
});
