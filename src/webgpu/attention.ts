/**
 * Attention: tiles of 64 lines by 32, which are all that is ever there of the scores. See
 * `assembly/attention/` for the formulas.
 *
 * ```
 *   attention     a group has 64 queries, and all keys go by
 *   its dq        likewise                                       dS·k
 *   its dk, dv    a group has 64 keys, and all queries go by     dSᵀ·q and Pᵀ·dy
 * ```
 *
 * The lines of a group are called its own, those that go by the others. Scores are products of strips
 * of 16 numbers of a line, which come into the group's memory; the tile that is made of them goes there
 * in their place, and is multiplied by rows of the others. Of its 64 threads each has 8 own lines by 4
 * others of the tile, and 8 own lines by 8 columns of a result, in registers to the end. A result
 * with more columns than 64 is made by several groups.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Attention, AttentionRule } from "../device/kernels.ts";
import { DeviceError } from "../core/errors.ts";
import { numelOf } from "../core/shape.ts";
import type { Gpu } from "./device.ts";
import { MOST_DIMS, overDims } from "./dims.ts";
import { EXP, NUMBERS } from "./functions.ts";
import { floatsAt, gpuOf, groupsFor, intsAt, stridedAt } from "./place.ts";
import { PHILOX } from "./random.ts";
import { elementwise as perElement, type Kernel, type Shader, shader } from "./shader.ts";

/** Own lines of a tile, others, numbers of a line in a strip, and columns of a result. */
const [OWN, OTHERS, STRIP, COLS] = [64, 32, 16, 64];

/** Steps of a product without a loop. */
const UNROLLED = 4;

/** What is strided, in the order in which places and steps are told. */
const STRIDED = ["q", "k", "v", "mask", "y", "dy", "dq", "dk", "dv"] as const;

/** Rows of the table for one dimension of the batch: its length, and a step of each operand. */
const ROWS = 3;

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const [FOUR, EIGHT] = [upTo(4), upTo(8)];
/** A line of text for each of some numbers. */
const each = (numbers: readonly number[], line: (i: number) => string) =>
  numbers.map(line).join("\n");
const vec4 = (value: (i: number) => string) => `vec4<f32>(${FOUR.map(value).join(", ")})`;

/** What all kernels are told. */
const TOLD = {
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
} satisfies Partial<Kernel>;

/** Where the operands of a matrix begin, as the table has it. */
const PLACES = `
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

/** What all tiles are made by. */
const MEMORY = `${NUMBERS}${EXP}${PHILOX}${PLACES}
// Each 32 times 16 times four numbers, the first of these in two parts, of which the second is constant
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
// exp of what is at most 0, and 0 of what was hidden
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

/** Where own lines 0 … 3 (0) or 32 … 35 (1) of other `i` of a thread stand in the tile. */
const slot = (i: string, half: number) =>
  `left[2u * ${i} + (tx >> 2u)][tx & 3u][(ty ^ tx) + ${8 * half}u]`;

/** Number `i` in the group's memory. */
const at = (array: "left" | "right", i: string) =>
  `${array}[(${i}) >> 6u][((${i}) >> 4u) & 3u][(${i}) & 15u]`;

/** Puts a thread's numbers of a tile, `name`0 … 7, into the group's memory. */
const put = (name: string) =>
  each(
    FOUR,
    (i) =>
      [0, 1].map((half) =>
        `${slot(`${i}u`, half)} = ${vec4((r) => `${name}${4 * half + r}[${i}]`)};`
      ).join("\n"),
  );

/** And takes them out again. */
const take = (name: string) =>
  each(
    FOUR,
    (i) => [0, 1].map((half) => `let ${name}${i}${half} = ${slot(`${i}u`, half)};`).join("\n"),
  ) +
  each(EIGHT, (r) => `${name}${r} = ${vec4((i) => `${name}${i}${r >> 2}[${r & 3}]`)};`);

/** Changes a thread's numbers that are in the tile: `value` makes a new one of each, `x`. */
const change = (own: "query" | "key", value: (x: string, query: string, key: string) => string) => {
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
};

