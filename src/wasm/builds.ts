/**
 * The builds of the kernels, as they are carried, a module a family: the fast one and, unless a bundle
 * leaves it out, the wide one, packed. The strict build is made of the fast one where it is asked for.
 *
 * @module
 */
import type { Module } from "../../build/abi.ts";
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

/** A module in a build; null where the bundle leaves it out. */
export function bytesOf(
  build: KernelBuild,
  { name, packed }: Module,
): Uint8Array<ArrayBuffer> | null {
  if (build !== "wide") return build === "fast" ? unpacked(packed) : toStrict(unpacked(packed));
  const widePacked = wide[name];
  return widePacked === undefined ? null : unpacked(widePacked);
}
