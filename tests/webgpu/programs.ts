/** Whole programs as people write them: each makes its steps, on whichever device is the default. */
import {
  cat,
  checkpoint,
  data,
  distributions,
  functional as F,
  grad,
  lrScheduler,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../../mod.ts";

/** A training: each call makes a step and gives what is compared. */
export type Program = () => () => Tensor;

/** Whole numbers below a bound, int32, that look drawn and are the same everywhere. */
function integers(shape: readonly number[], below: number): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const list = Int32Array.from({ length: n }, (_, i) => (i * 7 + (i * i >> 3)) % below);
  return tensor(list, { shape });
}

/** An optimizer's step down a loss, which it gives detached. */
function down(loss: Tensor, ...optimizers: { zeroGrad(): void; step(): unknown }[]): Tensor {
  for (const optimizer of optimizers) optimizer.zeroGrad();
  loss.backward();
  for (const optimizer of optimizers) optimizer.step();
  return loss.detach();
}

/** A decoder whose head is its table of tokens. */
class Gpt extends nn.Module<[tokens: Tensor]> {
  table = new nn.Embedding(17, 16);
  positions = new nn.Embedding(6, 16);
  layers = new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(16, 2, {
      dimFeedforward: 32,
      dropout: 0,
      batchFirst: true,
      normFirst: true,
      activation: "gelu",
    }),
    2,
    { norm: new nn.LayerNorm(16) },
  );

  forward(tokens: Tensor): Tensor {
    const t = tokens.shape[1]!;
    const at = tensor(Int32Array.from({ length: t }, (_, i) => i));
    const x = this.table.forward(tokens).add(this.positions.forward(at));
    const y = this.layers.forward(x, { mask: nn.Transformer.generateSquareSubsequentMask(t) });
    return F.linear(y, this.table.weight);
  }
}

/** Two convolutions beside which x goes by. */
class Residual extends nn.Module<[Tensor]> {
  conv1: nn.Conv2d;
  norm1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  norm2: nn.BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv1 = new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.norm1 = new nn.BatchNorm2d(channels);
    this.conv2 = new nn.Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.norm2 = new nn.BatchNorm2d(channels);
  }

  forward(x: Tensor): Tensor {
    const h = this.norm1.forward(this.conv1.forward(x)).relu();
    return this.norm2.forward(this.conv2.forward(h)).add(x).relu();
  }
}

/** A block that is used twice with the same weights, on strides and a pooled head. */
class ResNet extends nn.Module<[Tensor]> {
  stem = new nn.Conv2d(2, 4, 3, { stride: 2, padding: 1 });
  block = new Residual(4);
  head = new nn.Linear(4, 3);

  forward(x: Tensor): Tensor {
    const h = this.block.forward(this.block.forward(this.stem.forward(x)));
    return this.head.forward(F.adaptiveAvgPool2d(h, 1).flatten(1));
  }
}

/** A code of two numbers for images, and back. */
class Vae extends nn.Module<[x: Tensor, noise: Tensor], [y: Tensor, mean: Tensor, logVar: Tensor]> {
  down = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { stride: 2, padding: 1 }),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(64, 4),
  );
  up = new nn.Sequential(
    new nn.Linear(2, 64),
    new nn.Unflatten(1, [4, 4, 4]),
    new nn.ConvTranspose2d(4, 1, 4, { stride: 2, padding: 1 }),
  );

  forward(x: Tensor, noise: Tensor): [y: Tensor, mean: Tensor, logVar: Tensor] {
    const [mean, logVar] = this.down.forward(x).chunk(2, 1) as [Tensor, Tensor];
    return [this.up.forward(noise.mul(logVar.mul(0.5).exp()).add(mean)), mean, logVar];
  }
}

/** Two levels of convolutions, joined again: upsampled, and beside what came down. */
class UNet extends nn.Module<[Tensor]> {
  first = new nn.Conv2d(1, 4, 3, { padding: 1 });
  norm = new nn.GroupNorm(2, 4);
  second = new nn.Conv2d(4, 8, 3, { padding: 1 });
  last = new nn.Conv2d(12, 1, 3, { padding: 1 });

