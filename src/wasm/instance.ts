/**
 * The compiled kernels: which build is loaded.
 *
 * @module
 */
import { callInto, type Exports, type Kernel } from "../../build/abi.ts";
import { hash } from "../../build/kernels.ts";
import { instantiateSync } from "../../build/loader.js";
import { bytesOf, type KernelBuild, NAMES } from "./builds.ts";
import { memory } from "./memory.ts";
import { atMost, describe } from "../core/options.ts";
import type { Platform, WasmModule } from "../core/platform.ts";
import { defineKernels, handToThreads, runOnThreads, type Split } from "./threads.ts";

declare const WebAssembly: Platform["WebAssembly"];

/** The functions of a module, on the one memory. */
export function instantiate(module: WasmModule): unknown {
  // the loader's own wrappers cost 15 ns a call against 5, so calls go to the instance
  return instantiateSync(module, { env: { memory } }).instance.exports;
}

const modules: { [K in KernelBuild]?: WasmModule } = {};

/** The compiled build; null where the bundle has none, or the engine lacks what it needs. */
function moduleOf(name: KernelBuild): WasmModule | null {
  try {
    return modules[name] ??= new WebAssembly.Module(bytesOf(name)!);
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
defineKernels(Object.keys(exports), () => NAMES.map((name) => modules[name] ?? null));

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

/**
 * Takes a build. Kernels hold no state, so this may happen between any two of them, but not between a
 * kernel and the question how much scratch space it needs, which builds answer differently.
 */
export function takeBuild(name: KernelBuild): void {
  const module = moduleOf(name);
  if (module === null) {
    throw new RangeError(
      bytesOf(name) === null
        ? `setKernelBuild: this bundle leaves "${name}" out`
        : `setKernelBuild: this engine has no relaxed SIMD, which "${name}" needs`,
    );
  }
  handToThreads(NAMES.indexOf(name), () => bytesOf(name)!);
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
  if (typeof name !== "string" || !NAMES.includes(name)) {
    throw new RangeError(
      `setKernelBuild: "fast", "strict" or "wide" is needed: it is ${describe(name)}`,
    );
  }
  takeBuild(name);
  isChosen = true;
}
