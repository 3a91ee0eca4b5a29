/**
 * Attention: tiles of 32 queries by 32 keys, which are all that is ever there of the scores. See
 * `assembly/attention/` for the formulas.
 *
 * ```
 *   attention     a group has 32 queries, and all keys go by
 *   its dq        likewise                                       dS·k
 *   its dk, dv    a group has 32 keys, and all queries go by     dSᵀ·q and Pᵀ·dy
 * ```
 *
 * A group of 64 threads brings blocks of 32 by 32 numbers into its memory and multiplies them: a thread
 * has four rows of its own lines by four of those that go by. Of a row it knows what all know, so the
 * largest score and the sum stay in registers. Results grow in place, each number by one thread.
 *
 * @module
 */
import type { Buffer } from "../device/buffer.ts";
import type { Attention, AttentionRule } from "../device/kernels.ts";
import { numelOf } from "../core/shape.ts";
import { MOST_DIMS, overDims } from "./dims.ts";
import { EXP, NUMBERS } from "./functions.ts";
import { floatsAt, gpuOf, groupsFor, intsAt, stridedAt } from "./place.ts";
import { PHILOX } from "./random.ts";
import { elementwise as perElement, type Kernel, type Shader, shader } from "./shader.ts";

/** Lines of a tile. */
const SIDE = 32;

/** What is strided, in the order in which places and steps are told. */
const STRIDED = ["q", "k", "v", "mask", "y", "dy", "dq", "dk", "dv"] as const;

/** Rows of the table for one dimension of the batch: its length, and a step of each operand. */
const ROWS = 3;

const FOUR = [0, 1, 2, 3];
const each = (line: (r: number) => string) => FOUR.map(line).join("\n");
/** For each of a thread's numbers: loops, which are compiled faster than sixteen times the same. */
const eachOfTile = (body: string) =>
  `for (var r = 0u; r < 4u; r++) {
      for (var c = 0u; c < 4u; c++) {
        ${body}
      }
    }`;

