/**
 * Samples of the gamma and beta distributions with gradients with respect to the parameters. They are
 * drawn on the host, element by element, where their device cannot.
 *
 * @module
 */
import { type Pair, record } from "../autograd/autograd.ts";
import { generator } from "../core/random.ts";
import { Numbers } from "../core/random_numbers.ts";
import type { TypedArray } from "../core/dtype.ts";
import { alloc, type Buffer, kernelsOf } from "../device/buffer.ts";
import { canLook } from "../device/transfer.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { fromTypedArray } from "../tensor/create.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { betaSlopes, gammaSlope } from "./gamma_functions.ts";

/** The least normal float32: samples are at least that. */
const TINY = 2 ** -126;

/**
 * The logarithm of a sample of the gamma distribution of shape a and rate 1: Marsaglia and Tsang, "A
 * simple method for generating gamma variables", 2000.
 */
function logGammaSample(a: number, numbers: Numbers): number {
  if (a < 1) return logGammaSample(a + 1, numbers) + Math.log(numbers.uniform()) / a;
  const d = a - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = numbers.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root ** 3;
    if (Math.log(numbers.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}

/** Samples of the gamma distribution of rate 1. */
export function standardGamma(shape: Tensor): Tensor {
  if (!canLook(shape)) return drawnThere(shape, null);
  const a = seen("Gamma", shape);
  const key = generator().next();
  const x = Float32Array.from(a, (a, i) => {
    return Math.max(TINY, Math.exp(logGammaSample(a, new Numbers(key, i))));
  });
  return record("standardGamma", put(x, shape), [[
    shape,
    (dy) => dy.mul(put(Float32Array.from(x, (x, i) => gammaSlope(a[i]!, x)), shape)),
  ]], { saved: [shape] });
}

/** Samples of the beta distribution of shapes a and b. */
export function standardBeta(a: Tensor, b: Tensor): Tensor {
  if (!canLook(a)) return drawnThere(a, b);
  const [as, bs] = [seen("Beta", a), seen("Beta", b)];
  const key = generator().next();
  const x = Float32Array.from(as, (a, i) => {
    const numbers = new Numbers(key, i);
    const first = logGammaSample(a, numbers), second = logGammaSample(bs[i]!, numbers);
    const share = 1 / (1 + Math.exp(second - first));
    return Math.min(1 - 2 ** -24, Math.max(TINY, share));
  });
  const slopes = (which: 0 | 1) =>
    put(Float32Array.from(x, (x, i) => betaSlopes(as[i]!, bs[i]!, x)[which]), a);
  return record("standardBeta", put(x, a), [
    [a, (dy) => dy.mul(slopes(0))],
    [b, (dy) => dy.mul(slopes(1))],
  ], { saved: [a, b] });
}

/** Samples that the device of their parameters draws: of the gamma distribution, or with b of the beta. */
function drawnThere(shape: Tensor, b: Tensor | null): Tensor {
  const a = shape.contiguous(), other = b?.contiguous() ?? null;
  const x = alloc(a, a.shape);
  const isEmpty = x.numel === 0;
  if (!isEmpty) kernelsOf(x).gamma!(a, other, x, generator().next());
  const slopeOf = (dy: Tensor, slope: Buffer) => dy.mul(record("slope", slope, []));
  if (other !== null) {
    const shared = (): [Buffer, Buffer] => {
      const [da, db] = [alloc(x, x.shape), alloc(x, x.shape)];
      if (!isEmpty) kernelsOf(x).betaSlopes!(a, other, x, da, db);
      return [da, db];
    };
    const pairs: Pair<[Buffer, Buffer]>[] = [
      [shape, (dy, [da]) => slopeOf(dy, da)],
      [b!, (dy, [, db]) => slopeOf(dy, db)],
    ];
    return record("standardBeta", x, pairs, { shared, saved: [shape, b!, x] });
  }
  return record("standardGamma", x, [[shape, (dy) => {
    const slope = alloc(x, x.shape);
    if (!isEmpty) kernelsOf(x).gammaSlope!(a, x, slope);
    return slopeOf(dy, slope);
  }]], { saved: [shape, x] });
}

/** What a device lets the host see at once: DeviceError, in the distribution's name, of what it does not. */
function seen(name: string, x: Tensor): TypedArray {
  return inNameOf(name, () => x.detach().toTypedArray());
}

function put(values: Float32Array<ArrayBuffer>, like: Tensor): Tensor {
  return noGrad(() => fromTypedArray(values, like.shape, { device: like.device }));
}
