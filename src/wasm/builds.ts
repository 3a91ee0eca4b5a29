/**
 * The builds of the kernels, as they are carried: the fast one and, unless a bundle leaves it out, the
 * wide one, packed. The strict build is made of the fast one where it is asked for.
 *
 * @module
 */
import { fast } from "../../build/kernels.ts";
import { wide } from "../../build/wide.ts";
import { toStrict } from "./strict.ts";
import { unpacked } from "./lzma.ts";

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
  if (build === "strict") return toStrict(unpacked(fast));
  const packed = build === "fast" ? fast : wide;
  return packed === "" ? null : unpacked(packed);
}
