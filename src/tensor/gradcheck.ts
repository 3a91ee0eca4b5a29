/**
 * Comparison of gradients with differences of values.
 *
 * @module
 */
import { Buffer } from "../device/buffer.ts";
import { GradientError } from "../core/errors.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  isListOf,
  kind,
  type Kinds,
  number,
} from "../core/options.ts";
import { scope } from "../scope/scope.ts";
import { checkTensor } from "../ops/check.ts";
import { sum } from "../ops/mod.ts";
import { exchangeGrad, noGrad, type Tensor } from "./tensor.ts";
import { fromTypedArray } from "./create.ts";

/** Options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** How far an input is moved to either side. Default: 0.01. */
  eps?: number;
  /** Allowed difference relative to the gradient. Default: 0.01. */
  rtol?: number;
  /** Allowed difference however small the gradient. Default: 0.001. */
  atol?: number;
}

const OPTIONS: Kinds<GradcheckOptions> = { eps: number, rtol: number, atol: number };

const TENSORS = kind(
  "an array of tensors",
  (value) => isListOf(value, Buffer.is),
);

/**
 * Checks the gradients of a function against differences of its values: each element of each input
 * that requires a gradient is moved by ±eps, and the change of the (weighted) sum of the outputs is
 * compared with what `backward()` says.
 *
 * @param fn A function of the inputs whose gradients are to be checked.
 * @param inputs Leaves, at least one of which requires a gradient.
 * @returns true; throws GradientError naming input and element where the two differ.
 *
 * @example
 * ```ts
 * import { gradcheck, tensor } from "@glim/glim";
 * gradcheck((x) => x!.tanh(), [tensor([0.1, -0.7], { requiresGrad: true })]);
 * ```
 */
export function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  options: GradcheckOptions = {},
): boolean {
  atMost(3, arguments.length, "gradcheck(fn, inputs, options)");
  check("gradcheck", "the function", fn, callable);
  check("gradcheck", "the inputs", inputs, TENSORS);
  const { eps = 0.01, rtol = 0.01, atol = 0.001 } = checkOptions("gradcheck", options, OPTIONS);
  if (!inputs.some((x) => x.requiresGrad)) {
    throw new GradientError("gradcheck: at least one input must require a gradient");
  }
  const value = () =>
    noGrad(() => {
      const out = fn(...inputs);
      checkTensor("gradcheck", out, "what the function returns");
      const values = out.toTypedArray();
      let total = 0; // in float64: the sum of many float32 would drown small changes
      for (let i = 0; i < values.length; i++) total += values[i]! * weight(i);
      return total;
    });
  const grads = gradients(fn, inputs);
  inputs.forEach((x, which) => {
    const grad = grads[which];
    if (!grad) return;
    const values = x.toTypedArray() as Float32Array;
    const version = x.storage.version;
    /** The value, and the element as float32 has it, when element i is another number. */
    const valueWith = (i: number, element: number) => {
      const kept = values[i]!;
      values[i] = element;
      const moved = values[i]!;
      writeElements(values, x);
      const result = value();
      values[i] = kept;
      return [result, moved] as const;
    };
    for (let i = 0; i < x.numel; i++) {
      const [above, high] = valueWith(i, values[i]! + eps);
      const [below, low] = valueWith(i, values[i]! - eps);
      const numeric = (above - below) / (high - low);
      const analytic = grad[i]!;
      writeElements(values, x);
      x.storage.version = version; // it holds what it held
      if (!(Math.abs(numeric - analytic) <= atol + rtol * Math.abs(numeric))) {
        throw new GradientError(
          `gradcheck: the gradient of input ${which} at element ${i} is ${analytic}: differences ` +
            `of values give ${numeric}`,
        );
      }
    }
  });
  return true;
}

/** x = values, whatever its strides. */
function writeElements(values: Float32Array, x: Tensor): void {
  noGrad(() => void x.copy_(fromTypedArray(values, x.shape)));
}

/** A weight for each output, so that gradients that cancel in a plain sum are seen. */
function weight(i: number): number {
  return ((i * 7) % 5 - 2) / 4 + 0.6;
}

/** What `backward()` says, as copies; the inputs' own `grad` is left as it was. */
function gradients(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
): (ArrayLike<number> | null)[] {
  const kept = inputs.map((x) => exchangeGrad(x, null));
  try {
    return scope(() => {
      const out = fn(...inputs);
      checkTensor("gradcheck", out, "what the function returns");
      const weights = Float32Array.from({ length: out.numel }, (_, i) => weight(i));
      sum(out.mul(fromTypedArray(weights, out.shape, { device: out.device }))).backward();
      return inputs.map((x) =>
        x.requiresGrad ? x.grad?.toTypedArray() ?? new Float32Array(x.numel) : null
      );
    });
  } finally {
    inputs.forEach((x, i) => {
      x.zeroGrad();
      exchangeGrad(x, kept[i]!);
    });
  }
}
