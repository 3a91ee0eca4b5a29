/**
 * The kernel of a product by tiles: see `tiles.ts` for the picture.
 *
 * @module
 */
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

/** What follows from a tile. */
interface Sizes extends Tile {
  /** Threads. */
  readonly down: number;
  readonly across: number;
  /** Blocks of four by four that a strip has: those of k, those of a, those of both. */
  readonly deep: number;
  readonly ofA: number;
  readonly ofBoth: number;
  /** Lines of a thread by fours: of a, of b. */
  readonly aFours: readonly number[];
  readonly bFours: readonly number[];
  /** A thread's sums, four columns each: of which four rows, which of these, which four columns. */
  readonly sums: readonly { i: number; lane: typeof LANES[number]; j: number; name: string }[];
}

function sizesOf(tile: Tile): Sizes {
  const { rows, cols, eachRows, eachCols, depth } = tile;
  const [aFours, bFours] = [upTo(eachRows / 4), upTo(eachCols / 4)];
  const deep = depth / 4;
  const ofA = rows / 4 * deep;
  return {
    ...tile,
    down: rows / eachRows,
    across: cols / eachCols,
    deep,
    ofA,
    ofBoth: ofA + cols / 4 * deep,
    aFours,
    bFours,
    sums: aFours.flatMap((i) =>
      LANES.flatMap((lane) => bFours.map((j) => ({ i, lane, j, name: `s${i}${lane}${j}` })))
    ),
  };
}

/** Writes four columns of a row. */
const STORE = `fn store(part: u32, z: u32, at: vec3<u32>, row: u32, col: u32, sum: vec4<f32>) {
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
}`;

/**
 * Finds a thread's part: of the strips a block, of the tile some rows and columns. Of the threads the
 * first load blocks of a's strip and the others of b's. Eight neighbours take lines that follow each
 * other, so that they write to different banks; the next eight more of k.
 */
function beginning({ rows, cols, down, across, deep, ofA, ofBoth }: Sizes, forms: Forms): string {
  return `let z = p.first + group.z / p.parts;
  let part = group.z % p.parts;
  let at = start(z);
  let begin = part * p.each;
  let end = min(p.k, begin + p.each);
  let t = local.x;
  let ofA = t < ${ofA}u;
  let block = select(t - ${ofA}u, t, ofA);
  let ofLines = block % 8u + block / ${8 * deep}u * 8u;
  let ofK = block / 8u % ${deep}u;
  let firstRow = group.y * ${rows}u;
  let firstCol = group.x * ${cols}u;
  var l0 = vec3<i32>(0); var l1 = l0; var l2 = l0; var l3 = l0;
  if (ofA) {
    let line = firstRow + ofLines * 4u;
    ${lines("a", forms.a, "p.m")}
  } else if (t < ${ofBoth}u) {
    let line = firstCol + ofLines * 4u;
    ${lines("b", forms.b, "p.n")}
  }
  let slot = ofLines + select(${rows / 4}u, 0u, ofA);
  let ty = (t / ${across}u) & ${down - 1}u;
  let tx = t & ${across - 1}u;`;
}

/** Loads a thread's block of the strips that begin somewhere in k. */
function loadFrom(from: string, { ofA, ofBoth }: Sizes, forms: Forms): string {
  return `{
    v0 = vec4<f32>(0.0); v1 = v0; v2 = v0; v3 = v0;
    let k = ${from} + ofK * 4u;
    if (k < end) {
    if (t < ${ofA}u) {
      ${loading("a", forms.a)}
    } else if (t < ${ofBoth}u) {
      ${loading("b", forms.b)}
    }
    }
  }`;
}

/**
 * Adds the products of the strips. A place in these is checked to be inside where it is not constant: so
 * k comes first, which is, and what comes second is the same for all k.
 */
function adding({ rows, depth, unrolled, down, across, aFours, bFours, sums }: Sizes): string {
  return `${unrolled < depth ? `for (var kk = 0u; kk < ${depth}u; kk += ${unrolled}u) {` : "{"}
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
    }`;
}

/** How both operands are loaded. */
interface Forms {
  readonly a: Form;
  readonly b: Form;
}

/** The kernel of a product by tiles, with operands in some forms. */
export function tiled(product: Product, tile: Tile, aForm: Form, bForm: Form): Shader {
  const forms = { a: aForm, b: bForm };
  const sizes = sizesOf(tile);
  const { rows, cols, depth, down, across, ofBoth, sums } = sizes;
  return shader({
    name: `${product.name} by tiles of ${rows} × ${cols}`,
    operands: {
      a: aForm === "single" ? "f32" : "vec4f",
      b: bForm === "single" ? "f32" : "vec4f",
      c: "f32",
      fours: "vec4f", // c by fours
      bias: "f32",
    },
    numbers: { ...TOLD, ...product.numbers },
    ...product.table === undefined ? {} : { table: product.table },
    group: [down * across, 1, 1],
    declarations: `${functionsOf(product)}${reading("a", product.a, aForm)}${
      reading("b", product.b, bForm)
    }
${STORE}
// a's strip and b's side by side: [k][four lines]
var<workgroup> strips: array<array<vec4<f32>, ${(rows + cols) / 4}>, ${depth}>;
`,
    main: `${beginning(sizes, forms)}
${sums.map(({ name }) => `  var ${name} = vec4<f32>(0.0);`).join("\n")}
  var v0: vec4<f32>; var v1: vec4<f32>; var v2: vec4<f32>; var v3: vec4<f32>;
  ${loadFrom("begin", sizes, forms)}
  for (var k0 = begin; k0 < end; k0 += ${depth}u) {
    workgroupBarrier();
    if (t < ${ofBoth}u) {
${FOUR.map((j) => `      strips[ofK * 4u + ${j}u][slot] = v${j};`).join("\n")}
    }
    workgroupBarrier();
    if (k0 + ${depth}u < end) ${loadFrom(`k0 + ${depth}u`, sizes, forms)}
    ${adding(sizes)}
  }
${
      sums.map(({ name, i, lane, j }) =>
        `  store(part, z, at, firstRow + (ty + ${i * down}u) * 4u + ${LANES.indexOf(lane)}u, ` +
        `firstCol + (tx + ${j * across}u) * 4u, ${name});`
      ).join("\n")
    }`,
  });
}
