/**
 * Products by tiles, of whatever two matrices: of tensors that lie regularly (`matmul.ts`), and of
 * images whose windows are the rows of a matrix that is nowhere written down (`conv.ts`).
 *
 * A group of threads computes a tile of c: it brings a strip of a and one of b into the group's
 * memory, where each number is read by many threads, and each thread multiplies a small tile of its own
 * out of registers. The next strips come into registers meanwhile.
 *
 * ```
 *            b  k × n                       b strip  depth × columns
 *          ┌───────────┐                    ┌───────────────┐
 *          │   │▒▒▒│   │                    └───────────────┘
 *          └───────────┘         a strip  ┌─┐┌───────────────┐
 *   a ┌──┐ ┌───────────┐   rows × depth   │ ││ one thread:   │
 *     │▒▒│ │   │▒▒▒│   │                  │ ││ 4×4 … 8×8     │
 *     └──┘ └───────────┘                  └─┘└───────────────┘
 *    m × k     c  m × n
 * ```
 *
 * Where c has too few tiles for a GPU, k is split: each part gives a c of its own, and a second kernel
 * adds those in their order. Tile and parts depend on the shape alone, and so do the bits.
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { groupsFor } from "./place.ts";
import {
  ACCUMULATE,
  BIAS,
  BY_FOURS,
  type Form,
  functionsOf,
  IN_PARTS,
  type Product,
  reading,
  RELU,
  TOLD,
  upTo,
} from "./product.ts";
import { type Shader, shader } from "./shader.ts";
import { type Tile, tiled, TILES } from "./tiled.ts";

/**
 * The kernel in which a thread computes some rows and columns of c by itself, out of registers: for
 * what is too small for tiles, and where the memory of a group is slow.
 */
function simple(product: Product, rows: number, cols: number): Shader {
  const isInterleaved = product.isInterleaved === true;
  const [inner, outer] = isInterleaved ? ["p.matrices", "down"] : ["down", "p.matrices"];
  const [i, j] = [upTo(rows), upTo(cols)];
  return shader({
    name: `${product.name}, ${rows} × ${cols} by a thread`,
    operands: { a: "f32", b: "f32", c: "f32", bias: "f32" },
    numbers: { ...TOLD, ...product.numbers },
    ...product.table === undefined ? {} : { table: product.table },
    declarations: `${functionsOf(product)}${reading("a", product.a, "single")}${
      reading("b", product.b, "single")
    }
fn store(part: u32, z: u32, at: vec3<u32>, row: u32, col: u32, sum: f32) {
  if (row >= p.m || col >= p.n) { return; }
  if (p.parts > 1u) { set_c(place_in_part(part, z, row, col), sum); }
  else { finish(z, at, row, col, sum); }
}`,
    main: `let down = (p.m + ${rows - 1}u) / ${rows}u;
  let across = (p.n + ${cols - 1}u) / ${cols}u;
  let all = p.parts * p.matrices * down * across;
  for (var i = id.x; i < all; i += groups.x * 256u) {
    let near = i / across % ${inner};
    let far = i / (across * ${inner}) % ${outer};
    let row = ${isInterleaved ? "far" : "near"} * ${rows}u;
    let col = i % across * ${cols}u;
    let z = ${isInterleaved ? "near" : "far"};
    let part = i / (across * down * p.matrices);
    let begin = part * p.each;
    let end = min(p.k, begin + p.each);
    let at = start(z);
${i.map((i) => `    let a${i} = a_line(at, min(row + ${i}u, p.m - 1u));`).join("\n")}
${j.map((j) => `    let b${j} = b_line(at, min(col + ${j}u, p.n - 1u));`).join("\n")}
${i.flatMap((i) => j.map((j) => `    var s${i}${j} = 0.0;`)).join("\n")}
    for (var k = begin; k < end; k++) {
      let ofA = a_step(k);
      let ofB = b_step(k);
${i.map((i) => `      let x${i} = a_read(a${i}, ofA);`).join("\n")}
${j.map((j) => `      let y${j} = b_read(b${j}, ofB);`).join("\n")}
${i.flatMap((i) => j.map((j) => `      s${i}${j} += x${i} * y${j};`)).join("\n")}
    }
${
      i.flatMap((i) => j.map((j) => `    store(part, z, at, row + ${i}u, col + ${j}u, s${i}${j});`))
        .join("\n")
    }
  }`,
  });
}

