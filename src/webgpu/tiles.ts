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
import { RELU_OF } from "./functions.ts";
import { type NumberType, type Shader, shader } from "./shader.ts";

/**
 * How a thread loads elements of an operand: one by one, or four at once, which lie side by side along
 * k or across it.
 */
export type Form = "single" | "along" | "across";

/**
 * One of the two matrices. Its lines are a's rows and b's columns; element k of line i stands where
 * `place(line(at, i), step(k))` says, counted from the operand's beginning; below 0 it is no element
 * but 0. All are bodies of WGSL functions on three whole numbers each.
 */
export interface Side {
  /** From what `start` gave, `at`, and `i`. */
  readonly line: string;
  /** From `k`. */
  readonly step: string;
  /** From `line` and `step`. */
  readonly place: string;
  /** Whether all elements are there. Default: false. */
  readonly isFull?: boolean;
  /** What is there instead of an element, from `at`, which is below 0. Default: 0. */
  readonly absent?: string;
}

/** What is multiplied. */
export interface Product {
  /** What messages call it. */
  readonly name: string;
  /** The matrices. */
  readonly a: Side;
  /** The other one. */
  readonly b: Side;
  /** Body of a WGSL function: three numbers about matrix `z`. */
  readonly start: string;
  /** Body of a WGSL function: where element (`row`, `col`) of c stands, from `at` likewise. */
  readonly c: string;
  /** What the bodies are told. */
  readonly numbers: Readonly<Record<string, NumberType>>;
  /** And a table. */
  readonly table?: number;
  /** Whether an element of c has that of the next matrix beside it, and not of the next row. */
  readonly isInterleaved?: boolean;
  /** Functions that the bodies call. */
  readonly declarations?: string;
}

/** What a group computes at once: of c, of which a thread computes some, and how deep a strip is. */
export interface Tile {
  /** Rows and columns. */
  readonly rows: number;
  readonly cols: number;
  /** Rows and columns of a thread: multiples of 4. */
  readonly eachRows: number;
  readonly eachCols: number;
  /** So many elements of k at once. */
  readonly depth: number;
  /** Of these, how many without a loop: all is the fastest, and takes longest to compile. */
  readonly unrolled: number;
  /** How fast it is where a GPU is full of it; the fastest has 1. */
  readonly speed: number;
}

/** All tiles. A thread loads four by four elements of a strip at most. */
export const TILES: readonly Tile[] = [
  { rows: 128, cols: 128, eachRows: 8, eachCols: 8, depth: 16, unrolled: 16, speed: 1 },
  { rows: 128, cols: 64, eachRows: 8, eachCols: 4, depth: 16, unrolled: 16, speed: 0.75 },
  { rows: 64, cols: 64, eachRows: 4, eachCols: 4, depth: 32, unrolled: 32, speed: 0.8 },
  { rows: 128, cols: 32, eachRows: 4, eachCols: 4, depth: 16, unrolled: 16, speed: 0.6 },
  { rows: 32, cols: 32, eachRows: 4, eachCols: 4, depth: 16, unrolled: 16, speed: 0.5 },
];

/** What each product is told, before its own numbers. */
const NUMBERS = {
  m: "u32",
  n: "u32",
  k: "u32",
  matrices: "u32",
  first: "u32", // matrix of this call
  parts: "u32", // of k
  each: "u32", // elements of k of a part
  extras: "u32", // see below
  biasStep: "u32", // from a matrix's bias to the next one's
} as const;

/** What comes on top of a product, and how it is written. */
const [BIAS, ACCUMULATE, IN_PARTS, BY_FOURS, RELU] = [1, 2, 4, 8, 16] as const;

/** The functions of both sides, and what writes an element. */
function functionsOf({ a, b, start, c, declarations = "" }: Product): string {
  const side = (x: string, { line, step, place }: Side) => `
fn ${x}_line(at: vec3<u32>, i: u32) -> vec3<i32> { ${line} }
fn ${x}_step(k: u32) -> vec3<i32> { ${step} }
fn ${x}_place(line: vec3<i32>, step: vec3<i32>) -> i32 { ${place} }`;
  return `${declarations}${side("a", a)}${side("b", b)}
fn start(z: u32) -> vec3<u32> { ${start} }
${RELU_OF}
fn place_of(at: vec3<u32>, row: u32, col: u32) -> u32 { ${c} }
fn finish(z: u32, at: vec3<u32>, row: u32, col: u32, sum: f32) {
  let place = place_of(at, row, col);
  var value = sum;
  if ((p.extras & ${BIAS}u) != 0u) { value += bias_at(z * p.biasStep + col); }
  if ((p.extras & ${ACCUMULATE}u) != 0u) { value += c_at(place); }
  if ((p.extras & ${RELU}u) != 0u) { value = relu_of(value); }
  set_c(place, value);
}
fn place_in_part(part: u32, z: u32, row: u32, col: u32) -> u32 {
  return ((part * p.matrices + z) * p.m + row) * p.n + col;
}
`;
}

