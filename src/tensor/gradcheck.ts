/**
 * Comparison of gradients with differences of values.
 *
 * @module
 */
import { Buffer } from "../device/buffer.ts";
import { checkSeen } from "../device/transfer.ts";
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
import { setRecording } from "../autograd/autograd.ts";
import { grad } from "../autograd/grad.ts";
import { scope } from "../scope/scope.ts";
import { checkTensor } from "../ops/check.ts";
import { cat, sum } from "../ops/mod.ts";
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
  checkArguments("gradcheck", fn, inputs, options);
  return compare("gradcheck", fn, inputs, options);
}

/**
 * Checks the gradients of a function's gradients, which `grad` computes with `createGraph`: those with
 * respect to the inputs that require one, and to the gradients of the output.
 *
 * @returns true; throws GradientError as {@link gradcheck} does, and where an op has no gradients of
 * gradients.
 *
 * @example
 * ```ts
 * import { gradgradcheck, tensor } from "@glim/glim";
 * gradgradcheck((x) => x!.tanh(), [tensor([0.1, -0.7], { requiresGrad: true })]);
 * ```
 */
export function gradgradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  options: GradcheckOptions = {},
): boolean {
  atMost(3, arguments.length, "gradgradcheck(fn, inputs, options)");
  checkArguments("gradgradcheck", fn, inputs, options);
  return scope(() => {
    const like = noGrad(() => fn(...inputs));
    checkTensor("gradgradcheck", like, "what the function returns");
    const weights = Float32Array.from({ length: like.numel }, (_, i) => weight(i + 1));
    const dy = fromTypedArray(weights, like.shape, { device: like.device, requiresGrad: true });
    const gradients = (...given: Tensor[]) => {
      const wasRecording = setRecording(true); // where values alone are asked for, too
      try {
        const xs = given.slice(0, -1);
        const wanted = xs.filter((x) => x.requiresGrad);
        const found = grad(fn(...xs), wanted, {
          gradOutputs: given.at(-1)!,
          createGraph: true,
          allowUnused: true,
        });
        // what depends on nothing is no error here
        const nothing = given.filter((x) => x.requiresGrad).map((x) => sum(x.mul(0)));
        const parts = found.filter((dx) => dx !== null).map((dx) => dx.flatten());
        return cat([...parts, ...nothing.map((zero) => zero.reshape(1))]);
      } finally {
        setRecording(wasRecording);
      }
    };
    return compare("gradgradcheck", gradients, [...inputs, dy], options);
  });
}

function checkArguments(
  op: string,
  fn: unknown,
  inputs: readonly Tensor[],
  options: GradcheckOptions,
): void {
  check(op, "the function", fn, callable);
  check(op, "the inputs", inputs, TENSORS);
  checkOptions(op, options, OPTIONS);
  for (const x of inputs) checkSeen(op, x, "check the function on the CPU");
  if (!inputs.some((x) => x.requiresGrad)) {
    throw new GradientError(`${op}: at least one input must require a gradient`);
  }
}

function compare(
  op: string,
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  { eps = 0.01, rtol = 0.01, atol = 0.001 }: GradcheckOptions,
): boolean {
  const value = () =>
    noGrad(() => {
      const out = fn(...inputs);
      checkTensor(op, out, "what the function returns");
      const values = out.toTypedArray();
      let total = 0; // in float64: the sum of many float32 would drown small changes
      for (let i = 0; i < values.length; i++) total += values[i]! * weight(i);
      return total;
    });
  const grads = gradients(op, fn, inputs);
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
          `${op}: the gradient of input ${which} at element ${i} is ${analytic}: differences ` +
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
  op: string,
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
): (ArrayLike<number> | null)[] {
  const kept = inputs.map((x) => exchangeGrad(x, null));
  try {
    return scope(() => {
      const out = fn(...inputs);
      checkTensor(op, out, "what the function returns");
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
