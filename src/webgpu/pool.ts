/**
 * Pooling of images: a thread makes one element of the result. That of a gradient gathers from the
 * windows that its pixel is in, in their order, so that no two threads write to one place.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Images, ImageSize, Windows } from "../device/kernels.ts";
import { gpuOf, groupsFor, imagesAt, intsAt } from "./place.ts";
import { elementwise as perElement, type Kernel, type Shader } from "./shader.ts";

/** Entries of windows that a kernel is told at most; where there are more, they are in memory. */
const MOST = 240;

/** A kernel that is told its entries, and one that reads them from memory. */
type Both = readonly [told: Shader, reading: Shader];

/** Both forms of a kernel that knows `entry(i)`, element i as `at`, and the sizes. */
function pooling(kernel: Pick<Kernel, "name" | "operands" | "declarations" | "main">): Both {
  const { operands, declarations = "", main } = kernel;
  const numbers = { h: "u32", w: "u32", oh: "u32", ow: "u32", inner: "u32" } as const;
  return [
    perElement({
      ...kernel,
      numbers,
      table: MOST,
      declarations: `${declarations}
fn entry(i: u32) -> vec4<i32> { return bitcast<vec4<i32>>(p.table[i]); }`,
      main,
    }),
    perElement({
      ...kernel,
      name: `${kernel.name} of many windows`,
      operands: { ...operands, entries: "i32" },
      numbers,
      declarations: `${declarations}
fn entry(i: u32) -> vec4<i32> {
  return vec4<i32>(entries_at(4u * i), entries_at(4u * i + 1u), entries_at(4u * i + 2u), 0);
}`,
      main,
    }),
  ];
}

const IS_NAN =
  "fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }";

/** Of element i of the result: its channel, column, row and image, and the windows it looks through. */
const OUTPUT = `let channel = i % p.inner;
  let column = i / p.inner % p.ow;
  let row = i / (p.inner * p.ow) % p.oh;
  let image = i / (p.inner * p.ow * p.oh) * p.h * p.w;
  let down = entry(row); // begin, end, and divisor or step
  let across = entry(p.oh + column);`;

/** Of element i of a gradient: the same, and the windows that may have it. */
const INPUT = `let channel = i % p.inner;
  let column = i / p.inner % p.w;
  let row = i / (p.inner * p.w) % p.h;
  let image = i / (p.inner * p.w * p.h) * p.oh * p.ow;
  let down = entry(row); // the first window and the one behind the last
  let across = entry(p.h + column);`;

const maxPool = pooling({
  name: "maxPool2d",
  operands: { x: "f32", y: "f32", index: "i32" },
  declarations: IS_NAN,
  main: `${OUTPUT}
  var place = down.x * i32(p.w) + across.x;
  var best = x_at((image + u32(place)) * p.inner + channel);
  for (var r = down.x; r < down.y; r += down.z) {
    for (var c = across.x; c < across.y; c += across.z) {
      let k = r * i32(p.w) + c;
      let v = x_at((image + u32(k)) * p.inner + channel);
      if (is_nan(v) || (!is_nan(best) && v > best)) { best = v; place = k; }
    }
  }
  set_y(i, best);
  set_index(i, place);`,
});

const maxPoolGrad = pooling({
  name: "maxPool2d's gradient",
  operands: { dy: "f32", index: "i32", dx: "f32" },
  main: `${INPUT}
  let here = i32(row * p.w + column);
  var sum = 0.0;
  for (var r = down.x; r < down.y; r++) {
    for (var c = across.x; c < across.y; c++) {
      let k = (image + u32(r) * p.ow + u32(c)) * p.inner + channel;
      if (index_at(k) == here) { sum += dy_at(k); }
    }
  }
  set_dx(i, sum);`,
});

const avgPool = pooling({
  name: "avgPool2d",
  operands: { x: "f32", y: "f32" },
  main: `${OUTPUT}
  var sum = 0.0;
  for (var r = down.x; r < down.y; r++) {
    for (var c = across.x; c < across.y; c++) {
      sum += x_at((image + u32(r) * p.w + u32(c)) * p.inner + channel);
    }
  }
  set_y(i, sum / f32(down.z * across.z));`,
});