/** Reads an operand in a form: by `X_read(line, step)`. */
function reading(x: string, { absent = "0.0", isFull = false }: Side, form: Form): string {
  const [type, none, index] = form === "single"
    ? ["f32", absent, "u32(at)"]
    : ["vec4<f32>", `vec4<f32>(${absent}, 0.0, 0.0, 0.0)`, "u32(at) >> 2u"];
  return `
fn ${x}_read(line: vec3<i32>, step: vec3<i32>) -> ${type} {
  let at = ${x}_place(line, step);
  ${isFull ? "" : `if (at < 0) { return ${none}; }`}
  return ${x}_at(${index});
}`;
}

const FOUR = [0, 1, 2, 3] as const;
const LANES = ["x", "y", "z", "w"] as const;

/**
 * Loads the 4 × 4 elements of a thread from k on into v0 … v3, each of them one of k and four lines.
 * The lines are l0 … l3.
 */
function loading(x: string, form: Form): string {
  if (form === "along") {
    return `let step = ${x}_step(k);
${FOUR.map((i) => `      let u${i} = ${x}_read(l${i}, step);`).join("\n")}
${
      FOUR.map((j) =>
        `      v${j} = vec4<f32>(${FOUR.map((i) => `u${i}.${LANES[j]}`).join(", ")});`
      )
        .join("\n")
    }`;
  }
  return FOUR.map((j) =>
    `if (k + ${j}u < end) {
      let step = ${x}_step(k + ${j}u);
      v${j} = ${
      form === "across"
        ? `${x}_read(l0, step)`
        : `vec4<f32>(${FOUR.map((i) => `${x}_read(l${i}, step)`).join(", ")})`
    };
    }`
  ).join("\n      ");
}

