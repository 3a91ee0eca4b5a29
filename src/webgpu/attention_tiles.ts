/**
 * Tiles of attention in WGSL: how lines come into a group's memory, what is multiplied there, and how a
 * result is written. `attention.ts` has the picture.
 *
 * @module
 */
import { MOST_DIMS } from "./dims.ts";
import { EXP, NUMBERS } from "./functions.ts";
import { PHILOX } from "./random.ts";
import { type Kernel, type Shader, shader } from "./shader.ts";

/** Own lines of a tile, others, numbers of a line in a strip, and columns of a result. */
export const OWN = 64, OTHERS = 32, STRIP = 16, COLS = 64;

/** Steps of a product without a loop. */
const UNROLLED = 4;

/** What is strided, in the order in which places and steps are told. */
export const STRIDED = ["q", "k", "v", "mask", "y", "dy", "dq", "dk", "dv"] as const;

/** Rows of the table for one dimension of the batch: its length, and a step of each operand. */
const ROWS = 3;

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
/** 0 … 3. */
export const FOUR: readonly number[] = upTo(4);
/** 0 … 7. */
export const EIGHT: readonly number[] = upTo(8);

/** A line of text for each of some numbers. */
export function each(numbers: readonly number[], line: (i: number) => string): string {
  return numbers.map(line).join("\n");
}
/** Four numbers. */
export function vec4(value: (i: number) => string): string {
  return `vec4<f32>(${FOUR.map(value).join(", ")})`;
}

/** What all kernels are told. */
export const TOLD: Pick<Kernel, "operands" | "numbers" | "table"> = {
  operands: {
    ...Object.fromEntries(STRIDED.map((name) => [name, "f32" as const])),
    bytes: "u8", // a mask of bool
    lengths: "i32",
    stats: "f32",
    shares: "f32", // Σ dy y of each query
    fours: "vec4f", // all memory, by fours
  },
  numbers: {
    units: "u32",
    blocks: "u32", // of own lines of a matrix
    wide: "u32", // groups that share the columns of a result
    even: "u32", // 1: numbers of a line lie by fours
    l: "u32",
    s: "u32",
    d: "u32",
    e: "u32",
    dims: "u32",
    first: "u32", // matrix of this call
    each: "u32", // matrices that share a number of keys; 0: there are no lengths
    causal: "u32",
    masked: "u32", // 0: no mask, 1: of bool, 2: of floats
    scale: "f32",
    least: "f32",
    factor: "f32", // of what dropout keeps; 0: it drops nothing
    seedLow: "u32",
    seedHigh: "u32",
    streamLow: "u32",
    streamHigh: "u32",
    ...Object.fromEntries(
      STRIDED.flatMap((x) => [`${x}Row`, `${x}Col`]).map((name) => [name, "u32" as const]),
    ),
  },
  table: ROWS * MOST_DIMS,
};

/** Where the operands of a matrix begin, as the table has it. */
export const PLACES: string = `
struct Places { a: vec4<u32>, b: vec4<u32>, c: vec4<u32> }
fn places_of(matrix: u32) -> Places {
  var rest = matrix;
  var at = Places(vec4<u32>(0u), vec4<u32>(0u), vec4<u32>(0u));
  for (var d = 0u; d < p.dims; d++) {
    let row = p.table[${ROWS}u * d];
    let i = rest % row.x;
    rest /= row.x;
    at.a += i * row;
    at.b += i * p.table[${ROWS}u * d + 1u];
    at.c += i * p.table[${ROWS}u * d + 2u];
  }
  return at;
}
`;

