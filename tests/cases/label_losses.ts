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
