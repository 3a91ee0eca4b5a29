/**
 * Random trainings: layers of all kinds in a row, a loss, an optimizer, a schedule, clipping, all chosen
 * by a seed. On every device a seed makes the same one.
 */
import {
  functional as F,
  lrScheduler,
  manualSeed,
  nn,
  noGrad,
  optim,
  rand,
  randn,
  type Tensor,
  tensor,
} from "../../mod.ts";
import type { Optimizer } from "../../src/optim/mod.ts";
import { unit } from "../prng.ts";

/** Choices that a seed makes, one after the other. */
class Choices {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A whole number from `low` to `high`. */
  whole(low: number, high: number): number {
    return low + Math.floor(unit(this.#seed, this.#drawn++) * (high - low + 1));
  }

  /** A length from `low` to `high`; of one in six up to eight times as much. */
  length(low: number, high: number): number {
    return this.whole(low, this.once(6) ? 8 * high : high);
  }

  /** One of several. */
  of<T>(...list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)]!;
  }

  /** Whether something happens that does so once in `n` times. */
  once(n: number): boolean {
    return this.whole(1, n) === 1;
  }
}

/** What is done to a tensor, as a layer. */
class Does extends nn.Module<[Tensor]> {
  readonly #what: (x: Tensor) => Tensor;
  /** Layers that are called in it. */
  readonly inner: nn.ModuleList;

  constructor(what: (x: Tensor) => Tensor, inner: nn.AnyModule[] = []) {
    super();
    this.#what = what;
    this.inner = new nn.ModuleList(inner);
  }

  forward(x: Tensor): Tensor {
    return this.#what(x);
  }
}

/** x plus what layers make of it. */
function around(layer: nn.Module<[Tensor]>): Does {
  return new Does((x) => x.add(layer.forward(x)), [layer]);
}

/** What may come next: its name and the layer, of which the shape of a sample follows. */
type Next = readonly [name: string, make: () => nn.Module<[Tensor]>];

const tame = (x: Tensor) => x.mul(0.5);

/** Functions of elements. */
function pointwise(c: Choices): Next {
  const options: Next[] = [
    ...([
      ..."ReLU GELU LeakyReLU SiLU Tanh Sigmoid CELU ELU Hardsigmoid Hardswish Hardtanh".split(" "),
      ..."LogSigmoid Mish PReLU ReLU6 SELU Softplus Softsign Tanhshrink Softshrink".split(" "),
    ] as "ReLU"[]).map((name): Next => [name, () => new nn[name]()]),
    ["Dropout", () => new nn.Dropout(0.1)],
    ["AlphaDropout", () => new nn.AlphaDropout(0.1)],
    ["sin", () => new Does((x) => x.sin())],
    ["x·sigmoid", () => new Does((x) => x.mul(x.sigmoid()))],
    ["√(x² + 1)", () => new Does((x) => x.square().add(1).sqrt())],
    ["log(1 + |x|)", () => new Does((x) => x.abs().add(1).log())],
    ["clamp", () => new Does((x) => x.clamp(-1.5, 1.7))],
    ["where", () => new Does((x) => x.where(x.gt(0), x.mul(0.3)))],
    ["atan", () => new Does((x) => x.atan())],
    ["maximum", () => new Does((x) => x.maximum(x.mul(-0.2)))],
  ];
  return c.of(...options);
}

