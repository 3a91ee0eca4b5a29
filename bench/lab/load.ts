/**
 * What a laboratory works with: its AssemblyScript compiled as the library's is, on a memory.
 *
 * @module
 */
import asc from "assemblyscript/asc";

const root = new URL("../..", import.meta.url);

/** A compiled function on numbers. */
export type Kernel = (...args: number[]) => void;

/** One line of a table: `run` does `work` multiplications and as many additions. */
export interface Row {
  name: string;
  work: number;
  run: () => void;
}

/** The memory that the kernels work on. */
export const memory: WebAssembly.Memory = new WebAssembly.Memory({
  initial: 512,
  maximum: 65536,
  shared: true,
});

/** Bytes in a MiB. */
export const MIB: number = 1 << 20;

/**
 * Compiles `bench/lab/NAME.as`, and what it imports of the library, with tools/build.ts's options;
 * with `strict` among the arguments, without relaxed SIMD. The file is AssemblyScript; its name
 * keeps Deno's checker away from it. The memory holds `filling` in every number.
 */
export async function loadLab(name: string, filling: number): Promise<Record<string, Kernel>> {
  const entry = `bench/lab/${name}_entry.ts`; // a name that asc takes for its own
  const relaxed = Deno.args.includes("strict") ? [] : ["--enable", "relaxed-simd"];
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  // deno-fmt-ignore
  const { error, stderr } = await asc.main([
    entry, "--outFile", "out.wasm", "-O2", "--noAssert", "--runtime", "stub",
    "--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536",
    "--enable", "simd", "--enable", "threads", ...relaxed,
  ], {
    readFile: (file: string, base: string) => {
      try {
        const path = file === entry ? `bench/lab/${name}.as` : file;
        return Deno.readTextFileSync(new URL(`${base}/${path}`, root));
      } catch {
        return null;
      }
    },
    writeFile: (_name: string, content: Uint8Array | string) => {
      if (typeof content !== "string") wasm = new Uint8Array(content);
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(stderr.toString());
  new Float32Array(memory.buffer).fill(filling);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  return instance.exports as unknown as Record<string, Kernel>;
}
