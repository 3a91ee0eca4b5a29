/** Dtypes that nothing is computed in: what moves them, and what refuses them. */
import assert from "node:assert/strict";
import {
  type DType,
  fromTypedArray,
  full,
  functional as F,
  io,
  manualSeed,
  nn,
  ones,
  scope,
  Tensor,
  tensor,
  zeros,
} from "../../mod.ts";
import { DTYPES, NAMES } from "../../src/core/dtype.ts";
import { entryPoints } from "../options/entry_points.ts";

const STORED: readonly DType[] = NAMES.filter((dtype) => !DTYPES[dtype].computes);

/** The ops that do no more than move elements. */
const MOVES = [
  ...["t", "transpose", "permute", "reshape", "flatten", "squeeze", "unsqueeze", "expand"],
  ...["narrow", "select", "contiguous", "clone", "detach", "to", "cat", "stack", "pad"],
  ...["indexSelect", "gather", "embedding", "shiftImages", "copy_", "fill_", "zero_"],
  ...[
    "argwhere",
    "asStrided",
    "put_",
    "atleast1d",
    "atleast2d",
    "atleast3d",
    "bernoulli",
    "broadcastTensors",
    "broadcastTo",
  ],
  ...["cartesianProd", "channelShuffle", "chunk", "columnStack", "combinations", "concat", "diag"],
  ...["diagEmbed", "diagflat", "diagonal", "diagonalScatter", "dsplit", "dstack", "expandAs"],
  ...["flip", "selectScatter", "sliceScatter"],
  ...["fliplr", "flipud", "hsplit", "hstack", "index", "indexPut", "indexPut_"],
  ...[
    "maskedSelect",
    "meshgrid",
    "moveaxis",
    "movedim",
    "nonzero",
    "pixelShuffle",
    "pixelUnshuffle",
  ],
  ...["ravel", "repeat", "repeatInterleave", "reshapeAs", "roll", "rot90", "split"],
  ...["swapaxes", "swapdims", "take", "takeAlongDim", "tensorSplit", "tile", "unbind"],
  ...["unflatten", "unfold", "view", "viewAs", "vsplit", "vstack"],
];

/** Small numbers in the shape of a tensor, no two the same. */
function numbered(x: Tensor): Tensor {
  const values = Float32Array.from({ length: x.numel }, (_, i) => i - 3);
  return fromTypedArray(values, x.shape);
}

/** Arguments with `of` of each float32 tensor, in lists too. */
function mapped(args: unknown[], of: (x: Tensor) => Tensor): unknown[] {
  return args.map((arg) => {
    if (Array.isArray(arg)) return mapped(arg, of);
    return arg instanceof Tensor && arg.dtype === "float32" ? of(numbered(arg)) : arg;
  });
}

Deno.test('every op on a dtype that is only stored moves its elements, or names to("float32")', () => {
  const ops = entryPoints.filter(({ path }) => path.startsWith("functional."));
  for (const dtype of STORED) {
    const moved = new Set<string>();
    for (const { path, bind, args, options } of ops) {
      const name = path.slice("functional.".length);
      using _s = scope();
      let floats = 0;
      const all = () => [...args(), ...options === null ? [] : [{}]];
      const plain = mapped(all(), (x) => (floats++, x));
      if (floats === 0) continue;
      const given = mapped(all(), (x) => x.to(dtype));
      try {
        const [made, expected] = [given, plain].map((args) => {
          manualSeed(1); // some draw
          return [bind()(...args) as Tensor | Tensor[]].flat();
        }) as [Tensor[], Tensor[]];
        assert.equal(made.length, expected.length, path);
        for (const [i, y] of made.entries()) {
          assert.deepEqual(
            y.to("float32").toArray(),
            expected[i]!.to("float32").toArray(),
            `${path} of ${dtype}`,
          );
          const ofPlain = expected[i]!.dtype; // positions are int32, whatever they are of
          assert.equal(y.dtype, ofPlain === "float32" ? dtype : ofPlain, path);
        }
        moved.add(name);
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.equal(error.name, "DTypeError", `${path} of ${dtype}: ${error.stack}`);
        const cure = DTYPES[dtype].kind === "int"
          ? 'to\\("int32"\\) or to\\("float32"\\)'
          : 'to\\("float32"\\)';
        const message = new RegExp(
          `^\\w+: ${dtype} is only stored, not computed with: convert by ${cure}$`,
        );
        assert.match(error.message, message, path);
      }
    }
    console.log(
      dtype,
      [...moved].filter((x) => !MOVES.includes(x)),
      MOVES.filter((x) => !moved.has(x)),
    );
    assert.deepEqual([...moved].sort(), MOVES.toSorted(), dtype);
  }
});

Deno.test("what is made in a dtype is read as what it is", () => {
  const arrays = {
    ...{ float16: Float16Array, bfloat16: Float32Array, int8: Int8Array },
    ...{ float64: Float64Array, int64: BigInt64Array },
  };
  for (const [dtype, array] of Object.entries(arrays) as [DType, new () => unknown][]) {
    const x = tensor([[1, -2], [3, 100]], { dtype });
    assert.ok(x.toTypedArray<Float32Array | BigInt64Array>() instanceof array, dtype);
    assert.deepEqual(x.toArray(), [[1, -2], [3, 100]]);
    assert.equal(x.select(0, 1).select(0, 1).item(), 100);
    assert.deepEqual(full([2], 7, { dtype }).toArray(), [7, 7]);
    assert.deepEqual(ones([1], { dtype }).toArray(), [1]);
    assert.deepEqual(zeros([2], { dtype }).fill_(5).toArray(), [5, 5]);
    assert.deepEqual(x.t().clone().fill_(3).toArray(), [[3, 3], [3, 3]]);
  }
});

