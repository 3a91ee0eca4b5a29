/**
 * Pooling of images: a thread makes one element of the result. That of a gradient gathers from the
 * windows that its pixel is in, in their order, so that no two threads write to one place. What is too
 * much for one call is done in strips, which go on where the last one ended.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Images, ImageSize, Windows } from "../device/kernels.ts";
import { gpuOf, groupsFor, imagesAt, intsAt } from "./place.ts";
import { elementwise as perElement, type Kernel, type Shader } from "./shader.ts";

/** Entries of windows that a kernel is told at most; where there are more, they are in memory. */
const MOST = 240;

/** How often a thread turns at most in one call. */
const TURNS = 16384;

/** A kernel that is told its entries, and one that reads them from memory. */
type Both = readonly [told: Shader, reading: Shader];

/** Both forms of a kernel that knows `entry(i)`, element i as `at`, and the sizes. */
function pooling(kernel: Pick<Kernel, "name" | "operands" | "declarations" | "main">): Both {
  const { operands, declarations = "", main } = kernel;
  const numbers = {
    h: "u32",
    w: "u32",
    oh: "u32",
    ow: "u32",
    inner: "u32",
    rowFrom: "i32", // the strip, counted from where a window begins
    rowTo: "i32",
    colFrom: "i32",
    colTo: "i32",
    isFirst: "u32",
    isLast: "u32",
  } as const;
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

/** Of a sum: what the strips before left of it, and where this one ends. */
const STRIP = (result: "y" | "dx") =>
  `var sum = 0.0;
  if (p.isFirst == 0u) { sum = ${result}_at(i); }
  let rowEnd = min(down.y, down.x + p.rowTo);
  let colEnd = min(across.y, across.x + p.colTo);`;

const maxPool = pooling({
  name: "maxPool2d",
  operands: { x: "f32", y: "f32", index: "i32" },
  declarations: IS_NAN,
  main: `${OUTPUT}
  var place = down.x * i32(p.w) + across.x;
  var best = x_at((image + u32(place)) * p.inner + channel);
  if (p.isFirst == 0u) {
    place = index_at(i);
    best = y_at(i);
  }
  let rowEnd = min(down.y, down.x + p.rowTo * down.z);
  let colEnd = min(across.y, across.x + p.colTo * across.z);
  for (var r = down.x + p.rowFrom * down.z; r < rowEnd; r += down.z) {
    for (var c = across.x + p.colFrom * across.z; c < colEnd; c += across.z) {
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
  ${STRIP("dx")}
  for (var r = down.x + p.rowFrom; r < rowEnd; r++) {
    for (var c = across.x + p.colFrom; c < colEnd; c++) {
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
  ${STRIP("y")}
  for (var r = down.x + p.rowFrom; r < rowEnd; r++) {
    for (var c = across.x + p.colFrom; c < colEnd; c++) {
      sum += x_at((image + u32(r) * p.w + u32(c)) * p.inner + channel);
    }
  }
  if (p.isLast != 0u) { sum /= f32(down.z * across.z); }
  set_y(i, sum);`,
});

const avgPoolGrad = pooling({
  name: "avgPool2d's gradient",
  operands: { dy: "f32", dx: "f32" },
  main: `${INPUT}
  ${STRIP("dx")}
  for (var r = down.x + p.rowFrom; r < rowEnd; r++) {
    let rows = entry(p.h + p.w + u32(r));
    if (i32(row) < rows.x || i32(row) >= rows.y) { continue; }
    for (var c = across.x + p.colFrom; c < colEnd; c++) {
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

/** The longest of some entries: begin, end and, if it counts as one, step. */
function longest(entries: readonly number[], each: 3 | 4, isStepped = false): number {
  let most = 1;
  for (let i = 0; i < entries.length; i += each) {
    const length = entries[i + 1]! - entries[i]!;
    most = Math.max(most, isStepped ? Math.ceil(length / entries[i + 2]!) : length);
  }
  return most;
}

/** Calls a kernel for n elements, of which each goes through so many rows and columns. */
function run(
  [told, reading]: Both,
  to: Buffer,
  places: readonly number[],
  n: number,
  [, h, w, inner]: ImageSize,
  { rows, cols }: Windows,
  entries: readonly number[],
  [down, across]: readonly [down: number, across: number],
): void {
  const gpu = gpuOf(to);
  const numbers = [n, h, w, rows.length / 3, cols.length / 3, inner];
  const wide = Math.min(across, TURNS);
  const high = wide < across ? 1 : Math.min(down, Math.ceil(TURNS / wide)); // so that all go in order
  const inStrips = (call: (strip: number[]) => void) => {
    for (let row = 0; row < down; row += high) {
      for (let col = 0; col < across; col += wide) {
        const isLast = row + high >= down && col + wide >= across;
        call([row, row + high, col, col + wide, row + col === 0 ? 1 : 0, isLast ? 1 : 0]);
      }
    }
  };
  if (entries.length <= 4 * MOST) {
    return inStrips((strip) => {
      gpu.run(told, groupsFor(n), 1, 1, [...places, ...numbers, ...strip], entries);
    });
  }
  gpu.withScratch(entries.length, (at) => {
    gpu.writeNumbers(at, Int32Array.from(entries));
    inStrips((strip) => {
      gpu.run(reading, groupsFor(n), 1, 1, [...places, at, ...numbers, ...strip]);
    });
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
    const most = [longest(windows.rows, 3, true), longest(windows.cols, 3, true)] as const;
    run(maxPool, y, [xAt, yAt, indexAt], n, size, windows, entries, most);
  },

  maxPoolGrad(dy, index, dx, size, windows) {
    const op = "maxPool2d";
    const [n, all] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const dyAt = imagesAt(dy, last, all, op, "dy");
    const indexAt = intsAt(index, all, op, "the index");
    const dxAt = imagesAt(dx, last, n, op, "dx");
    const [down, across] = [windowsOver(size[1], windows.rows), windowsOver(size[2], windows.cols)];
    const most = [longest(down, 4), longest(across, 4)] as const;
    const places = [dyAt, indexAt, dxAt];
    run(maxPoolGrad, dx, places, n, size, windows, [...down, ...across], most);
  },

  avgPool(x, y, size, windows) {
    const [all, n] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const xAt = imagesAt(x, last, all, "avgPool2d", "x");
    const yAt = imagesAt(y, last, n, "avgPool2d", "the result");
    const entries = [...entriesOf(windows.rows), ...entriesOf(windows.cols)];
    const most = [longest(windows.rows, 3), longest(windows.cols, 3)] as const;
    run(avgPool, y, [xAt, yAt], n, size, windows, entries, most);
  },

  avgPoolGrad(dy, dx, size, windows) {
    const [n, all] = sizesOf(size, windows);
    const last = size[3] !== 1;
    const dyAt = imagesAt(dy, last, all, "avgPool2d", "dy");
    const dxAt = imagesAt(dx, last, n, "avgPool2d", "dx");
    const { rows, cols } = windows;
    const [down, across] = [windowsOver(size[1], rows), windowsOver(size[2], cols)];
    const entries = [...down, ...across, ...entriesOf(rows), ...entriesOf(cols)];
    const most = [longest(down, 4), longest(across, 4)] as const;
    run(avgPoolGrad, dx, [dyAt, dxAt], n, size, windows, entries, most);
  },
};
