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

/** Throws DataError where a list in a file's metadata is longer than that. */
export function checkLengths(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let tables = 0;

  /** Where the field of a table is; null where it has none. */
  function fieldAt(table: number, field: number): number | null {
    const names = table - view.getInt32(table, true);
    const at = 4 + 2 * field;
    if (at + 2 > view.getUint16(names, true)) return null;
    const offset = view.getUint16(names + at, true);
    return offset === 0 ? null : table + offset;
  }

  function checkTable(table: number, shape: Table): void {
    if (++tables > MOST) throw new DataError("its metadata has no end");
    for (const [field, part] of Object.entries(shape)) {
      if (field === "union") continue;
      const at = fieldAt(table, Number(field));
      if (at !== null) checkPart(at + view.getUint32(at, true), part as Part);
    }
    if (shape.union === undefined) return;
    const { kind, field, tables: kinds } = shape.union;
    const [told, at] = [fieldAt(table, kind), fieldAt(table, field)];
    const found = told === null ? undefined : kinds[view.getUint8(told)];
    if (found !== undefined && at !== null) checkTable(at + view.getUint32(at, true), found);
  }

  function checkPart(at: number, part: Part): void {
    const isList = typeof part === "number" || Array.isArray(part);
    if (!isList) return checkTable(at, part as Table);
    const count = view.getUint32(at, true);
    const each = typeof part === "number" ? part : 4;
    if (at + 4 + count * each > bytes.length) {
      throw new DataError(`a list of ${count} does not fit in its metadata`);
    }
    if (typeof part === "number") return;
    for (let i = 0; i < count; i++) {
      const item = at + 4 + 4 * i;
      checkTable(item + view.getUint32(item, true), (part as readonly Table[])[0]!);
    }
  }

  /** Checks the message at a place; where its body begins, and the next message if it has none. */
  function checkMessage(at: number): { body: number; length: number } | null {
    const begin = view.getUint32(at, true) === 0xffffffff ? at + 4 : at;
    const size = view.getUint32(begin, true);
    if (size === 0) return null;
    const table = begin + 4 + view.getUint32(begin + 4, true);
    checkTable(table, MESSAGE);
    const told = fieldAt(table, 3);
    const length = told === null ? 0 : Number(view.getBigInt64(told, true));
    checkRows(table, length);
    return { body: begin + 4 + size, length };
  }

  /** Refuses columns of more values than the body of a message has bits. */
  function checkRows(message: number, length: number): void {
    const [told, header] = [fieldAt(message, 1), fieldAt(message, 2)];
    const kind = told === null ? 0 : view.getUint8(told);
    if (header === null || kind !== DICTIONARY && kind !== RECORD) return;
    let batch = header + view.getUint32(header, true);
    if (kind === DICTIONARY) {
      const data = fieldAt(batch, 1);
      if (data === null) return;
      batch = data + view.getUint32(data, true);
    }
    const nodes = fieldAt(batch, 1);
    if (nodes === null) return;
    const most = 8 * length * (fieldAt(batch, 3) === null ? 1 : PACKED);
    const list = nodes + view.getUint32(nodes, true);
    for (let i = 0; i < view.getUint32(list, true); i++) {
      const count = Number(view.getBigInt64(list + 4 + 16 * i, true));
      if (count < 0 || count > most) {
        throw new DataError(`${count} values are not in ${length} bytes`);
      }
    }
  }

  const isFile = String.fromCharCode(...bytes.subarray(0, 6)) === "ARROW1";
  if (!isFile) {
    for (let at = 0; at + 8 <= bytes.length;) {
      const message = checkMessage(at);
      if (message === null) return;
      if (message.length < 0) throw new DataError("a message has less than no bytes");
      at = message.body + message.length;
    }
    return;
  }
  const footer = bytes.length - 10 - view.getUint32(bytes.length - 10, true);
  const table = footer + view.getUint32(footer, true);
  checkTable(table, FOOTER);
  for (const field of [2, 3]) {
    const at = fieldAt(table, field);
    if (at === null) continue;
    const list = at + view.getUint32(at, true);
    for (let i = 0; i < view.getUint32(list, true); i++) {
      checkMessage(Number(view.getBigInt64(list + 4 + 24 * i, true)));
    }
  }
}
