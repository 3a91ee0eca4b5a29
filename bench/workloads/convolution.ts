/**
 * W4: a whole training step of the network of PyTorch's MNIST example, fetching the batch included.
 * W4check: the loss after 30 of them without dropout. W4m: a step of the recipe `medium` of
 * `deno task train cnn`, on images that are not warped.
 *
 * Their limit counts a convolution as the sum of products that it is. An algorithm that makes do with
 * fewer multiplications can come past it.
 *
 * @module
 */
import type { Case } from "../case.ts";
import { byteTraining, normalizedTraining } from "../mnist.ts";
import { Cnn, CNN_PRODUCTS, gflopOf, Medium, MEDIUM_PRODUCTS } from "../network.ts";
import { CNN_DROPOUT, KNOWN_LOSS, MOMENTUM } from "../spec.ts";
import { checkLoss, type Plan, stepCase } from "../training_run.ts";

/** W4check, then W4. */
export function* convolution(): Generator<Case> {
  const { batch, lr, known } = KNOWN_LOSS.cnn;
  const set = normalizedTraining();
  const sgd = { lr, momentum: MOMENTUM };
  const plain: Plan = { set, model: () => new Cnn(0), batch, sgd };
  yield {
    workload: "W4check",
    params: { batch, steps: known.steps },
    title: `loss after ${known.steps} steps`,
    unit: "nll",
    result: () => checkLoss(plain, known),
  };
  const dropping: Plan = { ...plain, model: () => new Cnn(CNN_DROPOUT) };
  yield* stepCase(
    "W4",
    "PyTorch's MNIST example, batch 64",
    dropping,
    gflopOf(CNN_PRODUCTS, true),
    () => {}, // the row before has checked what can be checked without dropout's random numbers
  );
}

/** W4m. */
export function* recipe(): Generator<Case> {
  const { batch, lr, known } = KNOWN_LOSS.medium;
  const sgd = { lr, momentum: MOMENTUM, nesterov: true };
  const plan: Plan = { set: byteTraining(), model: () => new Medium(), batch, sgd };
  yield* stepCase(
    "W4m",
    "that of `deno task train cnn`, batch 100",
    plan,
    gflopOf(MEDIUM_PRODUCTS, true),
    () => checkLoss(plan, known),
  );
}
