/**
 * Kernels that make something of each row: 1, 2, 4 … 256 neighbouring threads share one, fold what they
 * found, and all of them know the result.
 *
 * ```
 *   row 0          row 1          row 2                     row 3
 *   x x x x x x x  x x x x x x x  x x x x x x x             …
 *   0 1 2 3 0 1 2  4 5 6 7 4 5 6  8 9 10 11 8 9 10          lanes = 4: thread 4 · row + lane
 * ```
 *
 * @module
 */
import { type Kernel, type Shader, shader, withFirst } from "./shader.ts";

/** How many threads share a row of n: by its length alone, so that sums have always the same tree. */
export function lanesFor(n: number): number {
  return n <= 16 ? 1 : Math.min(256, upToPowerOfTwo(n / 4));
}

/** The power of two that is at least x. */
export function upToPowerOfTwo(x: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(x, 1)));
}

/** Groups of 256 threads for rows of so many lanes. */
export function groupsOf(rows: number, lanes: number): number {
  return Math.min(Math.ceil(rows * lanes / 256), 65535);
}

/** How a fold makes one of two. */
export interface Fold {
  /** An expression of `a` and `b`. */
  readonly f: string;
  /** The type of what is folded. */
  readonly type: "f32" | "i32" | "vec2<u32>";
}

/**
 * A function that folds what the lanes of a row have, and gives it to all of them. Thread `t` is lane
 * `t / apart % lanes`; it must be called by all threads of a group.
 */
export function foldFunction(name: string, { f, type }: Fold): string {
  return `
var<workgroup> ${name}_cells: array<${type}, 256>;
fn ${name}_of(a: ${type}, b: ${type}) -> ${type} { return ${f}; }
fn ${name}(value: ${type}, t: u32, lane: u32, lanes: u32, apart: u32) -> ${type} {
  ${name}_cells[t] = value;
  for (var step = lanes / 2u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane < step) {
      ${name}_cells[t] = ${name}_of(${name}_cells[t], ${name}_cells[t + step * apart]);
    }
  }
  workgroupBarrier();
  let result = ${name}_cells[t - lane * apart];
  workgroupBarrier();
  return result;
}
`;
}

/** In a kernel made by {@link perRow}: folds a value of each lane. */
export function fold(name: string, value: string): string {
  return `${name}(${value}, local.x, lane, p.lanes, 1u)`;
}

/**
 * A kernel of which the same happens for each row of n elements. Its first numbers are how many rows
 * there are, n, and the lanes of a row. It knows its `row`, its `lane`, and how many elements it walks:
 * `count`, of the threads behind the last row 0, which must write nothing: `isThere` is false.
 */
export function perRow(kernel: Kernel): Shader {
  const { main } = kernel;
  return shader({
    ...kernel,
    numbers: withFirst({ rows: "u32", n: "u32", lanes: "u32" }, kernel),
    main: `let lane = local.x & (p.lanes - 1u);
  let per = 256u / p.lanes;
  for (var first = group.x * per; first < p.rows; first += groups.x * per) {
    let row = first + local.x / p.lanes;
    let isThere = row < p.rows;
    let count = select(0u, p.n, isThere);
${main}
  }`,
  });
}
