import { constant, integers, uniform, values } from "../prng.ts";
import { adder, type Case, kink, positive } from "./case.ts";

/** Losses but those of labels. */
export const losses: Case[] = [];
const op = adder(losses);

const a = uniform([4, 3], -3, 3), b = uniform([4, 3], -3, 3), signs = values([1, -1, -1, 1]);
const fixed = constant(signs);
for (const reduction of ["mean", "sum", "none"] as const) {
  const arg = `reduction="${reduction}"`;
  op(`F.l1_loss(a, b, ${arg})`, [a, b], (f, a, b) => f.l1Loss(a, b, { reduction }));
  op(`F.huber_loss(a, b, ${arg}, delta=0.7)`, [a, b], (f, a, b) => {
    return f.huberLoss(a, b, { delta: 0.7, reduction });
  });
  const weighted = [a, b, positive([4, 3])];
  op(`F.mse_loss(a, b, ${arg}, weight=c)`, weighted, (f, a, b, weight) => {
    return f.mseLoss(a, b, { reduction, weight });
  });
  op(`F.l1_loss(a, b, ${arg}, weight=c)`, weighted, (f, a, b, weight) => {
    return f.l1Loss(a, b, { reduction, weight });
  });
  op(`F.huber_loss(a, b, ${arg}, delta=0.7, weight=c)`, weighted, (f, a, b, weight) => {
    return f.huberLoss(a, b, { delta: 0.7, reduction, weight });
  });
  op(`F.binary_cross_entropy_with_logits(a, b, c, pos_weight=d, ${arg})`, [
    a,
    uniform([4, 3], 0, 1),
    constant(positive([3])),
    constant(positive([3])),
  ], (f, a, b, weight, posWeight) => {
    const options = { weight: weight!, posWeight: posWeight!, reduction };
    return f.binaryCrossEntropyWithLogits(a!, b!, options);
  });
}
op("F.smooth_l1_loss(a, b)", [a, b], (f, a, b) => f.smoothL1Loss(a, b));
op("F.smooth_l1_loss(a, b, beta=0.0)", [a, b], (f, a, b) => f.smoothL1Loss(a, b, { beta: 0 }));
op("F.l1_loss(a, b)", [values([1, "nan", "inf"]), values([1, 0, "-inf"])], (f, a, b) => {
  return f.l1Loss(a, b, { reduction: "mean" });
}, kink);
op("F.poisson_nll_loss(a, b)", [a, positive([4, 3])], (f, a, b) => f.poissonNllLoss(a, b));
op(
  'F.poisson_nll_loss(a, b, log_input=False, full=True, reduction="none")',
  [positive([4, 3]), positive([4, 3])],
  (f, a, b) => f.poissonNllLoss(a, b, { logInput: false, full: true, reduction: "none" }),
);
op("F.gaussian_nll_loss(a, b, c)", [a, b, positive([4, 3])], (f, a, b, c) => {
  return f.gaussianNllLoss(a, b, c);
});
op("F.gaussian_nll_loss(a, b, c, full=True)", [a, b, positive([4])], (f, a, b, c) => {
  return f.gaussianNllLoss(a, b, c, { full: true });
});

const probability = uniform([4, 3], 0.05, 0.95);
op("F.binary_cross_entropy(a, b, c)", [
  probability,
  uniform([4, 3], 0.05, 0.95),
  constant(positive([4, 3])),
], (f, a, b, weight) => f.binaryCrossEntropy(a!, b!, { weight: weight! }));
op(
  "F.binary_cross_entropy(a, b)",
  [values([0, 1, 0.5]), constant(values([0, 1, 1]))],
  (f, a, b) => {
    return f.binaryCrossEntropy(a, b);
  },
  kink,
);
op(
  "F.binary_cross_entropy_with_logits(a, b)",
  [values([-200, 200, 0, 50]), constant(values([0, 1, 1, 0]))],
  (f, a, b) => f.binaryCrossEntropyWithLogits(a, b),
  kink,
);
op("F.soft_margin_loss(a, b)", [uniform([4]), fixed], (f, a, b) => f.softMarginLoss(a, b));
op("F.multilabel_soft_margin_loss(a, b, c)", [
  a,
  constant(integers([4, 3], 0, 2, "float32")),
  constant(positive([3])),
], (f, a, b, weight) => f.multilabelSoftMarginLoss(a!, b!, { weight: weight! }));
for (const reduction of ["batchmean", "none"] as const) {
  op(`F.kl_div(a, b, reduction="${reduction}")`, [a, positive([4, 3])], (f, a, b) => {
    return f.klDiv(a, b, { reduction });
  });
}
op("F.kl_div(a, b, log_target=True)", [a, b], (f, a, b) => f.klDiv(a, b, { logTarget: true }));
op("F.kl_div(a, b)", [uniform([3]), constant(values([0, 0.5, 0.5]))], (f, a, b) => f.klDiv(a, b));

