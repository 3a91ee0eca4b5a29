/**
 * The strict build out of the fast one: each instruction of relaxed SIMD is replaced by those that
 * give the same bits in every engine. So a program carries one build and not two.
 *
 * ```
 * fast                     strict
 * f32x4.relaxed_madd       local.set z · mul · local.get z · add         a · b + z
 * f32x4.relaxed_nmadd      local.set z · mul · neg · local.get z · add   −a · b + z
 * f64x2.relaxed_madd       likewise
 * relaxed_laneselect       bitselect: masks are whole lanes
 * ```
 *
 * z is a local that each function gets. Format: the WebAssembly specification, section 5.
 *
 * @module
 */

const TYPES = 1;
const FUNCTIONS = 3;
const CODE = 10;

/** The type of a vector. */
const V128 = 0x7b;

const SET = 0x21;
const GET = 0x20;

// instructions for vectors, behind their prefix
const SIMD = 0xfd;
const BITSELECT = [SIMD, 0x52];
const NEG = [SIMD, 0xe1, 1];
const ADD = [SIMD, 0xe4, 1];
const MUL = [SIMD, 0xe6, 1];
const ADD_F64 = [SIMD, 0xf0, 1];
const MUL_F64 = [SIMD, 0xf2, 1];

/** What stands in place of an instruction of relaxed SIMD; `z` is a local of the function. */
function replacement(code: number, z: number[]): number[] {
  switch (code) {
    case 0x105:
      return [SET, ...z, ...MUL, GET, ...z, ...ADD];
    case 0x106:
      return [SET, ...z, ...MUL, ...NEG, GET, ...z, ...ADD];
    case 0x107:
      return [SET, ...z, ...MUL_F64, GET, ...z, ...ADD_F64];
    case 0x109: // of lanes of 8, 16, 32 and 64 bits
    case 0x10a:
    case 0x10b:
    case 0x10c:
      return BITSELECT;
    default:
      throw new Error(
        `strict build: no replacement is known for instruction 0x${code.toString(16)}`,
      );
  }
}

/** Makes the strict build. */
export function toStrict(fast: Uint8Array): Uint8Array<ArrayBuffer> {
  const read = new Reader(fast);
  const out = new Writer(fast.length);
  let parameters: number[] = []; // how many, by type
  let types: number[] = []; // of the functions
  read.at = 8;
  out.copy(fast.subarray(0, 8));
  while (read.at < fast.length) {
    const start = read.at;
    const section = read.byte();
    const end = read.u32() + read.at;
    if (section === TYPES) parameters = read.list(() => read.functionType());
    if (section === FUNCTIONS) types = read.list(() => read.u32());
    if (section === CODE) {
      const code = new Writer(2 * (end - start));
      const bodies = read.list((i) => strictBody(read, parameters[types[i]!]!));
      code.u32(bodies.length);
      for (const body of bodies) code.sized(body);
      out.copy([section]);
      out.sized(code.done());
    } else {
      out.copy(fast.subarray(start, end));
    }
    read.at = end;
  }
  return out.done();
}

/** A function's locals and instructions. */
function strictBody(read: Reader, parameters: number): Uint8Array {
  const end = read.u32() + read.at;
  const out = new Writer(2 * (end - read.at) + 8);
  const groups = read.u32();
  const declared = read.at;
  let z = parameters;
  for (let i = 0; i < groups; i++) {
    z += read.u32();
    read.byte();
  }
  out.u32(groups + 1);
  out.copy(read.bytes.subarray(declared, read.at));
  out.copy([1, V128]);

  let copied = read.at;
  while (read.at < end) {
    const start = read.at;
    const relaxed = read.instruction();
    if (relaxed === 0) continue;
    out.copy(read.bytes.subarray(copied, start));
    out.copy(replacement(relaxed, leb(z)));
    copied = read.at;
  }
  out.copy(read.bytes.subarray(copied, end));
  return out.done();
}

/** A number in groups of 7 bits, the lowest first. */
function leb(n: number): number[] {
  return n < 128 ? [n] : [n & 127 | 128, ...leb(n >>> 7)];
}

class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(most: number) {
    this.#bytes = new Uint8Array(most);
  }

  copy(bytes: ArrayLike<number>): void {
    if (this.#at + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#at + bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  u32(n: number): void {
    this.copy(leb(n));
  }

  /** Bytes with their number before them. */
  sized(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.copy(bytes);
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }
}

class Reader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  u32(): number {
    let n = 0;
    for (let shift = 0;; shift += 7) {
      const byte = this.byte();
      n |= (byte & 127) << shift;
      if (byte < 128) return n >>> 0;
    }
  }

  list<T>(one: (i: number) => T): T[] {
    return Array.from({ length: this.u32() }, (_, i) => one(i));
  }

  /** The number of its parameters. */
  functionType(): number {
    this.byte();
    const parameters = this.list(() => this.byte()).length;
    this.list(() => this.byte());
    return parameters;
  }

  /** Passes over numbers, signed ones too. */
  #numbers(n: number): void {
    for (; n > 0; n--) while (this.byte() >= 128);
  }

  /** Passes over an instruction: its code where it is of relaxed SIMD, else 0. */
  instruction(): number {
    const op = this.byte();
    if (op === SIMD) return this.#vector(this.u32());
    if (op === 0xfe) { // atomic: an alignment and an offset, but the fence
      if (this.u32() === 3) this.at++;
      else this.#numbers(2);
    } else if (op === 0xfc) { // conversions; from 8 on memory and tables
      const code = this.u32();
      if (code >= 8) this.#numbers(code === 9 || code === 11 || code === 13 || code > 14 ? 1 : 2);
    } else if (op === 0x0e) this.list(() => this.u32()) && this.#numbers(1); // br_table
    else if (op === 0x1c) this.list(() => this.byte()); // select with a type
    else if (op === 0x43) this.at += 4; // f32.const
    else if (op === 0x44) this.at += 8; // f64.const
    else if (op === 0x11 || op >= 0x28 && op <= 0x3e) this.#numbers(2); // call_indirect, load, store
    else if (
      op >= 0x02 && op <= 0x04 || op === 0x0c || op === 0x0d || op === 0x10 ||
      op >= 0x20 && op <= 0x26 || op >= 0x3f && op <= 0x42 || op === 0xd0 || op === 0xd2
    ) this.#numbers(1); // blocks, branches, calls, locals, globals, constants
    return 0;
  }

  #vector(code: number): number {
    if (code >= 0x100) return code;
    if (code <= 0x0b || code >= 0x5c && code <= 0x5d) this.#numbers(2); // load, store
    else if (code <= 0x0d) this.at += 16; // const, shuffle
    else if (code >= 0x15 && code <= 0x22) this.at++; // a lane
    else if (code >= 0x54 && code <= 0x5b) { // load, store a lane
      this.#numbers(2);
      this.at++;
    }
    return 0;
  }
}