/** Strips of lines, which come into the group's memory. */
const STRIPS =
  `// Each 32 times 16 times four numbers, the first of these in two parts, of which the second is constant
// where many places are read, as each that is not is checked.
// left: a strip of own lines, [k][by fours], or a tile, [other][own lines by fours], which are exchanged so
// that eight threads meet eight banks
var<workgroup> left: array<array<array<vec4<f32>, 16>, ${UNROLLED}>, 8>;
// right: a strip of others, [k][by fours], or [other][columns by fours]
var<workgroup> right: array<array<array<vec4<f32>, 16>, ${UNROLLED}>, 8>;
// four numbers of a line from k on
fn four(base: u32, row: u32, step: u32, line: u32, lines: u32, k: u32, ks: u32) -> vec4<f32> {
  var x = vec4<f32>(0.0);
  if (line >= lines || k >= ks) { return x; }
  let at = base + line * row;
  if (p.even == 1u) { return fours_at((at + k) >> 2u); }
  for (var i = 0u; i < min(4u, ks - k); i++) {
    let place = at + (k + i) * step;
    x[i] = bitcast<f32>(heap[place >> 2u][place & 3u]);
  }
  return x;
}
// numbers from k on of own lines from a0 on, and of others from b0 on: 4 by 4 at a time
fn load_strips(
  t: u32, a: u32, aRow: u32, aStep: u32, a0: u32, as_: u32, b: u32, bRow: u32, bStep: u32, b0: u32,
  bs: u32, k: u32, ks: u32,
) {
  for (var i = t; i < ${(OWN + OTHERS) * STRIP / 16}u; i += 64u) {
    let isOwn = i < ${OWN * STRIP / 16}u;
    let wide = select(${OTHERS / 4}u, ${OWN / 4}u, isOwn);
    let fourth = i % wide;
    let ofK = i / wide % ${STRIP / 4}u;
    let base = select(b, a, isOwn);
    let row = select(bRow, aRow, isOwn);
    let step = select(bStep, aStep, isOwn);
    let lines = select(bs, as_, isOwn);
    let line = select(b0 + fourth, a0 + fourth * 4u, isOwn);
    let apart = select(${OTHERS / 4}u, 1u, isOwn);
${
    each(FOUR, (i) =>
      `    let u${i} = four(base, row, step, line + ${i}u * apart, lines, k + ofK * 4u, ks);`)
  }
    if (isOwn) {
${each(FOUR, (k) => `      left[ofK][${k}][fourth] = ${vec4((i) => `u${i}[${k}]`)};`)}
    } else {
${each(FOUR, (k) => `      right[ofK][${k}][fourth] = ${vec4((i) => `u${i}[${k}]`)};`)}
    }
  }
}
`;

/** What becomes of a score: its mask, its exponential, and what dropout leaves of it. */
const SCORES = `// exp of what is at most 0, and 0 of what was hidden
fn exp_of_four(x: vec4<f32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(x);
  let near = max(x, vec4<f32>(-104.0));
  let n = round(near * 1.4426950408889634);
  let r = (near - n * 0.693359375) + n * 0.00021219444170128554;
  let q = (((0.0013814467238262296 * r + 0.008368780836462975) * r + 0.04166839271783829) * r +
    0.1666651964187622) * r + 0.4999999403953552;
  let half = vec4<i32>(n) >> vec4<u32>(1u);
  let rest = vec4<i32>(n) - half;
  let powers = bitcast<vec4<f32>>(vec4<u32>(half + 127) << vec4<u32>(23u));
  let others = bitcast<vec4<f32>>(vec4<u32>(rest + 127) << vec4<u32>(23u));
  let e = (1.0 + (r + r * r * q)) * powers * others;
  let shown = select(e, vec4<f32>(0.0), (bits == vec4<u32>(0xff800000u)) | (x < vec4<f32>(-104.0)));
  return select(shown, x, (bits & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
}
// keys that there are, but for what is hidden otherwise
fn limit_of(matrix: u32) -> u32 {
  if (p.each == 0u) { return p.s; }
  return min(p.s, u32(max(0, lengths_at((p.first + matrix) / p.each))));
}
// whether a tile has nothing to hide
fn is_open(query: u32, queries: u32, key: u32, keys: u32, limit: u32) -> bool {
  return p.masked == 0u && query + queries <= p.l && key + keys <= limit &&
    (p.causal == 0u || key + keys - 1u <= query);
}
// the score of query i and key j with its mask
fn masked(x: f32, mask: u32, i: u32, j: u32, limit: u32) -> f32 {
  if (i >= p.l || j >= limit || (p.causal == 1u && j > i)) { return -infinity(); }
  let at = mask + i * p.maskRow + j * p.maskCol;
  if (p.masked == 1u && bytes_at(at) == 0u) { return -infinity(); }
  if (p.masked == 2u) { return x * p.scale + mask_at(at); }
  return x * p.scale;
}
// what dropout makes of 1
fn kept(matrix: u32, i: u32, j: u32) -> f32 {
  let place = ((p.first + matrix) * p.l + i) * p.s + j;
  let words = philox(place >> 2u);
  return select(0.0, p.factor, unit(words[place & 3u]) >= p.least);
}
`;

