/**
 * The source of `assembly/gemm/dot_tiles.ts`, which is no file: dot products of a few rows of x and of y at
 * a time. The build hands it to the compiler.
 *
 * ```
 *              y0      y1      y: rows of k numbers
 *          x0  v00     v01
 *          x1  v10     v11     v_ij += x_i · y_j, four k at a time
 *          x2  v20     v21
 *          x3  v30     v31     x: rows of k numbers
 * ```
 *
 * An element is four chains over k in every tile and every build, so eight sums are needed to cover
 * the latency of the multiply-add (4 cycles, two a cycle): 8 × 1 or 4 × 2.
 *
 * Where the engine joins neighbouring vectors, a pair is two rows of x by the same row of y, which lies
 * packed with each vector twice: V8 makes a pair of any two loads, but none of one vector. Up to ten
 * pairs of sums, two of x and one of y stay in registers. V8 finds pairs from stores on, so sums go
 * through memory at the end. One row of y gains nothing: that is as fast as rows of x come.
 *
 * @module
 */

/** A shape of tiles: so many rows of x by so many of y. */
interface Shape {
  nx: 2 | 4 | 8;
  ny: number;
  /** Whether rows of x are computed in pairs, of a packed y. */
  pairs: boolean;
}

const shapes = (pairs: boolean, ...sizes: [nx: 2 | 4 | 8, ny: number][]): Shape[] =>
  sizes.map(([nx, ny]) => ({ nx, ny, pairs }));

/** Those of all builds. */
const PLAIN: readonly Shape[] = shapes(false, [8, 1], [4, 1], [4, 2], [2, 2]);

/** Those of the wide build. */
const PAIRS: readonly Shape[] = shapes(true, [8, 2], [4, 2], [4, 3], [4, 4], [4, 5]);

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const offset = (bytes: number): string => bytes === 0 ? "" : `, ${bytes}`;

/** Four k, the `turn`-th of those in a row. */
function step({ nx, ny, pairs }: Shape, turn: number): string[] {
  const far = offset(16 * turn);
  const at = (j: number, half: number) => offset(32 * (turn * ny + j) + 16 * half);
  if (pairs) {
    return [
      `${numbers(nx).map((i) => `x${i} = v128.load(p${i}${far})`).join(", ")};`,
      ...numbers(ny).flatMap((j) => [
        `s0 = v128.load(y${at(j, 0)}), s1 = v128.load(y${at(j, 1)});`,
        `${numbers(nx).map((i) => `v${i}${j} = fma(x${i}, s${i % 2}, v${i}${j})`).join(", ")};`,
      ]),
    ];
  }
  return [
    `${numbers(ny).map((j) => `s${j} = v128.load(q${j}${far})`).join(", ")};`,
    ...numbers(nx).flatMap((i) => [
      `x0 = v128.load(p${i}${far});`,
      `${numbers(ny).map((j) => `v${i}${j} = fma(x0, s${j}, v${i}${j})`).join(", ")};`,
    ]),
  ];
}

/** The addresses' way on by so many times four k. */
function advance({ nx, ny, pairs }: Shape, turns: number): string {
  const rows = [
    ...numbers(nx).map((i) => `p${i} += ${16 * turns}`),
    ...(pairs ? [`y += ${32 * turns * ny}`] : numbers(ny).map((j) => `q${j} += ${16 * turns}`)),
  ];
  return `${rows.join(", ")};`;
}

const name = ({ nx, ny, pairs }: Shape): string => `${pairs ? "pairs" : "dots"}${nx}x${ny}`;

const PARAMETERS = `
  x: usize, xs: usize, n: i32, y: usize, ys: usize, k: i32,
  c: usize, cx: usize, cy: usize, bias: usize, bx: usize, by: usize, flags: i32, aside: usize,
`;

const none = (shape: Shape): string => `export function ${name(shape)}(${PARAMETERS}): void {}\n`;

