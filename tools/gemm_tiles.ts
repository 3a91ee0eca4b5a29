/**
 * The source of `assembly/gemm/tiles.ts`, which is no file: the matrix product's micro-kernels, a tile
 * of C in registers through one block of k. The build hands it to the compiler. A tile is a few lines
 * that are repeated for each of its rows and vectors, and locals cannot be numbered in a loop.
 *
 * ```
 *                      b: 8 or 16 columns at each k
 *                      ┌───────┬───────┐
 *                      │  b0   │  b1   │
 *   a: up to 5    a0 ┐ ├───────┼───────┤
 *   or 6 rows     a1 │ │  v00  │  v01  │   v_ij += splat(a_i) · b_j
 *   at each k     a2 │ │  v10  │  v11  │
 *                 a3 ┘ │  v20  │  v21  │
 *                 a4   │  v30  │  v31  │
 *                      │  v40  │  v41  │
 *                      └───────┴───────┘
 * ```
 *
 * **5 × 8** is for 128 bits. Ten sums, two vectors of B, one of A and one splat are 14 of V8's 15
 * registers, and ten sums cover the latency of the multiply-add (4 cycles, two a cycle). Every load
 * pays a bounds check, so a0 to a3 come in one vector, whose lanes are splatted by shuffles, and a4
 * by its own load: 4 loads to 10 multiply-adds. Four k are written out in a turn.
 *
 * **6 × 16** is for engines that join two neighbouring vectors into one of 256 bits: twelve pairs of
 * sums, two of B and a splat, which both halves share, are 15 registers again. Everything is done to
 * pairs alike, in the order of memory, or V8 would not join them. V8 adds a splat's offset to the
 * memory's base by an instruction of its own, which takes a place of the multiply-adds'; of four k in
 * a turn it keeps these sums in registers, as each k has the same offsets. bench/lab/gemm.ts compares
 * shapes.
 *
 * Loops end by comparing addresses, which saves a counter.
 *
 * @module
 */

/** A shape of tiles. */
interface Shape {
  /** Most rows; there are tiles of fewer, too. */
  rows: number;
  /** Vectors of 4 columns. */
  vectors: number;
  /** Whether four of A come in one load. */
  shuffles: boolean;
  /** How many k are written out in a turn. */
  unrolled: number;
  /** Whether A is read where it lies, its rows of contiguous numbers `ars` bytes apart, by a pointer a row. */
  inPlace?: boolean;
  /** Whether A's columns are `as` bytes apart and its strips `next`; else it is packed, rows to a k. */
  strided?: boolean;
  /** Fewest rows. Default: 1. */
  least?: number;
}

/** The tiles of the 128-bit builds. */
const NARROW: readonly Shape[] = [{ rows: 5, vectors: 2, shuffles: true, unrolled: 4 }];

/** The tiles of the 256-bit build; those of 8 columns are for the last ones. */
const WIDE: readonly Shape[] = [
  { rows: 6, vectors: 4, shuffles: false, unrolled: 4, strided: true },
  { rows: 6, vectors: 2, shuffles: false, unrolled: 4 },
  { rows: 6, vectors: 4, shuffles: false, unrolled: 4, inPlace: true, least: 3 },
];

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const offset = (bytes: number): string => bytes === 0 ? "" : `, ${bytes}`;

/** One k: B's vectors, then each row's splat and multiply-adds. */
function step(rows: number, { vectors, shuffles, inPlace }: Shape, turn: number): string[] {
  const inVector = shuffles && rows > 3;
  const loads = numbers(vectors).map((j) => `b${j} = v128.load(b${offset(16 * j)})`);
  return [
    `${loads.join(", ")};`,
    ...(inVector ? ["av = v128.load(a);"] : []),
    ...numbers(rows).flatMap((i) => [
      inVector && i < 4
        ? `s = v128.shuffle<f32>(av, av, ${i}, ${i}, ${i}, ${i});`
        : `s = v128.load32_splat(${inPlace ? `a${i}${offset(4 * turn)}` : `a${offset(4 * i)}`});`,
      `${numbers(vectors).map((j) => `v${i}${j} = fma(s, b${j}, v${i}${j})`).join(", ")};`,
    ]),
    ...(inPlace ? [] : ["a += as;"]),
    "b += bs;",
  ];
}

