/**
 * Windows, as spectra of sounds are taken of: float32 vectors that fall to both ends.
 *
 * @module
 */
import { besselI } from "../core/bessel.ts";
import { DTYPES } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { atMost, check, flag, number, whole } from "../core/options.ts";
import { checkShape } from "../core/shape.ts";
import { allocOn } from "../device/buffer.ts";
import { write } from "../device/transfer.ts";
import { leaf, settled, type TensorOptions } from "./create.ts";
import type { Tensor } from "./tensor.ts";

const LENGTH = whole(0);

/** n values of a function of 0 … 1: where the next period begins, or the last of them is, that is 1. */
function windowOf(
  op: string,
  n: number,
  periodic: boolean,
  options: TensorOptions,
  f: (t: number) => number,
): Tensor {
  check(op, "the length", n, LENGTH);
  check(op, "periodic", periodic, flag);
  const settings = settled(op, options);
  if (DTYPES[settings.dtype].kind !== "float") {
    throw new DTypeError(`${op}: a dtype of floats is needed: it is ${settings.dtype}`);
  }
  checkShape(op, [n]);
  const out = allocOn(settings.device, [n], settings.dtype); // before the values: it may be too much
  const last = periodic ? n : n - 1;
  write(out, Float64Array.from({ length: n }, (_, i) => n === 1 ? 1 : f(i / last)));
  return leaf(op, out, settings);
}

/** a − b cos 2πt. */
function raised(a: number, b: number): (t: number) => number {
  return (t) => a - b * Math.cos(2 * Math.PI * t);
}

/**
 * Hann's window of n values, ½ − ½ cos; `periodic` where it is to go on from the first again, as for
 * spectra, else symmetric.
 *
 * @example
 * ```ts
 * import { hannWindow } from "@glim/glim";
 * console.log(hannWindow(4).toArray()); // [0, 0.5, 1, 0.5]
 * ```
 */
export function hannWindow(n: number, periodic = true, options: TensorOptions = {}): Tensor {
  atMost(3, arguments.length, "hannWindow(n, periodic, options)");
  return windowOf("hannWindow", n, periodic, options, raised(0.5, 0.5));
}

/** Hamming's window of n values, α − β cos: see `hannWindow`. */
export function hammingWindow(
  n: number,
  periodic = true,
  alpha = 0.54,
  beta = 0.46,
  options: TensorOptions = {},
): Tensor {
  atMost(5, arguments.length, "hammingWindow(n, periodic, alpha, beta, options)");
  check("hammingWindow", "alpha", alpha, number);
  check("hammingWindow", "beta", beta, number);
  return windowOf("hammingWindow", n, periodic, options, raised(alpha, beta));
}

/** Blackman's window of n values: see `hannWindow`. */
export function blackmanWindow(n: number, periodic = true, options: TensorOptions = {}): Tensor {
  atMost(3, arguments.length, "blackmanWindow(n, periodic, options)");
  return windowOf("blackmanWindow", n, periodic, options, (t) => {
    return 0.42 - 0.5 * Math.cos(2 * Math.PI * t) + 0.08 * Math.cos(4 * Math.PI * t);
  });
}

/** Bartlett's window of n values, a triangle: see `hannWindow`. */
export function bartlettWindow(n: number, periodic = true, options: TensorOptions = {}): Tensor {
  atMost(3, arguments.length, "bartlettWindow(n, periodic, options)");
  return windowOf("bartlettWindow", n, periodic, options, (t) => 1 - Math.abs(2 * t - 1));
}

/** Kaiser's window of n values, whose ends are the lower the larger `beta` is: see `hannWindow`. */
export function kaiserWindow(
  n: number,
  periodic = true,
  beta = 12,
  options: TensorOptions = {},
): Tensor {
  atMost(4, arguments.length, "kaiserWindow(n, periodic, beta, options)");
  check("kaiserWindow", "beta", beta, number);
  return windowOf("kaiserWindow", n, periodic, options, (t) => {
    return besselI(0, beta * Math.sqrt(Math.max(0, 1 - (2 * t - 1) ** 2))) / besselI(0, beta);
  });
}
