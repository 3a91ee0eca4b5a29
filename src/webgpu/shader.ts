/**
 * Kernels in WGSL: a kernel says what it reads and writes and what it is told, and gets the rest of its
 * shader from here.
 *
 * All tensors lie in one buffer, `heap`, and each operand is the place there where it begins. Of an
 * operand `x` a kernel reads `x_at(i)` and writes `set_x(i, value)`; of a number `n` it reads `p.n`.
 *
 * @module
 */

import { BLAME } from "./blame.ts";

/** Bytes that one kernel may be told: a list of tensors takes more than 256. */
export const MOST_NUMBERS = 4096;

/** What every kernel has at hand: its numbers, the rows that are blamed, the memory of all tensors. */
export const BINDINGS = { numbers: 0, blamed: 1, heap: 2 } as const;

/** How a kernel sees an operand: numbers of 32 bits, bytes, or four float32 at once. */
export type View = "f32" | "i32" | "u32" | "u8" | "vec4f";

/** What a kernel is told. */
export type NumberType = "u32" | "i32" | "f32";

/** A kernel. */
export interface Kernel {
  /** What messages call it. */
  readonly name: string;
  /** Its operands, in the order in which their places are given. A `vec4f` begins at a multiple of 4. */
  readonly operands: Readonly<Record<string, View>>;
  /** Its numbers, which are given behind the operands. */
  readonly numbers?: Readonly<Record<string, NumberType>>;
  /** Rows of a table, `p.table[i]`, four whole numbers each, which is given behind the numbers. */
  readonly table?: number;
  /** Whether it blames rows: `blame(row, value)`. The place of its entry is given last of the numbers. */
  readonly blames?: boolean;
  /** Whether threads write bytes of one word at the same time: `set_y_byte(i, byte)` of a `u8`. */
  readonly isShared?: boolean;
  /** Threads of a group: 256, unless it says otherwise. */
  readonly group?: readonly [x: number, y: number, z: number];
  /** What stands outside the main function: others, constants, memory of the group. */
  readonly declarations?: string;
  /**
   * The main function's body. It knows `id` (of the thread in all), `local` (in its group), `group`
   * (of its group) and `groups` (how many there are).
   */
  readonly main: string;
}

/** A kernel, ready to be compiled for a GPU. */
export interface Shader {
  /** What messages call it. */
  readonly name: string;
  /** Its WGSL. */
  readonly code: string;
  /** Which of what it is told are floats. */
  readonly floats: readonly boolean[];
  /** Where its table begins among what it is told. */
  readonly tableAt: number;
  /** Its place in the lists of pipelines. */
  readonly id: number;
}

function upToFour(words: number): number {
  return words + 3 & ~3;
}

let count = 0;

/** All kernels, so that tests can compile them. */
export const shaders: Shader[] = [];

/** Writes a kernel's shader. */
export function shader(kernel: Kernel): Shader {
  const { name, operands, numbers = {}, blames = false } = kernel;
  const types = { ...numbers, ...blames ? { entry: "u32" } : {} };
  const made: Shader = {
    name,
    code: codeOf(kernel, types),
    floats: [
      ...Object.keys(operands).map(() => false),
      ...Object.values(types).map((type) => type === "f32"),
    ],
    tableAt: upToFour(Object.keys(operands).length + Object.keys(types).length),
    id: count++,
  };
  shaders.push(made);
  return made;
}

/** A kernel's numbers behind those of the frame around it, which must have other names. */
export function withFirst(
  first: Readonly<Record<string, NumberType>>,
  { name, numbers = {} }: Kernel,
): Readonly<Record<string, NumberType>> {
  for (const key of Object.keys(numbers)) {
    if (key in first) throw new RangeError(`${name}: the number ${key} is there already`);
  }
  return { ...first, ...numbers };
}

