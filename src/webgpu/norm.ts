/**
 * Normalisation. Sums are trees that depend on the shape alone:
 *
 * ```
 * by channels, which lie side by side        by rows
 *         channels →                          row:  | lane 0 | lane 1 | … |  again and again
 *       ┌────────────┐                                  └──┬────┘
 *   ↓   │ a block    │ → a line of sums                    └── a sum of all lanes
 *  all  ├────────────┤
 *       │ the next   │ → a line of sums      then the lines' sums in the same way
 *       └────────────┘
 * ```
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Channels, Normalization, Reductions } from "../device/kernels.ts";
import { floatsAt, gpuOf, groupsFor, imagesAt } from "./place.ts";
import { elementwise as perElement, type Kernel, type Shader, shader } from "./shader.ts";

/** Elements of a channel from which on there are several blocks, and how many those are at most. */
const [BLOCK, BLOCKS] = [256, 64];

/** Channels of a group, where they lie side by side. */
const LANES = 32;

/**
 * A kernel that folds the elements of each channel in a block to three numbers: `take` does so with
 * element `e` of `channel`, at `i`, and `all`; `merge` with `a` and `b`; two are written.
 */
function byChannel(
  kernel: Pick<Kernel, "name" | "operands"> & { take: string; merge: string },
): Shader {
  return shader({
    name: kernel.name,
    operands: { ...kernel.operands, first: "f32", second: "f32" },
    numbers: {
      total: "u32", // elements of a channel
      c: "u32",
      inner: "u32",
      lanes: "u32", // channels of a group
      each: "u32", // elements of a block
      part: "u32", // of an element that is a block: how many it was made of, of `whole`
      whole: "u32",
      over: "f32", // what the second of the numbers is divided by
    },
    declarations: `var<workgroup> folds: array<vec3<f32>, 256>;
fn merge(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> { ${kernel.merge} }`,
    main: `let t = local.x;
  let rows = 256u / p.lanes;
  for (var tile = group.y; tile * p.lanes < p.c; tile += groups.y) {
    let channel = tile * p.lanes + t % p.lanes;
    var all = vec3<f32>(0.0);
    if (channel < p.c) {
      let end = min(p.total, (group.x + 1u) * p.each);
      for (var e = group.x * p.each + t / p.lanes; e < end; e += rows) {
        let i = (e / p.inner * p.c + channel) * p.inner + e % p.inner;
        ${kernel.take}
      }
    }
    folds[t] = all;
    workgroupBarrier();
    for (var half = 128u; half >= p.lanes; half >>= 1u) {
      if (t < half) { folds[t] = merge(folds[t], folds[t + half]); }
      workgroupBarrier();
    }
    if (t < p.lanes && channel < p.c) {
      set_first(group.x * p.c + channel, folds[t].x);
      set_second(group.x * p.c + channel, folds[t].y / p.over);
    }
    workgroupBarrier();
  }`,
  });
}

/** Mean, Σ (x − mean)² and count of a and of b, together. */
const MERGE_MOMENTS = `if (b.z == 0.0) { return a; }
  let n = a.z + b.z;
  let share = b.z / n;
  let d = b.x - a.x;
  return vec3<f32>(a.x + d * share, a.y + b.y + d * d * (a.z * share), n);`;

const moments = byChannel({
  name: "batchNorm's moments",
  operands: { x: "f32" },
  take: `let x = x_at(i);
        let d = x - all.x;
        all.z += 1.0;
        all.x += d / all.z;
        all.y += d * (x - all.x);`,
  merge: MERGE_MOMENTS,
});

const momentsOfBlocks = byChannel({
  name: "batchNorm's moments, of blocks",
  operands: { means: "f32", squares: "f32" },
  take: `let count = f32(min(p.part, p.whole - e * p.part));
        all = merge(all, vec3<f32>(means_at(i), squares_at(i), count));`,
  merge: MERGE_MOMENTS,
});

const sums = byChannel({
  name: "batchNorm's sums",
  operands: { x: "f32", dy: "f32", mean: "f32" },
  take: `let dy = dy_at(i);
        all += vec3<f32>(dy, dy * (x_at(i) - mean_at(channel)), 0.0);`,
  merge: "return a + b;",
});

