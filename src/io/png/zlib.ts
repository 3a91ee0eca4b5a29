/**
 * The engine's zlib, which packs what is in a PNG.
 *
 * @module
 */
import { builtinModule } from "../../core/builtin_module.ts";
import { DataError } from "../../core/errors.ts";

/** What is used of `node:zlib`. */
interface Zlib {
  inflateSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
  deflateSync(bytes: Uint8Array): Uint8Array;
}

/** That of Deno, Node or Bun. DataError where there is none. */
export function zlib(op: string): Zlib {
  const found = builtinModule("node:zlib") as Zlib | undefined;
  if (found) return found;
  throw new DataError(`${op}: needs the node:zlib module of Deno, Node or Bun`);
}
