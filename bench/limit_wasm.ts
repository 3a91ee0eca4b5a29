/**
 * The two loops that tell what the machine can do at most, written instruction by instruction:
 * 128-bit multiply-adds on registers alone, and `memory.copy`, which V8 hands to the system's own
 * copying. A loop of 128-bit loads and stores gets half of that: each pays a bounds check.
 *
 * @module
 */

/** Accumulators of the multiply-add loop: more than latency times units (4 × 2), so none waits. */
export const ACCUMULATORS = 12;

/** Multiply-adds on each accumulator in one turn of the loop. */
export const UNROLL = 4;

/** What the module exports. */
export interface LimitLoops {
  /**
   * Accumulators that start as x, 2x, 3x … have x · y added `UNROLL` times a turn. Returns their sum
   * (lane 0 of it).
   */
  fma(turns: number, x: number, y: number): number;
  /** Copies a block `times` times. Addresses and sizes in bytes. */
  copy(from: number, to: number, bytes: number, times: number): void;
}

const TYPE = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

const OP = {
  loop: [0x03, 0x40],
  end: 0x0b,
  brIf: (depth: number) => [0x0d, depth],
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  tee: (local: number) => [0x22, local],
  i32: (value: number) => [0x41, value], // below 64: one byte of signed LEB128
  i32Sub: 0x6b,
  copy: [0xfc, 10, 0, 0],
  splat: simd(19),
  lane0: [...simd(31), 0],
  add: simd(228),
  mul: simd(230),
  madd: simd(261), // relaxed: fused where the CPU can
};

/**
 * Both loops as a module that imports a shared memory, `env.memory`. `relaxed`: multiply and add as
 * one relaxed instruction, as the fast kernels do; else as two, as the strict ones do.
 */
export function limitModule(relaxed: boolean): WebAssembly.Module {
  const types = [
    [0x60, 3, TYPE.i32, TYPE.f32, TYPE.f32, 1, TYPE.f32],
    [0x60, 4, TYPE.i32, TYPE.i32, TYPE.i32, TYPE.i32, 0],
  ];
  const memory = [...name("env"), ...name("memory"), 0x02, 0x03, 1, ...unsigned(65536)];
  const exports = [[...name("fma"), 0, 0], [...name("copy"), 0, 1]];
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, [2, 0, 1]),
    ...section(7, list(exports)),
    ...section(10, list([sized(fma(relaxed)), sized(copy())])),
  ]);
  return new WebAssembly.Module(bytes);
}

function fma(relaxed: boolean): number[] {
  const [turns, x, y, vx, vy, first] = [0, 1, 2, 3, 4, 5];
  const all = Array.from({ length: ACCUMULATORS }, (_, i) => first + i);
  // different starts, or the compiler could tell that all accumulators are one
  const start = all.flatMap((acc, i) => [
    ...OP.get(i === 0 ? vx : acc - 1),
    ...(i === 0 ? [] : [...OP.get(vx), ...OP.add]),
    ...OP.set(acc),
  ]);
  const round = all.flatMap((acc) =>
    relaxed
      ? [...OP.get(vx), ...OP.get(vy), ...OP.get(acc), ...OP.madd, ...OP.set(acc)]
      : [...OP.get(vx), ...OP.get(vy), ...OP.mul, ...OP.get(acc), ...OP.add, ...OP.set(acc)]
  );
  return [
    ...[1, ACCUMULATORS + 2, TYPE.v128],
    ...[...OP.get(x), ...OP.splat, ...OP.set(vx)],
    ...[...OP.get(y), ...OP.splat, ...OP.set(vy)],
    ...start,
    ...OP.loop,
    ...Array.from({ length: UNROLL }, () => round).flat(),
    ...[...OP.get(turns), ...OP.i32(1), OP.i32Sub, ...OP.tee(turns), ...OP.brIf(0)],
    OP.end,
    ...all.flatMap((acc, i) => [...OP.get(acc), ...(i === 0 ? [] : OP.add)]),
    ...[...OP.lane0, OP.end],
  ];
}

function copy(): number[] {
  const [from, to, bytes, times] = [0, 1, 2, 3];
  return [
    0,
    ...OP.loop,
    ...[...OP.get(to), ...OP.get(from), ...OP.get(bytes), ...OP.copy],
    ...[...OP.get(times), ...OP.i32(1), OP.i32Sub, ...OP.tee(times), ...OP.brIf(0)],
    ...[OP.end, OP.end],
  ];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function simd(code: number): number[] {
  return [0xfd, ...unsigned(code)];
}

function name(text: string): number[] {
  return sized([...new TextEncoder().encode(text)]);
}

function sized(bytes: number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function list(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, bytes: number[]): number[] {
  return [id, ...sized(bytes)];
}