/** Of samples [d]. */
function ofVectors(c: Choices, [d]: readonly number[]): Next[] {
  const k = c.length(3, 14);
  return [
    ["Linear", () => new nn.Linear(d!, k, { bias: !c.once(4) })],
    ["Linear around", () => around(new nn.Linear(d!, d!))],
    ["BatchNorm1d", () => new nn.BatchNorm1d(d!, { affine: !c.once(4) })],
    ["LayerNorm", () => new nn.LayerNorm(d!)],
    ["RMSNorm", () => new nn.RMSNorm(d!)],
    ["SwiGLU", () => new nn.SwiGLU(d!, k)],
    ["softmax", () => new Does((x) => F.softmax(x, 1).mul(3))],
    ["normalize", () => new Does((x) => F.normalize(x).mul(2))],
    ["cumsum", () => new Does((x) => tame(x.cumsum(1)))],
    ["sort", () => new Does((x) => x.sort(1).values)],
    [
      "standardised",
      () => new Does((x) => x.sub(x.mean(1, true)).div(x.std(1, { keepdim: true }).add(0.1))),
    ],
    ["logsumexp beside", () => new Does((x) => x.sub(x.logsumexp(1, true)))],
    ["outer", () => new Does((x) => x.unsqueeze(2).mul(x.unsqueeze(1)).flatten(1))],
    ["signal", () => new Does((x) => x.unsqueeze(1))],
    ["image", () => new nn.Sequential(new nn.Linear(d!, 32), new nn.Unflatten(1, [2, 4, 4]))],
    ["Bilinear", () => {
      const bilinear = new nn.Bilinear(d!, d!, k);
      return new Does((x) => bilinear.forward(x, x.tanh()), [bilinear]);
    }],
    ...d! % 2 === 0 ? [["GLU", () => new nn.GLU()] as const] : [],
  ];
}

/** Of samples [channels, height, width]. */
function ofImages(c: Choices, [n, h, w]: readonly number[]): Next[] {
  const [o, k] = [c.whole(1, 6), c.whole(1, Math.min(3, h!, w!))];
  const paddingMode = c.of<nn.PaddingMode>("zeros", "zeros", "circular", "reflect", "replicate");
  const padding = c.whole(0, k - 1);
  const groups = c.of(1, 1, n!);
  const least = Math.min(h!, w!);
  return [
    ["Conv2d", () => {
      const options = { padding, paddingMode, groups, stride: c.whole(1, 2), bias: !c.once(4) };
      return new nn.Conv2d(n!, o * groups, k, options);
    }],
    ["Conv2d", () => new nn.Conv2d(n!, o, k, { padding: "same" })],
    ["ConvTranspose2d", () => new nn.ConvTranspose2d(n!, o, 2, { stride: c.whole(1, 2) })],
    ["BatchNorm2d", () => new nn.BatchNorm2d(n!)],
    ["GroupNorm", () => new nn.GroupNorm(c.of(1, n!), n!)],
    ["LayerNorm", () => new nn.LayerNorm([n!, h!, w!])],
    ["LocalResponseNorm", () => new nn.LocalResponseNorm(2)],
    ["Dropout2d", () => new nn.Dropout2d(0.1)],
    ["ZeroPad2d", () => new nn.ZeroPad2d([1, 0, 2, 1])],
    ["flip", () => new Does((x) => x.flip([2]))],
    ["roll", () => new Does((x) => x.roll(1, 3))],
    ["transposed", () => new Does((x) => x.transpose(2, 3))],
    ["Flatten", () => new nn.Flatten()],
    ["mean", () => new Does((x) => x.mean([2, 3]))],
    ["max", () => new Does((x) => x.amax([2, 3]))],
    ["rows as a sequence", () => new Does((x) => x.permute(0, 2, 1, 3).flatten(2))],
    ["Upsample", () => new nn.Upsample({ scaleFactor: 2, mode: c.of("nearest", "bilinear") })],
    ["AdaptiveAvgPool2d", () => new nn.AdaptiveAvgPool2d(c.whole(1, 3))],
    ["AdaptiveMaxPool2d", () => new nn.AdaptiveMaxPool2d(c.whole(1, 3))],
    ...least > 1
      ? [
        ["MaxPool2d", () => new nn.MaxPool2d(2, { stride: c.whole(1, 2), ceilMode: c.once(2) })],
        ["AvgPool2d", () => new nn.AvgPool2d(2, { countIncludePad: c.once(2), padding: 1 })],
        ["LPPool2d", () => new nn.LPPool2d(2, 2)],
        ["InstanceNorm2d", () => new nn.InstanceNorm2d(n!, { affine: c.once(2) })],
        ["Unfold", () => new nn.Unfold(2)],
      ] as const
      : [],
    ...n! % 4 === 0 ? [["PixelShuffle", () => new nn.PixelShuffle(2)] as const] : [],
    ...n! % 2 === 0 ? [["ChannelShuffle", () => new nn.ChannelShuffle(2)] as const] : [],
    ...h! % 2 + w! % 2 === 0 ? [["PixelUnshuffle", () => new nn.PixelUnshuffle(2)] as const] : [],
  ];
}

