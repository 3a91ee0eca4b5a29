/**
 * The running moments of batch normalisation for weights that are an average.
 *
 * @module
 */
import { atMost, check, describe, isIterable, kind } from "../core/options.ts";
import { type DeviceName, deviceOf } from "../devices.ts";
import { Buffer } from "../device/buffer.ts";
import { modesOf, restoreModes } from "../nn/modes.ts";
import { type AnyModule, MODULE } from "../nn/module.ts";
import { BatchNorm } from "../nn/norm.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";

/** What a model takes, or a list that begins with it: a batch of a loader. */
export type InputBatch = Tensor | readonly [x: Tensor, ...rest: unknown[]];

const LOADER = kind("a loader", (value) => isIterable(value) || isStream(value));

/** Whether what a loader gives comes later. */
function isStream(value: unknown): value is AsyncIterable<InputBatch> {
  return typeof (value as { [Symbol.asyncIterator]?: unknown } | null)?.[Symbol.asyncIterator] ===
    "function";
}

/**
 * The running means and variances of all batch normalisation in a model, made anew: plain averages over
 * the batches of one pass. Averaged weights have not seen those that the model holds. The model is put into
 * training mode for the pass, and no gradients are recorded. A {@link AveragedModel} is brought into its
 * model by `apply()` before. Of a loader whose batches come later it gives a promise.
 *
 * @example
 * ```ts
 * import { nn, optim, randn } from "@glim/glim";
 * const model = new nn.Sequential(new nn.Linear(3, 2), new nn.BatchNorm1d(2));
 * const average = new optim.swaUtils.AveragedModel(model);
 * average.apply();
 * optim.swaUtils.updateBn([randn([8, 3]), randn([8, 3])], model);
 * ```
 *
 * @param loader Batches: what the model takes, or lists that begin with it.
 * @param device Where batches are brought first. Default: they stay where they are.
 */
export function updateBn(
  loader: Iterable<InputBatch>,
  model: AnyModule,
  device?: DeviceName | null,
): void;
/** The same of batches that come later. */
export function updateBn(
  loader: AsyncIterable<InputBatch>,
  model: AnyModule,
  device?: DeviceName | null,
): Promise<void>;
export function updateBn(
  loader: Iterable<InputBatch> | AsyncIterable<InputBatch>,
  model: AnyModule,
  device: DeviceName | null = null,
): void | Promise<void> {
  atMost(3, arguments.length, "updateBn(loader, model, device)");
  check("updateBn", "the loader", loader, LOADER);
  check("updateBn", "the model", model, MODULE);
  if (device !== null) deviceOf("updateBn", device);
  const norms = Array.from(model.modules()).filter((module) => module instanceof BatchNorm);
  const visit = (batch: InputBatch) =>
    noGrad(() => {
      const x = Buffer.is(batch) ? batch as Tensor : (batch as readonly unknown[] | null)?.[0];
      if (!Buffer.is(x)) {
        throw new TypeError(
          `updateBn: a batch must be a tensor or a list that begins with one: it is ${
            describe(batch)
          }`,
        );
      }
      model.forward(device === null ? x : (x as Tensor).to(device));
    });
  const [modes, momenta] = [modesOf(model), norms.map(({ momentum }) => momentum)];
  const begin = () => {
    for (const norm of norms) {
      norm.resetRunningStats();
      norm.momentum = null; // their plain average
    }
    model.train();
  };
  const end = () => {
    norms.forEach((norm, i) => norm.momentum = momenta[i]!);
    restoreModes(modes);
  };
  if (isStream(loader)) {
    return (async () => {
      if (norms.length === 0) return;
      begin();
      try {
        for await (const batch of loader) visit(batch);
      } finally {
        end();
      }
    })();
  }
  if (norms.length === 0) return;
  begin();
  try {
    for (const batch of loader) visit(batch);
  } finally {
    end();
  }
}
