/**
 * What all metrics have in common: they are told batches, and tell a figure of all of them.
 *
 * @module
 */
import { DTYPES, isIndex } from "../core/dtype.ts";
import { DTypeError, ShapeError, show } from "../core/errors.ts";
import { describe, inspectAsString } from "../core/inspect.ts";
import { canLook } from "../device/transfer.ts";
import { checkTensor } from "../ops/check.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Elements of a tensor. */
export type Elements = ArrayLike<number>;

/**
 * A figure of what a model answers, gathered batch by batch: for a `Trainer`, or by itself.
 *
 * @example
 * ```ts
 * import { metrics, tensor } from "@glim/glim";
 * const f1 = metrics.f1({ average: "macro" });
 * f1.update(tensor([[2, 1], [0, 1]]), tensor([0, 1], { dtype: "int32" }));
 * f1.update(tensor([[2, 1]]), tensor([1], { dtype: "int32" }));
 * console.log(f1.compute()); // 0.6666666666666666
 * f1.reset();
 * ```
 */
export abstract class Metric<V = number> {
  /** What it is called: in records, logs and reports. */
  readonly name: string;
  /** Whether a higher figure is a better one. */
  readonly higherIsBetter: boolean;
  #samples = 0;
  #reading: Promise<void> | null = null;

  /** Of no batch yet. */
  constructor(name: string, higherIsBetter: boolean) {
    this.name = name;
    this.higherIsBetter = higherIsBetter;
  }

  /** How many samples it has been told. */
  get samples(): number {
    return this.#samples;
  }

  /**
   * Takes a batch: what a model gave, and what it should have given. Of tensors on a GPU it gives a
   * promise, which is to be awaited before `compute`.
   *
   * ShapeError and DTypeError where the two do not fit each other.
   */
  update(preds: Tensor, target: Tensor): void | Promise<void> {
    checkTensor(this.name, preds, "the predictions");
    checkTensor(this.name, target, "the target");
    const shape = this.check(preds, target);
    if (canLook(preds) && canLook(target)) {
      this.#samples += shape.samples;
      this.add(preds.toTypedArray() as Elements, target.toTypedArray() as Elements, shape);
      return;
    }
    const read = Promise.all([preds.data(), target.data(), this.#reading]);
    this.#reading = read.then(([preds, target]) => {
      this.#samples += shape.samples;
      this.add(preds as unknown as Elements, target as unknown as Elements, shape);
    });
    return this.#reading;
  }

  /** The figure of all batches so far. Error where there was none, or not yet read from a GPU. */
  compute(): V {
    if (this.#samples === 0) {
      throw new Error(`${this.name}: compute needs a sample: update(preds, target) comes first`);
    }
    return this.value();
  }

  /** Forgets all batches. */
  reset(): void {
    this.#samples = 0;
    this.#reading = null;
    this.clear();
  }

  /** `Metric(name: f1, samples: 3)`. */
  toString(): string {
    return describe(this, { name: this.name, samples: this.#samples });
  }

  /** Whether the two fit: throws where not. */
  protected abstract check(preds: Tensor, target: Tensor): BatchShape;

  /** Adds a batch. */
  protected abstract add(preds: Elements, target: Elements, shape: BatchShape): void;

  /** The figure. */
  protected abstract value(): V;

  /** Forgets all batches. */
  protected abstract clear(): void;
}

inspectAsString(Metric);

/** What a batch looks like. */
export interface BatchShape {
  /** How many samples. */
  readonly samples: number;
  /** How many scores each has: 1 of one logit or probability; 0 where predictions are labels. */
  readonly scores: number;
}

/** Scores [n, c], one score [n] or [n, 1], or labels [n], for labels [n] or, of one score, [n, 1]. */
export function classShape(
  name: string,
  preds: Tensor,
  target: Tensor,
  { needsScores = false }: { needsScores?: boolean } = {},
): BatchShape {
  const samples = target.shape[0] ?? 0;
  const isColumn = (x: Tensor) => x.ndim === 2 && x.shape[1] === 1;
  const kind = DTYPES[target.dtype].kind;
  const isFloat = DTYPES[preds.dtype].kind === "float";
  const areScores = needsScores || isFloat || preds.ndim === 2; // whole numbers, too
  // of a single score targets may be floats, as those losses take them
  const isBinary = areScores && (preds.ndim === 1 || isColumn(preds));
  if (
    !isIndex(target.dtype) && kind !== "bool" && !(isBinary && kind === "float")
  ) {
    throw new DTypeError(
      `${name}: the target must be labels, int32 or uint8: it is ${target.dtype}`,
    );
  }
  const fits = preds.shape[0] === samples && samples > 0 &&
    (target.ndim === 1 || isBinary && isColumn(target)) &&
    (preds.ndim === 1 || areScores && preds.ndim === 2);
  if (fits) return { samples, scores: areScores ? preds.shape[1] ?? 1 : 0 };
  throw new ShapeError(
    `${name}: predictions must be ${
      needsScores ? "" : "labels [n] or "
    }scores [n, classes] or [n] ` +
      `for a target [n] of at least one label: they are ${preds.dtype} ${show(preds.shape)} for ` +
      show(target.shape),
  );
}
