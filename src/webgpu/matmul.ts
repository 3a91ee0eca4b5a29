/**
 * Matrix products.
 *
 * A group of threads computes a tile of c: it brings a strip of a and one of b into the group's memory,
 * where each number is read by many threads, and each thread multiplies a small tile of its own out of
 * registers. Sums run over k in order, whatever the tile, so that the tile does not change the bits.
 *
 * ```
 *            b  k × n                       b strip  16 × tile
 *          ┌───────────┐                    ┌───────────────┐
 *          │   │▒▒▒│   │                    └───────────────┘
 *          └───────────┘         a strip  ┌─┐┌───────────────┐
 *   a ┌──┐ ┌───────────┐       tile × 16  │ ││ one thread:   │
 *     │▒▒│ │   │▒▒▒│   │                  │ ││ 4×4 or 8×8    │
 *     └──┘ └───────────┘                  └─┘└───────────────┘
 *    m × k     c  m × n
 * ```
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Products } from "../device/kernels.ts";
import type { Gpu } from "./device.ts";
import { overDims } from "./dims.ts";
import { broadcastAt, floatsAt, gpuOf, groupsFor, stridedAt } from "./place.ts";
import { elementwise as perElement, type Shader, shader } from "./shader.ts";

/** What all of them are told: sizes, steps of a and b down and across, and what comes on top. */
const NUMBERS = {
  m: "u32",
  n: "u32",
  k: "u32",
  aRow: "u32",
  aCol: "u32",
  bRow: "u32",
  bCol: "u32",
  cRow: "u32",
  cCol: "u32",
  extras: "u32", // 1: a bias, 2: what c holds
  dims: "u32",
} as const;

/** Where matrix number z of a batch begins in a, b and c. */
const BATCH = `
fn batch(z: u32) -> vec3<u32> {
  var rest = z;
  var at = vec3<u32>(0u);
  for (var d = 0u; d < p.dims; d++) {
    let dim = p.table[d];
    at += (rest % dim.x) * dim.yzw;
    rest /= dim.x;
  }
  return at;
}
fn finish(at: u32, row: u32, col: u32, sum: f32) {
  if (row >= p.m || col >= p.n) { return; }
  let place = at + row * p.cRow + col * p.cCol;
  var value = sum;
  if ((p.extras & 1u) != 0u) { value += bias_at(col); }
  if ((p.extras & 2u) != 0u) { value += c_at(place); }
  set_c(place, value);
}
`;

const OPERANDS = { a: "f32", b: "f32", c: "f32", bias: "f32" } as const;

/** A thread for each element: for small products, and where a group's memory is slow. */
const single = shader({
  name: "matmul",
  operands: OPERANDS,
  numbers: NUMBERS,
  table: 6,
  group: [16, 16, 1],
  declarations: BATCH,
  main: `let row = id.y;
  let col = id.x;
  if (row >= p.m || col >= p.n) { return; }
  let at = batch(group.z);
  var a = at.x + row * p.aRow;
  var b = at.y + col * p.bCol;
  var sum = 0.0;
  for (var k = 0u; k < p.k; k++) {
    sum += a_at(a) * b_at(b);
    a += p.aCol;
    b += p.bRow;
  }
  finish(at.z, row, col, sum);`,
});

/** Rows of b that a strip has. */
const DEPTH = 16;

