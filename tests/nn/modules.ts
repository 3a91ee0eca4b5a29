/**
 * A table of modules: how PyTorch makes one and calls it, and the same in Glim. `modules_test.ts`
 * compares names, results, gradients and what is printed with `fixtures/modules.json`, which
 * `python tests/fixtures/make.py modules` makes.
 */
import { nn, type Tensor, tensor } from "../../mod.ts";
import { constant, type Input, integers, uniform, values } from "../prng.ts";

/** What a module gives: tensors, however they are nested. */
export type Result = Tensor | null | readonly Result[];

/** One row of the table. */
export interface Row {
  /** The module in Python. */
  torch: string;
  /** The call, of m and the inputs a, b, c …, in Python. */
  call: string;
  inputs: Input[];
  // deno-lint-ignore no-explicit-any
  make: () => nn.Module<any, any>;
  // deno-lint-ignore no-explicit-any
  run: (m: any, ...inputs: any[]) => Result;
}

/** All rows. */
export const modules: Row[] = [];

/** Adds a module that is called by its inputs, or by another call. */
function row(
  torch: string,
  make: Row["make"],
  inputs: Input[],
  call = `m(${"abcdef".slice(0, inputs.length).split("").join(", ")})`,
  run: Row["run"] = (m, ...inputs) => m.forward(...inputs),
): void {
  modules.push({ torch, call, inputs, make, run });
}

const x = uniform([4, 3, 3]);
const states = (count: number, size = 5) => uniform([count, 3, size]);
const withState: Row["run"] = (m, x, h, c) => m.forward(x, [h, c]);
row("nn.LSTM(3, 5)", () => new nn.LSTM(3, 5), [x]);
row("nn.LSTM(3, 5)", () => new nn.LSTM(3, 5), [x, states(1), states(1)], "m(a, (b, c))", withState);
row(
  "nn.LSTM(3, 5, 2, bidirectional=True, batch_first=True, dropout=0.5).eval()",
  () =>
    new nn.LSTM(3, 5, { numLayers: 2, bidirectional: true, batchFirst: true, dropout: 0.5 }).eval(),
  [uniform([3, 4, 3]), states(4), states(4)],
  "m(a, (b, c))",
  withState,
);
row("nn.LSTM(3, 5, bias=False)", () => new nn.LSTM(3, 5, { bias: false }), [uniform([4, 3])]);
row(
  "nn.LSTM(3, 5, 2, proj_size=2, bidirectional=True)",
  () => new nn.LSTM(3, 5, { numLayers: 2, projSize: 2, bidirectional: true }),
  [x, states(4, 2), states(4)],
  "m(a, (b, c))",
  withState,
);
row("nn.GRU(3, 5)", () => new nn.GRU(3, 5), [x, states(1)]);
row(
  "nn.GRU(3, 5, 2, bidirectional=True, batch_first=True)",
  () => new nn.GRU(3, 5, { numLayers: 2, bidirectional: true, batchFirst: true }),
  [uniform([3, 4, 3])],
);
row("nn.GRU(3, 5, bias=False)", () => new nn.GRU(3, 5, { bias: false }), [
  uniform([4, 3]),
  uniform([1, 5]),
]);
row("nn.RNN(3, 5, 2)", () => new nn.RNN(3, 5, { numLayers: 2 }), [x, states(2)]);
row(
  'nn.RNN(3, 5, nonlinearity="relu", bidirectional=True)',
  () => new nn.RNN(3, 5, { nonlinearity: "relu", bidirectional: true }),
  [x],
);
// lengths as packed sequences mean them
const sizes = "torch.tensor([2, 4, 1])";
row(
  "nn.LSTM(3, 5, 2, bidirectional=True)",
  () => new nn.LSTM(3, 5, { numLayers: 2, bidirectional: true }),
  [x, states(4), states(4)],
  `lengths(m, a, ${sizes}, (b, c))`,
  (m, x, h, c) => m.forward(x, [h, c], [2, 4, 1]),
);
row(
  "nn.GRU(3, 5, bidirectional=True, batch_first=True)",
  () => new nn.GRU(3, 5, { bidirectional: true, batchFirst: true }),
  [uniform([3, 4, 3])],
  `lengths(m, a, ${sizes})`,
  (m, x) => m.forward(x, null, [2, 4, 1]),
);
row(
  "nn.RNN(3, 5, bidirectional=True)",
  () => new nn.RNN(3, 5, { bidirectional: true }),
  [x],
  `lengths(m, a, ${sizes})`,
  (m, x) => m.forward(x, null, [2, 4, 1]),
);
row("nn.LSTMCell(3, 5)", () => new nn.LSTMCell(3, 5), [uniform([3, 3])]);
row(
  "nn.LSTMCell(3, 5, bias=False)",
  () => new nn.LSTMCell(3, 5, { bias: false }),
  [uniform([3]), uniform([5]), uniform([5])],
  "m(a, (b, c))",
  withState,
);
row("nn.GRUCell(3, 5)", () => new nn.GRUCell(3, 5), [uniform([3, 3]), uniform([3, 5])]);
row('nn.RNNCell(3, 5, nonlinearity="relu")', () => new nn.RNNCell(3, 5, { nonlinearity: "relu" }), [
  uniform([3, 3]),
  uniform([3, 5]),
]);

