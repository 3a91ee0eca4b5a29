/**
 * Changing images on the fly.
 *
 * @module
 */
import { allocOn, type Buffer } from "../device/buffer.ts";
import type { Images, Spread } from "../device/kernels.ts";
import { write } from "../device/transfer.ts";
import type { Gpu } from "./device.ts";
import { floatsAt, gpuOf, groupsFor } from "./place.ts";
import { elementwise as perElement } from "./shader.ts";

const warp = perElement({
  name: "warp",
  operands: { x: "f32", y: "f32", affine: "f32", field: "f32", rows: "f32", cols: "f32" },
  numbers: { channels: "u32", h: "u32", w: "u32", points: "u32" },
  declarations: `
fn up_to_four(n: u32) -> u32 { return (n + 3u) & ~3u; }
// where a pixel of a sample comes from: its column (axis 0) or row (1)
fn origin(sample: u32, axis: u32, row: u32, column: u32) -> f32 {
  let middle = (vec2<f32>(f32(p.w), f32(p.h)) - 1.0) / 2.0;
  let map = sample * 6u + axis * 3u;
  var at = affine_at(map) * (f32(column) - middle.x) +
    affine_at(map + 1u) * (f32(row) - middle.y) + affine_at(map + 2u) + middle[axis];
  for (var k = 0u; k < p.points; k++) {
    let line = ((sample * 2u + axis) * p.points + k) * up_to_four(p.points);
    var sum = 0.0;
    for (var l = 0u; l < p.points; l++) {
      sum += field_at(line + l) * cols_at(l * up_to_four(p.w) + column);
    }
    at += sum * rows_at(row * p.points + k);
  }
  return at;
}
fn pixel(plane: u32, row: i32, column: i32) -> f32 {
  if (row < 0 || row >= i32(p.h) || column < 0 || column >= i32(p.w)) { return 0.0; }
  return x_at((plane * p.h + u32(row)) * p.w + u32(column));
}`,
  main: `let plane = i / (p.h * p.w);
  let sample = plane / p.channels;
  let at = vec2<f32>(
    origin(sample, 0u, i / p.w % p.h, i % p.w),
    origin(sample, 1u, i / p.w % p.h, i % p.w),
  );
  let corner = floor(at);
  let share = at - corner;
  // beyond the image all is alike, and an int32 takes no larger numbers
  let size = vec2<f32>(f32(p.w), f32(p.h));
  let first = vec2<i32>(clamp(corner, vec2<f32>(-2.0), size + 1.0));
  let above = mix(pixel(plane, first.y, first.x), pixel(plane, first.y, first.x + 1), share.x);
  let below =
    mix(pixel(plane, first.y + 1, first.x), pixel(plane, first.y + 1, first.x + 1), share.x);
  set_y(i, mix(above, below, share.y));`,
});

/** Spreads that are on the GPU: rows, and behind them columns. They live as long as the spread. */
const known = new WeakMap<Spread, Buffer>();

function tablesOf(gpu: Gpu, spread: Spread): Buffer {
  const found = known.get(spread);
  if (found?.storage.device === gpu) return found;
  const { rows, cols } = spread;
  const both = new Float32Array(rows.length + cols.length);
  both.set(rows);
  both.set(cols, rows.length);
  const buffer = allocOn(gpu, [both.length]);
  buffer.storage.own();
  write(buffer, both);
  known.set(spread, buffer);
  return buffer;
}

/** Changes of images. */
export const warping: Pick<Images, "warp"> = {
  warp(x, y, affine, field, spread) {
    const op = "warp";
    const [n, channels, h, w] = x.shape as [number, number, number, number];
    const { points, rows, cols } = spread;
    const pixels = n * channels * h * w;
    const gpu = gpuOf(y);
    let [fieldAt, rowsAt] = [0, 0];
    if (field !== null) {
      fieldAt = floatsAt(field, n * 2 * points * (points + 3 & ~3), op, "the displacements");
      rowsAt = floatsAt(tablesOf(gpu, spread), rows.length + cols.length, op, "the weights");
    }
    gpu.run(warp, groupsFor(pixels), 1, 1, [
      floatsAt(x, pixels, op, "x"),
      floatsAt(y, pixels, op, "the result"),
      floatsAt(affine, n * 6, op, "the maps"),
      fieldAt,
      rowsAt,
      rowsAt + rows.length,
      pixels,
      channels,
      h,
      w,
      field === null ? 0 : points,
    ]);
  },
};