const avgPoolGrad = pooling({
  name: "avgPool2d's gradient",
  operands: { dy: "f32", dx: "f32" },
  main: `${INPUT}
  var sum = 0.0;
  for (var r = down.x; r < down.y; r++) {
    let rows = entry(p.h + p.w + u32(r));
    if (i32(row) < rows.x || i32(row) >= rows.y) { continue; }
    for (var c = across.x; c < across.y; c++) {
      let columns = entry(p.h + p.w + p.oh + u32(c));
      if (i32(column) < columns.x || i32(column) >= columns.y) { continue; }
      sum += dy_at((image + u32(r) * p.ow + u32(c)) * p.inner + channel) / f32(rows.z * columns.z);
    }
  }
  set_dx(i, sum);`,
});

/** An entry for each window: its begin, end and divisor or step. */
function entriesOf(list: readonly number[]): number[] {
  const entries: number[] = [];
  for (let i = 0; i < list.length; i += 3) entries.push(list[i]!, list[i + 1]!, list[i + 2]!, 0);
  return entries;
}

/** An entry for each of n pixels: the first window that reaches over it, and one behind the last. */
function windowsOver(n: number, list: readonly number[]): number[] {
  const entries = new Array<number>(4 * n).fill(0);
  for (let i = 0; i < list.length; i += 3) {
    for (let at = list[i]!; at < list[i + 1]!; at++) {
      if (entries[4 * at + 1] === 0) entries[4 * at] = i / 3;
      entries[4 * at + 1] = i / 3 + 1;
    }
  }
  return entries;
}

/** Calls a kernel for n elements. */
function run(
  [told, reading]: Both,
  to: Buffer,
  places: readonly number[],
  n: number,
  [, h, w, inner]: ImageSize,
  { rows, cols }: Windows,
  entries: readonly number[],
): void {
  const gpu = gpuOf(to);
  const numbers = [n, h, w, rows.length / 3, cols.length / 3, inner];
  if (entries.length <= 4 * MOST) {
    return gpu.run(told, groupsFor(n), 1, 1, [...places, ...numbers], entries);
  }
  gpu.withScratch(entries.length, (at) => {
    gpu.writeNumbers(at, Int32Array.from(entries));
    gpu.run(reading, groupsFor(n), 1, 1, [...places, at, ...numbers]);
  });
}

/** How many elements the images and the results have. */
function sizesOf([outer, h, w, inner]: ImageSize, { rows, cols }: Windows): [number, number] {
  return [outer * h * w * inner, outer * (rows.length / 3) * (cols.length / 3) * inner];
}

/** Pooling of images. */
export const pool: Pick<Images, "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"> = {
  maxPool(x, y, index, size, windows) {
    const op = "maxPool2d";
    const [all, n] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const xAt = imagesAt(x, last, all, op, "x");
    const yAt = imagesAt(y, last, n, op, "the result");
    const indexAt = intsAt(index, n, op, "the index");
    const entries = [...entriesOf(windows.rows), ...entriesOf(windows.cols)];
    run(maxPool, y, [xAt, yAt, indexAt], n, size, windows, entries);
  },

  maxPoolGrad(dy, index, dx, size, windows) {
    const op = "maxPool2d";
    const [n, all] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const dyAt = imagesAt(dy, last, all, op, "dy");
    const indexAt = intsAt(index, all, op, "the index");
    const dxAt = imagesAt(dx, last, n, op, "dx");
    const entries = [...windowsOver(size[1], windows.rows), ...windowsOver(size[2], windows.cols)];
    run(maxPoolGrad, dx, [dyAt, indexAt, dxAt], n, size, windows, entries);
  },

  avgPool(x, y, size, windows) {
    const [all, n] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const xAt = imagesAt(x, last, all, "avgPool2d", "x");
    const yAt = imagesAt(y, last, n, "avgPool2d", "the result");
    const entries = [...entriesOf(windows.rows), ...entriesOf(windows.cols)];
    run(avgPool, y, [xAt, yAt], n, size, windows, entries);
  },

  avgPoolGrad(dy, dx, size, windows) {
    const [n, all] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const dyAt = imagesAt(dy, last, all, "avgPool2d", "dy");
    const dxAt = imagesAt(dx, last, n, "avgPool2d", "dx");
    const { rows, cols } = windows;
    const over = [...windowsOver(size[1], rows), ...windowsOver(size[2], cols)];
    const entries = [...over, ...entriesOf(rows), ...entriesOf(cols)];
    run(avgPoolGrad, dx, [dyAt, dxAt], n, size, windows, entries);
  },
};
