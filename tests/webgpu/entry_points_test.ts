/**
 * Every public function, class and method that computes, on the GPU, and every layer: each gives what it
 * gives on the CPU, with the gradients of its arguments and parameters, or refuses by its name, and then
 * it is in the list.
 */
import assert from "node:assert/strict";
import { add, manualSeed, type nn, setDefaultDevice, Tensor, tensor } from "../../mod.ts";
import type { EntryPoint, layers } from "../options/entry_points.ts";
import { uniformArray, upstream } from "../prng.ts";
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

/** What changes models, and what computes gradients itself. */
const NO_FUNCTIONS = /^(nn|optim|lrScheduler|distributions|metrics)\.|[gG]rad|backward$/;

/** Rows at a time: their results are read together. */
const GROUP = 100;

/** What a call gives, as far as these are tensors. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  const isPlain = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  return isPlain ? Object.values(value as object).flatMap(tensorsIn) : [];
}

/** The tables, whose tensors and layers are on a device. */
interface Tables {
  readonly rows: Map<string, EntryPoint>;
  readonly layers: typeof layers;
}

async function tablesOn(device: "cpu" | "webgpu"): Promise<Tables> {
  setDefaultDevice(device);
  manualSeed(3);
  const { entryPoints, layers } = await import(`../options/entry_points.ts?${device}`);
  const rows = new Map<string, EntryPoint>();
  for (const row of entryPoints as EntryPoint[]) rows.set(row.path, row);
  for (const path of rows.keys()) {
    const isTwice = path.startsWith("Tensor.") && rows.has(path.replace("Tensor", "functional"));
    if (OF_THE_HOST.test(path) || isTwice || !path.includes(only)) rows.delete(path);
  }
  return { rows, layers };
}

let made: Promise<[cpu: Tables, gpu: Tables]> | undefined;

/** Those of both devices, which tests share. */
function tables(): Promise<[cpu: Tables, gpu: Tables]> {
  return made ??= (async () => [await tablesOn("cpu"), await tablesOn("webgpu")])();
}

async function call({ bind, args }: EntryPoint): Promise<Tensor[]> {
  manualSeed(1);
  return tensorsIn(await bind()(...args()));
}

/** Arguments whose floats are leaves, each with numbers of its own: no two are alike, none leaves (0, 1). */
function withLeaves(args: readonly unknown[], leaves: Tensor[]): unknown[] {
  return args.map((arg) => {
    if (Array.isArray(arg)) return withLeaves(arg, leaves);
    if (!(arg instanceof Tensor) || arg.dtype !== "float32") return arg;
    const factors = uniformArray(leaves.length + 1, arg.numel, 0.25).map((u) => 0.75 + u);
    const leaf = arg.detach().mul(tensor(factors, { shape: [...arg.shape], device: arg.device }));
    leaf.requiresGrad = true;
    leaves.push(leaf);
    return leaf;
  });
}

/** The gradients of leaves from all results that have one; null: none has. */
function gradientsOf(results: Tensor[], leaves: readonly Tensor[]): Tensor[] | null {
  const parts = results.filter((y) => y.requiresGrad && !leaves.includes(y)).map((y) => {
    return y.mul(tensor(upstream(y.numel), { shape: [...y.shape], device: y.device })).sum();
  });
  if (parts.length === 0) return null;
  parts.reduce((a, b) => add(a, b)).backward();
  return leaves.flatMap(({ grad }) => grad ?? []);
}

/** The gradients of a call's arguments. */
async function gradients({ bind, args }: EntryPoint): Promise<Tensor[] | null> {
  const leaves: Tensor[] = [];
  const given = withLeaves(args(), leaves);
  manualSeed(1);
  return gradientsOf(tensorsIn(await bind()(...given)), leaves);
}

/** What a layer gives, and the gradients of its arguments and parameters. */
function throughLayer([make, args]: typeof layers[string]): Tensor[] {
  manualSeed(3);
  const layer = make() as nn.Module;
  const leaves: Tensor[] = [];
  const given = withLeaves(args(), leaves);
  manualSeed(1);
  const results = tensorsIn(layer.forward(...given as []));
  return [...results, ...gradientsOf(results, [...leaves, ...layer.parameters()]) ?? []];
}

