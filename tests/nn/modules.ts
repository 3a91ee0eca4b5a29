/**
 * A table of modules: how PyTorch makes one and calls it, and the same in Glim. `modules_test.ts`
 * compares names, results, gradients and what is printed with `fixtures/modules.json`, which
 * `python tests/fixtures/make.py modules` makes.
 */
import { functional, nn, noGrad, type Tensor, tensor } from "../../mod.ts";
import { constant, type Input, integers, uniform, values } from "../prng.ts";

const { cat } = functional;

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
  /** Whether it prints as PyTorch's does. */
  prints: boolean;
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
  prints = true,
): void {
  modules.push({ torch, call, inputs, make, run, prints });
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
row("nn.MultiLabelMarginLoss()", () => new nn.MultiLabelMarginLoss(), [
  a,
  values([0, -1, 1, 2, 1, -1, -1, 0, 0, 1, 1, 1], [4, 3], "int32"),
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

// layers of sequences and images
const sequences = uniform([2, 4, 9]), images = uniform([2, 4, 6, 5]);
row(
  "nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2)",
  () => new nn.Conv1d(4, 6, 3, { stride: 2, padding: 1, dilation: 2, groups: 2 }),
  [sequences],
);
for (const mode of ["reflect", "replicate", "circular"] as const) {
  row(
    `nn.Conv1d(4, 3, 4, padding="same", padding_mode="${mode}", bias=False)`,
    () => new nn.Conv1d(4, 3, 4, { padding: "same", paddingMode: mode, bias: false }),
    [sequences],
  );
}
row(
  'nn.Conv2d(4, 3, (3, 2), padding=(1, 2), padding_mode="circular")',
  () => new nn.Conv2d(4, 3, [3, 2], { padding: [1, 2], paddingMode: "circular" }),
  [images],
);
row(
  'nn.Conv2d(4, 3, (3, 2), padding="same")',
  () => new nn.Conv2d(4, 3, [3, 2], { padding: "same" }),
  [
    images,
  ],
);
row(
  "nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2)",
  () => new nn.ConvTranspose1d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
  [sequences],
);
row(
  "nn.ConvTranspose2d(4, 3, (3, 2), stride=(2, 1), dilation=(1, 2), bias=False)",
  () => new nn.ConvTranspose2d(4, 3, [3, 2], { stride: [2, 1], dilation: [1, 2], bias: false }),
  [images],
);
row(
  "nn.MaxPool1d(3, stride=2, padding=1, ceil_mode=True)",
  () => new nn.MaxPool1d(3, { stride: 2, padding: 1, ceilMode: true }),
  [sequences],
);
row("nn.AvgPool1d(3, stride=2)", () => new nn.AvgPool1d(3, { stride: 2 }), [sequences]);
row("nn.AdaptiveAvgPool1d(4)", () => new nn.AdaptiveAvgPool1d(4), [sequences]);
row("nn.AdaptiveMaxPool1d(4)", () => new nn.AdaptiveMaxPool1d(4), [sequences]);
row("nn.AdaptiveMaxPool2d((3, None))", () => new nn.AdaptiveMaxPool2d([3, null]), [images]);
row("nn.ConstantPad1d((1, -1), 0.5)", () => new nn.ConstantPad1d([1, -1], 0.5), [sequences]);
row("nn.ConstantPad2d(1, 0.5)", () => new nn.ConstantPad2d(1, 0.5), [images]);
row("nn.ZeroPad1d(1)", () => new nn.ZeroPad1d(1), [sequences]);
row("nn.ZeroPad2d((1, 2, 0, 1))", () => new nn.ZeroPad2d([1, 2, 0, 1]), [images]);
row("nn.ReflectionPad1d(2)", () => new nn.ReflectionPad1d(2), [sequences]);
row("nn.ReflectionPad2d((1, 2, 0, 1))", () => new nn.ReflectionPad2d([1, 2, 0, 1]), [images]);
row("nn.ReplicationPad1d(2)", () => new nn.ReplicationPad1d(2), [uniform([4, 9])]);
row("nn.ReplicationPad2d(2)", () => new nn.ReplicationPad2d(2), [images]);
row("nn.CircularPad1d((1, 2))", () => new nn.CircularPad1d([1, 2]), [sequences]);
row("nn.CircularPad2d(1)", () => new nn.CircularPad2d(1), [images]);
row(
  'nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)',
  () => new nn.Upsample({ scaleFactor: 2, mode: "bilinear", alignCorners: true }),
  [uniform([1, 2, 3, 3])],
);
row("nn.Upsample(size=(7, 4))", () => new nn.Upsample({ size: [7, 4] }), [uniform([1, 2, 3, 3])]);
row("nn.Unfold((2, 3), padding=1)", () => new nn.Unfold([2, 3], { padding: 1 }), [
  uniform([1, 2, 3, 3]),
]);
row(
  "nn.Fold((4, 5), (2, 3), stride=(2, 1))",
  () => new nn.Fold([4, 5], [2, 3], { stride: [2, 1] }),
  [
    uniform([1, 12, 6]),
  ],
);
row("nn.PixelShuffle(2)", () => new nn.PixelShuffle(2), [images]);
row("nn.PixelUnshuffle(2)", () => new nn.PixelUnshuffle(2), [uniform([1, 2, 4, 6])]);
row("nn.ChannelShuffle(2)", () => new nn.ChannelShuffle(2), [images]);
row("nn.GroupNorm(2, 4)", () => new nn.GroupNorm(2, 4), [images]);
row("nn.GroupNorm(2, 4, bias=False)", () => new nn.GroupNorm(2, 4, { bias: false }), [sequences]);
row("nn.BatchNorm1d(4, bias=False)", () => new nn.BatchNorm1d(4, { bias: false }), [sequences]);
row("nn.InstanceNorm1d(4)", () => new nn.InstanceNorm1d(4), [uniform([4, 9])]);
row(
  "nn.InstanceNorm2d(4, affine=True, track_running_stats=True)",
  () => new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }),
  [images],
  "(m(a), m.eval()(a), m.running_mean, m.running_var)",
  (m, a) => [m.forward(a), m.eval().forward(a), m.runningMean, m.runningVar],
);

// layers of volumes
const volumes = uniform([2, 4, 5, 4, 3]);
row(
  "nn.Conv3d(4, 6, (3, 2, 2), stride=(2, 1, 1), padding=1, dilation=(2, 1, 2), groups=2)",
  () =>
    new nn.Conv3d(4, 6, [3, 2, 2], {
      stride: [2, 1, 1],
      padding: 1,
      dilation: [2, 1, 2],
      groups: 2,
    }),
  [volumes],
);
for (const mode of ["zeros", "circular"] as const) {
  row(
    `nn.Conv3d(4, 2, (2, 3, 1), padding="same", padding_mode="${mode}", bias=False)`,
    () => new nn.Conv3d(4, 2, [2, 3, 1], { padding: "same", paddingMode: mode, bias: false }),
    [uniform([4, 3, 4, 3])],
  );
}
row(
  "nn.ConvTranspose3d(4, 6, (3, 2, 2), stride=2, padding=1, output_padding=(1, 0, 1), groups=2)",
  () =>
    new nn.ConvTranspose3d(4, 6, [3, 2, 2], {
      stride: 2,
      padding: 1,
      outputPadding: [1, 0, 1],
      groups: 2,
    }),
  [uniform([1, 4, 3, 3, 2])],
);
row("nn.ConvTranspose3d(4, 2, 2, dilation=2, bias=False)", () => {
  return new nn.ConvTranspose3d(4, 2, 2, { dilation: 2, bias: false });
}, [uniform([4, 2, 3, 2])]);
row(
  "nn.MaxPool3d((3, 2, 2), stride=(2, 1, 2), padding=(1, 0, 1), dilation=(1, 2, 1), ceil_mode=True)",
  () =>
    new nn.MaxPool3d([3, 2, 2], {
      stride: [2, 1, 2],
      padding: [1, 0, 1],
      dilation: [1, 2, 1],
      ceilMode: true,
    }),
  [volumes],
);
row("nn.MaxPool3d(2)", () => new nn.MaxPool3d(2), [uniform([2, 4, 4, 2])]);
row("nn.AvgPool3d((3, 2, 2), padding=1)", () => new nn.AvgPool3d([3, 2, 2], { padding: 1 }), [
  volumes,
]);
row(
  "nn.AvgPool3d(3, 2, 1, ceil_mode=True, count_include_pad=False)",
  () => new nn.AvgPool3d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  [volumes],
);
row(
  "nn.AvgPool3d(2, divisor_override=5)",
  () => new nn.AvgPool3d(2, { divisorOverride: 5 }),
  [volumes],
);
row("nn.AdaptiveAvgPool3d((2, None, 2))", () => new nn.AdaptiveAvgPool3d([2, null, 2]), [volumes]);
row("nn.AdaptiveMaxPool3d((2, None, 2))", () => new nn.AdaptiveMaxPool3d([2, null, 2]), [volumes]);
row("nn.ZeroPad3d((1, 2, 0, 1, 1, 0))", () => new nn.ZeroPad3d([1, 2, 0, 1, 1, 0]), [volumes]);
row("nn.ConstantPad3d(1, 0.5)", () => new nn.ConstantPad3d(1, 0.5), [volumes]);
row("nn.ReflectionPad3d(1)", () => new nn.ReflectionPad3d(1), [volumes]);
row("nn.ReplicationPad3d(1)", () => new nn.ReplicationPad3d(1), [volumes]);
row("nn.CircularPad3d(1)", () => new nn.CircularPad3d(1), [volumes]);
row("nn.Softmax2d()", () => new nn.Softmax2d(), [images]);
row("nn.LPPool3d(2, 2, 1)", () => new nn.LPPool3d(2, 2, { stride: 1 }), [volumes]);
row("nn.LPPool1d(2, 3)", () => new nn.LPPool1d(2, 3), [sequences]);
row(
  "nn.LPPool2d(2, (2, 3), 2, ceil_mode=True)",
  () => new nn.LPPool2d(2, [2, 3], { stride: 2, ceilMode: true }),
  [images],
);
row(
  "nn.MaxUnpool1d(2, padding=1)",
  () => new nn.MaxUnpool1d(2, { padding: 1 }),
  [uniform([1, 1, 2]), values([1, 0])],
  "m(a, b.long().reshape(1, 1, 2))",
  (m, a, b) => m.forward(a, b.int().reshape(1, 1, 2)),
);
row("nn.BatchNorm3d(4)", () => new nn.BatchNorm3d(4), [volumes]);
row("nn.InstanceNorm3d(4)", () => new nn.InstanceNorm3d(4), [volumes]);
row("nn.Dropout3d(0.2).eval()", () => new nn.Dropout3d(0.2).eval(), [volumes]);
row("nn.LocalResponseNorm(3)", () => new nn.LocalResponseNorm(3), [images]);
row("nn.Dropout1d(0.2).eval()", () => new nn.Dropout1d(0.2).eval(), [sequences]);
row("nn.Dropout2d(0.2).eval()", () => new nn.Dropout2d(0.2).eval(), [images]);
row("nn.AlphaDropout(0.2).eval()", () => new nn.AlphaDropout(0.2).eval(), [images]);
row("nn.Unflatten(1, (2, -1))", () => new nn.Unflatten(1, [2, -1]), [images]);
row("nn.Bilinear(3, 4, 5)", () => new nn.Bilinear(3, 4, 5), [uniform([2, 3]), uniform([2, 4])]);
row(
  'nn.EmbeddingBag(5, 3, mode="max")',
  () => new nn.EmbeddingBag(5, 3, { mode: "max" }),
  [values([1, 2, 2, 0, 4, 1], [6], "int32")],
  "m(a, torch.tensor([0, 2, 2]))",
  (m, a) => m.forward(a, [0, 2, 2]),
);
row(
  "nn.Embedding(5, 3, 1, max_norm=0.8, norm_type=1.0, scale_grad_by_freq=True)",
  () => new nn.Embedding(5, 3, { paddingIdx: 1, maxNorm: 0.8, normType: 1, scaleGradByFreq: true }),
  [values([1, 2, 2, 0, 4, 1], [2, 3], "int32")],
);
row(
  'nn.EmbeddingBag(5, 3, 0.8, 1.0, True, mode="sum")',
  () =>
    new nn.EmbeddingBag(5, 3, { maxNorm: 0.8, normType: 1, scaleGradByFreq: true, mode: "sum" }),
  [values([1, 2, 2, 0, 0, 1], [2, 3], "int32")],
);
row("nn.CosineSimilarity(dim=-1)", () => new nn.CosineSimilarity({ dim: -1 }), [
  uniform([4, 3]),
  uniform([4, 3]),
]);
row(
  "nn.PairwiseDistance(p=3, keepdim=True)",
  () => new nn.PairwiseDistance({ p: 3, keepdim: true }),
  [
    uniform([4, 3]),
    uniform([4, 3]),
  ],
);

// transformers: masks of bool hide where they are true
const tokens = uniform([3, 2, 4]), memory = uniform([5, 2, 4]);
const layerOf = (more: object = {}) => ({ dimFeedforward: 5, dropout: 0, ...more });
const hidden = values([0, 1, 0, 0, 0, 1], [2, 3], "bool");
row(
  "nn.TransformerEncoderLayer(4, 2, 5, 0)",
  () => new nn.TransformerEncoderLayer(4, 2, layerOf()),
  [tokens, hidden],
  "m(a, src_key_padding_mask=b)",
  (m, a, b) => m.forward(a, { srcKeyPaddingMask: b }),
);
row(
  'nn.TransformerEncoderLayer(4, 2, 5, 0, activation="gelu", norm_first=True, batch_first=True, bias=False)',
  () =>
    new nn.TransformerEncoderLayer(
      4,
      2,
      layerOf({ activation: "gelu", normFirst: true, batchFirst: true, bias: false }),
    ),
  [uniform([2, 3, 4])],
  "m(a, nn.Transformer.generate_square_subsequent_mask(3))",
  (m, a) => m.forward(a, { srcMask: nn.Transformer.generateSquareSubsequentMask(3).to(a.device) }),
);
for (const normFirst of [false, true]) {
  row(
    `nn.TransformerDecoderLayer(4, 2, 5, 0, norm_first=${normFirst ? "True" : "False"})`,
    () => new nn.TransformerDecoderLayer(4, 2, layerOf({ normFirst })),
    [tokens, memory, hidden],
    "m(a, b, tgt_mask=nn.Transformer.generate_square_subsequent_mask(3), tgt_is_causal=True, " +
      "memory_key_padding_mask=torch.cat([c, c[:, :2]], 1))",
    (m, a, b, c) =>
      m.forward(a, b, {
        tgtIsCausal: true,
        memoryKeyPaddingMask: cat([c, c.narrow(1, 0, 2)], 1),
      }),
  );
}
row(
  "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 5, 0), 2, nn.LayerNorm(4), enable_nested_tensor=False)",
  () =>
    new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, layerOf()), 2, {
      norm: new nn.LayerNorm(4),
    }),
  [tokens],
);
row(
  "nn.Transformer(4, 2, 1, 2, 5, 0, batch_first=True)",
  () =>
    new nn.Transformer({
      dModel: 4,
      nhead: 2,
      numEncoderLayers: 1,
      numDecoderLayers: 2,
      batchFirst: true,
      ...layerOf(),
    }),
  [uniform([2, 5, 4]), uniform([2, 3, 4])],
  "m(a, b, tgt_mask=nn.Transformer.generate_square_subsequent_mask(3))",
  (m, a, b) =>
    m.forward(a, b, { tgtMask: nn.Transformer.generateSquareSubsequentMask(3).to(a.device) }),
);