op("F.cosine_embedding_loss(a, b, c, margin=-0.5)", [a, b, fixed], (f, a, b, c) => {
  return f.cosineEmbeddingLoss(a, b, c, { margin: -0.5 });
});
op("F.hinge_embedding_loss(a, b, margin=0.5)", [uniform([4]), fixed], (f, a, b) => {
  return f.hingeEmbeddingLoss(a, b, { margin: 0.5 });
});
op("F.margin_ranking_loss(a, b, c, margin=0.5)", [uniform([4]), uniform([4]), fixed], (
  f,
  a,
  b,
  c,
) => f.marginRankingLoss(a, b, c, { margin: 0.5 }));
// where the margin is just kept, and where squares would overflow
const edge = values([1, 0, 2, 3]);
op("F.margin_ranking_loss(a, b, c)", [edge, values([1, 0, 1, 3]), fixed], (f, a, b, c) => {
  return f.marginRankingLoss(a, b, c);
}, kink);
op("F.hinge_embedding_loss(a, b)", [values([1, 1, 0.5, 1]), fixed], (f, a, b) => {
  return f.hingeEmbeddingLoss(a, b);
}, kink);
const [right, up] = [values([1, 0, 1, 0], [2, 2]), values([0, 1, 0, 1], [2, 2])];
op("F.cosine_embedding_loss(a, b, c)", [right, up, constant(values([1, -1]))], (f, a, b, c) => {
  return f.cosineEmbeddingLoss(a, b, c);
}, kink);
const far = [values([3e38, -3e38, "inf", 0.5]), values([0, 0, 0, 0])];
op('F.huber_loss(a, b, delta=2, reduction="none")', far, (f, a, b) => {
  return f.huberLoss(a, b, { delta: 2, reduction: "none" });
}, kink);
op('F.smooth_l1_loss(a, b, beta=2, reduction="none")', far, (f, a, b) => {
  return f.smoothL1Loss(a, b, { beta: 2, reduction: "none" });
}, kink);
for (const p of [1, 2, 3]) {
  const call = `F.triplet_margin_loss(a, b, c, margin=2, p=${p}, swap=True)`;
  op(call, [a, b, uniform([4, 3], -3, 3)], (f, a, b, c) => {
    return f.tripletMarginLoss(a, b, c, { margin: 2, p, swap: true });
  });
}
op("F.multi_margin_loss(a, b)", [a, integers([4], 0, 3)], (f, a, b) => f.multiMarginLoss(a, b));
op(
  'F.multi_margin_loss(a, b, p=2, margin=0.5, weight=c, reduction="none")',
  [a, integers([4], 0, 3), constant(positive([3]))],
  (f, a, b, weight) => {
    return f.multiMarginLoss(a!, b!, { p: 2, margin: 0.5, weight: weight!, reduction: "none" });
  },
);
op(
  'F.multilabel_margin_loss(a, b, reduction="none")',
  [a, values([0, -1, 1, 2, 1, -1, -1, 0, 0, 1, 0, 2], [4, 3], "int32")],
  (f, a, b) => f.multilabelMarginLoss(a, b, { reduction: "none" }),
);

const ctc = "F.ctc_loss(a.log_softmax(2), b, (6, 5, 6), (3, 2, 0)";
const steps = [uniform([6, 3, 4], -2, 2), values([1, 1, 2, 3, 1, 2, 2, 3, 1], [3, 3], "int32")];
op(`${ctc})`, steps, (f, a, b) => f.ctcLoss(f.logSoftmax(a, 2), b, [6, 5, 6], [3, 2, 0]), kink);
op(`${ctc}, blank=0, reduction="none")`, steps, (f, a, b) => {
  return f.ctcLoss(f.logSoftmax(a, 2), b, [6, 5, 6], [3, 2, 0], { reduction: "none" });
}, kink);
op(
  'F.ctc_loss(a.log_softmax(2), b, (2, 6, 6), (3, 2, 1), 3, "sum", True)',
  [uniform([6, 3, 4], -2, 2), values([1, 1, 2, 0, 1, 2], [6], "int32")],
  (f, a, b) => {
    const options = { blank: 3, reduction: "sum", zeroInfinity: true } as const;
    return f.ctcLoss(f.logSoftmax(a, 2), b, [2, 6, 6], [3, 2, 1], options);
  },
  kink,
);
