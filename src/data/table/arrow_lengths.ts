/**
 * Whether the lists in an Arrow file's metadata end within it. The package that reads such files makes
 * lists as long as a file says, and a damaged one may say two thousand million.
 */
import { DataError } from "../../core/errors.ts";

/** What a field of a table is: a list of so many bytes an item, a list of tables, or a table. */
type Part = number | readonly [Table] | Table;

/** The fields of a FlatBuffers table that lead on, by their numbers. */
interface Table {
  readonly [field: number]: Part;
  /** A union: the field with its kind, that with its table, and what that is by its kind. */
  readonly union?: { kind: number; field: number; tables: { readonly [kind: number]: Table } };
}

/** Kinds of messages. */
const DICTIONARY = 2, RECORD = 3;

const TEXT = 1;
const KEY_VALUE: Table = { 0: TEXT, 1: TEXT };
const BATCH: Table = { 1: 16, 2: 16, 4: 8 };
const FIELD: Table = {
  0: TEXT,
  get 5(): readonly [Table] {
    return [FIELD];
  },
  6: [KEY_VALUE],
  union: { kind: 2, field: 3, tables: { 14: { 1: 4 } } }, // of types only Arrow's unions have a list
};
const SCHEMA: Table = { 1: [FIELD], 2: [KEY_VALUE], 3: 8 };
const MESSAGE: Table = {
  4: [KEY_VALUE],
  union: { kind: 1, field: 2, tables: { 1: SCHEMA, [DICTIONARY]: { 1: BATCH }, [RECORD]: BATCH } },
};
const FOOTER: Table = { 1: SCHEMA, 2: 24, 3: 24, 4: [KEY_VALUE] };

/** Bytes that a packed one may stand for: ZSTD has blocks of 2¹⁷ equal ones in 4. */
const PACKED = 2 ** 15;

/** Tables of a file's metadata at most. */
const MOST = 1_000_000;

/** FlatBuffers metadata within the bytes of a file: tables whose fields point at other tables and lists. */
class Metadata {
  readonly #view: DataView;
  #tables = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes the file has. */
  get length(): number {
    return this.#view.byteLength;
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }

  uint32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  int64(at: number): number {
    return Number(this.#view.getBigInt64(at, true));
  }

  /** What a place points at: a table or a list. */
  target(at: number): number {
    return at + this.uint32(at);
  }

  /** Where the field of a table is; null where it has none. */
  fieldAt(table: number, field: number): number | null {
    const names = table - this.#view.getInt32(table, true);
    const at = 4 + 2 * field;
    if (at + 2 > this.#view.getUint16(names, true)) return null;
    const offset = this.#view.getUint16(names + at, true);
    return offset === 0 ? null : table + offset;
  }

  /** Throws where a list below a table is longer than the file. */
  checkTable(table: number, shape: Table): void {
    if (++this.#tables > MOST) throw new DataError("its metadata has no end");
    for (const [field, part] of Object.entries(shape)) {
      if (field === "union") continue;
      const at = this.fieldAt(table, Number(field));
      if (at !== null) this.#checkPart(this.target(at), part as Part);
    }
    if (shape.union === undefined) return;
    const { kind, field, tables: kinds } = shape.union;
    const [told, at] = [this.fieldAt(table, kind), this.fieldAt(table, field)];
    const found = told === null ? undefined : kinds[this.byte(told)];
    if (found !== undefined && at !== null) this.checkTable(this.target(at), found);
  }

  #checkPart(at: number, part: Part): void {
    const isList = typeof part === "number" || Array.isArray(part);
    if (!isList) return this.checkTable(at, part as Table);
    const count = this.uint32(at);
    const each = typeof part === "number" ? part : 4;
    if (at + 4 + count * each > this.length) {
      throw new DataError(`a list of ${count} does not fit in its metadata`);
    }
    if (typeof part === "number") return;
    for (let i = 0; i < count; i++) {
      this.checkTable(this.target(at + 4 + 4 * i), (part as readonly Table[])[0]!);
    }
  }
}

/** Throws DataError where a list in a file's metadata is longer than that. */
export function checkLengths(bytes: Uint8Array): void {
  const file = new Metadata(bytes);
  const isFile = String.fromCharCode(...bytes.subarray(0, 6)) === "ARROW1";
  if (isFile) checkFooter(file);
  else checkStream(file);
}

/** A file: its footer lists the messages. */
function checkFooter(file: Metadata): void {
  const footer = file.length - 10 - file.uint32(file.length - 10);
  const table = file.target(footer);
  file.checkTable(table, FOOTER);
  for (const field of [2, 3]) {
    const at = file.fieldAt(table, field);
    if (at === null) continue;
    const list = file.target(at);
    for (let i = 0; i < file.uint32(list); i++) checkMessage(file, file.int64(list + 4 + 24 * i));
  }
}

/** A stream: one message after the other. */
function checkStream(file: Metadata): void {
  for (let at = 0; at + 8 <= file.length;) {
    const message = checkMessage(file, at);
    if (message === null) return;
    if (message.length < 0) throw new DataError("a message has less than no bytes");
    at = message.body + message.length;
  }
}

/** Checks the message at a place; where its body begins, and the next message if it has none. */
function checkMessage(file: Metadata, at: number): { body: number; length: number } | null {
  const begin = file.uint32(at) === 0xffffffff ? at + 4 : at;
  const size = file.uint32(begin);
  if (size === 0) return null;
  const table = file.target(begin + 4);
  file.checkTable(table, MESSAGE);
  const told = file.fieldAt(table, 3);
  const length = told === null ? 0 : file.int64(told);
  checkRows(file, table, length);
  return { body: begin + 4 + size, length };
}

/** Refuses columns of more values than the body of a message has bits. */
function checkRows(file: Metadata, message: number, length: number): void {
  const [told, header] = [file.fieldAt(message, 1), file.fieldAt(message, 2)];
  const kind = told === null ? 0 : file.byte(told);
  if (header === null || kind !== DICTIONARY && kind !== RECORD) return;
  let batch = file.target(header);
  if (kind === DICTIONARY) {
    const data = file.fieldAt(batch, 1);
    if (data === null) return;
    batch = file.target(data);
  }
  const nodes = file.fieldAt(batch, 1);
  if (nodes === null) return;
  const most = 8 * length * (file.fieldAt(batch, 3) === null ? 1 : PACKED);
  const list = file.target(nodes);
  for (let i = 0; i < file.uint32(list); i++) {
    const count = file.int64(list + 4 + 16 * i);
    if (count < 0 || count > most) {
      throw new DataError(`${count} values are not in ${length} bytes`);
    }
  }
}