Deno.test("typed arrays have the dtype of their elements, and Float64Array float32 unless told", () => {
  const dtypes = [
    new Float16Array(1),
    new Int8Array(1),
    new BigInt64Array(1),
    new Float64Array(1),
  ].map((array) => fromTypedArray(array, [1]).dtype);
  assert.deepEqual(dtypes, ["float16", "int8", "int64", "float32"]);
  assert.equal(tensor(Float64Array.of(0.1), { dtype: "float64" }).item(), 0.1);
  assert.throws(() => fromTypedArray(new Uint16Array(1) as unknown as Uint8Array, [1]), {
    name: "DTypeError",
    message: /^fromTypedArray: the array must be one of .*Float16Array.*: it is an Uint16Array$/,
  });
  assert.throws(() => fromTypedArray(BigInt64Array.of(2n ** 40n), [1], { dtype: "int32" }), {
    name: "RangeError",
    message: /^fromTypedArray: int32 holds whole numbers from .*: one is 1099511627776$/,
  });
});

Deno.test("an int64 that is no exact number is read as a BigInt, printed, and never rounded", () => {
  const x = fromTypedArray(BigInt64Array.of(2n ** 53n + 1n), [1]);
  assert.deepEqual([...x.toTypedArray<BigInt64Array>()], [2n ** 53n + 1n]);
  assert.equal(String(x), "tensor([9007199254740993], dtype: int64)");
  for (const [name, read] of [["item", () => x.item()], ["toArray", () => x.toArray()]] as const) {
    assert.throws(read, {
      name: "RangeError",
      message: `${name}: an int64 beyond 2^53 is no exact number: one is 9007199254740993: use ` +
        "toTypedArray()",
    });
  }
});

Deno.test("weights of any dtype load into a module in one call, converted as PyTorch's copy_ does", () => {
  const model = new nn.Sequential(new nn.Linear(2, 2), new nn.BatchNorm1d(2));
  const state = model.stateDict();
  for (const dtype of STORED) {
    const saved = new Map(Array.from(state, ([name, x]) => {
      const values = Float32Array.from({ length: x.numel }, (_, i) => i + 1.5);
      return [name, fromTypedArray(values, x.shape).to(dtype)];
    }));
    const read = io.decodeSafetensors(io.encodeSafetensors(saved));
    assert.ok([...read.values()].every((x) => x.dtype === dtype));
    model.loadStateDict(read);
    const first = DTYPES[dtype].kind === "float" ? 1.5 : 1;
    assert.equal(model.stateDict().get("0.weight")!.dtype, "float32");
    assert.deepEqual(model.stateDict().get("0.bias")!.toArray(), [first, first + 1]);
    assert.equal(model.stateDict().get("1.num_batches_tracked")!.item(), 1);
  }
});

Deno.test("safetensors and npy give back the very elements of every dtype, NaN's bits too", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  for (const dtype of NAMES) {
    if (dtype === "bool") continue; // not any byte is one
    const { bytes, safetensors, npy } = DTYPES[dtype];
    const header = JSON.stringify({
      x: { dtype: safetensors, shape: [131072 / bytes], data_offsets: [0, 131072] },
    });
    const file = new Uint8Array(8 + header.length + (-header.length & 7) + 131072).fill(32);
    new DataView(file.buffer).setBigUint64(0, BigInt(file.length - 8 - 131072), true);
    file.set(new TextEncoder().encode(header), 8);
    file.set(new Uint8Array(bits.buffer), file.length - 131072);
    using x = io.decodeSafetensors(file).get("x")!;
    assert.deepEqual(io.encodeSafetensors(new Map([["x", x]])), file, dtype);
    if (npy === null) {
      assert.throws(() => io.encodeNpy(x), {
        name: "DTypeError",
        message: 'encodeNpy: NumPy has no bfloat16: convert by to("float32")',
      });
      continue;
    }
    using y = io.decodeNpy(io.encodeNpy(x));
    assert.equal(y.dtype, dtype);
    assert.deepEqual(io.encodeSafetensors(new Map([["x", y]])), file, dtype);
  }
});

Deno.test("a model that holds float16 weights and int8 codes is exported with them, and casts", () => {
  class Small extends nn.Module {
    readonly half = this.registerBuffer("half", tensor([[1.5], [2]], { dtype: "float16" }));
    readonly codes = this.registerBuffer("codes", tensor([[1, -2]], { dtype: "int8" }));
    forward(x: Tensor): Tensor {
      return F.matmul(x, this.half.float()).mul(this.codes.float());
    }
  }
  const text = new TextDecoder("latin1").decode(io.exportOnnx(new Small(), ones([1, 2])));
  assert.ok(
    text.includes("\b\x02\b\x01\x10\x0aB\x04halfJ\x04\x00\x3e\x00\x40"),
    "float16, its bits",
  );
  assert.ok(text.includes("\b\x01\b\x02\x10\x03B\x05codesJ\x02\x01\xfe"), "int8");
  assert.equal(text.split('"\x04Cast').length, 3, "two casts");
});
