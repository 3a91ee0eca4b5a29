/** Conversions between dtypes: PyTorch's, and exact. */
import assert from "node:assert/strict";
import { type DType, fromTypedArray, scope, type Tensor, tensor } from "../../mod.ts";
import { convert } from "../../src/core/convert.ts";
import { DTYPES, NAMES, promote, type RawArray } from "../../src/core/dtype.ts";
import casts from "../fixtures/casts.json" with { type: "json" };
import promotion from "../fixtures/promotion.json" with { type: "json" };
import { mix } from "../prng.ts";

/** A number or, of int64, a BigInt that Python has written. */
function parse(text: string, dtype: DType): number | bigint {
  if (dtype === "int64") return BigInt(text);
  return text === "nan"
    ? NaN
    : text === "inf"
    ? Infinity
    : text === "-inf"
    ? -Infinity
    : Number(text);
}

/** Values in a dtype that holds them. */
function tensorOf(values: (number | bigint)[], dtype: DType): Tensor {
  return dtype === "int64"
    ? fromTypedArray(BigInt64Array.from(values as bigint[]), [values.length])
    : fromTypedArray(Float64Array.from(values as number[]), [values.length], { dtype });
}

const cases = casts.cases as Record<string, (string | null)[]>;

Deno.test("every dtype becomes every other as in PyTorch, ties, subnormals and ends included", () => {
  const failures: string[] = [];
  for (const from of NAMES) {
    const values = cases[from]!.map((text) => parse(text!, from));
    const x = tensorOf(values, from);
    for (const to of NAMES) {
      const got = Array.from(x.to(to).toTypedArray() as ArrayLike<number | bigint>);
      cases[`${from} ${to}`]!.forEach((text, i) => {
        if (text === null) return; // C++ leaves it open
        const wanted = parse(text, to);
        if (!Object.is(got[i], wanted)) {
          failures.push(`${values[i]} of ${from} as ${to}: ${got[i]}: PyTorch has ${wanted}`);
        }
      });
    }
  }
  assert.ok(
    failures.length === 0,
    `${failures.length} differ:\n${failures.slice(0, 20).join("\n")}`,
  );
});

Deno.test("what PyTorch leaves open: the end of int32 and int64, the low bits of bytes, 0 of NaN", () => {
  const x = tensor([NaN, Infinity, -Infinity, 1e20], { dtype: "float64" });
  for (const y of [x, x.float()]) {
    assert.deepEqual(y.int().toArray(), [0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1]);
    const [most, least] = [2n ** 63n - 1n, -(2n ** 63n)];
    assert.deepEqual([...y.long().toTypedArray<BigInt64Array>()], [0n, most, least, most]);
    assert.deepEqual(y.byte().toArray(), [0, 0, 0, 0]);
    assert.deepEqual(y.char().toArray(), [0, 0, 0, 0]);
  }
});

/** All bits of 16. */
const ALL: Uint16Array = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

Deno.test("all 65,536 float16 and bfloat16 come back from float32 and float64", () => {
  for (const dtype of ["float16", "bfloat16"] as const) {
    for (const wide of ["float32", "float64"] as const) {
      const [values, again] = [new DTYPES[wide].array(65536), new DTYPES[wide].array(65536)];
      const back = new Uint16Array(65536);
      convert(dtype, ALL, wide, values);
      convert(wide, values, dtype, back);
      convert(dtype, back, wide, again); // NaN has many bits, of which one comes back
      for (let bits = 0; bits < 65536; bits++) {
        const same = Number.isNaN(values[bits]) ? Number.isNaN(again[bits]) : back[bits] === bits;
        assert.ok(same, `${dtype} by ${wide}: ${bits} came back as ${back[bits]}`);
      }
    }
  }
});

Deno.test("float16 is what the engine has for it, bfloat16 the upper half of a float32", () => {
  const halves = new DataView(ALL.buffer);
  const values = new Float32Array(65536);
  convert("float16", ALL, "float32", values);
  for (let i = 0; i < 65536; i++) {
    assert.ok(Object.is(values[i], halves.getFloat16(2 * i, true)), `${i}`);
  }
  convert("bfloat16", ALL, "float32", values);
  const upper = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < 65536; i++) {
    upper.setUint32(0, i * 65536);
    assert.ok(Object.is(values[i], upper.getFloat32(0)), `${i}`);
  }
});

