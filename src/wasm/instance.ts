/**
 * The compiled kernels: which build is loaded.
 *
 * @module
 */
import { callInto, type Exports, type Kernel } from "../../build/abi.ts";
import { fast, hash, strict } from "../../build/kernels.ts";
import { instantiateSync } from "../../build/loader.js";
import { memory } from "./memory.ts";
import { atMost, describe } from "../core/options.ts";
import type { Platform, WasmModule } from "../core/platform.ts";
import { defineKernels, runOnThreads, type Split } from "./threads.ts";

declare const WebAssembly: Platform["WebAssembly"];
declare const atob: Platform["atob"];

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
let exports = instantiate(moduleOf(build)!);
callInto(exports);
defineKernels(Object.keys(exports), () => [moduleOf("fast"), moduleOf("strict")]);

function functionOf(kernel: Kernel): (...args: number[]) => void {
  return exports[kernel] as unknown as (...args: number[]) => void;
}

/** Runs a kernel on this thread. */
export function runAlone(kernel: Kernel, args: number[]): void {
  functionOf(kernel)(...args);
}

/** Runs a kernel on all threads. */
export function runShared(kernel: Kernel, args: number[], split: Split): void {
  runOnThreads(functionOf(kernel), kernel, build === "fast" ? 0 : 1, args, split);
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
  exports = instantiate(module);
  callInto(exports);
  build = name;
}
