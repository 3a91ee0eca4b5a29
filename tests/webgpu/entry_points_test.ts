/**
 * Every public function, class and method that computes, on the GPU: it gives what it gives on the CPU,
 * or refuses by its name, and then it is in the list.
 */
import assert from "node:assert/strict";
import { manualSeed, setDefaultDevice, Tensor } from "../../mod.ts";
import type { EntryPoint } from "../options/entry_points.ts";
import { REFUSED_ENTRIES, refusedOp } from "./refused.ts";
import { gpuTest, variable } from "./running.ts";

/** Only those whose path has this in it: `GLIM_ROWS=metrics deno test …`. */
const only = variable("GLIM_ROWS");

/** What works on files, texts and workers, and what tells nothing but where it is. */
const OF_THE_HOST = /^(data|io|train|text|npz|jpeg|parquet|arrow|KernelBuild)\.|^Tensor\.(cpu|to)$/;

/** What is in memory that nobody has written, and normal numbers, whose last places are a device's. */
const ANYTHING = /(^|\.)(empty|newEmpty|emptyLike)$/;

/** To dtypes that are only stored there. */
const CONVERSIONS = /^Tensor\.(half|bfloat16|double|long|char)$/;

/** What a call gives, as far as these are tensors. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  const isPlain = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.values(value as object).flatMap(tensorsIn) : [];
}

/** The table, whose tensors and layers are on a device. */
async function tableOn(device: "cpu" | "webgpu"): Promise<Map<string, EntryPoint>> {
  setDefaultDevice(device);
  manualSeed(3);
  const { entryPoints } = await import(`../options/entry_points.ts?${device}`);
  const table = new Map<string, EntryPoint>();
  for (const row of entryPoints as EntryPoint[]) table.set(row.path, row);
  for (const path of table.keys()) {
    const isTwice = path.startsWith("Tensor.") && table.has(path.replace("Tensor", "functional"));
    if (OF_THE_HOST.test(path) || isTwice || !path.includes(only)) table.delete(path);
  }
  return table;
}

async function call({ bind, args }: EntryPoint): Promise<Tensor[]> {
  manualSeed(1);
  return tensorsIn(await bind()(...args()));
}

/** Fails unless a tensor has the elements that are expected, within 1e-4. */
async function assertNear(actual: Tensor, expected: Tensor): Promise<void> {
  assert.deepEqual([actual.shape, actual.dtype], [expected.shape, expected.dtype]);
  const [a, b] = [await actual.data(), await expected.data()];
  for (let i = 0; i < b.length; i++) {
    const [found, wanted] = [Number(a[i]), Number(b[i])];
    const isNear = Math.abs(found - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted));
    assert.ok(isNear || Object.is(found, wanted), `element ${i} is ${found}, on the CPU ${wanted}`);
  }
}

gpuTest("every public name that computes has the CPU's results, or refuses by name", async () => {
  const failures: string[] = [], refused: string[] = [], without: string[] = [];
  try {
    const [cpu, gpu] = [await tableOn("cpu"), await tableOn("webgpu")];
    // the weights of a whole Transformer take more memory than some have
    const missing = [...cpu.keys()].filter((path) => !gpu.has(path) && path !== "nn.Transformer");
    assert.deepEqual(missing, []);
    if (only === "") assert.ok(cpu.size > 500, String(cpu.size));
    for (const [path, row] of gpu) {
      setDefaultDevice("cpu");
      const expected = await call(cpu.get(path)!).catch(() => null);
      if (expected === null) {
        without.push(path);
        continue;
      }
      setDefaultDevice("webgpu");
      try {
        const found = await call(row);
        assert.equal(found.length, expected.length, "tensors");
        if (ANYTHING.test(path)) continue;
        await Promise.all(found.map((x, i) => assertNear(x, expected[i]!)));
      } catch (error) {
        const { name, message } = error as Error;
        const op = path.split(".").at(-1)!;
        const isConversion = CONVERSIONS.test(path) && name === "DTypeError";
        if (isConversion) continue;
        if (name === "DeviceError" && refusedOp(error) === op) refused.push(path);
        else failures.push(`${path}: ${name}: ${message.slice(0, 200)}`);
      }
    }
  } finally {
    setDefaultDevice("cpu");
  }
  assert.deepEqual(failures, []);
  assert.ok(without.length < 10, `what must be given options: ${without}`);
  if (only === "") assert.deepEqual(refused.sort(), [...REFUSED_ENTRIES].sort());
});
