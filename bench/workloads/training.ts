/**
 * W3: a whole training step, fetching the batch included. W3check: the loss after 200 of them.
 * W3r: a step of the report's network with one sample and no momentum, as `deno task train` does it.
 *
 * @module
 */
import { type data, functional, optim, scope, steps, type Tensor } from "../../mod.ts";
import type { Case } from "../case.ts";
import { checkNear } from "../check.ts";
import { byteTraining, normalizedTraining } from "../mnist.ts";
import { gflopOf, network } from "../network.ts";
import { ReferenceMlp } from "../reference_mlp.ts";
import { batches, initialLayers } from "../seeds.ts";
import { KNOWN_LOSS, MLP, MOMENTUM, REPORT_MLP, TRAINING } from "../spec.ts";

/** W3check, then W3. */
export function* training(): Generator<Case> {
  const set = normalizedTraining();
  const { batch, lr, steps } = KNOWN_LOSS;
  yield {
    workload: "W3check",
    params: { batch, steps },
    unit: "nll",
    result: () => knownLoss({ set, sizes: MLP, batch, lr, momentum: MOMENTUM }),
  };
  for (const [batch, lr] of TRAINING) {
    yield* stepCase("W3", { set, sizes: MLP, batch, lr, momentum: MOMENTUM });
  }
}

/** W3r. */
export function* reportTraining(): Generator<Case> {
  const set = byteTraining();
  yield* stepCase("W3r", { set, sizes: REPORT_MLP, batch: 1, lr: 0.01, momentum: 0 });
}

/** What is trained, and how. */
interface Plan {
  set: data.TensorDataset | data.ImageDataset;
  sizes: readonly number[];
  batch: number;
  lr: number;
  momentum: number;
}

/** A training that goes on from step to step. */
class Training {
  readonly #plan: Plan;
  readonly #model: ReturnType<typeof network>;
  readonly #sgd: optim.SGD;
  readonly #next: () => Int32Array;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#model = network(plan.sizes);
    const { lr, momentum } = plan;
    this.#sgd = new optim.SGD(this.#model.parameters(), { lr, momentum });
    this.#next = batches(plan.set.length, plan.batch);
  }

  /** The loop that a user would write. */
  run(k: number): void {
    for (const _i of steps(k)) this.#step();
  }

  /** The losses of some steps. */
  losses(k: number): number[] {
    return Array.from({ length: k }, () => scope(() => this.#step().item()));
  }

  #step(): Tensor {
    const [x, y] = this.#plan.set.batch(this.#next());
    const loss = functional.crossEntropy(this.#model.forward(x), y);
    this.#sgd.zeroGrad();
    loss.backward();
    this.#sgd.step();
    return loss;
  }

  [Symbol.dispose](): void {
    this.#sgd[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}

function* stepCase(workload: string, plan: Plan): Generator<Case> {
  using training = new Training(plan);
  let expected: number[] | undefined;
  yield {
    workload,
    params: { batch: plan.batch },
    unit: "samples/s",
    work: plan.batch,
    limit: ["fma", gflopOf(plan.sizes, true) * plan.batch],
    notes: "batch fetch included",
    check: () => {
      expected ??= referenceLosses(plan, plan.batch > 64 ? 2 : 20);
      using fresh = new Training(plan);
      fresh.losses(expected.length).forEach((loss, i) => {
        checkNear(`loss of step ${i + 1}`, loss, expected![i]!, 1e-4);
      });
    },
    run: (k) => training.run(k),
  };
}

/** The mean of the last ten losses: the same in every library. */
function knownLoss(plan: Plan): number {
  const { steps, mean, tolerance } = KNOWN_LOSS;
  using training = new Training(plan);
  const last = training.losses(steps).slice(-10);
  const loss = last.reduce((sum, value) => sum + value) / last.length;
  checkNear(`mean loss of steps ${steps - 9} to ${steps}`, loss, mean, tolerance);
  return loss;
}

/** The first losses in float64. */
function referenceLosses({ set, sizes, batch, lr, momentum }: Plan, count: number): number[] {
  const mlp = new ReferenceMlp(initialLayers(sizes));
  const next = batches(set.length, batch);
  return Array.from({ length: count }, () =>
    scope(() => {
      const [x, y] = set.batch(next()).map((tensor) => tensor.toTypedArray());
      return mlp.step(x as Float32Array, y as Int32Array, lr, momentum);
    }));
}
