/**
 * The builds of the kernels, as they are carried: the fast one and, unless a bundle leaves it out, the
 * wide one, packed. The strict build is made of the fast one where it is asked for.
 *
 * @module
 */
import { fast } from "../../build/kernels.ts";
import { wide } from "../../build/wide.ts";
import { inflateGzip } from "../core/inflate.ts";
import type { Platform } from "../core/platform.ts";
import { toStrict } from "./strict.ts";

declare const atob: Platform["atob"];

/**
 * A build of the kernels: `fast` may fuse multiply and add, `strict` gives the same bits anywhere.
 * `wide` gives the bits of `fast`, with neighbouring vectors in pairs: where the engine joins them it
 * is up to twice as fast, elsewhere slower.
 */
export type KernelBuild = "fast" | "strict" | "wide";

/** All builds. Threads are told of one by its place here. */
export const NAMES: readonly KernelBuild[] = ["fast", "strict", "wide"];

/** The module of a build; null where the bundle leaves it out. */
export function bytesOf(build: KernelBuild): Uint8Array<ArrayBuffer> | null {
  if (build === "strict") return toStrict(unpack(fast));
  const packed = build === "fast" ? fast : wide;
  return packed === "" ? null : unpack(packed);
}

/** The module that a gzip file in base64 holds. */
export function unpack(packed: string): Uint8Array<ArrayBuffer> {
  // browsers before 2025 have no fromBase64
  const file = Uint8Array.fromBase64?.(packed) ??
    Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  return inflateGzip(file);
}
