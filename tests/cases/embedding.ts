import { constant, integers, uniform } from "../prng.ts";
import { adder, type Case, exact, kink } from "./case.ts";

/** Padding and embedding. */
export const embedding: Case[] = [];
const op = adder(embedding);

for (
  const [shape, padding] of [
    [[4], [1, 2]],
    [[2, 3], [0, 1]],
    [[2, 3], [1, 0, 2, 1]],
    [[2, 1, 3, 4], [1, 1, 1, 1]],
    [[2, 3, 4], [-1, 2, 0, -1]],
    [[3, 4], [-2, -2]],
    [[3], []],
  ] as [number[], number[]][]
) {
  op(`F.pad(a, [${padding}])`, [uniform(shape)], (f, a) => f.pad(a, padding), exact);
  op(
    `F.pad(a, [${padding}], value=2.5)`,
    [uniform(shape)],
    (f, a) => f.pad(a, padding, 2.5),
    exact,
  );
}
op("F.pad(a.t(), [1, 2])", [uniform([2, 3])], (f, a) => f.pad(f.t(a), [1, 2]), exact);
op("F.pad(a, [1, 2], value=7)", [integers([3], 0, 9)], (f, a) => f.pad(a, [1, 2], 7), exact);
for (const shape of [[], [5], [2, 3], [0]]) {
  op("F.embedding(a, b)", [integers(shape, 0, 4), uniform([4, 3])], (f, a, b) => f.embedding(a, b));
}
op("F.embedding(a.long(), b)", [integers([6], 0, 4, "uint8"), uniform([4, 9])], (f, a, b) => {
  return f.embedding(a, b);
});
for (const paddingIdx of [1, -1]) {
  op(
    `F.embedding(a, b, padding_idx=${paddingIdx})`,
    [integers([2, 5], 0, 4), uniform([4, 3])],
    (f, a, b) => f.embedding(a, b, { paddingIdx }),
    kink, // the padding's vector has no gradient, though the value follows it
  );
}
for (
  const [type, p] of [["", 2], [", norm_type=1.0", 1], [
    ", norm_type=float('inf')",
    Infinity,
  ]] as const
) {
  const args = [integers([2, 3], 0, 4), uniform([6, 3])];
  op(
    `F.embedding(a, b.clone(), max_norm=0.7${type})`,
    args,
    (f, a, b) => f.embedding(a, f.clone(b), { maxNorm: 0.7, normType: p }),
    kink, // that rows become shorter is no part of the gradient
  );
  op(
    `(lambda w: (F.embedding(a, w, max_norm=0.7${type}), w.clone())[1])(b.clone())`,
    args.map(constant),
    (f, a, b) => {
      const table = f.clone(b);
      f.embedding(a, table, { maxNorm: 0.7, normType: p });
      return table;
    },
  );
}
op(
  "F.embedding(a, b.t().clone().t(), max_norm=0.5, padding_idx=1)",
  [integers([7], 0, 4), uniform([4, 3])],
  (f, a, b) => f.embedding(a, f.t(f.clone(f.t(b))), { maxNorm: 0.5, paddingIdx: 1 }),
  kink,
);
op(
  "F.embedding(a, b, scale_grad_by_freq=True)",
  [integers([3, 4], 0, 4), uniform([5, 3])],
  (f, a, b) => f.embedding(a, b, { scaleGradByFreq: true }),
  kink, // the gradient is another by its purpose
);
op(
  "F.embedding(a.long(), b, 2, scale_grad_by_freq=True)",
  [integers([9], 0, 4, "uint8"), uniform([4, 3])],
  (f, a, b) => f.embedding(a, b, { scaleGradByFreq: true, paddingIdx: 2 }),
  kink,
);
