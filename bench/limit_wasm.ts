/**
 * The two loops that tell what the machine can do at most, written instruction by instruction:
 * multiply-adds between registers alone, and `memory.copy`, which V8 hands to the system's own copying.
 * A loop of 128-bit loads and stores gets half of that: each pays a bounds check.
 *
 * @module
 */

/** Which multiply-adds. */
export interface MultiplyAdd {
  /** One relaxed instruction, fused where the processor can, as in the fast build; else two. */
  relaxed: boolean;
  /** Neighbouring vectors: 2 where V8 may join them into one of 256 bits, else 1. */
  vectors: 1 | 2;
}

/** Chains of multiply-adds: enough to cover latency times units (4 × 2), so that none waits. */
export const CHAINS = 10;

/** Multiply-adds on each chain in one turn of the loop. */
export const UNROLL = 4;

/** Bytes of x and of y, of a vector or of two. */
const OPERAND = 32;

/** Where the sums go, behind x and y. */
export const SUMS_AT = 2 * OPERAND;

/** Bytes that the multiply-add loop reads and writes. */
export const FMA_BYTES: number = SUMS_AT + CHAINS * OPERAND;

/** What the module exports. */
export interface LimitLoops {
  /**
   * With x and y as vectors at `at` and `at + 32`: chains that start as x, 2x, 3x … have x · y added
   * `UNROLL` times a turn. They are stored from `at + SUMS_AT` on.
   */
  fma(turns: number, at: number): void;
  /** Copies a block `times` times. Addresses and sizes in bytes. */
  copy(from: number, to: number, bytes: number, times: number): void;
}

const TYPE = { i32: 0x7f, v128: 0x7b };

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
  load: (offset: number) => [...simd(0), 4, ...unsigned(offset)],
  store: (offset: number) => [...simd(11), 4, ...unsigned(offset)],
  add: simd(228),
  mul: simd(230),
  madd: simd(261), // relaxed: fused where the CPU can
};

/** Both loops as a module that imports a shared memory, `env.memory`. */
export function limitModule(kind: MultiplyAdd): WebAssembly.Module {
  const types = [
    [0x60, 2, TYPE.i32, TYPE.i32, 0],
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
    ...section(10, list([sized(fma(kind)), sized(copy())])),
  ]);
  return new WebAssembly.Module(bytes);
}

function fma({ relaxed, vectors: width }: MultiplyAdd): number[] {
  const halves = Array.from({ length: width }, (_, half) => half);
  const [turns, at, first] = [0, 1, 2];
  const x = (half: number) => first + half;
  const y = (half: number) => first + width + half;
  const sum = (chain: number, half: number) => first + (2 + chain) * width + half;
  const chains = Array.from({ length: CHAINS }, (_, i) => i);
  const each = (code: (chain: number, half: number) => number[]): number[] =>
    chains.flatMap((chain) => halves.flatMap((half) => code(chain, half)));
  const load = (local: number, offset: number) => [
    ...OP.get(at),
    ...OP.load(offset),
    ...OP.set(local),
  ];
  const round = each((chain, half) => {
    const product = [...OP.get(x(half)), ...OP.get(y(half))];
    const to = OP.get(sum(chain, half));
    const code = relaxed
      ? [...product, ...to, ...OP.madd]
      : [...product, ...OP.mul, ...to, ...OP.add];
    return [...code, ...OP.set(sum(chain, half))];
  });
  return [
    ...[1, ...unsigned((2 + CHAINS) * width), TYPE.v128],
    ...halves.flatMap((half) => load(x(half), 16 * half)),
    ...halves.flatMap((half) => load(y(half), OPERAND + 16 * half)),
    // different starts, or the compiler could tell that all chains are one
    ...each((chain, half) => [
      ...OP.get(chain === 0 ? x(half) : sum(chain - 1, half)),
      ...(chain === 0 ? [] : [...OP.get(x(half)), ...OP.add]),
      ...OP.set(sum(chain, half)),
    ]),
    ...OP.loop,
    ...Array.from({ length: UNROLL }, () => round).flat(),
    ...[...OP.get(turns), ...OP.i32(1), OP.i32Sub, ...OP.tee(turns), ...OP.brIf(0)],
    OP.end,
    ...each((chain, half) => [
      ...OP.get(at),
      ...OP.get(sum(chain, half)),
      ...OP.store(SUMS_AT + 16 * (chain * width + half)),
    ]),
    OP.end,
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
