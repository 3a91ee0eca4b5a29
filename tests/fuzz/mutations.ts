/** Changes that turn a real file into a hostile one. */
import fc from "fast-check";

/** The ways to change a file. */
type Kind =
  | "flip"
  | "set"
  | "number"
  | "cut"
  | "drop"
  | "repeat"
  | "move"
  | "insert"
  | "digits"
  | "word"
  | "mark";

/** One change. The numbers mean what the kind makes of them, modulo what there is to choose from. */
export interface Mutation {
  kind: Kind;
  at: number;
  length: number;
  value: number;
}

/** Bytes that stand for something in some format. */
const BYTES = [0, 1, 0x7f, 0x80, 0xff, ...new TextEncoder().encode(' "{}[](),:-\\09ePKuL\n')];

/** Whole numbers at the ends of their ranges, and sizes that no memory has. */
const EXTREMES = (
  "0 1 2 64 65 255 0x7fff 0xffff 0x10000 0x7fffffff 0x80000000 0xffffffff 0x100000000 " +
  "0x10000000001 0x20000000000001 0x8000000000000000 0xffffffffffffffff"
).split(" ").map(BigInt);

/** Numbers as texts have them, and what is none. */
const NUMBERS = [
  ..."0 -1 -0 1 1.5 1e3 1e400 00 64 65 2147483648 4294967296 9007199254740993".split(" "),
  ...["9".repeat(400), "NaN", "null", "[]", "1, 1", "1L", ""],
];

/** Words of the formats' headers, and some that JavaScript knows. */
const WORDS = (
  "F32 F64 F16 BF16 I64 I32 U8 BOOL F8_E4M3 dtype shape data_offsets __metadata__ " +
  "<f4 >f8 <f2 >i8 |u1 |b1 |O <U8 descr fortran_order True a \\u0061 \\ud800 __proto__ toString"
).split(" ");

/** What stands between words and numbers. */
const MARKS = ["", ..."{ } [ ] ( ) , : ,, [[ }} \" ' \\".split(" "), "\0"];

const KINDS: Record<Kind, (bytes: Uint8Array, mutation: Mutation) => Uint8Array> = {
  flip: (bytes, { at, value }) =>
    overwrite(bytes, at, [bytes[at % bytes.length]! ^ (1 << (value % 8))]),
  set: (bytes, { at, value }) => overwrite(bytes, at, [BYTES[value % BYTES.length]!]),
  number: (bytes, { at, length, value }) =>
    overwrite(bytes, at, numberBytes(EXTREMES[value % EXTREMES.length]!, length)),
  cut: (bytes, { at }) => bytes.slice(0, at % bytes.length),
  drop: (bytes, { at, length }) => {
    const [begin, end] = span(bytes, at, length);
    return replace(bytes, begin, end, []);
  },
  repeat: (bytes, { at, length }) => {
    const [begin, end] = span(bytes, at, length);
    return replace(bytes, end, end, bytes.subarray(begin, end));
  },
  move: (bytes, { at, length, value }) =>
    overwrite(bytes, value, bytes.slice(...span(bytes, at, length))),
  insert: (bytes, { at, length, value }) => {
    const noise = Array.from(
      { length: length % 32 },
      (_, i) => Math.imul(value + i, 0x9e3779b1) >>> 24,
    );
    return replace(bytes, at % bytes.length, at % bytes.length, noise);
  },
  digits: (bytes, change) => replaceText(bytes, /\d+/g, NUMBERS, change),
  word: (bytes, change) =>
    replaceText(bytes, /(?<=["'])[\w.<>|]+(?=["'])|True|False/g, WORDS, change),
  mark: (bytes, change) => replaceText(bytes, /[{}[\](),:]/g, MARKS, change),
};

/** Any change; often one of texts, as few others leave a header that can be read on. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(
    ...Object.keys(KINDS) as Kind[],
    ...Array<Kind[]>(5).fill(["digits", "word"]).flat(),
  ),
  at: fc.nat(0xffff),
  length: fc.nat(0xff),
  value: fc.nat(0xffff),
});

/** The bytes after all changes, in order. */
export function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  for (const mutation of mutations) {
    if (bytes.length > 0) bytes = KINDS[mutation.kind](bytes, mutation);
  }
  return bytes;
}

/** A span of up to 255 bytes. */
function span(bytes: Uint8Array, at: number, length: number): [begin: number, end: number] {
  const begin = at % bytes.length;
  return [begin, Math.min(begin + length, bytes.length)];
}

function overwrite(bytes: Uint8Array, at: number, part: ArrayLike<number>): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let i = 0, j = at % bytes.length; i < part.length && j < copy.length; i++, j++) {
    copy[j] = part[i]!;
  }
  return copy;
}

function replace(
  bytes: Uint8Array,
  begin: number,
  end: number,
  part: ArrayLike<number>,
): Uint8Array {
  const made = new Uint8Array(bytes.length - (end - begin) + part.length);
  made.set(bytes.subarray(0, begin));
  made.set(part, begin);
  made.set(bytes.subarray(end), begin + part.length);
  return made;
}

/**
 * Replaces one of the places where a pattern matches, by one of `words` or by what stands at another
 * such place. Where there is no such place, this is no text: a bit is changed.
 */
function replaceText(
  bytes: Uint8Array,
  pattern: RegExp,
  words: readonly string[],
  change: Mutation,
): Uint8Array {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const matches = [...text.matchAll(pattern)];
  const match = matches[change.at % matches.length];
  if (match === undefined) return KINDS.flip(bytes, change);
  const all = [...words, ...matches.map(([other]) => other)];
  const by = all[change.value % all.length]!;
  const part = Array.from(by, (character) => character.charCodeAt(0));
  return replace(bytes, match.index, match.index + match[0].length, part);
}

/** A number in 1, 2, 4 or 8 bytes of either order. */
function numberBytes(value: bigint, choice: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  const part = bytes.subarray(0, 1 << (choice % 4));
  return choice & 4 ? part.reverse() : part;
}
