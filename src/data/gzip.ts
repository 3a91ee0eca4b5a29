/**
 * Inflating gzip with the platform's own decompressor.
 *
 * @module
 */
import { DataError } from "../errors.ts";

/** Whether bytes begin as a gzip stream does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Inflates one gzip stream piece by piece, so that the caller can stop at any size.
 * Throws DataError where the stream is truncated or damaged, or where bytes follow it.
 */
export async function* gunzip(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const reader = new Blob([bytes as BlobPart]).stream()
    .pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw new DataError("gunzip: the gzip stream is truncated or damaged", { cause });
  } finally {
    // After a failure there is nothing left to close, and closing only repeats it.
    await reader.cancel().catch(() => {});
  }
}
