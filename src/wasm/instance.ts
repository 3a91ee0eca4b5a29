/**
 * The compiled kernels: which build is loaded.
 *
 * @module
 */
import { callInto, type Exports, type Kernel } from "../../build/abi.ts";
import { fast, hash, strict } from "../../build/kernels.ts";
import { instantiateSync } from "../../build/loader.js";
import { wide } from "../../build/wide.ts";
import { memory } from "./memory.ts";
import { atMost, describe } from "../core/options.ts";
import type { Platform, WasmModule } from "../core/platform.ts";
import { defineKernels, runOnThreads, type Split } from "./threads.ts";

declare const WebAssembly: Platform["WebAssembly"];
declare const atob: Platform["atob"];

/**
 * A build of the kernels: `fast` may fuse multiply and add, `strict` gives the same bits anywhere.
 * `wide` gives the bits of `fast`, with neighbouring vectors in pairs: where the engine joins them it
 * is up to twice as fast, elsewhere slower.
 */
export type KernelBuild = "fast" | "strict" | "wide";

/** A module from base64. */
export function compile(base64: string): WasmModule {
  // browsers before 2025 have no fromBase64
  const bytes = Uint8Array.fromBase64?.(base64) ??
    Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new WebAssembly.Module(bytes);
}

/** The functions of a module, on the one memory. */
export function instantiate(module: WasmModule): unknown {
  // the loader's own wrappers cost 15 ns a call against 5, so calls go to the instance
  return instantiateSync(module, { env: { memory } }).instance.exports;
}

const BUILDS: Readonly<Record<KernelBuild, string>> = { fast, strict, wide };
const NAMES = Object.keys(BUILDS) as KernelBuild[];
const modules: { [K in KernelBuild]?: WasmModule } = {};

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
/** Whether the program has chosen it. */
export let isChosen = false;
/** Whether the engine can run them: it needs WebAssembly with SIMD. */
export const isAvailable: boolean = moduleOf(build) !== null;
let exports = (isAvailable ? instantiate(moduleOf(build)!) : {}) as Exports;
callInto(exports);
defineKernels(Object.keys(exports), () => NAMES.map(moduleOf));

function functionOf(kernel: Kernel): (...args: number[]) => void {
  return exports[kernel] as unknown as (...args: number[]) => void;
}

/** Runs a kernel on this thread. */
export function runAlone(kernel: Kernel, args: number[]): void {
  functionOf(kernel)(...args);
}

/** Runs a kernel on all threads. */
export function runShared(kernel: Kernel, args: number[], split: Split): void {
  runOnThreads(functionOf(kernel), kernel, NAMES.indexOf(build), args, split);
}

/**
 * The first 8 digits of SHA-256 over the kernels, the fast and the strict build: where they and
 * `VERSION` are equal, programs run the same code.
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

/** Takes a build. Kernels hold no state, so this may happen between any two of them. */
export function takeBuild(name: KernelBuild): void {
  const module = moduleOf(name);
  if (module === null) {
    throw new RangeError(
      BUILDS[name] === ""
        ? `setKernelBuild: this bundle leaves "${name}" out`
        : `setKernelBuild: this engine has no relaxed SIMD, which "${name}" needs`,
    );
  }
  exports = instantiate(module) as Exports;
  callInto(exports);
  build = name;
}

/**
 * Chooses the build. The default is `fast` where the engine has relaxed SIMD, and from the first tenth
 * of a second of work on `wide` where that is faster; their bits are the same. Throws RangeError for
 * any other name, and where the engine lacks what the build needs.
 */
export function setKernelBuild(name: KernelBuild): void {
  atMost(1, arguments.length, "setKernelBuild(name)");
  if (typeof name !== "string" || !Object.hasOwn(BUILDS, name)) {
    throw new RangeError(
      `setKernelBuild: "fast", "strict" or "wide" is needed: it is ${describe(name)}`,
    );
  }
  takeBuild(name);
  isChosen = true;
}