function tile(shape: Shape): string {
  const { nx, ny, pairs } = shape;
  const all = numbers(ny).flatMap((j) => numbers(nx).map((i) => `v${i}${j}`));
  const lines = [
    // a row that is not there is the one before again, and nobody reads its sums
    `let p0 = x, ${
      numbers(nx).slice(1).map((i) => `p${i} = after(p${i - 1}, xs, ${i} - n)`).join(", ")
    };`,
    ...(pairs ? [] : [`let ${numbers(ny).map((j) => `q${j} = y + ${j} * ys`).join(", ")};`]),
    "const zero = zeros();",
    `let ${all.map((v) => `${v} = zero`).join(", ")}, s0 = zero, s1 = zero;`,
    `let ${numbers(nx).map((i) => `x${i} = zero`).join(", ")};`,
    "const end = p0 + (<usize>(k & ~7) << 2);",
    "while (p0 != end) {",
    ...step(shape, 0),
    ...step(shape, 1),
    advance(shape, 2),
    "}",
    "if (k & 4) {",
    ...step(shape, 0),
    advance(shape, 1),
    "}",
    ...(pairs
      ? [
        ...all.map((v, i) => `v128.store(aside, ${v}${offset(16 * i)});`).reverse(),
        ...all.map((v, i) => `${v} = v128.load(aside${offset(16 * i)});`),
      ]
      : []),
    "const left = k & 3;",
    "if (left) {",
    `${numbers(nx).map((i) => `x${i} = loadPart(p${i}, left, zero)`).join(", ")};`,
    ...numbers(ny).flatMap((j) => [
      `s0 = ${pairs ? `v128.load(y, ${32 * j})` : `loadPart(q${j}, left, zero)`};`,
      ...numbers(nx).map((i) => `v${i}${j} = fma(x${i}, s0, v${i}${j});`),
    ]),
    "}",
    ...numbers(ny).flatMap((j) => [
      ...(j > 0 ? ["c += cy;", "if (bias) bias += by;"] : []),
      `put(c, cx, bias, bx, n, flags, sums(v0${j}, v1${j}, ${
        nx === 2 ? "zero, zero" : `v2${j}, v3${j}`
      }));`,
      ...(nx === 8
        ? [
          "if (n > 4) {",
          "const far: usize = bias ? bias + 4 * bx : 0;",
          `put(c + 4 * cx, cx, far, bx, n - 4, flags, sums(v4${j}, v5${j}, v6${j}, v7${j}));`,
          "}",
        ]
        : []),
    ]),
  ];
  return `/** n (1 to ${nx}) rows of x by ${ny} of y. */
export function ${name(shape)}(${PARAMETERS}): void {
${lines.join("\n")}
}
`;
}

/** The source: the tiles of all builds, and those of pairs or what is compiled nowhere. */
export function dotTiles(wide: boolean): string {
  return `// out[i·cx + j·cy] = x_i · y_j, k numbers each; xs, ys: bytes between rows; cx, cy: in C from one i,
// one j to the next; bx, by: in bias. In pairs y is packed: four k of each of the rows, each twice, zeros
// behind the last; and \`aside\` has room for 20 vectors.

import { start, stop } from "./edge";
import { fma, loadPart, zeros } from "../simd";

/** [Σ a, Σ b, Σ c, Σ d], each (l0 + l2) + (l1 + l3). */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3));
}

/** p + xs where i is negative, else p, with no condition: the engine would move it into the loop. */
// @ts-ignore: decorator
@inline
function after(p: usize, xs: usize, i: i32): usize {
  const mask: i32 = i >> 31;
  return p + (xs & <usize>mask);
}

/** Up to four elements of C from their sums. */
// @ts-ignore: decorator
@inline
function put(c: usize, cx: usize, bias: usize, bx: usize, n: i32, flags: i32, sum: v128): void {
  stop(c, cx, f32x4.add(start(c, cx, bias, bx, n, flags), sum), n, flags);
}

${PLAIN.map(tile).join("\n")}
${PAIRS.map(wide ? tile : none).join("\n")}`;
}