/** Of samples [steps, width]: sequences, or signals of so many channels. */
function ofSequences(c: Choices, [t, d]: readonly number[]): Next[] {
  const [k, kernel] = [c.whole(2, 8), c.whole(1, Math.min(3, d!))];
  const recurrent = {
    numLayers: c.whole(1, 2),
    bidirectional: c.once(2),
    batchFirst: true,
    bias: !c.once(4),
  };
  const layer = {
    batchFirst: true,
    dimFeedforward: 9,
    dropout: c.of(0, 0.1),
    normFirst: c.once(2),
    activation: c.of("relu", "gelu"),
  } as const;
  const heads = d! % 2 === 0 ? 2 : 1;
  const first = (made: nn.LSTM | nn.GRU | nn.RNN) =>
    new Does((x) => (made.forward(x) as [Tensor, unknown])[0], [made]);
  return [
    ["LSTM", () => first(new nn.LSTM(d!, k, recurrent))],
    ["GRU", () => first(new nn.GRU(d!, k, recurrent))],
    ["RNN", () => first(new nn.RNN(d!, k, { ...recurrent, nonlinearity: c.of("tanh", "relu") }))],
    ["TransformerEncoderLayer", () => new nn.TransformerEncoderLayer(d!, heads, layer)],
    ["TransformerDecoderLayer", () => {
      const made = new nn.TransformerDecoderLayer(d!, heads, layer);
      return new Does((x) => made.forward(x, x.flip([1])), [made]);
    }],
    ["MultiheadAttention", () => {
      const made = new nn.MultiheadAttention(d!, heads, { batchFirst: true });
      const [isCausal, needsWeights] = [c.once(2), c.once(2)];
      return new Does((x) => {
        const attnMask = isCausal ? x.newOnes([t!, t!]).triu(1).bool() : null;
        if (!needsWeights) return made.forward(x, x, x, { attnMask });
        return made.forward(x, x, x, { attnMask, needWeights: true })[0];
      }, [made]);
    }],
    ["Conv1d", () => new nn.Conv1d(t!, k, kernel, { padding: kernel >> 1, dilation: 1 })],
    ["ConvTranspose1d", () => new nn.ConvTranspose1d(t!, k, 2)],
    ["BatchNorm1d", () => new nn.BatchNorm1d(t!)],
    ["LayerNorm", () => new nn.LayerNorm(d!)],
    ["RMSNorm", () => new nn.RMSNorm(d!)],
    ["SwiGLU", () => new nn.SwiGLU(d!, k)],
    ["Linear", () => new nn.Linear(d!, k)],
    ["transposed", () => new Does((x) => x.transpose(1, 2))],
    ["cumsum", () => new Does((x) => tame(x.cumsum(1)))],
    ["cummax", () => new Does((x) => x.cummax(1).values)],
    ["products", () => new Does((x) => tame(x.matmul(x.transpose(1, 2))))],
    ["distances", () => new Does((x) => tame(x.unsqueeze(2).sub(x.unsqueeze(1)).abs().sum(3)))],
    ["softmax", () => new Does((x) => F.softmax(x, 1).mul(3))],
    ["last", () => new Does((x) => x.select(1, -1))],
    ["mean", () => new Does((x) => x.mean(1))],
    ["max", () => new Does((x) => x.max(1).values)],
    ["median", () => new Does((x) => x.median(1).values)],
    ["Flatten", () => new nn.Flatten()],
    ...d! > 1 ? [["MaxPool1d", () => new nn.MaxPool1d(2, { stride: 1 })] as const] : [],
    ...t! > 2 ? [["topk", () => new Does((x) => x.topk(2, 1).values)] as const] : [],
  ];
}