/** Fails unless tensors have the elements that are expected, within 1e-4. */
async function assertNear(actual: readonly Tensor[], expected: readonly Tensor[]): Promise<void> {
  assert.equal(actual.length, expected.length, "tensors");
  const reads = actual.map((x) => x.data()); // all begin before one is awaited
  for (const [k, wanted] of expected.entries()) {
    const { shape, dtype } = actual[k]!;
    assert.deepEqual([shape, dtype], [wanted.shape, wanted.dtype]);
    const [a, b] = [await reads[k]!, await wanted.data()];
    for (let i = 0; i < b.length; i++) {
      const [found, right] = [Number(a[i]), Number(b[i])];
      const isNear = Math.abs(found - right) <= 1e-4 * Math.max(1, Math.abs(right));
      if (isNear || Object.is(found, right)) continue;
      assert.fail(`${k}: element ${i} is ${found}, on the CPU ${right}`);
    }
  }
}

/** Comparisons that are awaited a group at a time, and what failed. */
class Comparisons {
  readonly failures: string[] = [];
  #waiting: Promise<void>[] = [];

  /** Begins one. */
  async begin(path: string, actual: Tensor[], expected: Tensor[]): Promise<void> {
    this.#waiting.push(assertNear(actual, expected).catch((error) => this.fail(path, error)));
    if (this.#waiting.length >= GROUP) await this.end();
  }

  /** Notes what went wrong. */
  fail(path: string, { name, message }: Error): void {
    this.failures.push(`${path}: ${name}: ${message.slice(0, 200)}`);
  }

  /** Awaits all. */
  async end(): Promise<void> {
    await Promise.all(this.#waiting.splice(0));
  }
}

/** Runs a test, after which tensors are made on the CPU again. */
function walkTest(name: string, fn: (compared: Comparisons) => Promise<void>): void {
  gpuTest(name, async () => {
    const compared = new Comparisons();
    try {
      await fn(compared);
      await compared.end();
    } finally {
      setDefaultDevice("cpu");
    }
    assert.deepEqual(compared.failures, []);
  });
}

walkTest(
  "every public name that computes has the CPU's results, or refuses by name",
  async (compared) => {
    const refused: string[] = [], without: string[] = [];
    const [{ rows: cpu }, { rows: gpu }] = await tables();
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
        if (!ANYTHING.test(path)) await compared.begin(path, found, expected);
      } catch (error) {
        const { name } = error as Error;
        const op = path.split(".").at(-1)!;
        const isConversion = CONVERSIONS.test(path) && name === "DTypeError";
        if (isConversion) continue;
        if (name === "DeviceError" && refusedOp(error) === op) refused.push(path);
        else compared.fail(path, error as Error);
      }
    }
    assert.ok(without.length < 10, `what must be given options: ${without}`);
    if (only === "") assert.deepEqual(refused.sort(), [...REFUSED_ENTRIES].sort());
  },
);

walkTest("every public function has the CPU's gradients", async (compared) => {
  const [{ rows: cpu }, { rows: gpu }] = await tables();
  let count = 0;
  for (const [path, row] of gpu) {
    if (NO_FUNCTIONS.test(path) || REFUSED_ENTRIES.includes(path)) continue;
    setDefaultDevice("cpu");
    const expected = await gradients(cpu.get(path)!).catch(() => null); // it takes no such leaves
    if (expected === null) continue;
    count++;
    setDefaultDevice("webgpu");
    try {
      await compared.begin(path, await gradients(row) ?? [], expected);
    } catch (error) {
      compared.fail(path, error as Error);
    }
  }
  if (only === "") assert.ok(count > 200, `${count} functions have gradients`);
});

walkTest("every layer has the CPU's results and gradients", async (compared) => {
  const [{ layers: cpu }, { layers: gpu }] = await tables();
  assert.deepEqual(Object.keys(gpu), Object.keys(cpu));
  for (const [name, row] of Object.entries(gpu)) {
    if (!name.includes(only)) continue;
    setDefaultDevice("cpu");
    const expected = throughLayer(cpu[name]!);
    setDefaultDevice("webgpu");
    try {
      await compared.begin(name, throughLayer(row), expected);
    } catch (error) {
      compared.fail(name, error as Error);
    }
  }
});