// weights that are functions of what is learnt; PyTorch changes the class and so what it prints
const plain = "m(a)";
const run: Row["run"] = (m, a) => m.forward(a);
const normed = "nn.utils.parametrizations";
row(
  `${normed}.weight_norm(nn.Linear(3, 4))`,
  () => nn.utils.weightNorm(new nn.Linear(3, 4)),
  [uniform([2, 3])],
  plain,
  run,
  false,
);
row(
  `${normed}.weight_norm(nn.Conv2d(2, 3, 2, bias=False), dim=1)`,
  () => nn.utils.weightNorm(new nn.Conv2d(2, 3, 2, { bias: false }), "weight", 1),
  [uniform([2, 2, 4, 4])],
  plain,
  run,
  false,
);
const vectors = [constant(uniform([4])), constant(uniform([6]))];
row(
  `${normed}.spectral_norm(nn.Conv1d(2, 4, 3))`,
  () => nn.utils.spectralNorm(new nn.Conv1d(2, 4, 3)),
  [uniform([2, 2, 5]), ...vectors],
  // the vectors of the power iteration start at random
  "(p := m.parametrizations.weight[0], p._u.copy_(b), p._v.copy_(c), m(a), m.eval()(a), p._u)[3:]",
  (m, a, b, c) => {
    const { u, v } = m.parametrizations.weight["0"];
    noGrad(() => [u.copy_(b), v.copy_(c)]);
    return [m.forward(a), m.eval().forward(a), u];
  },
  false,
);
for (const [rows, columns, map] of [[4, 4, "matrix_exp"], [3, 5, "householder"]] as const) {
  const n = Math.max(rows, columns);
  row(
    `${normed}.orthogonal(nn.Linear(${columns}, ${rows}))`,
    () => nn.utils.orthogonal(new nn.Linear(columns, rows), "weight", { orthogonalMap: map }),
    [uniform([2, columns]), constant(uniform([n, n]))],
    "(m.parametrizations.weight[0].base.copy_(b), m(a))[1]", // which starts at random
    (m, a, b) => {
      noGrad(() => m.parametrizations.weight["0"].base.copy_(b));
      return m.forward(a);
    },
    false,
  );
}
row(
  "nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 5, 0), 2)",
  () => new nn.TransformerDecoder(new nn.TransformerDecoderLayer(4, 2, layerOf()), 2),
  [tokens, memory],
);