/** Of the floats of a dtype the two around a value, and the nearer or the even one. */
function nearestBfloat16(value: number): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, Math.abs(value));
  const low = bits.getUint32(0) >>> 16;
  const at = (half: number) => (bits.setUint32(0, half * 65536), bits.getFloat32(0));
  const [below, above] = [at(low), low === 0x7f7f ? 2 ** 128 : at(low + 1)];
  const distance = Math.abs(value) - below - (above - Math.abs(value));
  const up = distance > 0 || (distance === 0 && low % 2 === 1);
  return Math.sign(value) * (up ? at(low + 1) : below);
}

Deno.test("random floats become the nearest float16 and bfloat16, of two the even one", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const words = Uint32Array.from({ length: 200_000 }, (_, i) => {
    const word = mix(seed, i);
    return i % 3 === 0 ? word & 0xffff8000 : i % 3 === 1 ? (word & 0x0fffffff) | 0x30000000 : word; // ties, and where float16 is
  });
  const values = new Float32Array(words.buffer);
  const half = new Uint16Array(values.length), brain = new Uint16Array(values.length);
  convert("float32", values, "float16", half);
  convert("float32", values, "bfloat16", brain);
  const [x, y] = [new Float32Array(values.length), new Float32Array(values.length)];
  convert("float16", half, "float32", x);
  convert("bfloat16", brain, "float32", y);
  for (const [i, value] of values.entries()) {
    assert.ok(Object.is(x[i], Math.f16round(value)), `seed ${seed}: ${value} as float16: ${x[i]}`);
    const wanted = Number.isFinite(value) ? nearestBfloat16(value) : value;
    assert.ok(
      y[i] === wanted || Number.isNaN(value) && Number.isNaN(y[i]),
      `seed ${seed}: ${value} as bfloat16: ${y[i]}, not ${wanted}`,
    );
  }
});

Deno.test("random int64 become the nearest float32 and float64, and the low bits of integers", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let calls = 0;
  const word = () => BigInt(mix(seed, calls++) >>> 0);
  const values = BigInt64Array.from({ length: 20_000 }, () => {
    const value = BigInt.asIntN(64, word() << 32n | word()) >>
      (word() % 64n);
    const zeros = word() % 40n; // so that there are ties
    return (value >> zeros << zeros) + word() % 3n - 1n;
  });
  const to = (dtype: DType): RawArray => {
    const out = new DTYPES[dtype].array(values.length);
    convert("int64", values, dtype, out);
    return out;
  };
  const [f32, f64, i32, u8] = (["float32", "float64", "int32", "uint8"] as const).map(to);
  for (const [i, value] of values.entries()) {
    const what = `seed ${seed}: ${value}`;
    assert.equal(f64![i], Number(value), what);
    // the float32 below and above: which is nearer is told by BigInts
    const near = f32![i] as number, error = BigInt(near) - value;
    const size = error < 0n ? -error : error;
    const step = 2n ** BigInt(Math.max(0, value.toString(2).replace("-", "").length - 24));
    assert.ok(2n * size <= step, `${what} as float32: ${near}`);
    if (2n * size === step) assert.equal(BigInt(near) / step % 2n, 0n, `${what}: a tie: ${near}`);
    assert.equal(i32![i], Number(BigInt.asIntN(32, value)), what);
    assert.equal(u8![i], Number(BigInt.asUintN(8, value)), what);
  }
});

Deno.test("numbers become int64 and come back, up to 2^53 and beyond", () => {
  const values = [
    0,
    1,
    -1,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 32,
    -(2 ** 32),
    2 ** 53,
    -(2 ** 53),
    2 ** 62,
    2 ** 63 - 1024,
  ];
  const x = tensor(Float64Array.from(values), { dtype: "float64" }).long();
  assert.deepEqual([...x.toTypedArray<BigInt64Array>()], values.map(BigInt));
  assert.deepEqual(Array.from(x.double().toTypedArray()), values);
});

Deno.test("gradients pass through conversions between floats, unrounded", () => {
  scope(() => {
    const w = tensor([1.001, -2.5], { requiresGrad: true });
    const x = w.half().reshape(2, 1).bfloat16().double().float();
    x.mul(tensor([[0.1], [3]])).sum().backward();
    assert.deepEqual(w.grad!.toArray(), tensor([0.1, 3]).toArray());
    assert.equal(w.to("int32").requiresGrad, false);
  });
});

Deno.test("promote() is PyTorch's table; int16, which there is not, is int32", () => {
  const types = promotion.types as Record<string, Record<string, string>>;
  for (const a of NAMES) {
    for (const b of NAMES) {
      assert.equal(promote(a, b), types[a]![b] === "int16" ? "int32" : types[a]![b], `${a} ${b}`);
    }
  }
});
