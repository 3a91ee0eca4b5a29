/**
 * The directory of a zip archive, read with no trust in it.
 *
 *     entry … entry    a header of its own, then the packed bytes
 *     directory        for each entry its name, sizes, checksum and place
 *     end              22 bytes: where the directory is; then a comment
 *
 * Sizes are taken from the directory: entries' own headers may leave them open. Archives of 4 GiB
 * and more, of several parts and with passwords are refused.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import { clip } from "./json_members.ts";

declare const TextDecoder: Platform["TextDecoder"];

/** Signatures: "PK" and two bytes. */
const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;

/** Bytes of each without its name, extra fields and comment. */
const LOCAL_SIZE = 30, CENTRAL_SIZE = 46, END_SIZE = 22;

/** A file in an archive. */
export interface ZipEntry {
  /** Its path. */
  name: string;
  /** Whether `packed` is deflated; else it is the file. */
  deflated: boolean;
  /** The file's bytes as they are stored: a view of the archive. */
  packed: Uint8Array;
  /** How many bytes the file has, as the directory tells it. */
  size: number;
  /** The file's CRC-32. */
  crc: number;
}

/** Where an entry stands in the archive. */
interface Place {
  begin: number;
  end: number;
  name: string;
}

/**
 * The files of an archive, in the directory's order; nothing is unpacked.
 * Throws DataError where the archive is damaged, or of a kind that is not read, where two entries
 * have one name, and where their bytes overlap.
 */
export function readZip(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { count, begin, end } = findDirectory(view);
  const entries: ZipEntry[] = [];
  const places: Place[] = [];
  let at = begin;
  for (let i = 0; i < count; i++) {
    const found = readEntry(bytes, view, at, begin, end);
    entries.push(found.entry);
    places.push(found.place);
    at = found.next;
  }
  if (at !== end) throw new DataError("readZip: bytes follow the directory's last entry");
  if (new Set(entries.map(({ name }) => name)).size < count) {
    throw new DataError("readZip: two entries have one name");
  }
  // Overlapping entries would let a small archive unpack to any size.
  places.sort((a, b) => a.begin - b.begin);
  places.forEach(({ begin, name }, i) => {
    const before = places[i - 1];
    if (before === undefined || begin >= before.end) return;
    throw new DataError(`readZip: ${clip(before.name)} and ${clip(name)} overlap`);
  });
  return entries;
}

/** The directory's place, from the archive's end, before which there may be a comment. */
function findDirectory(view: DataView): { count: number; begin: number; end: number } {
  for (let end = view.byteLength - END_SIZE; end >= 0; end--) {
    const comment = view.byteLength - END_SIZE - end;
    if (comment > 0xffff) break;
    if (view.getUint32(end, true) !== END || view.getUint16(end + 20, true) !== comment) continue;
    const parts = view.getUint32(end + 4, true);
    const count = view.getUint16(end + 8, true), total = view.getUint16(end + 10, true);
    const size = view.getUint32(end + 12, true), begin = view.getUint32(end + 16, true);
    if (parts !== 0 || count !== total || count === 0xffff || begin === 0xffffffff) {
      throw new DataError("readZip: archives in one part, of less than 4 GiB, are read");
    }
    if (begin + size !== end || count * CENTRAL_SIZE > size) {
      throw new DataError(
        `readZip: a directory of ${count} entries ends at byte ${end}: ` +
          `it is told to have ${size} bytes from byte ${begin} on`,
      );
    }
    return { count, begin, end };
  }
  throw new DataError("readZip: a zip archive ends with its directory: this one has none");
}

/** Reads the directory's entry at `at`, and finds the file's bytes, all before `directory`. */
function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  directory: number,
  end: number,
): { entry: ZipEntry; place: Place; next: number } {
  if (at + CENTRAL_SIZE > end || view.getUint32(at, true) !== CENTRAL) throw damaged(at);
  const flags = view.getUint16(at + 8, true), method = view.getUint16(at + 10, true);
  const crc = view.getUint32(at + 16, true);
  const packedSize = view.getUint32(at + 20, true), size = view.getUint32(at + 24, true);
  const nameSize = view.getUint16(at + 28, true);
  const begin = view.getUint32(at + 42, true);
  const next = at + CENTRAL_SIZE + nameSize + view.getUint16(at + 30, true) +
    view.getUint16(at + 32, true);
  if (next > end) throw damaged(at);
  const rawName = bytes.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameSize);
  const name = decodeName(rawName);
  const shown = clip(name);
  if (flags & 1) throw new DataError(`readZip: ${shown} has a password`);
  if (method !== 0 && method !== 8) {
    throw new DataError(`readZip: ${shown} must be stored (0) or deflated (8): it is ${method}`);
  }
  if (begin + LOCAL_SIZE > directory || view.getUint32(begin, true) !== LOCAL) throw damaged(begin);
  const nameBegin = begin + LOCAL_SIZE;
  const dataBegin = nameBegin + view.getUint16(begin + 26, true) + view.getUint16(begin + 28, true);
  const dataEnd = dataBegin + packedSize;
  if (
    view.getUint16(begin + 8, true) !== method || view.getUint16(begin + 26, true) !== nameSize ||
    rawName.some((byte, i) => bytes[nameBegin + i] !== byte)
  ) {
    throw new DataError(`readZip: ${shown} is told otherwise in its own header`);
  }
  if (dataEnd > directory || (method === 0 && packedSize !== size)) {
    throw new DataError(
      `readZip: ${shown}: ${packedSize} bytes from byte ${dataBegin} on are not ${size} bytes ` +
        `before byte ${directory}`,
    );
  }
  const packed = bytes.subarray(dataBegin, dataEnd);
  return {
    entry: { name, deflated: method === 8, packed, size, crc },
    place: { begin, end: dataEnd, name },
    next,
  };
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new DataError("readZip: the name of an entry is not UTF-8", { cause });
  }
}

function damaged(at: number): DataError {
  return new DataError(`readZip: there is no entry at byte ${at}: the archive is damaged`);
}