/** A tile of `tile` × `tile` by 256 threads, each with `each` × `each` of it in vectors of four. */
function tiled(tile: number, each: number): Shader {
  const fours = each / 4;
  const rows = Array.from({ length: each }, (_, i) => i);
  const columns = Array.from({ length: fours }, (_, j) => j);
  const loads = tile * DEPTH / 256;
  return shader({
    name: `matmul by tiles of ${tile}`,
    operands: OPERANDS,
    numbers: NUMBERS,
    table: 6,
    declarations: `${BATCH}
var<workgroup> aStrip: array<f32, ${tile * DEPTH}>; // [k][row]
var<workgroup> bStrip: array<vec4<f32>, ${tile * DEPTH / 4}>; // [k][column]
`,
    // The strip's elements go to the threads in the order in which they lie in memory where that is
    // along k, else along the other dimension.
    main: `let at = batch(group.z);
  let firstRow = group.y * ${tile}u;
  let firstCol = group.x * ${tile}u;
  let t = local.x;
  let ty = t / ${tile / each}u;
  let tx = t % ${tile / each}u;
${rows.map((i) => columns.map((j) => `  var s${i}_${j} = vec4<f32>(0.0);`).join("\n")).join("\n")}
  for (var k0 = 0u; k0 < p.k; k0 += ${DEPTH}u) {
    for (var l = 0u; l < ${loads}u; l++) {
      let e = l * 256u + t;
      var r = e % ${tile}u;
      var k = e / ${tile}u;
      if (p.aCol == 1u) { r = e / ${DEPTH}u; k = e % ${DEPTH}u; }
      var value = 0.0;
      if (firstRow + r < p.m && k0 + k < p.k) {
        value = a_at(at.x + (firstRow + r) * p.aRow + (k0 + k) * p.aCol);
      }
      aStrip[k * ${tile}u + r] = value;
    }
    for (var l = 0u; l < ${loads / 4}u; l++) {
      let e = l * 256u + t;
      let c = (e % ${tile / 4}u) * 4u;
      let k = e / ${tile / 4}u;
      var four = vec4<f32>(0.0);
      if (k0 + k < p.k) {
        let place = at.y + (k0 + k) * p.bRow + (firstCol + c) * p.bCol;
        if (firstCol + c + 3u < p.n) {
          four = vec4<f32>(b_at(place), b_at(place + p.bCol), b_at(place + 2u * p.bCol),
            b_at(place + 3u * p.bCol));
        } else {
          if (firstCol + c < p.n) { four.x = b_at(place); }
          if (firstCol + c + 1u < p.n) { four.y = b_at(place + p.bCol); }
          if (firstCol + c + 2u < p.n) { four.z = b_at(place + 2u * p.bCol); }
        }
      }
      bStrip[k * ${tile / 4}u + c / 4u] = four;
    }
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
${
      columns.map((j) =>
        `      let b${j} = bStrip[k * ${tile / 4}u + ${j}u * ${tile / each}u + tx];`
      ).join("\n")
    }
${
      rows.map((i) =>
        `      let a${i} = aStrip[k * ${tile}u + ty * ${each}u + ${i}u];\n` +
        columns.map((j) => `      s${i}_${j} += a${i} * b${j};`).join("\n")
      ).join("\n")
    }
    }
    workgroupBarrier();
  }
${
      rows.map((i) =>
        columns.map((j) =>
          ["x", "y", "z", "w"].map((lane, l) =>
            `  finish(at.z, firstRow + ty * ${each}u + ${i}u, firstCol + (${j}u * ${
              tile / each
            }u + tx) * 4u + ${l}u, s${i}_${j}.${lane});`
          ).join("\n")
        ).join("\n")
      ).join("\n")
    }`,
  });
}

const tiles64 = tiled(64, 4);
const tiles128 = tiled(128, 8);

/** Which kernel computes a product, and the tile that a group of it makes: by the shape alone. */
function kernelFor(gpu: Gpu, m: number, n: number, batches: number): [Shader, number] {
  if (gpu.isSoftware || m * n * batches < 64 * 64) return [single, 16];
  const groups = Math.ceil(m / 128) * Math.ceil(n / 128) * batches;
  return groups >= 64 ? [tiles128, 128] : [tiles64, 64];
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

/** Matrix products. */
export const products: Products = {
  gemm(a: Buffer, b: Buffer, c: Buffer, bias: Buffer | null, accumulate: boolean): void {
    const [batch, m, n] = split(c.shape);
    const k = a.shape.at(-1)!;
    const aAt = broadcastAt(a, "float32", [...batch, m, k], "matmul", "a");
    const bAt = broadcastAt(b, "float32", [...batch, k, n], "matmul", "b");
    const cAt = stridedAt(c, "float32", "matmul", "the result");
    const biasAt = bias === null ? 0 : floatsAt(bias, n, "matmul", "the bias");
    const [aBatch, aRow, aCol] = split(a.strides);
    const [bBatch, bRow, bCol] = split(b.strides);
    const [cBatch, cRow, cCol] = split(c.strides);
    const extras = (bias === null ? 0 : 1) + (accumulate ? 2 : 0);
    const gpu = gpuOf(c);
    overDims(batch, [aBatch, bBatch, cBatch], (dims, table, [ao, bo, co], count) => {
      const [kernel, tile] = kernelFor(gpu, m, n, count);
      const [x, y] = [Math.ceil(n / tile), Math.ceil(m / tile)];
      gpu.run(kernel, x, y, count, [
        aAt + ao!,
        bAt + bo!,
        cAt + co!,
        biasAt,
        m,
        n,
        k,
        aRow,
        aCol,
        bRow,
        bCol,
        cRow,
        cCol,
        extras,
        dims,
      ], table);
    });
  },

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
