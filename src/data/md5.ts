/**
 * MD5, as the published checksums of data sets have it: against accidents, not against enemies.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import { builtinModule } from "../core/builtin_module.ts";

/** What is used of `node:crypto`. */
interface Crypto {
  createHash(name: string): { update(bytes: Uint8Array): { digest(form: "hex"): string } };
}

/** The MD5 checksum of bytes, as 32 hexadecimal digits. Throws DataError outside Deno, Node and Bun. */
export function md5(bytes: Uint8Array): string {
  const crypto = builtinModule("node:crypto") as Crypto | undefined;
  if (!crypto) throw new DataError("md5: needs the node:crypto module of Deno, Node or Bun");
  return crypto.createHash("md5").update(bytes).digest("hex");
}
