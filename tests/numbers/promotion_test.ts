/** Which dtype comes out of two operands, and which values: PyTorch's, with integers as int32. */
import assert from "node:assert/strict";
import {
  type DType,
  functional as F,
  type Operand,
  promoteTypes,
  type Tensor,
  tensor,
} from "../../mod.ts";
import fixture from "../fixtures/promotion.json" with { type: "json" };

const operands: Record<string, () => Operand> = {
  float32: () => tensor([0.5, -2, 3]),
  int32: () => tensor([7, -2, 0], { dtype: "int32" }),
  uint8: () => tensor([200, 3, 0], { dtype: "uint8" }),
  bool: () => tensor([true, false, true]),
  2: () => 2,
  0: () => 0,
  "-3": () => -3,
  0.5: () => 0.5,
  inf: () => Infinity,
  nan: () => NaN,
};

const ops: Record<string, (a: Operand, b: Operand) => Tensor> = {
  ...{ add: F.add, sub: F.sub, mul: F.mul, div: F.div, pow: F.pow },
  ...{ maximum: F.maximum, minimum: F.minimum },
  ...{ eq: F.eq, ne: F.ne, lt: F.lt, le: F.le, gt: F.gt, ge: F.ge },
  where: (a, b) => F.where(tensor([true, false, true]), a, b),
};

type Case = { dtype: string; values: (number | string)[] } | "refused";

Deno.test("dtypes and values of two operands are PyTorch's, for every pair and op", () => {
  const failures: string[] = [];
  for (const [name, expected] of Object.entries(fixture.cases as Record<string, Case>)) {
    const [op, a, b] = name.split(" ") as [string, string, string];
    const run = () => ops[op]!(operands[a]!(), operands[b]!());
    if (expected === "refused") {
      assert.throws(run, { name: "RangeError" }, name);
      continue;
    }
    // two tensors of one dtype are chosen from in it
    const dtype: DType = op === "where" && a === b ? a as DType : expected.dtype as DType;
    const y = run();
    const wanted = expected.values.map((x) =>
      x === "inf" ? Infinity : x === "-inf" ? -Infinity : Number(x)
    );
    const got = Array.from(y.toTypedArray(), Number);
    const same = got.every((x, i) =>
      Object.is(x, wanted[i]) || Math.abs(x - wanted[i]!) <= 1e-6 * Math.abs(x)
    );
    if (y.dtype !== dtype || !same) {
      failures.push(`${name}: ${y.dtype} ${got}: PyTorch has ${dtype} ${wanted}`);
    }
  }
  assert.ok(failures.length === 0, `${failures.length} differ:\n${failures.join("\n")}`);
});

/** torch.promote_types of a row's dtype with each in the order of the rows; int16 is int32. */
const PROMOTED: Record<DType, string> = {
  float32: "float32 float32 float32 float32 float32 float32 float32 float64 float32",
  int32: "float32 int32 int32 int32 float16 bfloat16 int32 float64 int64",
  uint8: "float32 int32 uint8 uint8 float16 bfloat16 int32 float64 int64",
  bool: "float32 int32 uint8 bool float16 bfloat16 int8 float64 int64",
  float16: "float32 float16 float16 float16 float16 float32 float16 float64 float16",
  bfloat16: "float32 bfloat16 bfloat16 bfloat16 float32 bfloat16 bfloat16 float64 bfloat16",
  int8: "float32 int32 int32 int8 float16 bfloat16 int8 float64 int64",
  float64: "float64 float64 float64 float64 float64 float64 float64 float64 float64",
  int64: "float32 int64 int64 int64 float16 bfloat16 int64 float64 int64",
};

Deno.test("promoteTypes gives PyTorch's dtype for every pair", () => {
  const names = Object.keys(PROMOTED) as DType[];
  for (const a of names) {
    assert.equal(names.map((b) => promoteTypes(a, b)).join(" "), PROMOTED[a], a);
  }
  assert.throws(() => promoteTypes("float32", "complex64" as DType), {
    name: "DTypeError",
    message: /^promoteTypes: dtype must be one of float32, .*: it is "complex64"$/,
  });
});