const VOCABULARY = 11;

/** What a training begins with. */
function begun(c: Choices, batch: number): [name: string, x: Tensor, first: nn.Module<[Tensor]>] {
  const kind = c.of("vectors", "images", "images", "sequences", "tokens", "tokens");
  if (kind === "vectors") return [kind, randn([batch, c.length(2, 20)]), new nn.Identity()];
  if (kind === "images") {
    const shape = [batch, c.whole(1, 4), c.length(4, 9), c.length(4, 9)];
    return [kind, rand(shape), new nn.Identity()];
  }
  const t = c.length(2, 7);
  if (kind === "sequences") return [kind, randn([batch, t, c.length(2, 8)]), new nn.Identity()];
  const tokens = Int32Array.from({ length: batch * t }, () => c.whole(0, VOCABULARY - 1));
  const paddingIdx = c.once(2) ? 1 : null;
  const table = new nn.Embedding(VOCABULARY, 2 * c.whole(1, 4), { paddingIdx });
  return [kind, tensor(tokens, { shape: [batch, t] }), table];
}

const CLASSES = 4;

type Loss = (y: Tensor) => Tensor;

/** A loss of [batch, CLASSES] and what it compares with. */
function lossOf(c: Choices, batch: number): [string, Loss] {
  const labels = tensor(Int32Array.from({ length: batch }, () => c.whole(0, CLASSES - 1)));
  const targets = randn([batch, CLASSES]);
  const chances = rand([batch, CLASSES]);
  const signs = chances.sub(0.5).sign();
  const weight = rand([CLASSES]).add(0.5);
  const one = tensor(Int32Array.from({ length: batch }, () => c.of(-1, 1))).float();
  const half = (y: Tensor, i: number) => y.narrow(1, i * 2, 2);
  const all: [string, Loss][] = [
    ["crossEntropy", (y) => F.crossEntropy(y, labels)],
    ["crossEntropy, smoothed", (y) => F.crossEntropy(y, labels, { labelSmoothing: 0.1 })],
    ["crossEntropy, weighted", (y) => F.crossEntropy(y, labels, { weight, ignoreIndex: 2 })],
    ["crossEntropy of chances", (y) => F.crossEntropy(y, F.softmax(targets, 1))],
    ["crossEntropy, one by one", (y) => F.crossEntropy(y, labels, { reduction: "none" }).mean()],
    ["nll", (y) => F.nllLoss(F.logSoftmax(y, 1), labels)],
    ["mse", (y) => F.mseLoss(y, targets)],
    ["l1", (y) => F.l1Loss(y, targets)],
    ["smoothL1", (y) => F.smoothL1Loss(y, targets, { beta: 0.7 })],
    ["huber", (y) => F.huberLoss(y, targets, { delta: 0.7 })],
    ["bce", (y) => F.binaryCrossEntropy(y.sigmoid(), chances)],
    ["bce of logits", (y) => F.binaryCrossEntropyWithLogits(y, chances, { posWeight: weight })],
    ["kl", (y) => F.klDiv(F.logSoftmax(y, 1), F.softmax(targets, 1), { reduction: "batchmean" })],
    ["softMargin", (y) => F.softMarginLoss(y, signs)],
    ["hingeEmbedding", (y) => F.hingeEmbeddingLoss(y, signs)],
    ["multiMargin", (y) => F.multiMarginLoss(y, labels)],
    ["multilabelSoftMargin", (y) => F.multilabelSoftMarginLoss(y, chances.gt(0.5).float())],
    ["gaussianNll", (y) => F.gaussianNllLoss(half(y, 0), half(targets, 0), half(y, 1).exp())],
    ["poissonNll", (y) => F.poissonNllLoss(y, chances.mul(3))],
    ["cosineEmbedding", (y) => F.cosineEmbeddingLoss(y, targets, one)],
    ["tripletMargin", (y) => F.tripletMarginLoss(y, targets, chances)],
    ["marginRanking", (y) => F.marginRankingLoss(y.sum(1), targets.sum(1), one, { margin: 0.1 })],
  ];
  return c.of(...all);
}

