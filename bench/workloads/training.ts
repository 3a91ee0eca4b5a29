/**
 * W3: a whole training step, fetching the batch included. W3check: the loss after 200 of them.
 * W3b: a step after some thousand.
 * W3p: a step of the paper's network with one sample and no momentum, as `deno task train` does it.
 *
 * @module
 */
import { scope } from "@glim/glim";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";
import { byteTraining, normalizedTraining } from "../mnist.ts";
import { gflopOf, mlp, mlpProducts } from "../network.ts";
import { ReferenceMlp } from "../reference_mlp.ts";
import { batches, initialLayers } from "../seeds.ts";
import { KNOWN_LOSS, LATER, MLP, MOMENTUM, PAPER_MLP, TRAINING } from "../spec.ts";
import { checkLoss, type Plan, stepCase, TrainingRun } from "../training_run.ts";

/** W3check, then W3. */
export function* training(): Generator<Case> {
  const set = normalizedTraining();
  const { batch, lr, known } = KNOWN_LOSS.mlp;
  yield {
    workload: "W3check",
    params: { batch, steps: known.steps },
    title: `loss after ${known.steps} steps`,
    unit: "nll",
    result: () => checkLoss(planOf(set, MLP, batch, lr, MOMENTUM), known),
  };
  for (const [batch, lr] of TRAINING) {
    yield* checkedSteps(
      "W3",
      `784-128-128-10, batch ${batch}`,
      MLP,
      planOf(set, MLP, batch, lr, MOMENTUM),
    );
  }
}

/** W3b. */
export function* laterTraining(): Generator<Case> {
  const { batch, lr, steps } = LATER;
  const title = `784-128-128-10, batch ${batch}, from step ${steps.toLocaleString("en")} on`;
  const plan = { ...planOf(byteTraining(), MLP, batch, lr, MOMENTUM), begun: steps };
  yield* checkedSteps("W3b", title, MLP, plan);
}

/** W3p. */
export function* paperTraining(): Generator<Case> {
  const title = "784-100-100-10, batch 1, no momentum (the paper's)";
  yield* checkedSteps("W3p", title, PAPER_MLP, planOf(byteTraining(), PAPER_MLP, 1, 0.01, 0));
}

function planOf(
  set: Plan["set"],
  sizes: readonly number[],
  batch: number,
  lr: number,
  momentum: number,
): Plan {
  return { set, model: () => mlp(sizes), batch, sgd: { lr, momentum } };
}

function* checkedSteps(
  workload: string,
  title: string,
  sizes: readonly number[],
  plan: Plan,
): Generator<Case> {
  let expected: number[] | undefined;
  yield* stepCase(workload, title, plan, gflopOf(mlpProducts(sizes), true), () => {
    expected ??= referenceLosses(sizes, plan, plan.batch > 64 ? 2 : 20);
    using fresh = new TrainingRun(plan);
    fresh.losses(expected.length).forEach((loss, i) => {
      checkNear(`loss of step ${i + 1}`, loss, expected![i]!, 1e-4);
    });
  });
}

/** The first losses in float64. */
function referenceLosses(
  sizes: readonly number[],
  { set, batch, sgd: { lr = 0, momentum = 0 } }: Plan,
  count: number,
): number[] {
  const reference = new ReferenceMlp(initialLayers(sizes));
  const next = batches(set.length, batch);
  return Array.from({ length: count }, () =>
    scope(() => {
      const [x, y] = set.batch(next()).map((tensor) => tensor.toTypedArray());
      return reference.step(x as Float32Array, y as Int32Array, lr, momentum);
    }));
}
