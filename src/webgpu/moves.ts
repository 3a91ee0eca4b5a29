/**
 * Copies, conversions and fillings.
 *
 * @module
 */
import { BYTES, type DType, DTYPES, NAMES } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import type { Moves } from "../device/kernels.ts";
import { fillOnHost } from "../device/transfer.ts";
import { overDims, PLACES, stepsOf } from "./dims.ts";
import { broadcastAt, elementsAt, gpuOf, groupsFor } from "./place.ts";
import { elementwise as perElement, type Shader } from "./shader.ts";

const copyWords = perElement({
  name: "copy",
  operands: { x: "u32", y: "u32" },
  numbers: { dims: "u32" },
  table: 6,
  main: `${PLACES} set_y(at.y, x_at(at.x));`,
});

/** Elements of less than a word, whose neighbours in it may be written at the same time. */
const copyParts = perElement({
  name: "copy of bytes",
  operands: { x: "u8", y: "u8" },
  numbers: { dims: "u32", bytes: "u32" },
  table: 6,
  isShared: true,
  main: `${PLACES}
  for (var k = 0u; k < p.bytes; k++) { set_y_byte(at.y * p.bytes + k, x_at(at.x * p.bytes + k)); }`,
});

/** How the elements of a dtype in which kernels compute are read; null: they do not. */
function viewOf(dtype: DType): "f32" | "i32" | "u8" | null {
  const { computes, bytes, kind } = DTYPES[dtype];
  if (computes !== true) return null;
  return bytes === 1 ? "u8" : kind === "float" ? "f32" : "i32";
}

/** Integers keep the low bits, as in PyTorch; int32 takes the end of its range, and NaN is 0. */
const FROM_FLOAT = `
fn to_int(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0) { return 2147483647; }
  if (x <= -2147483648.0) { return i32(-2147483647 - 1); }
  return i32(x);
}
// the low byte of a float that may be far larger than an int32
fn low_byte(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let exponent = i32((bits >> 23u) & 255u) - 150;
  var whole = (bits & 0x7fffffu) | 0x800000u;
  if (exponent < -23) { return 0u; }
  if (exponent < 0) { whole >>= u32(-exponent); } else if (exponent < 8) { whole <<= u32(exponent); }
  else { return 0u; }
  return select(whole, ~whole + 1u, bits >= 0x80000000u) & 255u;
}
`;

/** An element v, read so, as one of a dtype. */
function converted(from: "f32" | "i32" | "u8", to: DType): string {
  const isFloat = from === "f32";
  switch (viewOf(to)) {
    case "f32":
      return isFloat ? "v" : "f32(v)";
    case "i32":
      return isFloat ? "to_int(v)" : "i32(v)";
    default:
      if (DTYPES[to].kind !== "bool") return isFloat ? "low_byte(v)" : "u32(v) & 255u";
      return `select(0u, 1u, ${isFloat ? "is_nan(v) || v != 0.0" : "u32(v) != 0u"})`;
  }
}

const casts = new Map<string, Shader>();

function castShader(from: DType, to: DType): Shader {
  const [view, goal] = [viewOf(from)!, viewOf(to)!];
  const convert = converted(view, to);
  return perElement({
    name: `${from} to ${to}`,
    operands: { x: view, y: goal },
    numbers: { all: "u32" },
    declarations: IS_NAN + FROM_FLOAT,
    main: goal !== "u8" ? `let v = x_at(i); set_y(i, ${convert});` : `var four = 0u;
  for (var j = 0u; j < min(4u, p.all - 4u * i); j++) {
    let v = x_at(4u * i + j);
    four |= (${convert}) << (8u * j);
  }
  set_y(i, four);`,
  });
}

const IS_NAN =
  "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }";

const fillWords = perElement({
  name: "fill",
  operands: { y: "u32" },
  numbers: { value: "u32" },
  main: "set_y(i, p.value);",
});

const fillBytes = perElement({
  name: "fill of bytes",
  operands: { y: "u8" },
  numbers: { value: "u32" },
  isShared: true,
  main: "set_y_byte(i, p.value);",
});

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Copies, conversions and fillings. */
export const moves: Moves = {
  copy(from, to) {
    const { dtype } = from;
    const bytes = BYTES[dtype];
    const x = broadcastAt(from, dtype, to.shape, "copy", "the source");
    const y = broadcastAt(to, dtype, to.shape, "copy", "the destination");
    const gpu = gpuOf(to);
    const words = Math.max(1, bytes / 4);
    // an element of several words is a dimension more
    const shape = words > 1 ? [...to.shape, words] : to.shape;
    const steps = [stepsOf(from, to.shape), to.strides].map((steps) =>
      words > 1 ? [...steps.map((step) => step * words), 1] : steps
    );
    overDims(shape, steps, (dims, table, [xo, yo], count) => {
      const numbers = [x * words + xo!, y * words + yo!, count, dims];
      if (bytes >= 4) return gpu.run(copyWords, groupsFor(count), 1, 1, numbers, table);
      numbers[0]! *= bytes;
      numbers[1]! *= bytes;
      gpu.run(copyParts, groupsFor(count), 1, 1, [...numbers, bytes], table);
    });
  },

  cast(x, y) {
    const n = y.numel;
    const [from, to] = [x.dtype, y.dtype];
    if (viewOf(from) === null || viewOf(to) === null) {
      throw new DTypeError(
        `to: "webgpu" converts ${
          NAMES.filter((dtype) => viewOf(dtype) !== null).join(", ")
        }: from ${from} to ${to}: convert it ` +
          `on the CPU, before to("webgpu")`,
      );
    }
    const key = `${from} ${to}`;
    let shader = casts.get(key);
    if (shader === undefined) casts.set(key, shader = castShader(from, to));
    const xAt = elementsAt(x, from, n, "to", "x");
    const yAt = elementsAt(y, to, n, "to", "the result");
    const threads = DTYPES[to].bytes === 1 ? Math.ceil(n / 4) : n;
    gpuOf(y).run(shader, groupsFor(threads), 1, 1, [xAt, yAt, threads, n]);
  },

  fill(y, value) {
    const n = y.numel;
    const at = elementsAt(y, y.dtype, n, "fill", "the tensor");
    const view = viewOf(y.dtype);
    if (view === null) return fillOnHost(y, value);
    if (view === "u8") {
      const byte = y.dtype === "bool" ? Number(value !== 0) : value & 255;
      return gpuOf(y).run(fillBytes, groupsFor(n), 1, 1, [at, n, byte]);
    }
    float[0] = value;
    const word = y.dtype === "float32" ? bits[0]! : value | 0;
    gpuOf(y).run(fillWords, groupsFor(n), 1, 1, [at, n, word]);
  },
};
