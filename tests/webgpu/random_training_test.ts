/** Random trainings on the GPU have the losses and gradients of the reference device. */
import assert from "node:assert/strict";
import { type DeviceName, setDefaultDevice, steps, type Tensor } from "../../mod.ts";
import { randomTraining } from "./random_training.ts";
import { refusedOp } from "./refused.ts";
import { gpuTest, variable } from "./running.ts";

/** `GLIM_SEED=1 GLIM_RUNS=200 deno test …` looks at others, and more of them. */
const seed = Number(variable("GLIM_SEED")) || 7;
const runs = Number(variable("GLIM_RUNS")) || 3;

/** `GLIM_BESIDE=cpu` is faster, where there are many. */
const beside = variable("GLIM_BESIDE") === "cpu" ? "cpu" : "reference";

const STEPS = 6;

/** A training's text, the gradients of its first step, and the loss of each. */
async function run(device: DeviceName, seed: number) {
  setDefaultDevice(device);
  try {
    const { text, parameters, step } = randomTraining(seed);
    const losses: Promise<Float32Array>[] = [];
    let grads: Promise<ArrayLike<number>>[] = [];
    for (const i of steps(STEPS)) {
      losses.push(step().data<Float32Array>());
      if (i === 0) {
        grads = parameters.map((p) => (p.grad as Tensor).data() as Promise<Float32Array>);
      }
    }
    return {
      text,
      grads: await Promise.all(grads),
      losses: (await Promise.all(losses)).map(([loss]) => loss!),
    };
  } finally {
    setDefaultDevice("cpu");
  }
}

/** What is wrong with a training on the GPU; null: nothing. */
async function fault(seed: number): Promise<string | null> {
  const expected = await run(beside, seed);
  const what = `seed ${seed}, ${expected.text}: `;
  if (!expected.losses.every(Number.isFinite)) return `${what}it has no finite losses`;
  let actual;
  try {
    actual = await run("webgpu", seed);
  } catch (error) {
    return `${what}${refusedOp(error) ?? error}`;
  }
  const largest = (list: ArrayLike<number>) =>
    Array.from(list).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const most = Math.max(...expected.grads.map(largest), 1e-3);
  for (const [k, list] of expected.grads.entries()) {
    const own = largest(list);
    const allowed = 2e-4 * (0.1 * most + own) + 5e-5; // what rounding leaves of sums that are 0
    for (let i = 0; i < list.length; i++) {
      const found = actual.grads[k]![i]!;
      if (Math.abs(found - list[i]!) <= allowed) continue;
      return `${what}gradient ${k} [${i}] is ${found}, not ${list[i]} of at most ${own}`;
    }
  }
  for (const [i, loss] of expected.losses.entries()) {
    const allowed = 1e-3 * Math.max(1, Math.abs(loss));
    if (Math.abs(actual.losses[i]! - loss) <= allowed) continue;
    return `${what}loss ${i} is ${actual.losses[i]}, not ${loss}`;
  }
  return null;
}

gpuTest(
  `${runs} random trainings from seed ${seed} have the ${beside} device's gradients and losses`,
  async () => {
    const faults: string[] = [];
    for (let i = 0; i < runs; i++) {
      const found = await fault(seed + i);
      if (found !== null) faults.push(found);
    }
    assert.deepEqual(faults, []);
  },
);