/** The kernel that adds the parts of c. */
function adding(product: Product): Shader {
  return shader({
    name: `${product.name}, its parts`,
    operands: { a: "f32", c: "f32", bias: "f32" },
    numbers: { ...TOLD, ...product.numbers },
    ...product.table === undefined ? {} : { table: product.table },
    declarations: `${functionsOf(product)}`,
    main: `let all = p.matrices * p.m * p.n;
  for (var i = id.x; i < all; i += groups.x * 256u) {
    var sum = 0.0;
    var part = 0u;
    for (; part + 8u <= p.parts; part += 8u) { // eight loads under way at once
${upTo(8).map((l) => `      let a${l} = a_at((part + ${l}u) * all + i);`).join("\n")}
      sum += ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7));
    }
    for (; part < p.parts; part++) { sum += a_at(part * all + i); }
    let z = i / (p.n * p.m);
    finish(z, start(z), i / p.n % p.m, i % p.n, sum);
  }`,
  });
}

const FORMS: readonly Form[] = ["single", "along", "across"];

/** The kernels of a product, each made when it is first called. */
export class Kernels {
  readonly #product: Product;
  readonly #tiled = new Map<Tile, Shader[]>();
  readonly #simple: Shader[] = [];
  #adding: Shader | null = null;

  /** Of a product. */
  constructor(product: Product) {
    this.#product = product;
  }

  /** What messages call it. */
  get name(): string {
    return this.#product.name;
  }

