/**
 * Inflating gzip at once, with bounds on what comes out: a small file can inflate to gigabytes.
 *
 * @module
 */
import { builtinModule } from "../core/builtin_module.ts";
import { DataError } from "../core/errors.ts";

/** What is used of `node:zlib`. */
interface Zlib {
  constants: { Z_SYNC_FLUSH: number };
  gunzipSync(bytes: Uint8Array, options: { finishFlush: number }): Uint8Array;
  gunzipSync(
    bytes: Uint8Array,
    options: { maxOutputLength: number; info: true },
  ): { buffer: Uint8Array; engine: { bytesWritten: number } };
}

/** Whether bytes begin as a gzip stream does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * What the first bytes of a gzip stream inflate to, wherever they are cut off: at most about 1032
 * times as many. Throws DataError where they are damaged.
 */
export function gunzipStart(bytes: Uint8Array): Uint8Array {
  const { gunzipSync, constants } = zlib();
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw damaged(cause);
  }
}

/**
 * Inflates a gzip stream of one or more members; undefined where it holds more than `limit` bytes.
 * Throws DataError where the stream is truncated or damaged, or where bytes follow it.
 */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array | undefined {
  const { gunzipSync } = zlib();
  let inflated;
  try {
    inflated = gunzipSync(bytes, { maxOutputLength: limit, info: true });
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw damaged(cause);
  }
  // zlib passes over zeros that follow the stream; bytesWritten counts what it has read.
  if (inflated.engine.bytesWritten !== bytes.length) throw damaged();
  return inflated.buffer;
}

function zlib(): Zlib {
  const zlib = builtinModule("node:zlib") as Zlib | undefined;
  if (zlib) return zlib;
  throw new DataError(
    "gunzip: needs the node:zlib module of Deno, Node or Bun: elsewhere, pipe the bytes through " +
      'new DecompressionStream("gzip") first',
  );
}

function damaged(cause?: unknown): DataError {
  return new DataError("gunzip: the gzip stream is truncated or damaged", { cause });
}