/** What all tiles are made by. */
const MEMORY = `${NUMBERS}${EXP}${PHILOX}${PLACES}
${STRIPS}${SCORES}`;

/** Where own lines 0 … 3 (0) or 32 … 35 (1) of other `i` of a thread stand in the tile. */
const slot = (i: string, half: number) =>
  `left[2u * ${i} + (tx >> 2u)][tx & 3u][(ty ^ tx) + ${8 * half}u]`;

/** Number `i` in the group's memory. */
export const at = (array: "left" | "right", i: string): string =>
  `${array}[(${i}) >> 6u][((${i}) >> 4u) & 3u][(${i}) & 15u]`;

/** Puts a thread's numbers of a tile, `name`0 … 7, into the group's memory. */
export const put = (name: string): string =>
  each(
    FOUR,
    (i) =>
      [0, 1].map((half) =>
        `${slot(`${i}u`, half)} = ${vec4((r) => `${name}${4 * half + r}[${i}]`)};`
      ).join("\n"),
  );

/** And takes them out again. */
export const take = (name: string): string =>
  each(
    FOUR,
    (i) => [0, 1].map((half) => `let ${name}${i}${half} = ${slot(`${i}u`, half)};`).join("\n"),
  ) +
  each(EIGHT, (r) => `${name}${r} = ${vec4((i) => `${name}${i}${r >> 2}[${r & 3}]`)};`);

/** Changes a thread's numbers that are in the tile: `value` makes a new one of each, `x`. */
export function change(
  own: "query" | "key",
  value: (x: string, query: string, key: string) => string,
): string {
  const four = (half: number) => {
    const place = slot("i", half);
    return `${place} = ${
      vec4((r) => {
        const [line, other] = [`row + ${r + 32 * half}u`, "other0 + tx + 8u * i"];
        return value(
          `${place}[${r}]`,
          ...(own === "query" ? [line, other] : [other, line]) as [string, string],
        );
      })
    };`;
  };
  return `for (var i = 0u; i < 4u; i++) {
      ${four(0)}
      ${four(1)}
    }`;
}

/** Drops some of a thread's numbers that are in the tile. */
export const drop = (own: "query" | "key"): string =>
  change(own, (x, query, key) => `${x} * kept(matrix, ${query}, ${key})`);

/** A thread's own lines. */
export const line = (r: number): string => `row + ${(r & 3) + 32 * (r >> 2)}u`;
/** Its others. */
export const other = (i: number): string => `other0 + tx + ${8 * i}u`;

/** Sums, 0 at first. */
export const zeros = (name: string, columns = 1): string =>
  each(
    EIGHT,
    (r) => each(upTo(columns), (j) => `var ${name}${r}${columns > 1 ? j : ""} = vec4<f32>(0.0);`),
  );

/** Lines of an operand: its name, where they begin, how many there are. */
export type Lines = readonly [name: string, place: string, count: string];
export const Q: Lines = ["q", "at.a.y", "p.l"];
export const K: Lines = ["k", "at.a.z", "p.s"];
export const V: Lines = ["v", "at.a.w", "p.s"];
export const DY: Lines = ["dy", "at.b.z", "p.l"];
export const Y: Lines = ["y", "at.b.y", "p.l"];
export const DQ: Lines = ["dq", "at.b.w", "p.l"];
export const DK: Lines = ["dk", "at.c.x", "p.s"];
export const DV: Lines = ["dv", "at.c.y", "p.s"];
/** Where the mask begins. */
export const MASK = "at.b.x";

