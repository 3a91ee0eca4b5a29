/**
 * Unpacking a file of a zip archive that is known to be an npy file, with no more memory than its
 * array needs: the header is unpacked first, and says how large the file must be.
 *
 * @module
 */
import { Inflate, inflateSync } from "npm:fflate@0.8.2";
import { DataError } from "../core/errors.ts";
import { crc32 } from "../core/crc32.ts";
import { decodeNpyHeader, MAX_START } from "./npy_header.ts";
import type { ZipEntry } from "./zip.ts";

/** Packed bytes a turn in search of the header: they inflate to 1032 times as many at most. */
const TURN = 1024;

/**
 * Checks that an entry is as large as the npy header in it says, unpacking little more than that.
 * Throws DataError where it is not.
 */
export function checkSize(entry: ZipEntry): void {
  const { deflated, packed, size } = entry;
  const { total } = decodeNpyHeader(deflated ? inflateStart(packed) : packed);
  if (total !== size) {
    throw new DataError(
      `decodeNpy: the header is that of a file of ${total} bytes: the archive tells ${size}`,
    );
  }
  // Deflate makes nothing longer but by some bytes for each 16 KiB. A stream that is would keep
  // the reader busy for nothing.
  if (deflated && packed.length > size + size / 8 + 1024) {
    throw new DataError(`decodeNpy: ${size} bytes are never packed to ${packed.length}`);
  }
}

/** The whole file of an entry that `checkSize` has passed. Throws DataError where it is damaged. */
export function unpack({ deflated, packed, size, crc }: ZipEntry): Uint8Array {
  let file = packed;
  if (deflated) {
    try {
      // Room for one byte too many, to tell a longer stream: fflate drops what has no room.
      file = inflateSync(packed, { out: new Uint8Array(size + 1) });
    } catch (cause) {
      throw damaged(cause);
    }
  }
  if (file.length !== size || crc32(file) !== crc) throw damaged();
  return file;
}

/** The first bytes of a deflated file: all that a header may have, or all there are. */
function inflateStart(packed: Uint8Array): Uint8Array {
  const start = new Uint8Array(MAX_START);
  let length = 0;
  const stream = new Inflate((chunk) => {
    const part = chunk.subarray(0, MAX_START - length);
    start.set(part, length);
    length += part.length;
  });
  try {
    for (let at = 0; at < packed.length && length < MAX_START; at += TURN) {
      stream.push(packed.subarray(at, at + TURN), at + TURN >= packed.length);
    }
  } catch (cause) {
    throw damaged(cause);
  }
  return start.subarray(0, length);
}

function damaged(cause?: unknown): DataError {
  return new DataError("decodeNpy: the packed bytes are damaged", { cause });
}