const sumsOfRows = byChannel({
  name: "layerNorm's gradient of the weight",
  operands: { x: "f32", dy: "f32", stats: "f32" },
  take: `let dy = dy_at(i);
        all += vec3<f32>(dy, dy * (x_at(i) - stats_at(2u * e)) * stats_at(2u * e + 1u), 0.0);`,
  merge: "return a + b;",
});

const sumsOfBlocks = byChannel({
  name: "sums of blocks",
  operands: { a: "f32", b: "f32" },
  take: "all += vec3<f32>(a_at(i), b_at(i), 0.0);",
  merge: "return a + b;",
});

/** Folds each channel of what lies at `places`, and divides the second of the two results. */
function fold(
  [shader, ofBlocks]: readonly [shader: Shader, ofBlocks: Shader],
  like: Buffer,
  places: readonly number[],
  [outer, c, inner]: Channels,
  [first, second]: readonly [first: number, second: number],
  over: number,
): void {
  const gpu = gpuOf(like);
  const total = outer * inner;
  const each = Math.max(BLOCK, Math.ceil(total / BLOCKS));
  const blocks = Math.max(1, Math.ceil(total / each));
  const lanes = inner === 1 ? Math.min(LANES, powerFrom(c)) : 1;
  const tiles = Math.min(Math.ceil(c / lanes), 65535);
  if (blocks === 1) {
    const numbers = [total, c, inner, lanes, each, 1, total, over];
    return gpu.run(shader, 1, tiles, 1, [...places, first, second, ...numbers]);
  }
  gpu.withScratch(2 * blocks * c, (at) => {
    const at2 = at + blocks * c;
    const numbers = [total, c, inner, lanes, each, 1, total, 1];
    gpu.run(shader, blocks, tiles, 1, [...places, at, at2, ...numbers]);
    const last = Math.min(LANES, powerFrom(c));
    gpu.run(ofBlocks, 1, Math.min(Math.ceil(c / last), 65535), 1, [
      ...[at, at2, first, second],
      ...[blocks, c, 1, last, blocks, each, total, over],
    ]);
  });
}

/** The least power of two that is not less than n. */
function powerFrom(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}

const channelScale = perElement({
  name: "batchNorm's scale",
  operands: { variance: "f32", w: "f32", inverse: "f32", scale: "f32" },
  numbers: { eps: "f32" },
  main: `let w = w_at(i);
  let inverse = 1.0 / sqrt(variance_at(i) + p.eps);
  set_inverse(i, inverse);
  set_scale(i, w * inverse);`,
});

const channelGradScale = perElement({
  name: "batchNorm's gradient by channels",
  operands: {
    sum: "f32",
    product: "f32",
    inverse: "f32",
    scale: "f32",
    dw: "f32",
    k: "f32",
    d: "f32",
  },
  numbers: { part: "f32" },
  main: `let inverse = inverse_at(i);
  let slope = product_at(i) * inverse;
  let scale = scale_at(i) * p.part;
  let sum = sum_at(i);
  set_dw(i, slope);
  set_k(i, -scale * slope * inverse);
  set_d(i, -scale * sum);`,
});

const channelAffine = perElement({
  name: "batchNorm",
  operands: { x: "f32", y: "f32", mean: "f32", scale: "f32", shift: "f32" },
  numbers: { c: "u32", inner: "u32" },
  main: `let c = i / p.inner % p.c;
  set_y(i, scale_at(c) * (x_at(i) - mean_at(c)) + shift_at(c));`,
});

const channelAffineGrad = perElement({
  name: "batchNorm's gradient",
  operands: {
    x: "f32",
    dy: "f32",
    dx: "f32",
    mean: "f32",
    scale: "f32",
    k: "f32",
    d: "f32",
  },
  numbers: { c: "u32", inner: "u32" },
  main: `let c = i / p.inner % p.c;
  set_dx(i, scale_at(c) * dy_at(i) + k_at(c) * (x_at(i) - mean_at(c)) + d_at(c));`,
});