/** A kernel of which the same happens for each of `n` elements, `i`; its number `n` comes first. */
export function elementwise(kernel: Kernel): Shader {
  const { main } = kernel;
  return shader({
    ...kernel,
    numbers: withFirst({ n: "u32" }, kernel),
    main: `for (var i = id.x; i < p.n; i += groups.x * 256u) {\n${main}\n}`,
  });
}

function codeOf(kernel: Kernel, types: Record<string, string>): string {
  const { operands, table = 0, blames = false, group = [256, 1, 1] } = kernel;
  const names = Object.keys(operands);
  const words = names.length + Object.keys(types).length;
  const padding = table === 0 ? 0 : upToFour(words) - words;
  if ((words + padding + table * 4) * 4 > MOST_NUMBERS) {
    throw new RangeError(`${kernel.name}: it is told too much`);
  }
  const heap = kernel.isShared === true
    ? "atomic<u32>"
    : Object.values(operands).includes("vec4f")
    ? "vec4<u32>"
    : "u32";
  return `struct Numbers {
${names.map((name) => `  ${name}: u32,`).join("\n")}
${Object.entries(types).map(([name, type]) => `  ${name}: ${type},`).join("\n")}
${Array.from({ length: padding }, (_, i) => `  padding${i}: u32,`).join("\n")}
${table > 0 ? `  table: array<vec4<u32>, ${table}>,` : ""}
}
@group(0) @binding(${BINDINGS.numbers}) var<uniform> p: Numbers;
@group(0) @binding(${BINDINGS.blamed}) var<storage, read_write> blamed: array<atomic<u32>>;
@group(0) @binding(${BINDINGS.heap}) var<storage, read_write> heap: array<${heap}>;
${blames ? BLAME : ""}
${names.map((name) => accessOf(name, operands[name]!, heap)).join("\n")}
${kernel.declarations ?? ""}
@compute @workgroup_size(${group.join(", ")})
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
${kernel.main}
}
`;
}

/** The functions that read and write an operand. */
function accessOf(name: string, view: View, heap: string): string {
  if (view === "vec4f") {
    return `fn ${name}_at(i: u32) -> vec4<f32> { return bitcast<vec4<f32>>(heap[(p.${name} >> 2u) + i]); }
fn set_${name}(i: u32, value: vec4<f32>) { heap[(p.${name} >> 2u) + i] = bitcast<vec4<u32>>(value); }`;
  }
  const word = (at: string) =>
    heap === "vec4<u32>" ? `heap[${at} >> 2u][${at} & 3u]` : `heap[${at}]`;
  const read = (at: string) => heap === "atomic<u32>" ? `atomicLoad(&heap[${at}])` : word(at);
  const write = (at: string, value: string) =>
    heap === "atomic<u32>" ? `atomicStore(&heap[${at}], ${value})` : `${word(at)} = ${value}`;
  if (view !== "u8") {
    return `fn ${name}_at(i: u32) -> ${view} {
  let at = p.${name} + i;
  return bitcast<${view}>(${read("at")});
}
fn set_${name}(i: u32, value: ${view}) {
  let at = p.${name} + i;
  ${write("at", "bitcast<u32>(value)")};
}`;
  }
  const bytes = `fn ${name}_at(i: u32) -> u32 {
  let byte = p.${name} + i;
  let at = byte >> 2u;
  return (${read("at")} >> ((byte & 3u) * 8u)) & 255u;
}
// four bytes at once: only for what begins at a multiple of 4
fn set_${name}(i: u32, four: u32) {
  let at = (p.${name} >> 2u) + i;
  ${write("at", "four")};
}`;
  if (heap !== "atomic<u32>") return bytes;
  return `${bytes}
fn set_${name}_byte(i: u32, value: u32) {
  let byte = p.${name} + i;
  let shift = (byte & 3u) * 8u;
  atomicAnd(&heap[byte >> 2u], ~(255u << shift));
  atomicOr(&heap[byte >> 2u], value << shift);
}`;
}