/** `name`0 … 7 = products of own lines of a and other lines of b: what scores and gradients are made of. */
export function products(
  name: string,
  [a, aAt, as]: Lines,
  [b, bAt, bs]: Lines,
  depth: string,
): string {
  return `${zeros(name)}
    for (var k0 = 0u; k0 < max(${depth}, 1u); k0 += ${STRIP}u) {
      workgroupBarrier();
      load_strips(t, p.${a} + ${aAt}, p.${a}Row, p.${a}Col, first, ${as},
        p.${b} + ${bAt}, p.${b}Row, p.${b}Col, other0, ${bs}, k0, ${depth});
      workgroupBarrier();
      for (var k = 0u; k < ${STRIP / UNROLLED}u; k++) {
${
    each(upTo(UNROLLED), (k) =>
      `{
        let a0 = left[k][${k}][ty];
        let a1 = left[k][${k}][ty + 8u];
        let b = right[k][${k}][tx];
${each(EIGHT, (r) => `        ${name}${r} += a${r >> 2}[${r & 3}] * b;`)}
      }`)
  }
      }
    }`;
}

/** Brings columns of the other lines of x into the group's memory. */
export function rowsOf([x, begin, count]: Lines, columns: string): string {
  return `for (var i = t; i < ${OTHERS * COLS / 4}u; i += 64u) {
      ${at("right", "i")} = four(p.${x} + ${begin}, p.${x}Row, p.${x}Col, other0 + i / ${
    COLS / 4
  }u, ${count},
        c0 + i % ${COLS / 4}u * 4u, ${columns});
    }`;
}

/** `name`00 … 7j += the tile, its own lines down, times those rows. */
export function addProducts(name: string): string {
  return `for (var k = 0u; k < ${OTHERS / UNROLLED}u; k++) {
    let own = ty ^ ((k & 1u) * 4u);
${
    each(upTo(UNROLLED), (k) =>
      `{
        let a0 = left[k][${k}][own ^ ${k}u];
        let a1 = left[k][${k}][(own ^ ${k}u) + 8u];
${
        each([0, 1], (j) =>
          `        let b${j} = right[k][${k}][tx + ${8 * j}u];
${
            each(
              EIGHT,
              (r) => `        ${name}${r}${j} += a${r >> 2}[${r & 3}] * b${j};`,
            )
          }`)
      }
      }`)
  }
    }`;
}

/**
 * Writes a thread's lines and columns of a result, of each line what `value` makes of it: through the
 * group's memory, out of which neighbours write side by side.
 */
export function write(
  [x, begin, count]: Lines,
  columns: string,
  name: string,
  value: (sum: string, r: number) => string,
): string {
  return each([0, 1], (j) =>
    `workgroupBarrier();
${
      each(EIGHT, (r) => {
        const sum = `${name}${r}${j}`;
        return `    ${at("left", `(${line(r)} - first) * 8u + tx`)} = ${value(sum, r)};`;
      })
    }
    workgroupBarrier();
    for (var i = t; i < ${OWN * 8}u; i += 64u) {
      write_four(p.${x} + ${begin}, p.${x}Row, first + i / 8u, ${count}, c0 + (i % 8u + ${
      8 * j
    }u) * 4u, ` +
    `${columns}, ${at("left", "i")});
    }`);
}

const WRITE = `
fn write_four(base: u32, row: u32, line: u32, lines: u32, col: u32, cols: u32, value: vec4<f32>) {
  if (line >= lines || col >= cols) { return; }
  let at = base + line * row + col;
  if (p.even == 1u) { set_fours(at >> 2u, value); return; }
  for (var i = 0u; i < min(4u, cols - col); i++) {
    heap[(at + i) >> 2u][(at + i) & 3u] = bitcast<u32>(value[i]);
  }
}
`;

/** For each tile of own lines, `first` and on; those of a thread begin with `row`, columns with `c0`. */
export function perTile(name: string, declarations: string, main: string): Shader {
  return shader({
    name,
    ...TOLD,
    group: [64, 1, 1],
    declarations: `${MEMORY}${WRITE}${declarations}`,
    // masks tell the compiler that no place is outside the group's memory
    main: `let t = local.x & 63u;
  let tx = t & 7u;
  let ty = t >> 3u;
  for (var unit = group.x; unit < p.units; unit += groups.x) {
    let c0 = unit % p.wide * ${COLS}u;
    let matrix = unit / p.wide / p.blocks;
    let first = unit / p.wide % p.blocks * ${OWN}u;
    let at = places_of(matrix);
    let row = first + ty * 4u;
    let limit = limit_of(matrix);
${main}
  }`,
  });
}