/** A kernel of rows, several lanes of a group each, with `total(sums)` of a row's lanes. */
function byRow(kernel: Pick<Kernel, "name" | "operands"> & { main: string }): Shader {
  return shader({
    name: kernel.name,
    operands: kernel.operands,
    numbers: { rows: "u32", n: "u32", lanes: "u32", eps: "f32" },
    declarations: `var<workgroup> sums: array<vec2<f32>, 256>;
fn total(sum: vec2<f32>, t: u32) -> vec2<f32> {
  let lane = t % p.lanes;
  sums[t] = sum;
  workgroupBarrier();
  for (var half = p.lanes / 2u; half > 0u; half >>= 1u) {
    if (lane < half) { sums[t] += sums[t + half]; }
    workgroupBarrier();
  }
  let all = sums[t - lane];
  workgroupBarrier();
  return all;
}`,
    main: `let t = local.x;
  let lane = t % p.lanes;
  let together = 256u / p.lanes;
  for (var block = group.x; block * together < p.rows; block += groups.x) {
    let row = block * together + t / p.lanes;
    let n = select(0u, p.n, row < p.rows);
    let first = row * p.n;
${kernel.main}
  }`,
  });
}

const layerNorm = byRow({
  name: "layerNorm",
  operands: { x: "f32", w: "f32", b: "f32", y: "f32", stats: "f32" },
  main: `    var sum = vec2<f32>(0.0);
    for (var i = lane; i < n; i += p.lanes) { sum.x += x_at(first + i); }
    let mean = total(sum, t).x / f32(p.n);
    var square = vec2<f32>(0.0);
    for (var i = lane; i < n; i += p.lanes) {
      let d = x_at(first + i) - mean;
      square.x += d * d;
    }
    let inverse = 1.0 / sqrt(total(square, t).x / f32(p.n) + p.eps);
    for (var i = lane; i < n; i += p.lanes) {
      set_y(first + i, (x_at(first + i) - mean) * inverse * w_at(i) + b_at(i));
    }
    if (lane == 0u && row < p.rows) {
      set_stats(2u * row, mean);
      set_stats(2u * row + 1u, inverse);
    }`,
});

const layerNormGrad = byRow({
  name: "layerNorm's gradient",
  operands: { x: "f32", w: "f32", dy: "f32", stats: "f32", dx: "f32" },
  main: `    let at = 2u * min(row, p.rows - 1u);
    let mean = stats_at(at);
    let inverse = stats_at(at + 1u);
    var sum = vec2<f32>(0.0);
    for (var i = lane; i < n; i += p.lanes) {
      let d = dy_at(first + i) * w_at(i);
      sum += vec2<f32>(d, d * (x_at(first + i) - mean) * inverse);
    }
    let along = total(sum, t) / f32(p.n);
    for (var i = lane; i < n; i += p.lanes) {
      let normal = (x_at(first + i) - mean) * inverse;
      set_dx(first + i, inverse * (dy_at(first + i) * w_at(i) - (along.x + normal * along.y)));
    }`,
});

/** Lanes of a row of n, and groups for all rows: about four elements a lane. */
function lanesFor(rows: number, n: number): [lanes: number, groups: number] {
  const lanes = n <= 16 ? 1 : Math.min(256, powerFrom(n / 4));
  return [lanes, groupsFor(rows * lanes)];
}