  forward(x: Tensor): Tensor {
    const high = F.silu(this.norm.forward(this.first.forward(x)));
    const low = F.silu(this.second.forward(F.avgPool2d(high, 2)));
    const up = F.interpolate(low, { scaleFactor: 2, mode: "bilinear" });
    return this.last.forward(cat([up, high], 1));
  }
}

/** A recurrent layer over sequences, and classes of its last output. */
function recurrent(
  layer: nn.LSTM | nn.GRU,
  width: number,
  lengths: number[] | null,
): () => Tensor {
  const head = new nn.Linear(width, 3);
  const x = randn([6, 4, 5]);
  const y = integers([4], 3);
  const optimizer = new optim.RMSprop([...layer.parameters(), ...head.parameters()], { lr: 0.01 });
  return () => {
    const [out] = layer.forward(x, null, lengths) as [Tensor, unknown];
    return down(F.crossEntropy(head.forward(out.mean(0)), y), optimizer);
  };
}

/** Programs by what they are. */
export const programs: Readonly<Record<string, Program>> = {
  "a GPT with tied weights, clipped gradients and a warm-up": () => {
    const model = new Gpt();
    const x = integers([3, 6], 17);
    const y = x.roll(-1, 1);
    const [matrices, vectors] = [true, false].map((isMatrix) =>
      [...model.parameters()].filter(({ ndim }) => ndim > 1 === isMatrix)
    ) as [nn.Parameter[], nn.Parameter[]];
    const adamw = new optim.AdamW(
      [{ params: matrices, weightDecay: 0.1 }, { params: vectors, weightDecay: 0 }],
      { lr: 0.005 },
    );
    const scheduler = new lrScheduler.SequentialLR(adamw, [
      new lrScheduler.LinearLR(adamw, { startFactor: 0.1, totalIters: 5 }),
      new lrScheduler.CosineAnnealingLR(adamw, 45),
    ], [5]);
    return () => {
      const loss = F.crossEntropy(model.forward(x).flatten(0, 1), y.flatten());
      adamw.zeroGrad();
      loss.backward();
      nn.utils.clipGradNorm_(model.parameters(), 1);
      adamw.step();
      scheduler.step();
      return loss.detach();
    };
  },
  "a convolutional network with a schedule, evaluated in between": () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 4, 3, { padding: 1 }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(64, 4),
    );
    const [x, y] = [rand([6, 1, 8, 8]), integers([6], 4)];
    const [unseen, classes] = [rand([5, 1, 8, 8]), integers([5], 4)];
    const sgd = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9, nesterov: true });
    const scheduler = new lrScheduler.OneCycleLR(sgd, 0.1, { totalSteps: 60 });
    let i = 0;
    return () => {
      const loss = down(F.crossEntropy(model.forward(x), y, { labelSmoothing: 0.1 }), sgd);
      scheduler.step();
      if (i++ % 10 !== 4) return loss;
      model.eval();
      const dev = noGrad(() => F.crossEntropy(model.forward(unseen), classes));
      model.train();
      return loss.add(dev);
    };
  },
  "an LSTM of two layers and both directions": () =>
    recurrent(new nn.LSTM(5, 6, { numLayers: 2, bidirectional: true }), 12, null),
  "a GRU over sequences of different lengths": () => recurrent(new nn.GRU(5, 8), 8, [6, 3, 5, 1]),
  "a recurrent cell that takes its state along": () => {
    const [cell, head] = [new nn.LSTMCell(3, 8), new nn.Linear(8, 3)];
    const xs = randn([4, 2, 3]);
    const adam = new optim.Adam([...cell.parameters(), ...head.parameters()], { lr: 0.01 });
    const state = [zeros([2, 8]), zeros([2, 8])];
    return () => {
      let [h, c] = state.map((s) => s.clone()) as [Tensor, Tensor];
      const losses = xs.unbind(0).map((x) => {
        [h, c] = cell.forward(x, [h, c]) as [Tensor, Tensor];
        return F.mseLoss(head.forward(h), x.roll(1, 1));
      });
      const loss = down(F.stack(losses, 0).mean(), adam);
      noGrad(() => [h, c].forEach((s, i) => state[i]!.copy_(s)));
      return loss;
    };
  },
  "transcribing by CTC": () => {
    const model = new nn.Sequential(new nn.Conv1d(4, 16, 3, { padding: 1 }), new nn.Tanh());
    const head = new nn.Linear(16, 5);
    const x = randn([3, 4, 9]);
    const targets = tensor([[1, 2, 2], [3, 4, 0], [1, 0, 0]], { dtype: "int32" });
    const adam = new optim.Adam([...model.parameters(), ...head.parameters()], { lr: 0.02 });
    return () => {
      const scores = head.forward(model.forward(x).permute(2, 0, 1));
      return down(F.ctcLoss(F.logSoftmax(scores, -1), targets, [9, 8, 9], [3, 2, 1]), adam);
    };
  },
  "a variational autoencoder": () => {
    const model = new Vae();
    const x = rand([4, 1, 8, 8]);
    const noise = rand([4, 2]).sub(0.5);
    const adam = new optim.Adam(model.parameters(), { lr: 0.01 });
    return () => {
      const [y, mean, logVar] = model.forward(x, noise);
      const likely = F.binaryCrossEntropyWithLogits(y, x, { reduction: "sum" });
      const kl = mean.square().add(logVar.exp()).sub(logVar).sub(1).sum().mul(0.5);
      return down(likely.add(kl).div(64), adam);
    };
  },
  "bags of words": () => {
    const bags = new nn.EmbeddingBag(20, 8, { mode: "mean", paddingIdx: 0 });
    const head = new nn.Linear(8, 3);
    const [words, offsets] = [integers([24], 20), tensor([0, 5, 5, 11, 20], { dtype: "int32" })];
    const y = integers([5], 3);
    const rule = new optim.Adagrad([...bags.parameters(), ...head.parameters()], { lr: 0.1 });
    return () => down(F.crossEntropy(head.forward(bags.forward(words, offsets)), y), rule);
  },
  "a residual block that is used twice": () => {
    const model = new ResNet();
    const [x, y] = [randn([4, 2, 8, 8]), integers([4], 3)];
    const sgd = new optim.SGD(model.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 1e-3 });
    return () => down(F.crossEntropy(model.forward(x), y), sgd);
  },
  "a generator and a discriminator with an optimizer each": () => {
    const make = (from: number, to: number) =>
      new nn.Sequential(new nn.Linear(from, 16), new nn.LeakyReLU(0.2), new nn.Linear(16, to));
    const [generator, discriminator] = [make(3, 4), make(4, 1)];
    const [real, noise] = [randn([8, 4]).add(2), rand([8, 3])];
    const [g, d] = [generator, discriminator].map((model) =>
      new optim.Adam(model.parameters(), { lr: 0.01, betas: [0.5, 0.999] })
    ) as [optim.Adam, optim.Adam];
    return () => {
      const fake = generator.forward(noise);
      const judged = (x: Tensor, is: number) => {
        const y = discriminator.forward(x);
        return F.binaryCrossEntropyWithLogits(y, y.detach().mul(0).add(is));
      };
      const apart = down(judged(real, 0.9).add(judged(fake.detach(), 0)), d);
      return apart.add(down(judged(fake, 1), g));
    };
  },
  "a critic whose gradient is held near 1": () => {
    const critic = new nn.Sequential(new nn.Linear(3, 12), new nn.Tanh(), new nn.Linear(12, 1));
    const [real, fake] = [randn([6, 3]).add(1), randn([6, 3])];
    const adam = new optim.Adam(critic.parameters(), { lr: 0.01 });
    return () => {
      const between = real.mul(0.3).add(fake.mul(0.7)).detach();
      between.requiresGrad = true;
      const [slope] = grad(critic.forward(between).sum(), [between], { createGraph: true });
      const penalty = slope.square().sum(1).sqrt().sub(1).square().mean();
      const gap = critic.forward(fake).mean().sub(critic.forward(real).mean());
      return down(gap.add(penalty.mul(10)), adam);
    };
  },
  "a U-Net with group normalisation and a loss of overlap": () => {
    const model = new UNet();
    const x = rand([2, 1, 8, 8]);
    const y = x.gt(0.5).to("float32");
    const adam = new optim.NAdam(model.parameters(), { lr: 0.01 });
    return () => {
      const p = model.forward(x).sigmoid();
      const overlap = p.mul(y).sum().mul(2).add(1).div(p.sum().add(y.sum()).add(1));
      return down(F.binaryCrossEntropy(p, y).sub(overlap).add(1), adam);
    };
  },
  "a student that learns from a teacher, and an average of its weights": () => {
    const make = (width: number) =>
      new nn.Sequential(new nn.Linear(6, width), new nn.GELU(), new nn.Linear(width, 4));
    const [teacher, student] = [make(24).eval(), make(8)];
    for (const p of teacher.parameters()) p.requiresGrad = false;
    const [x, y] = [randn([8, 6]), integers([8], 4)];
    const rule = new optim.AdamW(student.parameters(), { lr: 0.01 });
    const { AveragedModel, getEmaMultiAvgFn } = optim.swaUtils;
    const average = new AveragedModel(student, { multiAvgFn: getEmaMultiAvgFn(0.9) });
    return () => {
      const wanted = F.softmax(teacher.forward(x).div(2), 1);
      const scores = student.forward(x);
      const soft = F.klDiv(F.logSoftmax(scores.div(2), 1), wanted, { reduction: "batchmean" });
      const loss = down(soft.mul(4).add(F.crossEntropy(scores, y)), rule);
      average.updateParameters();
      return loss;
    };
  },
  "gradients added up over three batches, through a checkpointed layer": () => {
    const hidden = new nn.Sequential(new nn.Linear(12, 12), new nn.SiLU());
    const [first, last] = [new nn.Linear(5, 12), new nn.Linear(12, 2)];
    const params = [first, hidden, last].flatMap((m) => [...m.parameters()]);
    const rule = new optim.RAdam(params, { lr: 0.01 });
    const set = new data.TensorDataset(randn([12, 5]), randn([12, 2]));
    const loader = new data.DataLoader(set, { batchSize: 4, shuffle: true, seed: 5 });
    const total = zeros([]);
    return () => {
      rule.zeroGrad();
      total.fill_(0);
      for (const [x, y] of loader) {
        const h = checkpoint((x: Tensor) => hidden.forward(x), first.forward(x!).relu());
        const loss = F.huberLoss(last.forward(h), y!).div(3);
        loss.backward();
        noGrad(() => total.add_(loss.detach()));
      }
      rule.step();
      return total.clone();
    };
  },
  "attention over another sequence, with padding": () => {
    const model = new nn.Transformer({
      dModel: 8,
      nhead: 2,
      numEncoderLayers: 1,
      numDecoderLayers: 1,
      dimFeedforward: 16,
      dropout: 0,
      batchFirst: true,
    });
    const [table, head] = [new nn.Embedding(9, 8, { paddingIdx: 0 }), new nn.Linear(8, 9)];
    const src = tensor([[1, 2, 3, 0], [4, 5, 0, 0]], { dtype: "int32" });
    const tgt = tensor([[3, 2, 1], [5, 4, 0]], { dtype: "int32" });
    const labels = tensor([[2, 1, 8], [4, 8, 0]], { dtype: "int32" }).flatten();
    const masks = {
      srcKeyPaddingMask: src.eq(0),
      memoryKeyPaddingMask: src.eq(0),
      tgtMask: nn.Transformer.generateSquareSubsequentMask(3),
    };
    const params = [model, table, head].flatMap((m: nn.AnyModule) => [...m.parameters()]);
    const adam = new optim.Adam(params, { lr: 0.003 });
    return () => {
      const y = model.forward(table.forward(src), table.forward(tgt), masks);
      const scores = head.forward(y).flatten(0, 1);
      return down(F.crossEntropy(scores, labels, { ignoreIndex: 0 }), adam);
    };
  },
  "actions, their values, and a target that follows": () => {
    const make = () => new nn.Sequential(new nn.Linear(4, 16), new nn.ReLU(), new nn.Linear(16, 3));
    const [online, target] = [make(), make()];
    target.loadStateDict(online.stateDict());
    const [before, after] = [randn([10, 4]), randn([10, 4])];
    const [actions, rewards] = [integers([10, 1], 3), rand([10])];
    const isOver = integers([10], 4).eq(0);
    const adam = new optim.Adam(online.parameters(), { lr: 0.01 });
    return () => {
      const next = noGrad(() => target.forward(after).max(1).values.maskedFill(isOver, 0));
      const value = online.forward(before).gather(1, actions).squeeze(1);
      const loss = down(F.smoothL1Loss(value, next.mul(0.9).add(rewards)), adam);
      noGrad(() => {
        const own = [...online.parameters()];
        [...target.parameters()].forEach((p, i) => p.lerp_(own[i]!, 0.1));
      });
      return loss;
    };
  },
  "a policy by its log-probabilities": () => {
    const policy = new nn.Linear(4, 3);
    const scale = new nn.Parameter(zeros([2]));
    const [x, actions, gains] = [randn([9, 4]), integers([9], 3), randn([9])];
    const moves = randn([9, 2]);
    const sgd = new optim.SGD([...policy.parameters(), scale], { lr: 0.1 });
    return () => {
      const chosen = new distributions.Categorical({ logits: policy.forward(x) });
      const moved = new distributions.Normal(ones([2]), scale.exp());
      const gained = chosen.logProb(actions).mul(gains).mean();
      const loss = moved.logProb(moves).mean().add(gained).add(chosen.entropy().mean().mul(0.1));
      return down(loss.neg(), sgd);
    };
  },
  "three places of a picture, near and far": () => {
    const net = nn.utils.weightNorm(new nn.Linear(6, 8));
    const [anchor, near, far] = [0, 1, 2].map((i) => randn([5, 6]).add(i)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const rule = new optim.Adadelta(net.parameters(), { lr: 1 });
    return () => {
      const [a, p, n] = [anchor, near, far].map((x) => F.normalize(net.forward(x)));
      const triplet = F.tripletMarginLoss(a!, p!, n!, { margin: 0.5 });
      return down(triplet.add(F.cosineSimilarity(a!, n!).mean()), rule);
    };
  },
  "sums over the edges of a graph": () => {
    const [first, second] = [new nn.Linear(4, 8), new nn.Linear(8, 3)];
    const [from, to] = [integers([20], 7), integers([20], 6).add(1)];
    const [x, y] = [randn([7, 4]), integers([7], 3)];
    const rule = new optim.Adam([...first.parameters(), ...second.parameters()], { lr: 0.02 });
    const passed = (h: Tensor) => F.indexAdd(h, 0, to, F.indexSelect(h, 0, from)).div(4);
    return () => {
      const scores = second.forward(passed(first.forward(passed(x)).relu()));
      return down(F.crossEntropy(scores, y), rule);
    };
  },
  "four experts of whom two are asked": () => {
    const gate = new nn.Linear(5, 4);
    const experts = new nn.ModuleList(Array.from({ length: 4 }, () => new nn.Linear(5, 3)));
    const [x, y] = [randn([8, 5]), randn([8, 3])];
    const rule = new optim.Adamax([...gate.parameters(), ...experts.parameters()], { lr: 0.02 });
    return () => {
      const { values, indices } = gate.forward(x).topk(2, 1);
      const shares = gate.forward(x).mul(0).scatter(1, indices, F.softmax(values, 1));
      const all = F.stack([...experts].map((expert) => expert.forward(x)), 1);
      return down(F.mseLoss(F.einsum("be,bec->bc", shares, all), y), rule);
    };
  },
};
