/**
 * The compiled kernels: which build is in use, and which families of them have been loaded. The core is
 * loaded at the start, each other family when one of its kernels is first called.
 *
 * @module
 */
import { loadBy, type Module } from "../../build/abi.ts";
import { module as core } from "../../build/core.ts";
import { hash } from "../../build/kernels.ts";
import { instantiateSync } from "../../build/loader.js";
import { bytesOf, type KernelBuild, NAMES } from "./builds.ts";
import { memory } from "./memory.ts";
import { atMost, describe } from "../core/options.ts";
import type { Platform, WasmModule } from "../core/platform.ts";
import {
  handToThreads,
  runOnThreads,
  type SharedKernel,
  type Split,
  startThreadsWith,
} from "./threads.ts";

declare const WebAssembly: Platform["WebAssembly"];

/** The functions of a module, on the one memory, with what it imports of the core. */
export function instantiate(module: WasmModule, imported: object = {}): object {
  // the loader's own wrappers cost 15 ns a call against 5, so calls go to the instance
  const imports = { env: { memory }, core: imported as Record<string, unknown> };
  return instantiateSync(module, imports).instance.exports as object;
}

/** The families that have been loaded, the core first. */
const families: Module[] = [core];
/** Their modules, compiled: one for each build that was in use. */
const modules: (WasmModule | undefined)[] = [];
startThreadsWith(modules, NAMES.length);

/** Where a family's module of a build stands among them: threads are told of it by this number. */
function slotOf(family: number, build: KernelBuild): number {
  return family * NAMES.length + NAMES.indexOf(build);
}

/** The compiled module; null where the bundle has none, or the engine lacks what it needs. */
function moduleOf(family: number, build: KernelBuild): WasmModule | null {
  try {
    const bytes = () => bytesOf(build, families[family]!)!;
    return modules[slotOf(family, build)] ??= new WebAssembly.Module(bytes());
  } catch {
    return null;
  }
}

/** The build in use. */
export let build: KernelBuild = moduleOf(0, "fast") === null ? "strict" : "fast";
/** Whether the program has chosen it. */
export let isChosen = false;
/** Whether the engine can run them: it needs WebAssembly with SIMD. */
export const isAvailable: boolean = moduleOf(0, build) !== null;
if (isAvailable) use(0, build);

/** Has a family's functions be those of a build. */
function use(family: number, build: KernelBuild): void {
  const module = families[family]!;
  module.functions = instantiate(moduleOf(family, build)!, family === 0 ? {} : core.functions!);
  module.use(module.functions);
}

/** The functions of a family, which is loaded where it has not been yet. */
function load<Functions>(module: Module<Functions>): Functions {
  if (module.functions === null) {
    let family = families.indexOf(module as Module);
    if (family < 0) family = families.push(module as Module) - 1; // else there was no memory for it
    hand(family, build);
    use(family, build);
  }
  return module.functions!;
}
loadBy(load);

/** Hands threads that run already a module that they have not. */
function hand(family: number, build: KernelBuild): void {
  handToThreads(slotOf(family, build), () => bytesOf(build, families[family]!)!);
}

function functionOf(module: Module, kernel: string): (...args: number[]) => void {
  return (load(module) as Record<string, (...args: number[]) => void>)[kernel]!;
}

/** Runs a kernel on this thread. */
export function runAlone(module: Module, kernel: string, args: number[]): void {
  functionOf(module, kernel)(...args);
}

/** Runs a kernel on all threads. */
export function runShared(module: Module, kernel: string, args: number[], split: Split): void {
  const run = functionOf(module, kernel);
  runOnThreads(run, toThreads(module, kernel), args, split);
}

/** A kernel, as threads are told of it. */
export function toThreads(module: Module, kernel: string): SharedKernel {
  return {
    name: kernel,
    slot: slotOf(families.indexOf(module), build),
    index: Object.keys(module.places).indexOf(kernel),
  };
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
  if (moduleOf(0, name) === null) {
    throw new RangeError(
      bytesOf(name, core) === null
        ? `setKernelBuild: this bundle leaves "${name}" out`
        : `setKernelBuild: this engine has no relaxed SIMD, which "${name}" needs`,
    );
  }
  for (const family of families.keys()) hand(family, name);
  for (const family of families.keys()) use(family, name);
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