// losses: that each is the function of its name, with its options and buffers
const [a, b] = [uniform([4, 3]), uniform([4, 3])], fixed = constant(values([1, -1, -1, 1]));
const w = "torch.tensor([0.5, 2., 1.])";
const weight = () => tensor([0.5, 2, 1]);
row("nn.L1Loss()", () => new nn.L1Loss(), [a, b]);
row("nn.SmoothL1Loss(beta=0.5)", () => new nn.SmoothL1Loss({ beta: 0.5 }), [a, b]);
row("nn.HuberLoss(delta=0.5)", () => new nn.HuberLoss({ delta: 0.5 }), [a, b]);
row("nn.PoissonNLLLoss(full=True)", () => new nn.PoissonNLLLoss({ full: true }), [
  a,
  uniform([4, 3], 0, 3),
]);
row("nn.GaussianNLLLoss()", () => new nn.GaussianNLLLoss(), [a, b, uniform([4, 3], 0.25, 1)]);
row(`nn.BCELoss(${w})`, () => new nn.BCELoss({ weight: weight() }), [
  uniform([4, 3], 0.1, 0.9),
  uniform([4, 3], 0.1, 0.9),
]);
row(
  `nn.BCEWithLogitsLoss(pos_weight=${w})`,
  () => new nn.BCEWithLogitsLoss({ posWeight: weight() }),
  [a, uniform([4, 3], 0, 1)],
);
row("nn.SoftMarginLoss()", () => new nn.SoftMarginLoss(), [uniform([4]), fixed]);
row("nn.MultiLabelSoftMarginLoss()", () => new nn.MultiLabelSoftMarginLoss(), [
  a,
  constant(integers([4, 3], 0, 2, "float32")),
]);
row('nn.KLDivLoss(reduction="batchmean")', () => new nn.KLDivLoss({ reduction: "batchmean" }), [
  a,
  uniform([4, 3], 0.1, 1),
]);
row("nn.CosineEmbeddingLoss()", () => new nn.CosineEmbeddingLoss(), [a, b, fixed]);
row("nn.HingeEmbeddingLoss()", () => new nn.HingeEmbeddingLoss(), [uniform([4]), fixed]);
row("nn.MarginRankingLoss(0.5)", () => new nn.MarginRankingLoss({ margin: 0.5 }), [
  uniform([4]),
  uniform([4]),
  fixed,
]);
row(`nn.MultiMarginLoss(weight=${w})`, () => new nn.MultiMarginLoss({ weight: weight() }), [
  a,
  integers([4], 0, 3),
]);
row("nn.TripletMarginLoss(2.0)", () => new nn.TripletMarginLoss({ margin: 2 }), [
  a,
  b,
  uniform([4, 3], -2, 2),
]);
row(
  "nn.CTCLoss(blank=3)",
  () => new nn.CTCLoss({ blank: 3 }),
  [uniform([6, 2, 4], -2, 0), integers([2, 2], 0, 3)],
  "m(a, b, (6, 5), (2, 1))",
  (m, a, b) => m.forward(a, b, [6, 5], [2, 1]),
);
