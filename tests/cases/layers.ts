import { constant, integers, uniform, values } from "../prng.ts";
import { adder, allZero, type Case, exact, kink } from "./case.ts";

/** Linear layers, dropout without chance, and losses. */
export const layers: Case[] = [];
const op = adder(layers);

const shapes: number[][][] = [
  [[4, 5], [3, 5], [3]],
  [[1, 5], [3, 5], [3]],
  [[5], [3, 5], [3]],
  [[2, 4, 5], [3, 5], [3]],
  [[0, 5], [3, 5], [3]],
  [[1, 1], [1, 1], [1]],
  [[64, 100], [10, 100], [10]],
  [[33, 65], [17, 65], [17]],
];
for (const [x, w, b] of shapes as [number[], number[], number[]][]) {
  const bound = 1 / Math.sqrt(w[1]!);
  const weight = uniform(w, -bound, bound);
  op("F.linear(a, b, c)", [uniform(x), weight, uniform(b)], (f, a, b, c) => f.linear(a, b, c));
  op("F.linear(a, b)", [uniform(x), weight], (f, a, b) => f.linear(a, b));
}
op("F.linear(a.t(), b, c)", [uniform([5, 4]), uniform([3, 5]), uniform([3])], (f, a, b, c) => {
  return f.linear(f.t(a), b, c);
});
// where chance has no part
op("F.dropout(a, 0.0)", [uniform([7])], (f, a) => f.dropout(a, 0), exact);
op("F.dropout(a, 1.0)", [uniform([7])], (f, a) => f.dropout(a, 1), {
  ...exact,
  ...allZero,
});
op("F.dropout(a, 0.5, False)", [uniform([7])], (f, a) => f.dropout(a, 0.5, false), exact);
for (const reduction of ["mean", "sum", "none"] as const) {
  const arg = `reduction="${reduction}"`;
  for (const [n, classes] of [[1, 1], [1, 10], [5, 3], [64, 10], [0, 3]] as const) {
    const x = uniform([n, classes], -3, 3);
    const y = integers([n], 0, classes);
    // the mean of no loss is NaN
    const options = n === 0 ? kink : {};
    op(`F.nll_loss(a, b, ${arg})`, [x, y], (f, a, b) => f.nllLoss(a, b, { reduction }), options);
    op(`F.cross_entropy(a, b, ${arg})`, [x, y], (f, a, b) => {
      return f.crossEntropy(a, b, { reduction });
    }, options);
  }
  const [sample, label] = [uniform([4]), integers([], 0, 4)];
  op(`F.nll_loss(a, b, ${arg})`, [sample, label], (f, a, b) => f.nllLoss(a, b, { reduction }));
  op(`F.cross_entropy(a, b, ${arg})`, [sample, label], (f, a, b) => {
    return f.crossEntropy(a, b, { reduction });
  });
  const bytes = integers([5], 0, 3, "uint8");
  op(`F.nll_loss(a, b.long(), ${arg})`, [uniform([5, 3]), bytes], (f, a, b) => {
    return f.nllLoss(a, b, { reduction });
  });
  op(`F.cross_entropy(a, b.long(), ${arg})`, [uniform([5, 3]), bytes], (f, a, b) => {
    return f.crossEntropy(a, b, { reduction });
  });
  op(`F.cross_entropy(a.t(), b, ${arg})`, [uniform([3, 5]), integers([5], 0, 3)], (f, a, b) => {
    return f.crossEntropy(f.t(a), b, { reduction });
  });
  const large = values([1000, -1000, 0, -1e4, 1e4, 1e4, 3, 3, 3], [3, 3]);
  op(`F.cross_entropy(a, b, ${arg})`, [large, values([1, 2, 0], [3], "int32")], (f, a, b) => {
    return f.crossEntropy(a, b, { reduction });
  }, kink);
  for (const shape of [[], [7], [3, 5], [64, 10]]) {
    op(`F.mse_loss(a, b, ${arg})`, [uniform(shape), uniform(shape)], (f, a, b) => {
      return f.mseLoss(a, b, { reduction });
    });
  }
  op(`F.mse_loss(a.t(), b, ${arg})`, [uniform([5, 3]), constant(uniform([3, 5]))], (f, a, b) => {
    return f.mseLoss(f.t(a), b, { reduction });
  });
}
op("F.nll_loss(a, b)", [uniform([5, 3]), integers([5], 0, 3)], (f, a, b) => f.nllLoss(a, b));
op("F.cross_entropy(a, b)", [uniform([5, 3]), integers([5], 0, 3)], (f, a, b) => {
  return f.crossEntropy(a, b);
});
op("F.mse_loss(a, b)", [uniform([5, 3]), uniform([5, 3])], (f, a, b) => f.mseLoss(a, b));
op("F.nll_loss(a.log_softmax(1), b)", [uniform([9, 10]), integers([9], 0, 10)], (f, a, b) => {
  return f.nllLoss(f.logSoftmax(a, 1), b);
});
op(
  "F.cross_entropy(F.linear(F.linear(a, b, c).tanh(), d), e)",
  [uniform([6, 9]), uniform([7, 9]), uniform([7]), uniform([4, 7]), integers([6], 0, 4)],
  (f, a, b, c, d, e) => f.crossEntropy(f.linear(f.tanh(f.linear(a, b, c)), d), e),
);
