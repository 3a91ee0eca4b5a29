/**
 * The compiled kernels: which build is loaded, and what all calls of them need.
 *
 * @module
 */
import { fast, hash, strict } from "../../build/kernels.ts";
import { instantiateSync } from "../../build/loader.js";
import { f32, free, i32, LIMIT, malloc, memory } from "./memory.ts";
import { atMost, describe } from "../core/options.ts";
import type { Blame } from "../device/kernels.ts";
import type { Platform, WasmModule } from "../core/platform.ts";
import { outOfMemory } from "../device/storage.ts";
import { defineKernels, runOnThreads, type Split } from "./threads.ts";

declare const WebAssembly: Platform["WebAssembly"];
declare const atob: Platform["atob"];

/** The compiled functions. Numbers are addresses, element counts or plain values. */
export type Exports = Record<string, (...args: number[]) => number>;

/** A build of the kernels: `fast` may fuse multiply and add, `strict` gives the same bits anywhere. */
export type KernelBuild = "fast" | "strict";

function compile(base64: string): WasmModule {
  // browsers before 2025 have no fromBase64
  const bytes = Uint8Array.fromBase64?.(base64) ??
    Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new WebAssembly.Module(bytes);
}

function instantiate(module: WasmModule): Exports {
  // the loader's own wrappers cost 15 ns a call against 5, so calls go to the instance
  return instantiateSync(module, { env: { memory } }).instance.exports as Exports;
}

const BUILDS = { fast, strict };
const modules: { fast?: WasmModule; strict?: WasmModule } = {};

/** The compiled build; null where the engine has no relaxed SIMD. */
function moduleOf(name: KernelBuild): WasmModule | null {
  try {
    return modules[name] ??= compile(BUILDS[name]);
  } catch {
    return null;
  }
}

/** The build in use. */
export let build: KernelBuild = moduleOf("fast") === null ? "strict" : "fast";
/** Its functions. */
export let wasm: Exports = instantiate(moduleOf(build)!);
defineKernels(Object.keys(wasm), () => [moduleOf("fast"), moduleOf("strict")]);

/**
 * Runs a kernel on all threads, over a range that is shared among them: its last two arguments,
 * unless `split` says otherwise.
 */
export function onThreads(name: string, args: number[], split: Partial<Split> = {}): void {
  runOnThreads(wasm[name]!, name, build === "fast" ? 0 : 1, args, {
    rangeAt: args.length - 2,
    align: 16,
    ...split,
  });
}

/**
 * The first 8 digits of SHA-256 over the kernels, both builds: where they and `VERSION` are
 * equal, programs run the same code.
 */
export function getKernelHash(): string {
  atMost(0, arguments.length, "getKernelHash()");
  return hash;
}

/** The build in use. */
export function getKernelBuild(): KernelBuild {
  atMost(0, arguments.length, "getKernelBuild()");
  return build;
}

/**
 * Chooses the build. The default is `fast` where the engine has relaxed SIMD. Kernels hold no
 * state, so this may change at any time.
 */
export function setKernelBuild(name: KernelBuild): void {
  atMost(1, arguments.length, "setKernelBuild(name)");
  if (name !== "fast" && name !== "strict") {
    throw new RangeError(`setKernelBuild: "fast" or "strict" is needed: it is ${describe(name)}`);
  }
  const module = moduleOf(name);
  if (module === null) {
    throw new RangeError(`setKernelBuild: this engine has no relaxed SIMD, which "${name}" needs`);
  }
  wasm = instantiate(module);
  build = name;
}

/** Room for the numbers of an operation. */
const slot: number = malloc(64);

/** A word that kernels write to when labels or indices are bad. */
export const status: number = malloc(64);

let scratch = 0;
let scratchBytes = 0;

/** Bytes up to whole cache lines. Not by bit operations: sizes may be beyond int32. */
export function toLines(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/**
 * Scratch space that grows to the largest size seen and stays. Throws OutOfMemoryError, before
 * anything is computed, where there is not that much.
 */
export function scratchOf(bytes: number): number {
  if (!(bytes <= scratchBytes)) {
    if (scratch !== 0) free(scratch, scratchBytes);
    scratchBytes = 0; // none, should there be no room for the new one
    scratch = malloc(bytes);
    if (scratch === 0) throw outOfMemory(bytes, LIMIT);
    scratchBytes = bytes;
  }
  return scratch;
}

/** Makes the status word say that all is well. */
export function clearStatus(): void {
  i32[status >>> 2] = 0;
}

/** Throws what is wrong with the row that a kernel has found bad input in, if it has. */
export function checkStatus(blame: Blame): void {
  const row = i32[status >>> 2]! - 1;
  if (row >= 0) throw blame(row);
}

/** Puts a number where a kernel can read it; the second of two at 4. Returns the address. */
export function number(value: number, at = 0): number {
  f32[(slot + at) >>> 2] = value;
  return slot + at;
}
