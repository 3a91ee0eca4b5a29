/**
 * A training whose steps are timed, and whose losses are compared with those of other libraries.
 *
 * @module
 */
import { type data, functional, type nn, optim, scope, steps, type Tensor } from "@glim/glim";
import type { Case } from "./case.ts";
import { checkNear } from "./check.ts";
import { batches } from "./seeds.ts";

/** What is trained, and how. */
export interface Plan {
  /** The samples. */
  set: data.TensorDataset | data.ImageDataset;
  /** Makes the network, always with the same parameters. */
  model: () => nn.Module;
  /** Samples in a batch. */
  batch: number;
  /** Settings of SGD. */
  sgd: optim.SGDOptions;
  /** Steps before the first that is timed. Default: 0. */
  begun?: number;
}

/** A loss that every library has after the same steps. */
export interface KnownLoss {
  /** How many steps. */
  steps: number;
  /** The mean loss of the last ten. */
  mean: number;
  /** How far rounding may lead away from it. */
  tolerance: number;
}

/** A training that goes on from step to step. */
export class TrainingRun {
  readonly #plan: Plan;
  readonly #model: nn.Module;
  readonly #sgd: optim.SGD;
  readonly #next: () => Int32Array;

  /** At the first step. */
  constructor(plan: Plan) {
    this.#plan = plan;
    this.#model = plan.model();
    this.#sgd = new optim.SGD(this.#model.parameters(), plan.sgd);
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

  /** Releases network and optimizer. */
  [Symbol.dispose](): void {
    this.#sgd[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}

/** The mean of a training's last ten losses. Throws CheckError where it is not the known one. */
export function checkLoss(plan: Plan, { steps, mean, tolerance }: KnownLoss): number {
  using training = new TrainingRun(plan);
  const last = training.losses(steps).slice(-10);
  const loss = last.reduce((sum, value) => sum + value) / last.length;
  checkNear(`mean loss of steps ${steps - 9} to ${steps}`, loss, mean, tolerance);
  return loss;
}

/** The row of a training's steps, which have so many GFLOP an image. */
export function* stepCase(
  workload: string,
  title: string,
  plan: Plan,
  gflop: number,
  check: () => void,
): Generator<Case> {
  using training = new TrainingRun(plan);
  const { batch, begun = 0 } = plan;
  training.run(begun);
  yield {
    workload,
    params: begun === 0 ? { batch } : { batch, begun },
    title,
    unit: "samples/s",
    work: batch,
    limit: ["fma", gflop * batch],
    notes: "batch fetch included",
    check,
    run: (k) => training.run(k),
  };
}