/** What all kernels are told. */
const TOLD = {
  operands: {
    ...Object.fromEntries(STRIDED.map((name) => [name, "f32" as const])),
    bytes: "u8", // a mask of bool
    lengths: "i32",
    stats: "f32",
    shares: "f32", // Σ dy y of each query
  },
  numbers: {
    units: "u32",
    blocks: "u32", // of a matrix
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

/** Blocks in the group's memory, [k][line], four lines a vector, with room that keeps banks apart. */
const loading = (block: string) => `
var<workgroup> ${block}: array<vec4<f32>, 288>;
fn load_${block}(t: u32, base: u32, kStep: u32, step: u32, k0: u32, ks: u32, line0: u32, lines: u32) {
  for (var i = t; i < 256u; i += 64u) {
    let k = select(i / 8u, i % 32u, kStep == 1u);
    let fourth = select(i % 8u, i / 32u, kStep == 1u);
    ${block}[k * 9u + fourth] = four(base, kStep, step, k0 + k, ks, line0 + fourth * 4u, lines);
  }
}
`;

/** A tile of the products of two blocks: four of a thread's rows by four columns. */
const product = (name: string, left: string) => `
fn ${name}(t: u32) -> mat4x4<f32> {
${each((r) => `  var s${r} = vec4<f32>(0.0);`)}
  for (var k = 0u; k < 32u; k++) {
    let a = ${left}[k * 9u + t / 8u];
    let b = right[k * 9u + t % 8u];
${each((r) => `    s${r} += a[${r}] * b;`)}
  }
  return mat4x4<f32>(s0, s1, s2, s3);
}
`;

const TILES = `${NUMBERS}${EXP}${PHILOX}${PLACES}
fn one(at: u32, step: u32, line: u32, lines: u32) -> f32 {
  if (line >= lines) { return 0.0; }
  return bitcast<f32>(heap[at + line * step]);
}
fn four(base: u32, kStep: u32, step: u32, k: u32, ks: u32, line: u32, lines: u32) -> vec4<f32> {
  if (k >= ks) { return vec4<f32>(0.0); }
  let at = base + k * kStep;
  return vec4<f32>(${FOUR.map((r) => `one(at, step, line + ${r}u, lines)`).join(", ")});
}
${loading("left")}${loading("right")}
var<workgroup> tile: array<vec4<f32>, 288>;
${product("multiply", "left")}${product("multiply_tile", "tile")}
fn row_products(
  t: u32, a: u32, aStep: u32, aRow: u32, a0: u32, as_: u32, b: u32, bStep: u32, bRow: u32, b0: u32,
  bs: u32, depth: u32,
) -> mat4x4<f32> {
  var sum = mat4x4<f32>(vec4<f32>(0.0), vec4<f32>(0.0), vec4<f32>(0.0), vec4<f32>(0.0));
  for (var k = 0u; k < depth; k += 32u) {
    workgroupBarrier();
    load_left(t, a, aStep, aRow, k, depth, a0, as_);
    load_right(t, b, bStep, bRow, k, depth, b0, bs);
    workgroupBarrier();
    sum = sum + multiply(t);
  }
  return sum;
}
fn is_none(x: f32) -> bool { return bitcast<u32>(x) == 0xff800000u; }
// the score of query i and key j with its mask
fn masked(x: f32, mask: u32, matrix: u32, i: u32, j: u32) -> f32 {
  if (i >= p.l || j >= p.s || (p.causal == 1u && j > i)) { return -infinity(); }
  if (p.each > 0u && i32(j) >= lengths_at((p.first + matrix) / p.each)) { return -infinity(); }
  let at = mask + i * p.maskRow + j * p.maskCol;
  if (p.masked == 1u && bytes_at(at) == 0u) { return -infinity(); }
  if (p.masked == 2u) { return x * p.scale + mask_at(at); }
  return x * p.scale;
}
// what dropout makes of 1
fn kept(matrix: u32, i: u32, j: u32) -> f32 {
  if (p.factor == 0.0) { return 1.0; }
  let place = ((p.first + matrix) * p.l + i) * p.s + j;
  let words = philox(place >> 2u);
  return select(0.0, p.factor, unit(words[place & 3u]) >= p.least);
}
`;

/** For each tile of lines of their own, `first` and on: the lines of a thread begin with `row`. */
function perTile(name: string, declarations: string, main: string): Shader {
  return shader({
    name,
    ...TOLD,
    group: [64, 1, 1],
    declarations: TILES + declarations,
    main: `let t = local.x;
  for (var unit = group.x; unit < p.units; unit += groups.x) {
    let matrix = unit / p.blocks;
    let first = unit % p.blocks * ${SIDE}u;
    let at = places_of(matrix);
    let row = first + t / 8u * 4u;
${main}
  }`,
  });
}

/** Puts a tile of a thread's values where it is multiplied by blocks: [column][row]. */
const putTile = (value: (r: number, c: number) => string) => `
${
  FOUR.map((c) =>
    `tile[(t % 8u * 4u + ${c}u) * 9u + t / 8u] = vec4<f32>(${
      FOUR.map((r) => value(r, c)).join(", ")
    });`
  ).join("\n")
}`;

/** x = 0, of the rows and columns that a thread adds to. */
const clear = (x: string, at: string, rows: string, cols: string) =>
  grow(x, at, rows, cols, "", "0.0");

/** x = `value` of x, `was`, and what comes, for the rows and columns that a thread adds to. */
function grow(
  x: string,
  at: string,
  rows: string,
  cols: string,
  before: string,
  value: string,
): string {
  return `for (var c0 = 0u; c0 < ${cols}; c0 += ${SIDE}u) {
      ${before}
      let col = c0 + t % 8u * 4u;
      ${
    eachOfTile(`if (row + r >= ${rows} || col + c >= ${cols}) { continue; }
        let place = ${at} + (row + r) * p.${x}Row + col + c;
        ${value.includes("was") ? `let was = ${x}_at(place);` : ""}
        set_${x}(place, ${value});`)
  }
    }`;
}

/** x += the tile times a block of `by`'s rows from `k0` on, of which there are `ks`. */
function addTile(
  x: string,
  at: string,
  rows: string,
  cols: string,
  [by, byAt, k0, ks]: readonly [by: string, byAt: string, k0: string, ks: string],
  value: string,
): string {
  const before = `workgroupBarrier();
      load_right(t, p.${by} + ${byAt}, p.${by}Row, p.${by}Col, ${k0}, ${ks}, c0, ${cols});
      workgroupBarrier();
      var o = multiply_tile(t);`;
  return grow(x, at, rows, cols, before, value);
}

/** Products of the rows of a, `a0` and on, and b: what scores and their gradients are made of. */
function rowProducts(
  [a, aAt, a0, as]: readonly [string, string, string, string],
  [b, bAt, b0, bs]: readonly [string, string, string, string],
  depth: string,
): string {
  return `row_products(t, p.${a} + ${aAt}, p.${a}Col, p.${a}Row, ${a0}, ${as}, ` +
    `p.${b} + ${bAt}, p.${b}Col, p.${b}Row, ${b0}, ${bs}, ${depth})`;
}

const Q = ["q", "at.a.y"] as const, K = ["k", "at.a.z"] as const, V = ["v", "at.a.w"] as const;
const DY = ["dy", "at.b.z"] as const;
const [MASK, Y, DQ, DK, DV] = ["at.b.x", "at.b.y", "at.b.w", "at.c.x", "at.c.y"];

/** Folds what the eight threads that share a row have found. */
const fold = (value: string, start: string, f: (a: string, b: string) => string) => `
    workgroupBarrier();
    shared_[t] = ${value};
    workgroupBarrier();
    ${start}
    for (var other = 0u; other < 8u; other++) { ${f("x", "shared_[t / 8u * 8u + other]")} }`;

const attend = perTile(
  "attend",
  `var<workgroup> shared_: array<vec4<f32>, 64>;
fn larger4(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  return vec4<f32>(larger(a.x, b.x), larger(a.y, b.y), larger(a.z, b.z), larger(a.w, b.w));
}
fn exp_less(x: f32, top: f32) -> f32 {
  if (is_none(x)) { return 0.0; }
  return exp_of(x - top);
}
`,
  `var top = vec4<f32>(-infinity());
    var sum = vec4<f32>(0.0);
    ${clear("y", Y!, "p.l", "p.e")}
    let last = select(p.s, min(p.s, first + ${SIDE}u), p.causal == 1u);
    for (var j0 = 0u; j0 < last; j0 += ${SIDE}u) {
    var s = ${rowProducts([...Q, "first", "p.l"], [...K, "j0", "p.s"], "p.d")};
    let key = j0 + t % 8u * 4u;
${eachOfTile(`s[r][c] = masked(s[r][c], ${MASK}, matrix, row + r, key + c);`)}
    var most = vec4<f32>(${
    FOUR.map((r) => `larger(larger(s[${r}].x, s[${r}].y), larger(s[${r}].z, s[${r}].w))`).join(", ")
  });
    let was = top;
    ${fold("most", "var x = top;", (a, b) => `${a} = larger4(${a}, ${b});`)}
    top = x;
    var by = vec4<f32>(${FOUR.map((r) => `exp_less(was[${r}], top[${r}])`).join(", ")});
${eachOfTile("s[r][c] = exp_less(s[r][c], top[r]);")}
    let totals = vec4<f32>(${
    FOUR.map((r) => `(s[${r}].x + s[${r}].y) + (s[${r}].z + s[${r}].w)`).join(", ")
  });
    {
    ${fold("totals", "var x = vec4<f32>(0.0);", (a, b) => `${a} += ${b};`)}
    sum = sum * by + x;
    }
    if (p.factor > 0.0) {
    ${eachOfTile("s[r][c] *= kept(matrix, row + r, key + c);")}
    }
    ${putTile((r, c) => `s[${r}][${c}]`)}
    ${
    addTile(
      "y",
      Y!,
      "p.l",
      "p.e",
      [...V, "j0", "p.s"],
      "was * by[r] + o[r][c]",
    )
  }
    }
    var inverse = vec4<f32>(${
    FOUR.map((r) => `select(1.0 / sum[${r}], 0.0, sum[${r}] == 0.0)`).join(", ")
  });
    ${grow("y", Y!, "p.l", "p.e", "", "select(was * inverse[r], 0.0, sum[r] == 0.0)")}
    if (t % 8u == 0u) {
${
    each((r) =>
      `if (row + ${r}u < p.l) {
        let place = 2u * ((p.first + matrix) * p.l + row + ${r}u);
        set_stats(place, select(top[${r}], 0.0, sum[${r}] == 0.0));
        set_stats(place + 1u, inverse[${r}]);
      }`
    )
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
  var sum = 0.0;
  for (var c = 0u; c < p.e; c++) {
    sum += dy_at(at.b.z + row * p.dyRow + c * p.dyCol) * y_at(at.b.y + row * p.yRow + c);
  }
  set_shares(p.first * p.l + i, sum);`,
});

/** The probability of a score, and the gradient of the score. */
const GRADIENTS = `
struct Pair { p: f32, ds: f32 }
fn gradient_of(score: f32, dp: f32, mask: u32, matrix: u32, i: u32, j: u32) -> Pair {
  let x = masked(score, mask, matrix, i, j);
  if (is_none(x)) { return Pair(0.0, 0.0); }
  let row = (p.first + matrix) * p.l + i;
  let probability = exp_of(x - stats_at(2u * row)) * stats_at(2u * row + 1u);
  let z = kept(matrix, i, j);
  return Pair(probability * z, probability * (z * dp - shares_at(row)));
}
`;

const ofQueries = perTile(
  "attend: dq",
  GRADIENTS,
  `${clear("dq", DQ!, "p.l", "p.d")}
    let last = select(p.s, min(p.s, first + ${SIDE}u), p.causal == 1u);
    for (var j0 = 0u; j0 < last; j0 += ${SIDE}u) {
    var s = ${rowProducts([...Q, "first", "p.l"], [...K, "j0", "p.s"], "p.d")};
    var dp = ${rowProducts([...DY, "first", "p.l"], [...V, "j0", "p.s"], "p.e")};
    let key = j0 + t % 8u * 4u;
${
    eachOfTile(
      `s[r][c] = gradient_of(s[r][c], dp[r][c], ${MASK}, matrix, row + r, key + c).ds;`,
    )
  }
    ${putTile((r, c) => `s[${r}][${c}]`)}
    ${
    addTile(
      "dq",
      DQ!,
      "p.l",
      "p.d",
      [...K, "j0", "p.s"],
      "was + o[r][c] * p.scale",
    )
  }
    }`,
);

const ofKeys = perTile(
  "attend: dk and dv",
  GRADIENTS,
  `${clear("dk", DK!, "p.s", "p.d")}
    ${clear("dv", DV!, "p.s", "p.e")}
    for (var i0 = select(0u, first, p.causal == 1u); i0 < p.l; i0 += ${SIDE}u) {
    var s = ${rowProducts([...K, "first", "p.s"], [...Q, "i0", "p.l"], "p.d")};
    var dp = ${rowProducts([...V, "first", "p.s"], [...DY, "i0", "p.l"], "p.e")};
    let query = i0 + t % 8u * 4u;
${
    eachOfTile(
      `let made = gradient_of(s[r][c], dp[r][c], ${MASK}, matrix, query + c, row + r);
        s[r][c] = made.ds;
        dp[r][c] = made.p;`,
    )
  }
    ${putTile((r, c) => `dp[${r}][${c}]`)}
    ${addTile("dv", DV!, "p.s", "p.e", [...DY, "i0", "p.l"], "was + o[r][c]")}
    workgroupBarrier();
    ${putTile((r, c) => `s[${r}][${c}]`)}
    ${
    addTile(
      "dk",
      DK!,
      "p.s",
      "p.d",
      [...Q, "i0", "p.l"],
      "was + o[r][c] * p.scale",
    )
  }
    }`,
);

/** Results, whose rows have no gaps. */
const WRITTEN = ["y", "dq", "dk", "dv"];

/** Calls kernels for all matrices of a batch, with what all of them are told. */
function perMatrix(
  given: Readonly<Record<typeof STRIDED[number], Buffer | null>>,
  lengths: Buffer | null,
  [stats, shares]: readonly [stats: number, shares: number],
  { scale, causal, dropout }: AttentionRule,
  run: (call: (kernel: Shader, lines: number | null) => void) => void,
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
    const operands = [...at, isBool ? maskAt! : 0, lengthsAt, stats, shares];
    run((kernel, lines) => {
      const blocks = lines === null ? 0 : Math.ceil(lines / SIDE);
      const units = lines === null ? count * l : count * blocks;
      if (units === 0) return;
      const groups = lines === null ? groupsFor(units) : Math.min(units, 65535);
      gpu.run(kernel, groups, 1, 1, [
        ...operands,
        ...lines === null ? [units] : [], // of elements, whose number comes first
        ...[units, blocks, l, s, d, e, dims, first, each, causal ? 1 : 0],
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
    const l = q.shape.at(-2)!;
    perMatrix(given, lengths, [statsAt(q, stats), 0], rule, (call) => call(attend, l));
  },

  attentionGrad(q, k, v, mask, lengths, y, stats, dy, dq, dk, dv, rule) {
    const given = { q, k, v, mask, y, dy, dq, dk, dv };
    const [l, s] = [q.shape.at(-2)!, k.shape.at(-2)!];
    const saved = statsAt(q, stats);
    gpuOf(q).withScratch(numelOf(q.shape.slice(0, -1)), (sharesAt) => {
      perMatrix(given, lengths, [saved, sharesAt], rule, (call) => {
        call(shares, null);
        call(ofQueries, l);
        call(ofKeys, s);
      });
    });
  },
};
