/**
 * The modules of the kernels, out of the form in which they are carried: packed by LZMA, as base64.
 *
 * @module
 */
import { unpack } from "../../build/kernels.ts";
import { instantiateSync } from "../../build/loader.js";
import type { Platform } from "../core/platform.ts";

declare const atob: Platform["atob"];
declare const WebAssembly: Platform["WebAssembly"];

/** What `assembly/unpack.ts` exports. */
interface Unpacker {
  unpack(file: number, to: number, size: number): void;
}

/** Bytes at the begin of its memory that are the unpacker's own. */
const OWN = 16_384;

/** Bytes of a page of memory. */
const PAGE = 65_536;

/** The module that a text holds. */
export function unpacked(packed: string): Uint8Array<ArrayBuffer> {
  return unpackedFile(bytesOf(packed));
}

/** What a file by LZMA holds that tells its size and has LZMA's usual settings: lc 3, lp 0, pb 2. */
export function unpackedFile(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = new DataView(file.buffer, file.byteOffset).getUint32(5, true);
  const to = OWN + file.length;
  const pages = Math.ceil((to + size) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const module = new WebAssembly.Module(bytesOf(unpack));
  const unpacker = instantiateSync(module, { env: { memory } }).instance.exports as Unpacker;
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(file, OWN);
  unpacker.unpack(OWN, to, size);
  return new Uint8Array(bytes.slice(to, to + size)); // no view of memory that is shared
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // browsers before 2025 have no fromBase64
  return Uint8Array.fromBase64?.(base64) ??
    Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
