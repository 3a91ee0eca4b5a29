/**
 * What a laboratory works with: its AssemblyScript compiled as the library's is, on a memory.
 *
 * @module
 */
import { compile } from "../../tools/build.ts";

/** A compiled function on numbers. */
export type Kernel = (...args: number[]) => void;

/** One line of a table: `run` does `work` multiplications and as many additions. */
export interface Row {
  name: string;
  work: number;
  run: () => void;
}

/** Whether the kernels are those of the wide build, which needs the flags of V8 that join vectors. */
export const isWide: boolean = Deno.args.includes("wide");

/** The memory that the kernels work on. */
export const memory: WebAssembly.Memory = new WebAssembly.Memory({
  initial: 512,
  maximum: 65536,
  shared: true,
});

/** Bytes in a MiB. */
export const MIB: number = 1 << 20;

/**
 * Compiles `bench/lab/NAME.as`, and what it imports of the library, as the build does;
 * with `strict` among the arguments, without relaxed SIMD; with `wide`, for an engine that joins
 * neighbouring vectors. The file is AssemblyScript; its name keeps Deno's checker away from it. The
 * memory holds `filling` in every number.
 */
export async function loadLab(name: string, filling: number): Promise<Record<string, Kernel>> {
  const relaxed = !Deno.args.includes("strict");
  // asc wants an entry that ends in .ts; there is none of this name
  const entry = `bench/lab/${name}_entry.ts`;
  const { wasm } = await compile({ relaxed, wide: isWide, entry }, `bench/lab/${name}.as`);
  new Float32Array(memory.buffer).fill(filling);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  return instance.exports as unknown as Record<string, Kernel>;
}
