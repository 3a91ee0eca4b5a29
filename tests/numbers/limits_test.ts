/** What numbers of each dtype can be, and windows, as PyTorch tells them. */
import assert from "node:assert/strict";
import {
  bartlettWindow,
  blackmanWindow,
  type DType,
  DTypeError,
  finfo,
  hammingWindow,
  hannWindow,
  iinfo,
  kaiserWindow,
  tensor,
} from "../../mod.ts";

Deno.test("finfo tells what floats can be", () => {
  for (const dtype of ["float32", "float64", "float16", "bfloat16"] as DType[]) {
    const { eps, max, min, tiny, smallestNormal, bits } = finfo(dtype);
    const stored = (x: number) =>
      Number(tensor([x], { dtype: "float64" }).to(dtype).to("float64").item());
    assert.equal(min, -max);
    assert.equal(stored(max), max);
    assert.equal(stored(1 + eps), 1 + eps, `${dtype}: the next number above 1`);
    assert.equal(stored(1 + eps / 4), 1, `${dtype}: what is nearer to 1 is 1`);
    assert.equal(smallestNormal, tiny);
    assert.equal(stored(tiny), tiny);
    assert.equal(bits, { float32: 32, float64: 64, float16: 16, bfloat16: 16 }[dtype as "float16"]);
  }
  assert.deepEqual([finfo().resolution, finfo("float16").resolution], [1e-6, 1e-3]);
  assert.throws(() => finfo("int32"), DTypeError);
  assert.throws(() => finfo("int32"), /finfo: a dtype of floats is needed: it is int32: use iinfo/);
});

Deno.test("iinfo tells what integers can be", () => {
  assert.deepEqual(iinfo("uint8"), { dtype: "uint8", bits: 8, max: 255, min: 0 });
  assert.deepEqual(iinfo("int8"), { dtype: "int8", bits: 8, max: 127, min: -128 });
  assert.deepEqual(iinfo("int32").max, 2 ** 31 - 1);
  assert.equal(iinfo("int64").min, -(2 ** 63));
  assert.throws(() => iinfo("bool"), /iinfo: a dtype of integers is needed: it is bool/);
});

/** Values of PyTorch 2.13. */
const WINDOWS: [name: string, made: () => { toArray(): unknown }, expected: number[]][] = [
  ["torch.hann_window(5)", () => hannWindow(5), [
    0.0,
    0.34549153,
    0.90450847,
    0.90450847,
    0.34549144,
  ]],
  ["torch.hann_window(5,periodic=False)", () => hannWindow(5, false), [0.0, 0.5, 1.0, 0.5, 0.0]],
  ["torch.hann_window(1)", () => hannWindow(1), [1.0]],
  ["torch.hann_window(0)", () => hannWindow(0), []],
  ["torch.hamming_window(6)", () => hammingWindow(6), [
    0.08000001,
    0.31000003,
    0.77000004,
    1.0,
    0.76999998,
    0.31000006,
  ]],
  ["torch.hamming_window(4,False,0.6,0.3)", () => hammingWindow(4, false, 0.6, 0.3), [
    0.30000001,
    0.75000006,
    0.75,
    0.30000001,
  ]],
  ["torch.blackman_window(6)", () => blackmanWindow(6), [
    -3e-08,
    0.13,
    0.63,
    1.0,
    0.62999994,
    0.13000003,
  ]],
  ["torch.blackman_window(5,False)", () => blackmanWindow(5, false), [
    -3e-08,
    0.34,
    1.0,
    0.33999997,
    -3e-08,
  ]],
  ["torch.bartlett_window(6)", () => bartlettWindow(6), [
    0.0,
    0.33333334,
    0.66666669,
    1.0,
    0.66666663,
    0.33333325,
  ]],
  ["torch.bartlett_window(5,False)", () => bartlettWindow(5, false), [0.0, 0.5, 1.0, 0.5, 0.0]],
  ["torch.kaiser_window(6)", () => kaiserWindow(6), [
    5.277e-05,
    0.05475932,
    0.51884454,
    1.0,
    0.51884454,
    0.05475932,
  ]],
  ["torch.kaiser_window(5,False,3.0)", () => kaiserWindow(5, false, 3), [
    0.20488474,
    0.72692549,
    1.0,
    0.72692549,
    0.20488474,
  ]],
];

Deno.test("windows have PyTorch's values, periodic or symmetric, of any length", () => {
  for (const [name, made, expected] of WINDOWS) {
    const values = made().toArray() as number[];
    assert.equal(values.length, expected.length, name);
    values.forEach((v, i) => assert.ok(Math.abs(v - expected[i]!) < 1e-6, `${name}: ${values}`));
  }
  assert.throws(
    () => hannWindow(-1),
    /hannWindow: the length must be a whole number of at least 0/,
  );
});
