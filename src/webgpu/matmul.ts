/**
 * Matrix products of tensors: of any strides, by tiles (see `tiles.ts`).
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Products } from "../device/kernels.ts";
import { overDims } from "./dims.ts";
import { broadcastAt, floatsAt, gpuOf, groupsFor, stridedAt } from "./place.ts";
import { elementwise as perElement } from "./shader.ts";
import type { Form } from "./product.ts";
import { Kernels, multiply } from "./tiles.ts";

const matmul = new Kernels({
  name: "matmul",
  a: {
    line: "return vec3<i32>(i32(at.x + i * p.aRow), 0, 0);",
    step: "return vec3<i32>(i32(k * p.aCol), 0, 0);",
    place: "return line.x + step.x;",
    isFull: true,
  },
  b: {
    line: "return vec3<i32>(i32(at.y + i * p.bCol), 0, 0);",
    step: "return vec3<i32>(i32(k * p.bRow), 0, 0);",
    place: "return line.x + step.x;",
    isFull: true,
  },
  start: `var rest = z;
  var at = vec3<u32>(0u);
  for (var d = 0u; d < p.dims; d++) {
    let dim = p.table[d];
    at += (rest % dim.x) * dim.yzw;
    rest /= dim.x;
  }
  return at;`,
  c: "return at.z + row * p.cRow + col * p.cCol;",
  numbers: {
    aRow: "u32",
    aCol: "u32",
    bRow: "u32",
    bCol: "u32",
    cRow: "u32",
    cCol: "u32",
    dims: "u32",
  },
  table: 6, // the dimensions of the batch: length, steps of a, b and c
});

/** How an operand can be loaded that has `lines` lines, `line` apart, of k elements, `step` apart. */
function formOf(
  lines: number,
  line: number,
  k: number,
  step: number,
  isEven: (...places: number[]) => boolean,
): Form {
  if (step === 1 && isEven(k, line)) return "along";
  return line === 1 && isEven(lines, step) ? "across" : "single";
}

const join = perElement({
  name: "join",
  operands: { u: "f32", v: "f32", y: "f32" },
  numbers: { first: "u32" },
  main: "if (i < p.first) { set_y(i, u_at(i)); } else { set_y(i, v_at(i - p.first)); }",
});

const outer = perElement({
  name: "outer",
  operands: { u: "f32", v: "f32", y: "f32" },
  numbers: { columns: "u32" },
  main: "set_y(i, u_at(i / p.columns) * v_at(i % p.columns));",
});

/** The leading dimensions, and the last two, of a list of lengths or steps. */
function split(list: readonly number[]): [batch: readonly number[], down: number, across: number] {
  return [list.slice(0, -2), list.at(-2)!, list.at(-1)!];
}

function gemm(
  a: Buffer,
  b: Buffer,
  c: Buffer,
  bias: Buffer | null,
  on: { accumulate?: boolean; relu?: boolean },
): void {
  const [batch, m, n] = split(c.shape);
  const k = a.shape.at(-1)!;
  const aAt = broadcastAt(a, "float32", [...batch, m, k], "matmul", "a");
  const bAt = broadcastAt(b, "float32", [...batch, k, n], "matmul", "b");
  const cAt = stridedAt(c, "float32", "matmul", "the result");
  const biasAt = bias === null ? null : floatsAt(bias, n, "matmul", "the bias");
  const [aBatch, aRow, aCol] = split(a.strides);
  const [bBatch, bRow, bCol] = split(b.strides);
  const [cBatch, cRow, cCol] = split(c.strides);
  const gpu = gpuOf(c);
  overDims(batch, [aBatch, bBatch, cBatch], (dims, table, [ao, bo, co], count) => {
    /** Whether all of an operand's matrices begin at multiples of 4, and so much else is one. */
    const isEven = (operand: 1 | 2 | 3) => (...places: number[]) => {
      for (let d = 0; d < dims; d++) places.push(table[4 * d + operand]!);
      return places.every((place) => place % 4 === 0);
    };
    const ofA = isEven(1), ofB = isEven(2), ofC = isEven(3);
    const left = {
      at: aAt + ao!,
      form: formOf(m, aRow, k, aCol, (...l) => ofA(aAt + ao!, ...l)),
    };
    const right = {
      at: bAt + bo!,
      form: formOf(n, bCol, k, bRow, (...l) => ofB(bAt + bo!, ...l)),
    };
    const to = {
      at: cAt + co!,
      byFours: cCol === 1 && ofC(cAt + co!, cRow, n),
      bias: biasAt,
      ...on,
    };
    const steps = [aRow, aCol, bRow, bCol, cRow, cCol, dims];
    multiply(gpu, matmul, [m, n, k, count], left, right, to, steps, table);
  });
}

/** Matrix products. */
export const products: Products = {
  gemm: (a, b, c, bias, accumulate) => gemm(a, b, c, bias, { accumulate }),

  gemmRelu: (a, b, c, bias) => gemm(a, b, c, bias, { relu: true }),

  join(u, v, to) {
    const [m, n] = [u.numel, v.numel];
    const uAt = floatsAt(u, m, "join", "u");
    const vAt = floatsAt(v, n, "join", "v");
    const at = floatsAt(to, m + n, "join", "the result");
    gpuOf(to).run(join, groupsFor(m + n), 1, 1, [uAt, vAt, at, m + n, m]);
  },

  outer(u, v, y) {
    const [m, n] = [u.numel, v.numel];
    const uAt = floatsAt(u, m, "outer", "u");
    const vAt = floatsAt(v, n, "outer", "v");
    const at = floatsAt(y, m * n, "outer", "the result");
    gpuOf(y).run(outer, groupsFor(m * n), 1, 1, [uAt, vAt, at, m * n, n]);
  },
};