/** Drops some of a thread's numbers that are in the tile. */
const drop = (own: "query" | "key") =>
  change(own, (x, query, key) => `${x} * kept(matrix, ${query}, ${key})`);

/** A thread's own lines. */
const line = (r: number) => `row + ${(r & 3) + 32 * (r >> 2)}u`;
/** Its others. */
const other = (i: number) => `other0 + tx + ${8 * i}u`;

const zeros = (name: string, columns = 1) =>
  each(
    EIGHT,
    (r) => each(upTo(columns), (j) => `var ${name}${r}${columns > 1 ? j : ""} = vec4<f32>(0.0);`),
  );

type Lines = readonly [name: string, place: string, count: string];
const Q: Lines = ["q", "at.a.y", "p.l"], K: Lines = ["k", "at.a.z", "p.s"];
const V: Lines = ["v", "at.a.w", "p.s"], DY: Lines = ["dy", "at.b.z", "p.l"];
const [MASK, Y, DQ, DK, DV] = ["at.b.x", "at.b.y", "at.b.w", "at.c.x", "at.c.y"];

/** `name`0 … 7 = products of own lines of a and other lines of b: what scores and gradients are made of. */
function products(name: string, [a, aAt, as]: Lines, [b, bAt, bs]: Lines, depth: string): string {
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
function rowsOf([x, begin, count]: Lines, columns: string): string {
  return `for (var i = t; i < ${OTHERS * COLS / 4}u; i += 64u) {
      ${at("right", "i")} = four(p.${x} + ${begin}, p.${x}Row, p.${x}Col, other0 + i / ${
    COLS / 4
  }u, ${count},
        c0 + i % ${COLS / 4}u * 4u, ${columns});
    }`;
}

/** `name`00 … 7j += the tile, its own lines down, times those rows. */
function addProducts(name: string): string {
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
function write(
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
function perTile(name: string, declarations: string, main: string): Shader {
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

const LARGER = `
fn larger4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { return ${
  vec4((i) => `larger(a[${i}], b[${i}])`)
}; }
fn largest(x: vec4<f32>) -> f32 { return larger(larger(x.x, x.y), larger(x.z, x.w)); }
// what scores are taken from: where all are hidden so far, anything
fn base_of(top: vec4<f32>) -> vec4<f32> {
  return select(top, vec4<f32>(0.0), bitcast<vec4<u32>>(top) == vec4<u32>(0xff800000u));
}
`;

/** Folds what the eight threads that share own lines have, two times four numbers each. */
const fold = (
  values: [string, string],
  start: [string, string],
  f: (x: string, y: string) => string,
) =>
  `${at("right", "t")} = ${values[0]};
    ${at("right", "64u + t")} = ${values[1]};
    workgroupBarrier();
    ${start[0]} ${start[1]}
    for (var i = 0u; i < 8u; i++) {
      ${f("x0", at("right", "ty * 8u + i"))}
      ${f("x1", at("right", "64u + ty * 8u + i"))}
    }
    workgroupBarrier();`;

/** The scores of a tile, with their masks, from products. */
const scores = (own: "query" | "key") => {
  const [query, queries, key, keys] = own === "query"
    ? ["first", OWN, "other0", OTHERS]
    : ["other0", OTHERS, "first", OWN];
  return `workgroupBarrier();
    if (is_open(${query}, ${queries}u, ${key}, ${keys}u, limit)) {
${each(EIGHT, (r) => `      s${r} *= p.scale;`)}
    } else {
    ${put("s")}
    ${change(own, (x, query, key) => `masked(${x}, ${MASK}, ${query}, ${key}, limit)`)}
    ${take("s")}
    }`;
};

const ofRows = (name: string) => (r: number) => `${name}${r >> 2}[${r & 3}]`;

const attend = perTile(
  "attend",
  LARGER,
  `var top0 = vec4<f32>(-infinity()); var top1 = top0;
    var sum0 = vec4<f32>(0.0); var sum1 = sum0; // of a thread's own others
    ${zeros("o", 2)}
    let last = select(p.s, min(p.s, first + ${OWN}u), p.causal == 1u);
    for (var other0 = 0u; other0 < last; other0 += ${OTHERS}u) {
    ${products("s", Q, K, "p.d")}
    ${scores("query")}
    {
    ${
    fold(
      [vec4((r) => `largest(s${r})`), vec4((r) => `largest(s${r + 4})`)],
      ["var x0 = top0;", "var x1 = top1;"],
      (x, y) => `${x} = larger4(${x}, ${y});`,
    )
  }
    let by0 = exp_of_four(top0 - base_of(x0));
    let by1 = exp_of_four(top1 - base_of(x1));
    top0 = x0; top1 = x1;
    sum0 *= by0; sum1 *= by1;
${
    each(
      EIGHT,
      (r) => each([0, 1], (j) => `o${r}${j} *= by${r >> 2}[${r & 3}];`),
    )
  }
    }
    let base0 = base_of(top0); let base1 = base_of(top1);
${each(EIGHT, (r) => `    s${r} = exp_of_four(s${r} - ${ofRows("base")(r)});`)}
    sum0 += ${vec4((r) => `((s${r}.x + s${r}.y) + (s${r}.z + s${r}.w))`)};
    sum1 += ${vec4((r) => `((s${r + 4}.x + s${r + 4}.y) + (s${r + 4}.z + s${r + 4}.w))`)};
    ${put("s")}
    if (p.factor > 0.0) { ${drop("query")} }
    ${rowsOf(V, "p.e")}
    workgroupBarrier();
    ${addProducts("o")}
    }
    workgroupBarrier();
    ${
    fold(
      ["sum0", "sum1"],
      ["var x0 = vec4<f32>(0.0);", "var x1 = x0;"],
      (x, y) => `${x} += ${y};`,
    )
  }
    let none = vec4<f32>(0.0);
    let inverse0 = select(1.0 / x0, none, x0 == none);
    let inverse1 = select(1.0 / x1, none, x1 == none);
    ${
    write(
      ["y", Y!, "p.l"],
      "p.e",
      "o",
      (sum, r) => `select(${sum} * ${ofRows("inverse")(r)}, none, ${ofRows("x")(r)} == 0.0)`,
    )
  }
    if (tx == 0u && c0 == 0u) {
${
    each(EIGHT, (r) =>
      `if (${line(r)} < p.l) {
        let place = 2u * ((p.first + matrix) * p.l + ${line(r)});
        set_stats(place, select(${ofRows("top")(r)}, 0.0, ${ofRows("x")(r)} == 0.0));
        set_stats(place + 1u, ${ofRows("inverse")(r)});
      }`)
  }
    }`,
);

/** Of each query Σ dy y. */
const shares = perElement({
  name: "attend: Σ dy y",
  ...TOLD,
  declarations: PLACES,
  main: `let row = i % p.l;
  let at = places_of(i / p.l);
  let ofY = p.y + at.b.y + row * p.yRow;
  let ofDy = p.dy + at.b.z + row * p.dyRow;
  var sum = 0.0;
  if (p.even == 1u) {
    for (var c = 0u; c < p.e; c += 4u) {
      sum += dot(fours_at((ofDy + c) >> 2u), fours_at((ofY + c) >> 2u));
    }
  } else {
    for (var c = 0u; c < p.e; c++) {
      sum += dy_at(at.b.z + row * p.dyRow + c * p.dyCol) * y_at(at.b.y + row * p.yRow + c);
    }
  }
  set_shares(p.first * p.l + i, sum);`,
});

/** Of the queries of a thread largest scores, 1 / sums and shares, from `place` of each. */
const saved = (name: string, query: (i: number) => string) =>
  `let place${name} = vec4<u32>(${
    FOUR.map((i) => `(p.first + matrix) * p.l + min(${query(i)}, p.l - 1u)`).join(", ")
  });
    let top${name} = ${vec4((i) => `stats_at(2u * place${name}[${i}])`)};
    let inverse${name} = ${vec4((i) => `stats_at(2u * place${name}[${i}] + 1u)`)};
    let share${name} = ${vec4((i) => `shares_at(place${name}[${i}])`)};`;

/** What gradients begin with: s and dp of a tile, and of dp what dropout has left. */
const gradients = (own: "query" | "key", s: [Lines, Lines], dp: [Lines, Lines]) =>
  `${products("s", ...s, "p.d")}
    ${products("dp", ...dp, "p.e")}
    ${scores(own)}
    if (p.factor > 0.0) {
    ${put("dp")}
    ${drop(own)}
    ${take("dp")}
    }`;

const ofQueries = perTile(
  "attend: dq",
  "",
  `${zeros("o", 2)}
    ${saved("0", (i) => line(i))}
    ${saved("1", (i) => line(i + 4))}
    let last = select(p.s, min(p.s, first + ${OWN}u), p.causal == 1u);
    for (var other0 = 0u; other0 < last; other0 += ${OTHERS}u) {
    ${gradients("query", [Q, K], [DY, V])}
${
    each(EIGHT, (r) =>
      `s${r} = exp_of_four(s${r} - ${ofRows("top")(r)}) * ${ofRows("inverse")(r)} * ` +
      `(dp${r} - ${ofRows("share")(r)});`)
  }
    ${put("s")}
    ${rowsOf(K, "p.d")}
    workgroupBarrier();
    ${addProducts("o")}
    }
    ${write(["dq", DQ!, "p.l"], "p.d", "o", (sum) => `${sum} * p.scale`)}`,
);

const ofKeys = perTile(
  "attend: dk and dv",
  "",
  `${zeros("dk", 2)}
    ${zeros("dv", 2)}
    for (var other0 = select(0u, first, p.causal == 1u); other0 < p.l; other0 += ${OTHERS}u) {
    ${gradients("key", [K, Q], [V, DY])}
    ${saved("0", (i) => other(i))}
${
    each(EIGHT, (r) =>
      `s${r} = exp_of_four(s${r} - top0) * inverse0;
        dp${r} = s${r} * (dp${r} - share0);`)
  }
    ${put("s")}
    if (p.factor > 0.0) { ${drop("key")} }
    ${rowsOf(DY, "p.e")}
    workgroupBarrier();
    ${addProducts("dv")}
    workgroupBarrier();
    ${put("dp")}
    ${rowsOf(Q, "p.d")}
    workgroupBarrier();
    ${addProducts("dk")}
    }
    ${write(["dk", DK!, "p.s"], "p.d", "dk", (sum) => `${sum} * p.scale`)}
    ${write(["dv", DV!, "p.s"], "p.e", "dv", (sum) => sum)}`,
);

/** Results, whose rows have no gaps. */
const WRITTEN = ["y", "dq", "dk", "dv"];

/** Calls a kernel for so many own lines and columns of a result; or for each query. */
interface Call {
  (kernel: Shader, lines: number, columns: number): void;
  (kernel: Shader): void;
}

/**
 * Refuses more lines than a thread can go through where its turns are counted: turns of a tile are at
 * most so many, of lines by fours and of others.
 */
function checkTurns(gpu: Gpu, others: number, d: number, isEven: boolean): void {
  const strips = Math.ceil(d / STRIP);
  const each = isEven ? 80 + 40 * strips : 135 + 120 * strips;
  const most = Math.floor(gpu.turns / each) * OTHERS;
  if (others <= most) return;
  throw new DeviceError(
    `attend: "${gpu.info.description}" goes through at most ${most} keys or queries of ${d} numbers: ` +
      `they are ${others}: compute it on the CPU`,
  );
}

/** Calls kernels for all matrices of a batch, with what all of them are told. */
function perMatrix(
  given: Readonly<Record<typeof STRIDED[number], Buffer | null>>,
  lengths: Buffer | null,
  [stats, shares]: readonly [stats: number, shares: number],
  { scale, causal, dropout }: AttentionRule,
  run: (call: Call) => void,
): void {
  const { q, v, mask } = given;
  const lead = q!.shape.slice(0, -2);
  const [l, d] = q!.shape.slice(-2) as [number, number];
  const [s, e] = v!.shape.slice(-2) as [number, number];
  const gpu = gpuOf(q!);
  const all = STRIDED.map((name) => given[name]);
  const isBool = mask?.dtype === "bool";
  const places = all.map((x, i) => {
    if (x === null) return 0;
    const name = STRIDED[i]!;
    const inRows = WRITTEN.includes(name) && x.shape.at(-1)! > 1 && x.strides.at(-1) !== 1;
    if (inRows) return floatsAt(x, x.numel, "attend", name); // which refuses it
    return stridedAt(x, name === "mask" && isBool ? "bool" : "float32", "attend", name);
  });
  const lengthsAt = lengths === null ? 0 : intsAt(lengths, lengths.numel, "attend", "lengths");
  const each = lengths === null ? 0 : numelOf(lead) / lengths.numel;
  const { p, key } = dropout ?? { p: 0, key: { seed: [0, 0], stream: [0, 0] } };
  const steps = all.flatMap((x) => x === null ? [0, 0] : x.strides.slice(-2));
  const strides = all.map((x) => x === null ? lead.map(() => 0) : x.strides.slice(0, -2));
  let first = 0;
  overDims(lead, strides, (dims, table, offsets, count) => {
    const at = places.map((place, i) => place + offsets[i]!);
    const [maskAt] = at.splice(3, 1, isBool ? 0 : at[3]!);
    const operands = [...at, isBool ? maskAt! : 0, lengthsAt, stats, shares, 0];
    // whether four numbers of a line lie side by side from a multiple of 4 on, in each tensor
    const isEven = d % 4 === 0 && e % 4 === 0 && all.every((x, i) => {
      if (x === null || STRIDED[i] === "mask") return true;
      const begin = places[i]! + offsets[i]!;
      return x.strides.at(-1) === 1 && [begin, ...x.strides.slice(0, -1)].every((n) => n % 4 === 0);
    });
    checkTurns(gpu, given.dy === null ? s : Math.max(s, l), Math.max(d, e), isEven);
    run((kernel: Shader, lines?: number, columns: number = 0) => {
      const blocks = Math.ceil((lines ?? 0) / OWN);
      const wide = Math.max(1, Math.ceil(columns / COLS));
      const units = count * (lines === undefined ? l : blocks * wide);
      if (units === 0) return;
      const groups = lines === undefined ? groupsFor(units) : Math.min(units, 65535);
      gpu.run(kernel, groups, 1, 1, [
        ...operands,
        ...lines === undefined ? [units] : [], // of elements, whose number comes first
        ...[units, blocks, wide, isEven ? 1 : 0, l, s, d, e, dims, first, each, causal ? 1 : 0],
        ...[mask === null ? 0 : isBool ? 1 : 2, scale, p, p === 0 ? 0 : 1 / (1 - p)],
        ...[...key.seed, ...key.stream],
        ...steps,
      ], table);
    });
    first += count;
  });
}

function statsAt(q: Buffer, stats: Buffer): number {
  return floatsAt(stats, numelOf(q.shape.slice(0, -1)) * 2, "attend", "what was saved");
}

/** Attention, by name. */
export const attention: Required<Attention> = {
  attention(q, k, v, mask, lengths, y, stats, rule) {
    const given = { q, k, v, mask, y, dy: null, dq: null, dk: null, dv: null };
    const [l, e] = [q.shape.at(-2)!, v.shape.at(-1)!];
    perMatrix(given, lengths, [statsAt(q, stats), 0], rule, (call) => call(attend, l, e));
  },

  attentionGrad(q, k, v, mask, lengths, y, stats, dy, dq, dk, dv, rule) {
    const given = { q, k, v, mask, y, dy, dq, dk, dv };
    const [l, d] = q.shape.slice(-2) as [number, number];
    const [s, e] = v.shape.slice(-2) as [number, number];
    const saved = statsAt(q, stats);
    gpuOf(q).withScratch(numelOf(q.shape.slice(0, -1)), (sharesAt) => {
      perMatrix(given, lengths, [saved, sharesAt], rule, (call) => {
        call(shares);
        call(ofQueries, l, d);
        call(ofKeys, s, Math.max(d, e));
      });
    });
  },
};