  /** By tiles. */
  tiled(tile: Tile, aForm: Form, bForm: Form): Shader {
    let made = this.#tiled.get(tile);
    if (made === undefined) this.#tiled.set(tile, made = []);
    const at = FORMS.indexOf(aForm) * 3 + FORMS.indexOf(bForm);
    return made[at] ??= tiled(this.#product, tile, aForm, bForm);
  }

  /** By threads of their own, each with so many rows and columns. */
  simple(each: number): Shader {
    return this.#simple[each] ??= simple(this.#product, each, each);
  }

  /** The second stage of a product whose k is split. */
  get adding(): Shader {
    return this.#adding ??= adding(this.#product);
  }
}

/** How a product is computed: by tiles, or (null) an element by a thread; k in how many parts. */
export interface Plan {
  tile: Tile | null;
  parts: number;
}

/** A plan for all products, for tests and benchmarks; null: by the shape. */
export const forced: { plan: Plan | null } = { plan: null };

// A large GPU, roughly: what it computes and moves in a microsecond, what a call costs, and how many
// groups and threads fill it.
const [FLOPS, BYTES, CALL, GROUPS, THREADS] = [3e7, 2e6, 4, 180, 180 * 256];

/** Where a group's memory is slow; llvmpipe leaves a loop after 65535 turns, and says nothing. */
function planOnSoftware(k: number): Plan {
  return { tile: null, parts: Math.ceil(k / 32768) };
}

/** How fast an element by a thread is, measured as tiles are. */
const SINGLE = 0.03;

/** The plan that takes the least time: by the shape alone. */
export function planOf(m: number, n: number, k: number, matrices: number): Plan {
  const c = m * n * matrices;
  const best: Plan = { tile: null, parts: 1 };
  let least = Infinity;
  const consider = (tile: Tile | null, work: number, full: number, parts: number) => {
    const speed = tile === null ? SINGLE : tile.speed;
    const time = work / (FLOPS * speed * Math.min(1, full * parts)) +
      (parts > 1 ? CALL + 8 * c * parts / BYTES : 0);
    if (time >= least) return;
    least = time;
    best.tile = tile;
    best.parts = parts;
  };
  const most = (full: number, deep: number) =>
    Math.max(1, Math.min(Math.floor(1 / full), Math.floor(k / deep)));
  const full = c / THREADS;
  consider(null, 2 * c * k, full, 1);
  consider(null, 2 * c * k, full, most(full, 64));
  for (const tile of TILES) {
    const [down, across] = [Math.ceil(m / tile.rows), Math.ceil(n / tile.cols)];
    if (down > 65535 || across > 65535) continue;
    const work = 2 * down * tile.rows * across * tile.cols * matrices * k;
    const full = down * across * matrices / GROUPS;
    consider(tile, work, full, 1);
    consider(tile, work, full, most(full, 128));
  }
  return best;
}

/** An operand: where it begins, and how it can be loaded. */
export interface Loaded {
  readonly at: number;
  readonly form: Form;
}

/** Where c goes, and what comes on top. */
export interface Result {
  readonly at: number;
  /** Whether four elements of a row lie side by side from a multiple of 4 on, all along. */
  readonly byFours: boolean;
  /** Where a bias for the columns begins. Default: there is none. */
  readonly bias?: number | null;
  /** From a matrix's bias to the next one's. Default: 0, they have one. */
  readonly biasStep?: number;
  /** Whether what c holds is added. Default: false. */
  readonly accumulate?: boolean;
  /** Whether it is relu of that. Default: false. */
  readonly relu?: boolean;
}

/** Multiplies: c of [matrices, m, n] = a·b over k. The numbers and the table are the product's own. */
export function multiply(
  gpu: Gpu,
  kernels: Kernels,
  [m, n, k, matrices]: readonly [m: number, n: number, k: number, matrices: number],
  a: Loaded,
  b: Loaded,
  { at, byFours, bias = null, biasStep = 0, accumulate = false, relu = false }: Result,
  numbers: readonly number[],
  table: readonly number[] = [],
): void {
  const c = m * n * matrices;
  if (c === 0) return;
  const { tile, parts } = forced.plan ??
    (gpu.isSoftware ? planOnSoftware(k) : planOf(m, n, k, matrices));
  const depth = tile?.depth ?? 1;
  const each = Math.ceil(k / parts / depth) * depth;
  const extras = (bias === null ? 0 : BIAS) + (accumulate ? ACCUMULATE : 0) + (relu ? RELU : 0);
  const biasAt = bias ?? 0;
  /** Writes c, or the parts of it. */
  const products = (to: number, fours: boolean, first: number) => {
    if (tile === null) {
      // with registers enough to load less, unless there are too few elements to go round
      const some = gpu.isSoftware && m >= 4 && n >= 4 ? 4 : 1;
      const blocks = Math.ceil(m / some) * Math.ceil(n / some) * matrices * parts;
      return gpu.run(kernels.simple(some), groupsFor(blocks), 1, 1, [
        ...[a.at, b.at, to, biasAt, m, n, k, matrices, 0, parts, each, first, biasStep],
        ...numbers,
      ], table);
    }
    const { rows, cols } = tile;
    const together = Math.floor(65535 / parts);
    const kernel = kernels.tiled(tile, a.form, b.form);
    const asked = first + (fours ? BY_FOURS : 0);
    for (let z = 0; z < matrices; z += together) {
      const deep = Math.min(together, matrices - z) * parts;
      gpu.run(kernel, Math.ceil(n / cols), Math.ceil(m / rows), deep, [
        ...[a.at, b.at, to, to, biasAt, m, n, k, matrices, z, parts, each, asked, biasStep],
        ...numbers,
      ], table);
    }
  };
  if (parts === 1) return products(at, byFours, extras);
  gpu.withScratch(parts * c, (to) => {
    products(to, n % 4 === 0, IN_PARTS);
    gpu.run(kernels.adding, groupsFor(c), 1, 1, [
      ...[to, at, biasAt, m, n, k, matrices, 0, parts, each, extras, biasStep],
      ...numbers,
    ], table);
  });
}