/** The function of one height: `count` tiles down, `panels` across. */
function strip(rows: number, of: Shape): string {
  const { vectors, unrolled, inPlace, strided } = of;
  const all = numbers(rows).flatMap((i) => numbers(vectors).map((j) => ({ i, j, v: `v${i}${j}` })));
  const turns = (n: number) => [
    ...numbers(n).flatMap((turn) => step(rows, of, turn)),
    ...(inPlace ? numbers(rows).map((i) => `a${i} += ${4 * n};`) : []),
  ];
  const lines = [
    ...(inPlace || strided ? [] : [`const as: usize = ${4 * rows};`]),
    "for (; count > 0; count--) {",
    "let bq = bp, cq = cp, bias = biasp;",
    "for (let q = 0; q < panels; q++) {",
    inPlace
      ? `let b = bq, ${
        numbers(rows).map((i) => `a${i} = ${i ? `a${i - 1} + ars` : "ap"}`).join(", ")
      };`
      : "let a = ap, b = bq;",
    `const ${numbers(rows).map((i) => `c${i} = cq${i === 0 ? "" : ` + ${i} * cs`}`).join(", ")};`,
    `let ${numbers(vectors).map((j) => `v0${j} = zeros()`).join(", ")};`,
    "if (bias) {",
    ...numbers(vectors).map((j) => `v0${j} = v128.load(bias${offset(16 * j)});`),
    "}",
    ...numbers(rows).slice(1).map((i) =>
      `let ${numbers(vectors).map((j) => `v${i}${j} = v0${j}`).join(", ")};`
    ),
    "if (flags & Flag.Add) {",
    ...all.map(({ i, j, v }) => `${v} = f32x4.add(${v}, v128.load(c${i}${offset(16 * j)}));`),
    "}",
    `let ${numbers(vectors).map((j) => `b${j} = v00`).join(", ")}, av = v00, s = v00;`,
    ...(unrolled > 1
      ? [
        `const whole = b + bs * (depth & ~${unrolled - 1}), end = b + bs * depth;`,
        "while (b != whole) {",
        ...turns(unrolled),
        "}",
      ]
      : ["const end = b + bs * depth;"]),
    "while (b != end) {",
    ...turns(1),
    "}",
    "if (flags & Flag.Relu) {",
    "const zero = zeros();",
    ...all.map(({ v }) => `${v} = f32x4.pmax(${v}, zero);`),
    "}",
    // Backwards: of two joined stores V8 leaves the first there besides, unless it is the further one.
    ...all.toReversed().map(({ i, j, v }) => `v128.store(c${i}, ${v}${offset(16 * j)});`),
    "bq += across;",
    `cq += ${16 * vectors};`,
    `if (bias) bias += ${16 * vectors};`,
    "}",
    `ap += ${inPlace ? `ars * ${rows}` : strided ? "next" : "as * depth"};`,
    `cp += cs * ${rows};`,
    "}",
  ];
  return `function ${name(rows, of)}(
  count: i32, panels: i32, ap: usize, ${
    strides(of, ": usize")
  }bp: usize, bs: usize, across: usize, depth: i32,
  cp: usize, cs: usize, biasp: usize, flags: i32,
): void {
${lines.join("\n")}
}
`;
}

/** The arguments, or parameters, that say how A lies. */
function strides({ inPlace, strided }: Shape, type = ""): string {
  return (inPlace ? ["ars"] : strided ? ["as", "next"] : []).map((x) => `${x}${type}, `).join("");
}

const name = (rows: number, { vectors, inPlace }: Shape): string =>
  `${inPlace ? "place" : "strip"}${rows}x${4 * vectors}`;

/** The functions of one shape, and the one that picks by the height. */
function shape(of: Shape): string {
  const { inPlace = false, least = 1 } = of;
  const heights = numbers(of.rows).map((i) => of.rows - i).filter((rows) => rows >= least);
  const args = `count, panels, a, ${strides(of)}b, bs, across, depth, c, cs, bias, flags`;
  const calls = heights.map((rows) =>
    `${rows === of.rows ? "" : "else "}${rows === least ? "" : `if (rows == ${rows}) `}${
      name(rows, of)
    }(${args});`
  );
  return `${heights.map((rows) => strip(rows, of)).join("\n")}
/**
 * \`count\` tiles of rows × ${4 * of.vectors} down, \`panels\` across, through \`depth\` k. A is ${
    inPlace
      ? `read where it lies, rows of contiguous numbers, at least ${least}`
      : of.strided
      ? "`as` bytes from one k to the next, `next` from strip to strip"
      : "packed, rows to a k"
  }; bs: bytes from
 * one k to the next in b; b + across: the next panel of B; cs: bytes from one row of C to the next.
 * Sums start from bias (0: none) and, where flags say so, C.
 */
export function ${inPlace ? "place" : "strip"}${4 * of.vectors}(
  rows: i32, count: i32, panels: i32, a: usize, ${
    strides(of, ": usize")
  }b: usize, bs: usize, across: usize,
  depth: i32, c: usize, cs: usize, bias: usize, flags: i32,
): void {
${calls.join("\n")}
}
`;
}

/** What the other builds have in place of tiles of 16 columns; it is compiled nowhere. */
const NO_WIDE = `
export function strip16(
  rows: i32, count: i32, panels: i32, a: usize, as: usize, next: usize, b: usize, bs: usize, across: usize,
  depth: i32, c: usize, cs: usize, bias: usize, flags: i32,
): void {}

export function place16(
  rows: i32, count: i32, panels: i32, a: usize, ars: usize, b: usize, bs: usize, across: usize,
  depth: i32, c: usize, cs: usize, bias: usize, flags: i32,
): void {}
`;

/** The source: the tiles of a build of 256-bit pairs, or of one of 128 bits. */
export function gemmTiles(wide: boolean): string {
  return `import { Flag } from "./edge";
import { fma, zeros } from "../simd";

${(wide ? WIDE : NARROW).map(shape).join("\n")}${wide ? "" : NO_WIDE}`;
}
