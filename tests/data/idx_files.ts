/** IDX files made for the tests. */
import { gzipSync } from "node:zlib";

/** An IDX file of a type code, a shape and the bytes of its elements. */
export function idxFile(
  code: number,
  shape: readonly number[],
  bytes: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(4 + 4 * shape.length + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0, 0, code, shape.length]);
  shape.forEach((length, i) => view.setUint32(4 + 4 * i, length));
  file.set(bytes, 4 + 4 * shape.length);
  return file;
}

/** Bytes, gzipped. */
export function gzip(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes));
}
