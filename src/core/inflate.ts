/**
 * What a gzip file holds, at once: `DecompressionStream` would have a program wait, and a page has no
 * `node:zlib`. For files that are trusted, such as the kernels: no checksum is looked at.
 *
 * Format: RFC 1951 and 1952.
 *
 * @module
 */

/** The lengths of the codes for lengths come in this order: the last ones are most often left out. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The end of a block, as a symbol. */
const END = 256;

/** A file's content; the file must have one member without a name, as most programs write it. */
export function inflateGzip(file: Uint8Array): Uint8Array<ArrayBuffer> {
  // at the end there are a checksum and the size
  const size = new DataView(file.buffer, file.byteOffset).getUint32(file.length - 4, true);
  const out = new Uint8Array(size);
  const bits = new Bits(file, 10); // behind the header
  let to = 0;
  for (let isLast = false; !isLast;) {
    isLast = bits.take(1) === 1;
    const kind = bits.take(2);
    if (kind === 0) {
      const stored = bits.stored();
      out.set(stored, to);
      to += stored.length;
    } else {
      const [symbols, distances] = kind === 1 ? fixedTables() : readTables(bits);
      to = inflateBlock(bits, symbols, distances, out, to);
    }
  }
  return out;
}

/** A file as bits, the lowest of a byte first. */
class Bits {
  readonly bytes: Uint8Array;
  at: number;
  held = 0; // what is read and not taken yet
  count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A number of so many bits. */
  take(n: number): number {
    this.#hold(n);
    const value = this.held & (1 << n) - 1;
    this.#pass(n);
    return value;
  }

  /** The symbol whose code follows. */
  symbol(table: Uint16Array): number {
    this.#hold(15);
    const entry = table[this.held & table.length - 1]!;
    this.#pass(entry & 15);
    return entry >> 4;
  }

  /** The bytes of a block that is not packed. */
  stored(): Uint8Array {
    this.#pass(this.count & 7); // to the end of a byte
    const length = this.take(16);
    this.take(16); // the same, inverted
    const from = this.at - (this.count >> 3);
    this.at = from + length;
    this.held = this.count = 0;
    return this.bytes.subarray(from, this.at);
  }

  #hold(n: number): void {
    for (; this.count < n; this.count += 8) this.held |= this.bytes[this.at++]! << this.count;
  }

  #pass(n: number): void {
    this.held >>>= n;
    this.count -= n;
  }
}

/** Writes a block from `to` on, and tells where it ends. */
function inflateBlock(
  bits: Bits,
  symbols: Uint16Array,
  distances: Uint16Array,
  out: Uint8Array,
  to: number,
): number {
  // most of the time goes here, and plain variables are the fastest
  const { bytes } = bits;
  let { at, held, count } = bits;
  for (;;) {
    for (; count < 15; count += 8) held |= bytes[at++]! << count;
    const entry = symbols[held & symbols.length - 1]!;
    held >>>= entry & 15;
    count -= entry & 15;
    const symbol = entry >> 4;
    if (symbol < END) {
      out[to++] = symbol;
      continue;
    }
    bits.at = at;
    bits.held = held;
    bits.count = count;
    if (symbol === END) return to;
    const end = to + lengthOf(symbol - 257, bits);
    const from = to - distanceOf(bits.symbol(distances), bits);
    if (to - from >= end - to) out.copyWithin(to, from, from + end - to);
    else for (let i = from; to < end; i++) out[to++] = out[i]!; // it repeats what it writes
    to = end;
    ({ at, held, count } = bits);
  }
}

/** How many bytes are repeated. */
function lengthOf(code: number, bits: Bits): number {
  if (code < 8) return 3 + code;
  if (code === 28) return 258;
  const more = (code >> 2) - 1;
  return 3 + (4 + (code & 3) << more) + bits.take(more);
}

/** How far back they are. */
function distanceOf(code: number, bits: Bits): number {
  if (code < 4) return 1 + code;
  const more = (code >> 1) - 1;
  return 1 + (2 + (code & 1) << more) + bits.take(more);
}

type Tables = [symbols: Uint16Array, distances: Uint16Array];

/** The codes that a block brings along. */
function readTables(bits: Bits): Tables {
  const symbols = bits.take(5) + 257;
  const lengths = new Uint8Array(symbols + bits.take(5) + 1);
  const lengthsOfLengths = new Uint8Array(19);
  const n = bits.take(4) + 4;
  for (let i = 0; i < n; i++) lengthsOfLengths[ORDER[i]!] = bits.take(3);
  const table = tableOf(lengthsOfLengths);
  for (let i = 0; i < lengths.length;) {
    const symbol = bits.symbol(table);
    let length = symbol;
    let times = 1;
    if (symbol === 16) [length, times] = [lengths[i - 1]!, 3 + bits.take(2)];
    else if (symbol > 16) {
      [length, times] = [0, symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)];
    }
    lengths.fill(length, i, i += times);
  }
  return [tableOf(lengths.subarray(0, symbols)), tableOf(lengths.subarray(symbols))];
}

/** The codes of blocks that bring none. */
function fixedTables(): Tables {
  const lengths = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  return [tableOf(lengths), tableOf(new Uint8Array(30).fill(5))];
}

/** For all bits that may come next: the symbol whose code they begin with, times 16, and its length. */
function tableOf(lengths: Uint8Array): Uint16Array {
  const ofLength = Array.from({ length: 16 }, (): number[] => []);
  lengths.forEach((length, symbol) => ofLength[length]!.push(symbol));
  const most = Math.max(1, ...lengths);
  const table = new Uint16Array(1 << most);
  let code = 0; // with its highest bit first, as it is read
  for (let length = 1; length <= most; length++) {
    const half = 1 << length - 1;
    table.copyWithin(half, 0, half); // one bit more does not matter to shorter codes
    for (const symbol of ofLength[length]!) {
      table[code] = symbol << 4 | length;
      let bit = half;
      for (; code & bit; bit >>= 1) code ^= bit;
      code |= bit;
    }
  }
  return table;
}
