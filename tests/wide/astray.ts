/** Runs a kernel on an address behind the memory, and says so if it lives. */
import { module as core } from "../../build/core.ts";
import { bytesOf } from "../../src/wasm/builds.ts";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
const module = new WebAssembly.Module(bytesOf("wide", core)!);
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const { clamp } = exports as Record<string, (...args: number[]) => void>;
for (let i = 0; i < 20_000; i++) clamp!(0, 4096, 0, 1, 0, 1000); // until the engine optimises it
console.log("begun");
try {
  clamp!(0, Number(Deno.args[0]), 0, 1, 0, 1000);
  console.log("lives");
} catch (error) {
  console.log(String(error));
}