/** An optimizer of some parameters. */
function optimizerOf(c: Choices, model: nn.AnyModule): [string, Optimizer] {
  const all = [...model.parameters()];
  const name = c.of(
    ...["SGD", "SGD", "RMSprop", "Adam", "AdamW", "AdamW", "Adagrad", "Adadelta", "Adamax"],
    ...["NAdam", "RAdam", "Adafactor", "ASGD"],
  ) as "SGD";
  const lr = name === "SGD" ? 0.02 : 0.002;
  const weightDecay = c.of(0, 0, 0.01);
  const options = name === "SGD"
    ? { lr, weightDecay, momentum: c.of(0, 0.9), nesterov: false }
    : { lr, weightDecay };
  const groups = c.once(3) && all.length > 1
    ? [{ params: all.slice(0, 1) }, { params: all.slice(1), lr: lr / 2 }]
    : all;
  return [name, new optim[name](groups as nn.Parameter[], options)];
}

/** A training that a seed has made: each call of `step` gives the loss before it. */
export interface RandomTraining {
  /** What it consists of. */
  readonly text: string;
  /** Its parameters. */
  readonly parameters: Tensor[];
  /** Takes a step. */
  readonly step: () => Tensor;
}

/** Makes a training on the default device. */
export function randomTraining(seed: number): RandomTraining {
  const c = new Choices(seed);
  manualSeed(seed);
  const batch = c.length(4, 12);
  const [kind, x, begin] = begun(c, batch);
  const names = [`${kind} [${x.shape}]`];
  const layers = [begin];
  let y = noGrad(() => begin.forward(x));
  const grow = (name: string, layer: nn.Module<[Tensor]>) => {
    y = noGrad(() => layer.forward(y));
    names.push(name);
    layers.push(layer);
  };
  for (let left = c.whole(2, 7); left > 0; left--) {
    const sample = y.shape.slice(1);
    const list = sample.length === 1
      ? ofVectors(c, sample)
      : sample.length === 2
      ? ofSequences(c, sample)
      : ofImages(c, sample);
    const [name, make] = c.once(3) ? pointwise(c) : c.of(...list);
    grow(name, make());
    if (y.numel > 30_000) break;
  }
  if (y.ndim > 2) grow("Flatten", new nn.Flatten());
  grow("Linear", new nn.Linear(y.shape[1]!, CLASSES));
  const model = new nn.Sequential(...layers);
  const [lossName, loss] = lossOf(c, batch);
  const [optimizerName, optimizer] = optimizerOf(c, model);
  const scheduler = c.of<() => lrScheduler.LRScheduler | null>(
    () => null,
    () => new lrScheduler.StepLR(optimizer, 2, { gamma: 0.7 }),
    () => new lrScheduler.CosineAnnealingLR(optimizer, 8),
    () => new lrScheduler.LinearLR(optimizer, { totalIters: 4 }),
  )();
  const clip = c.of("none", "norm", "value");
  const parts = c.of(1, 1, 2);
  const average = c.once(4)
    ? new optim.swaUtils.AveragedModel(model, { multiAvgFn: optim.swaUtils.getEmaMultiAvgFn(0.9) })
    : null;
  const parameters = [...model.parameters()];
  let steps = 0;
  const step = () => {
    let total: Tensor | null = null;
    for (let part = 0; part < parts; part++) {
      const value = loss(model.forward(x)).div(parts);
      if (part === 0) optimizer.zeroGrad();
      value.backward();
      total = total === null ? value.detach() : total.add(value.detach());
    }
    if (clip === "norm") nn.utils.clipGradNorm_(parameters, 1);
    if (clip === "value") nn.utils.clipGradValue_(parameters, 0.05);
    if (steps++ > 0) optimizer.step();
    average?.updateParameters();
    scheduler?.step();
    return total!;
  };
  const rest = `${lossName}, ${optimizerName}, clip ${clip}, ${parts} parts`;
  return { text: `${names.join(" → ")}; ${rest}`, parameters, step };
}
