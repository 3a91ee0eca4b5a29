import type { Tensor } from "../../src/tensor/tensor.ts";
import { constant, uniform } from "../prng.ts";
import { adder, cancels, type Case, kink, type Ops, positive } from "./case.ts";
import { CHANNELS_LAST, channelsLast } from "./images.ts";

/** Normalisation. */
export const normalization: Case[] = [];
const op = adder(normalization);

/** A weight and a bias, of which TypeScript cannot know that they are there. */
type Affine = { weight: Tensor; bias: Tensor };

for (
  const shape of [[5, 3], [64, 19], [2, 1], [3, 4, 5], [2, 6, 3, 7], [3, 17, 5, 5], [9, 2, 1, 1]]
) {
  const c = [shape[1]!];
  const inputs = [uniform(shape, -2, 3), positive(c), uniform(c)];
  for (const last of shape.length === 4 ? [false, true] : [false]) {
    const a = last ? CHANNELS_LAST : "a";
    const as = last ? channelsLast : (_: Ops, x: Tensor) => x;
    // of two samples the variance is so small that differences miss the slope, and what each adds to
    // the gradient cancels
    const options = shape[0]! < 3 && shape.length === 2 ? { ...kink, ...cancels } : {};
    op(`F.batch_norm(${a}, None, None, b, c, True)`, inputs, (f, a, weight, bias) => {
      return f.batchNorm(as(f, a!), null, null, { weight, bias, training: true } as Affine);
    }, options);
    const running = [...inputs, constant(uniform(c)), constant(positive(c))];
    op(`F.batch_norm(${a}, d, e, b, c)`, running, (f, a, weight, bias, mean, variance) => {
      return f.batchNorm(as(f, a!), mean!, variance!, { weight, bias } as Affine);
    });
    // what becomes of the running moments
    for (const [i, name] of ["d", "e"].entries()) {
      const fixed = running.map(constant);
      op(
        `(F.batch_norm(${a}, d, e, b, c, True, 0.3), ${name})[1]`,
        fixed,
        (f, a, weight, bias, ...m) => {
          const options = { weight, bias, training: true, momentum: 0.3 } as Affine;
          f.batchNorm(as(f, a!), m[0]!, m[1]!, options);
          return m[i]!;
        },
      );
    }
  }
}
op("F.batch_norm(a, None, None, None, None, True)", [uniform([7, 3])], (f, a) => {
  return f.batchNorm(a, null, null, { training: true });
});
op("F.batch_norm(a, None, None, b, None, True, 0.1, 0.5)", [uniform([7, 3]), uniform([3])], (
  f,
  a,
  weight,
) => f.batchNorm(a!, null, null, { weight: weight!, training: true, eps: 0.5 }));
op("F.batch_norm(a, None, None, None, None, True)", [uniform([60, 5], 1, 2)], (f, a) => {
  return f.batchNorm(a, null, null, { training: true });
});
op(
  "F.batch_norm(a.transpose(0, 1), None, None, None, None, True)",
  [uniform([3, 7, 2])],
  (f, a) => {
    return f.batchNorm(f.transpose(a, 0, 1), null, null, { training: true });
  },
);

const norms: [number[], number[]][] = [
  [[5], [5]],
  [[4, 7], [7]],
  [[2, 3, 8], [8]],
  [[2, 3, 5], [3, 5]],
  [[33, 67], [67]],
  [[0, 4], [4]],
];
for (const [shape, over] of norms) {
  const size = `(${over},)`;
  const inputs = [uniform(shape, -2, 3), uniform(over), uniform(over)];
  op(`F.layer_norm(a, ${size}, b, c)`, inputs, (f, a, weight, bias) => {
    return f.layerNorm(a!, over, { weight, bias } as Affine);
  });
  op(`F.layer_norm(a, ${size})`, inputs.slice(0, 1), (f, a) => f.layerNorm(a, over));
  op(`F.layer_norm(a, ${size}, b, None, 0.1)`, inputs.slice(0, 2), (f, a, weight) => {
    return f.layerNorm(a!, over, { weight: weight!, eps: 0.1 });
  });
}
op("F.layer_norm(a.t(), (3,))", [uniform([3, 5])], (f, a) => f.layerNorm(f.t(a), 3));
