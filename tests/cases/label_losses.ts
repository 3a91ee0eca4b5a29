import { constant, integers, uniform } from "../prng.ts";
import { adder, type Case, positive } from "./case.ts";

/** Losses of labels, with all their options. */
export const labelLosses: Case[] = [];
const op = adder(labelLosses);

for (const reduction of ["mean", "sum", "none"] as const) {
  const [x, y] = [uniform([9, 4], -2, 2), integers([9], 0, 4)];
  const weight = constant(positive([4]));
  const arg = `reduction="${reduction}"`;
  op(`F.cross_entropy(a, b, label_smoothing=0.1, ${arg})`, [x, y], (f, a, b) => {
    return f.crossEntropy(a, b, { labelSmoothing: 0.1, reduction });
  });
  op(`F.cross_entropy(a, b, c, ${arg})`, [x, y, weight], (f, a, b, weight) => {
    return f.crossEntropy(a!, b!, { weight: weight!, reduction });
  });
  op(`F.cross_entropy(a, b, c, ignore_index=1, label_smoothing=0.2, ${arg})`, [x, y, weight], (
    f,
    a,
    b,
    weight,
  ) => f.crossEntropy(a!, b!, { weight: weight!, ignoreIndex: 1, labelSmoothing: 0.2, reduction }));
  op(`F.nll_loss(a, b, c, ignore_index=2, ${arg})`, [x, y, weight], (f, a, b, weight) => {
    return f.nllLoss(a!, b!, { weight: weight!, ignoreIndex: 2, reduction });
  });
  op(`F.cross_entropy(a, b, ignore_index=-1, ${arg})`, [x, integers([9], -1, 4)], (f, a, b) => {
    return f.crossEntropy(a, b, { ignoreIndex: -1, reduction });
  });
}

// labels of pixels, and distributions in place of labels
const images = uniform([2, 3, 2, 3], -2, 2), labels = integers([2, 2, 3], 0, 3);
for (const reduction of ["mean", "none"] as const) {
  op(`F.cross_entropy(a, b, c, reduction="${reduction}")`, [
    images,
    labels,
    constant(positive([3])),
  ], (
    f,
    a,
    b,
    weight,
  ) => f.crossEntropy(a!, b!, { weight: weight!, reduction }));
  op(`F.nll_loss(a, b, reduction="${reduction}", ignore_index=1)`, [images, labels], (f, a, b) => {
    return f.nllLoss(a, b, { reduction, ignoreIndex: 1 });
  });
  op(
    `F.cross_entropy(a, b, c, reduction="${reduction}", label_smoothing=0.1)`,
    [images, uniform([2, 3, 2, 3], 0, 1), constant(positive([3]))],
    (f, a, b, weight) => {
      return f.crossEntropy(a!, b!, { weight: weight!, reduction, labelSmoothing: 0.1 });
    },
  );
}
op("F.cross_entropy(a, b)", [uniform([5]), uniform([5], 0, 1)], (f, a, b) => f.crossEntropy(a, b));