/** The lines of a thread's block: l0 … l3. */
function lines(x: string, form: Form, count: string): string {
  return form === "across"
    ? `l0 = ${x}_line(at, min(line, (${count} - 1u) & ~3u));`
    : FOUR.map((i) => `l${i} = ${x}_line(at, min(line + ${i}u, ${count} - 1u));`).join("\n    ");
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** The kernel of a product by tiles, with operands in some forms. */
function tiled(product: Product, tile: Tile, aForm: Form, bForm: Form): Shader {
  const { rows, cols, eachRows, eachCols, depth, unrolled } = tile;
  const [down, across] = [rows / eachRows, cols / eachCols]; // threads
  const [aFours, bFours] = [upTo(eachRows / 4), upTo(eachCols / 4)]; // of a thread
  const deep = depth / 4;
  const [aBlocks, bBlocks] = [rows / 4 * deep, cols / 4 * deep];
  const sums = aFours.flatMap((i) =>
    LANES.flatMap((lane) => bFours.map((j) => ({ i, lane, j, name: `s${i}${lane}${j}` })))
  );
  const load = (from: string) =>
    `{
    v0 = vec4<f32>(0.0); v1 = v0; v2 = v0; v3 = v0;
    let k = ${from} + ofK * 4u;
    if (k < end) {
    if (t < ${aBlocks}u) {
      ${loading("a", aForm)}
    } else if (t < ${aBlocks + bBlocks}u) {
      ${loading("b", bForm)}
    }
    }
  }`;
  return shader({
    name: `${product.name} by tiles of ${rows} × ${cols}`,
    operands: {
      a: aForm === "single" ? "f32" : "vec4f",
      b: bForm === "single" ? "f32" : "vec4f",
      c: "f32",
      fours: "vec4f", // c by fours
      bias: "f32",
    },
    numbers: { ...NUMBERS, ...product.numbers },
    ...product.table === undefined ? {} : { table: product.table },
    group: [down * across, 1, 1],
    declarations: `${functionsOf(product)}${reading("a", product.a, aForm)}${
      reading("b", product.b, bForm)
    }
fn store(part: u32, z: u32, at: vec3<u32>, row: u32, col: u32, sum: vec4<f32>) {
  if (row >= p.m || col >= p.n) { return; }
  let inParts = (p.extras & ${IN_PARTS}u) != 0u;
  if ((p.extras & ${BY_FOURS}u) != 0u) {
    if (inParts) { set_fours(place_in_part(part, z, row, col) >> 2u, sum); return; }
    var value = sum;
    if ((p.extras & ${BIAS}u) != 0u) {
      let i = z * p.biasStep + col;
      value += vec4<f32>(bias_at(i), bias_at(i + 1u), bias_at(i + 2u), bias_at(i + 3u));
    }
    let place = place_of(at, row, col) >> 2u;
    if ((p.extras & ${ACCUMULATE}u) != 0u) { value += fours_at(place); }
    if ((p.extras & ${RELU}u) != 0u) {
      value = vec4<f32>(relu_of(value.x), relu_of(value.y), relu_of(value.z), relu_of(value.w));
    }
    set_fours(place, value);
    return;
  }
${
      LANES.map((lane, l) =>
        `  if (col + ${l}u < p.n) {
    if (inParts) { set_c(place_in_part(part, z, row, col + ${l}u), sum.${lane}); }
    else { finish(z, at, row, col + ${l}u, sum.${lane}); }
  }`
      ).join("\n")
    }
}
// a's strip and b's side by side: [k][four lines]
var<workgroup> strips: array<array<vec4<f32>, ${(rows + cols) / 4}>, ${depth}>;
`,
    // Of the threads the first load blocks of a's strip and the others of b's. Eight neighbours take
    // lines that follow each other, so that they write to different banks; the next eight more of k.
    // A place in the strips is checked to be inside where it is not constant: so k comes first, which
    // is, and what comes second is the same for all k.
    main: `let z = p.first + group.z / p.parts;
  let part = group.z % p.parts;
  let at = start(z);
  let begin = part * p.each;
  let end = min(p.k, begin + p.each);
  let t = local.x;
  let ofA = t < ${aBlocks}u;
  let block = select(t - ${aBlocks}u, t, ofA);
  let ofLines = block % 8u + block / ${8 * deep}u * 8u;
  let ofK = block / 8u % ${deep}u;
  let firstRow = group.y * ${rows}u;
  let firstCol = group.x * ${cols}u;
  var l0 = vec3<i32>(0); var l1 = l0; var l2 = l0; var l3 = l0;
  if (ofA) {
    let line = firstRow + ofLines * 4u;
    ${lines("a", aForm, "p.m")}
  } else if (t < ${aBlocks + bBlocks}u) {
    let line = firstCol + ofLines * 4u;
    ${lines("b", bForm, "p.n")}
  }
  let slot = ofLines + select(${rows / 4}u, 0u, ofA);
  let ty = (t / ${across}u) & ${down - 1}u;
  let tx = t & ${across - 1}u;
${sums.map(({ name }) => `  var ${name} = vec4<f32>(0.0);`).join("\n")}
  var v0: vec4<f32>; var v1: vec4<f32>; var v2: vec4<f32>; var v3: vec4<f32>;
  ${load("begin")}
  for (var k0 = begin; k0 < end; k0 += ${depth}u) {
    workgroupBarrier();
    if (t < ${aBlocks + bBlocks}u) {
${FOUR.map((j) => `      strips[ofK * 4u + ${j}u][slot] = v${j};`).join("\n")}
    }
    workgroupBarrier();
    if (k0 + ${depth}u < end) ${load(`k0 + ${depth}u`)}
    ${unrolled < depth ? `for (var kk = 0u; kk < ${depth}u; kk += ${unrolled}u) {` : "{"}
${
      upTo(unrolled).map((k) => {
        const at = unrolled < depth ? `kk + ${k}u` : `${k}`;
        return `    {
${aFours.map((i) => `      let a${i} = strips[${at}][ty + ${i * down}u];`).join("\n")}
${bFours.map((j) => `      let b${j} = strips[${at}][tx + ${rows / 4 + j * across}u];`).join("\n")}
${sums.map(({ name, i, lane, j }) => `      ${name} += a${i}.${lane} * b${j};`).join("\n")}
    }`;
      }).join("\n")
    }
    }
  }
${
      sums.map(({ name, i, lane, j }) =>
        `  store(part, z, at, firstRow + (ty + ${i * down}u) * 4u + ${LANES.indexOf(lane)}u, ` +
        `firstCol + (tx + ${j * across}u) * 4u, ${name});`
      ).join("\n")
    }`,
  });
}

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
    numbers: { ...NUMBERS, ...product.numbers },
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
    numbers: { ...NUMBERS, ...product.numbers },
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