/** Normalisation by channels and by rows. */
export const normalization: Normalization & Pick<Reductions, "channelMoments"> = {
  channelMoments(x, mean, variance, channels) {
    const op = "batchNorm";
    const [outer, c, inner] = channels;
    const xAt = imagesAt(x, inner === 1, outer * c * inner, op, "x");
    const meanAt = floatsAt(mean, c, op, "the mean");
    const varianceAt = floatsAt(variance, c, op, "the variance");
    const to = [meanAt, varianceAt] as const;
    fold([moments, momentsOfBlocks], x, [xAt], channels, to, outer * inner);
  },

  channelSums(x, dy, mean, sum, product, channels) {
    const op = "batchNorm";
    const [outer, c, inner] = channels;
    const n = outer * c * inner;
    const xAt = imagesAt(x, inner === 1, n, op, "x");
    const dyAt = imagesAt(dy, inner === 1, n, op, "dy");
    const meanAt = floatsAt(mean, c, op, "the mean");
    const sumAt = floatsAt(sum, c, op, "the sums");
    const productAt = floatsAt(product, c, op, "the products");
    fold([sums, sumsOfBlocks], x, [xAt, dyAt, meanAt], channels, [sumAt, productAt], 1);
  },

  channelScale(variance, w, inverse, scale, eps) {
    const op = "batchNorm";
    const c = scale.numel;
    gpuOf(scale).run(channelScale, groupsFor(c), 1, 1, [
      floatsAt(variance, c, op, "the variance"),
      floatsAt(w, c, op, "the weight"),
      floatsAt(inverse, c, op, "the inverse"),
      floatsAt(scale, c, op, "the scale"),
      c,
      eps,
    ]);
  },

  channelGradScale(sum, product, inverse, scale, dw, k, d, part) {
    const op = "batchNorm";
    const c = k.numel;
    gpuOf(k).run(channelGradScale, groupsFor(c), 1, 1, [
      floatsAt(sum, c, op, "the sums"),
      floatsAt(product, c, op, "the products"),
      floatsAt(inverse, c, op, "the inverse"),
      floatsAt(scale, c, op, "the scale"),
      floatsAt(dw, c, op, "dw"),
      floatsAt(k, c, op, "k"),
      floatsAt(d, c, op, "d"),
      c,
      part,
    ]);
  },

  channelAffine(x, y, mean, scale, shift, [outer, c, inner]) {
    const op = "batchNorm";
    const n = outer * c * inner;
    gpuOf(y).run(channelAffine, groupsFor(n), 1, 1, [
      imagesAt(x, inner === 1, n, op, "x"),
      imagesAt(y, inner === 1, n, op, "the result"),
      floatsAt(mean, c, op, "the mean"),
      floatsAt(scale, c, op, "the scale"),
      floatsAt(shift, c, op, "the bias"),
      n,
      c,
      inner,
    ]);
  },

  channelAffineGrad(x, dy, dx, mean, scale, k, d, [outer, c, inner]) {
    const op = "batchNorm";
    const n = outer * c * inner;
    gpuOf(dx).run(channelAffineGrad, groupsFor(n), 1, 1, [
      imagesAt(x, inner === 1, n, op, "x"),
      imagesAt(dy, inner === 1, n, op, "dy"),
      imagesAt(dx, inner === 1, n, op, "dx"),
      floatsAt(mean, c, op, "the mean"),
      floatsAt(scale, c, op, "the scale"),
      floatsAt(k, c, op, "k"),
      floatsAt(d, c, op, "d"),
      n,
      c,
      inner,
    ]);
  },

  layerNorm(x, w, b, y, stats, rows, n, eps) {
    const op = "layerNorm";
    const [lanes, groups] = lanesFor(rows, n);
    gpuOf(y).run(layerNorm, groups, 1, 1, [
      floatsAt(x, rows * n, op, "x"),
      floatsAt(w, n, op, "the weight"),
      floatsAt(b, n, op, "the bias"),
      floatsAt(y, rows * n, op, "the result"),
      floatsAt(stats, rows * 2, op, "what was saved"),
      rows,
      n,
      lanes,
      eps,
    ]);
  },

  layerNormGrad(x, w, dy, stats, dx, rows, n) {
    const op = "layerNorm";
    const [lanes, groups] = lanesFor(rows, n);
    gpuOf(dx).run(layerNormGrad, groups, 1, 1, [
      floatsAt(x, rows * n, op, "x"),
      floatsAt(w, n, op, "the weight"),
      floatsAt(dy, rows * n, op, "dy"),
      floatsAt(stats, rows * 2, op, "what was saved"),
      floatsAt(dx, rows * n, op, "dx"),
      rows,
      n,
      lanes,
      0,
    ]);
  },

  layerNormGradWeight(x, dy, stats, dw, db, rows, n) {
    const op = "layerNorm";
    const xAt = floatsAt(x, rows * n, op, "x");
    const dyAt = floatsAt(dy, rows * n, op, "dy");
    const statsAt = floatsAt(stats, rows * 2, op, "what was saved");
    const dwAt = floatsAt(dw, n, op, "dw");
    const dbAt = floatsAt(db, n, op, "db");
    fold([sumsOfRows, sumsOfBlocks], x, [xAt, dyAt, statsAt], [rows, n, 1], [dbAt, dwAt], 1);
  },
};
