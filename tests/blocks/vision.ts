/** Building blocks of networks that see. */
import { functional as f, type Tensor } from "../../mod.ts";
import { constant, integers, uniform } from "../prng.ts";
import { adder, batchNorm, type Block, gain, power, upsample, weight } from "./block.ts";

export const vision: Block[] = [];
const block = adder(vision);

const image = uniform([2, 8, 6, 6]);
const filter = weight(8, 8, 3, 3);
const padded = { padding: 1 };

block(
  "residual",
  { x: image, w1: filter, g: gain(8), b: uniform([8]), w2: filter },
  ({ x, w1, g, b, w2 }) => {
    const h = batchNorm(f.conv2d(x, w1, null, padded), g, b).relu();
    const y = f.conv2d(h, w2, null, padded).add(x).relu();
    return { outputs: [y], losses: [power(y)] };
  },
  `
h = F.relu(F.batch_norm(F.conv2d(x, w1, padding=1), None, None, g, b, True))
y = F.relu(F.conv2d(h, w2, padding=1) + x)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "pre-activation residual",
  {
    x: image,
    g1: gain(8),
    b1: uniform([8]),
    w1: filter,
    g2: gain(8),
    b2: uniform([8]),
    w2: filter,
  },
  ({ x, g1, b1, w1, g2, b2, w2 }) => {
    const h = f.conv2d(batchNorm(x, g1, b1).relu(), w1, null, padded);
    const y = x.add(f.conv2d(batchNorm(h, g2, b2).relu(), w2, null, padded));
    return { outputs: [h, y], losses: [power(y)] };
  },
  `
h = F.conv2d(F.relu(F.batch_norm(x, None, None, g1, b1, True)), w1, padding=1)
y = x + F.conv2d(F.relu(F.batch_norm(h, None, None, g2, b2, True)), w2, padding=1)
outputs, losses = [h, y], [y.square().mean()]
`,
);

block(
  "DenseNet",
  {
    x: uniform([2, 4, 5, 5]),
    w1: weight(4, 4, 3, 3),
    w2: weight(4, 8, 3, 3),
    w3: weight(3, 12, 1, 1),
  },
  ({ x, w1, w2, w3 }) => {
    const a = f.cat([x, f.conv2d(x.tanh(), w1, null, padded)], 1);
    const b = f.cat([a, f.conv2d(a.tanh(), w2, null, padded)], 1);
    const y = f.avgPool2d(f.conv2d(b.tanh(), w3), 2);
    return { outputs: [b, y], losses: [power(y)] };
  },
  `
a = torch.cat([x, F.conv2d(torch.tanh(x), w1, padding=1)], 1)
b = torch.cat([a, F.conv2d(torch.tanh(a), w2, padding=1)], 1)
y = F.avg_pool2d(F.conv2d(torch.tanh(b), w3), 2)
outputs, losses = [b, y], [y.square().mean()]
`,
);

block(
  "squeeze-and-excitation",
  { x: image, w: filter, w1: weight(3, 8), w2: weight(8, 3) },
  ({ x, w, w1, w2 }) => {
    const h = f.conv2d(x, w, null, padded);
    const scale = f.linear(f.linear(h.mean([2, 3]), w1).relu(), w2).sigmoid();
    const y = h.mul(scale.reshape(2, 8, 1, 1));
    return { outputs: [scale, y], losses: [power(y)] };
  },
  `
h = F.conv2d(x, w, padding=1)
scale = torch.sigmoid(F.linear(F.relu(F.linear(h.mean((2, 3)), w1)), w2))
y = h * scale[:, :, None, None]
outputs, losses = [scale, y], [y.square().mean()]
`,
);

block(
  "inverted residual",
  {
    x: uniform([2, 4, 6, 6]),
    w1: weight(12, 4, 1, 1),
    w2: weight(12, 1, 3, 3),
    w3: weight(4, 12, 1, 1),
  },
  ({ x, w1, w2, w3 }) => {
    const wide = f.conv2d(x, w1).clamp({ min: 0, max: 6 });
    const deep = f.silu(f.conv2d(wide, w2, null, { padding: 1, groups: 12 }));
    const y = f.conv2d(deep, w3).add(x);
    return { outputs: [y], losses: [power(y)] };
  },
  `
wide = F.relu6(F.conv2d(x, w1))
deep = F.silu(F.conv2d(wide, w2, padding=1, groups=12))
y = F.conv2d(deep, w3) + x
outputs, losses = [y], [y.square().mean()]
`,
);

/** Attention of one head and two layers with normalisation before each. */
function encoder(
  x: Tensor,
  i: Record<"g1" | "wq" | "wk" | "wv" | "g2" | "w1" | "w2", Tensor>,
): Tensor {
  const d = x.shape.at(-1)!;
  const h = f.layerNorm(x, d, { weight: i.g1 });
  const [q, k, v] = [i.wq, i.wk, i.wv].map((w) => f.linear(h, w)) as [Tensor, Tensor, Tensor];
  const seen = x.add(f.scaledDotProductAttention(q, k, v));
  const mixed = f.linear(f.gelu(f.linear(f.layerNorm(seen, d, { weight: i.g2 }), i.w1)), i.w2);
  return seen.add(mixed);
}

const ENCODER = `
def encoder(x):
    h = F.layer_norm(x, x.shape[-1:], g1)
    q, k, v = F.linear(h, wq), F.linear(h, wk), F.linear(h, wv)
    a = torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, -1)
    seen = x + a @ v
    return seen + F.linear(F.gelu(F.linear(F.layer_norm(seen, x.shape[-1:], g2), w1)), w2)
`;

const encoderInputs = {
  g1: gain(8),
  wq: weight(8, 8),
  wk: weight(8, 8),
  wv: weight(8, 8),
  g2: gain(8),
  w1: weight(12, 8),
  w2: weight(8, 12),
};

block(
  "vision transformer, with a class token beside the mean of all",
  {
    x: uniform([2, 3, 8, 8]),
    patch: weight(8, 3, 4, 4),
    token: uniform([1, 1, 8]),
    place: uniform([1, 5, 8]),
    head: weight(3, 8),
    ...encoderInputs,
  },
  ({ x, patch, token, place, head, ...rest }) => {
    const patches = f.conv2d(x, patch, null, { stride: 4 }).flatten(2).transpose(1, 2);
    const all = f.cat([token.expand(2, 1, 8), patches], 1).add(place);
    const y = encoder(all, rest);
    const pooled = patches.mean(1);
    const logits = f.linear(y.select(1, 0).add(pooled), head);
    return { outputs: [y, logits], losses: [power(logits)] };
  },
  `${ENCODER}
patches = F.conv2d(x, patch, stride=4).flatten(2).transpose(1, 2)
y = encoder(torch.cat([token.expand(2, 1, 8), patches], 1) + place)
logits = F.linear(y[:, 0] + patches.mean(1), head)
outputs, losses = [y, logits], [logits.square().mean()]
`,
);

block(
  "patches by reshape and permute, beside a pooled branch",
  { x: uniform([2, 2, 4, 4]), w1: weight(5, 8), w2: weight(5, 2), up: weight(2, 2, 1, 1) },
  ({ x, w1, w2, up }) => {
    const h = f.conv2d(x, up);
    const patches = h.reshape(2, 2, 2, 2, 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(2, 4, 8);
    const y = f.linear(patches, w1).tanh().mean(1);
    const pooled = f.linear(f.adaptiveAvgPool2d(h, 1).flatten(1), w2);
    const out = y.add(pooled);
    return { outputs: [out], losses: [power(out)] };
  },
  `
h = F.conv2d(x, up)
patches = h.reshape(2, 2, 2, 2, 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(2, 4, 8)
y = torch.tanh(F.linear(patches, w1)).mean(1)
out = y + F.linear(F.adaptive_avg_pool2d(h, 1).flatten(1), w2)
outputs, losses = [out], [out.square().mean()]
`,
);
block(
  "MLP-mixer: mixing of tokens beside their mean",
  {
    x: uniform([2, 5, 4]),
    t1: weight(6, 5),
    t2: weight(5, 6),
    c1: weight(6, 4),
    c2: weight(4, 6),
    g: gain(4),
  },
  ({ x, t1, t2, c1, c2, g }) => {
    const h = f.layerNorm(x, 4, { weight: g });
    const tokens = f.linear(f.gelu(f.linear(h.transpose(1, 2), t1)), t2).transpose(1, 2);
    const y = x.add(tokens);
    const z = y.add(f.linear(f.gelu(f.linear(y, c1)), c2));
    const out = z.mean(1).add(h.mean(1));
    return { outputs: [z, out], losses: [power(out)] };
  },
  `
h = F.layer_norm(x, (4,), g)
y = x + F.linear(F.gelu(F.linear(h.transpose(1, 2), t1)), t2).transpose(1, 2)
z = y + F.linear(F.gelu(F.linear(y, c1)), c2)
out = z.mean(1) + h.mean(1)
outputs, losses = [z, out], [out.square().mean()]
`,
);

block(
  "U-Net: a skip joined by cat",
  {
    x: uniform([2, 2, 8, 8]),
    w1: weight(4, 2, 3, 3),
    w2: weight(4, 4, 3, 3),
    w3: weight(2, 8, 3, 3),
  },
  ({ x, w1, w2, w3 }) => {
    const skip = f.conv2d(x, w1, null, padded).tanh();
    const deep = f.conv2d(f.avgPool2d(skip, 2), w2, null, padded).tanh();
    const y = f.conv2d(f.cat([upsample(deep), skip], 1), w3, null, padded);
    return { outputs: [y], losses: [power(y)] };
  },
  `
skip = torch.tanh(F.conv2d(x, w1, padding=1))
deep = torch.tanh(F.conv2d(F.avg_pool2d(skip, 2), w2, padding=1))
up = F.interpolate(deep, scale_factor=2, mode="nearest")
y = F.conv2d(torch.cat([up, skip], 1), w3, padding=1)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "feature pyramid: sums of levels, a loss at each",
  {
    x: uniform([2, 3, 8, 8]),
    w1: weight(4, 3, 3, 3),
    w2: weight(4, 4, 3, 3),
    l1: weight(2, 4, 1, 1),
    l2: weight(2, 4, 1, 1),
  },
  ({ x, w1, w2, l1, l2 }) => {
    const fine = f.conv2d(x, w1, null, padded).tanh();
    const coarse = f.conv2d(fine, w2, null, { padding: 1, stride: 2 }).tanh();
    const top = f.conv2d(coarse, l2);
    const sum = f.conv2d(fine, l1).add(upsample(top));
    return { outputs: [top, sum], losses: [power(top).add(power(sum))] };
  },
  `
fine = torch.tanh(F.conv2d(x, w1, padding=1))
coarse = torch.tanh(F.conv2d(fine, w2, padding=1, stride=2))
top = F.conv2d(coarse, l2)
sum = F.conv2d(fine, l1) + F.interpolate(top, scale_factor=2, mode="nearest")
outputs, losses = [top, sum], [top.square().mean() + sum.square().mean()]
`,
);

block(
  "Inception: branches joined",
  {
    x: uniform([2, 4, 6, 6]),
    stem: weight(4, 4, 1, 1),
    w1: weight(2, 4, 1, 1),
    w3: weight(3, 4, 3, 3),
    w5: weight(2, 4, 5, 5),
    wp: weight(2, 4, 1, 1),
  },
  ({ x, stem, w1, w3, w5, wp }) => {
    const h = f.conv2d(x, stem);
    const pooled = f.avgPool2d(h, 3, { stride: 1, padding: 1 });
    const y = f.cat([
      f.conv2d(h, w1),
      f.conv2d(h, w3, null, padded),
      f.conv2d(h, w5, null, { padding: 2 }),
      f.conv2d(pooled, wp),
    ], 1).tanh();
    return { outputs: [y], losses: [power(y)] };
  },
  `
h = F.conv2d(x, stem)
branches = [F.conv2d(h, w1), F.conv2d(h, w3, padding=1), F.conv2d(h, w5, padding=2)]
y = torch.tanh(torch.cat([*branches, F.conv2d(F.avg_pool2d(h, 3, 1, 1), wp)], 1))
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "fully convolutional head with global pooling",
  { x: image, w: filter, head: weight(5, 8, 1, 1), labels: integers([2], 0, 5) },
  ({ x, w, head, labels }) => {
    const map = f.conv2d(f.conv2d(x, w, null, padded).tanh(), head);
    const logits = f.adaptiveAvgPool2d(map, 1).flatten(1);
    return { outputs: [map, logits], losses: [f.crossEntropy(logits, labels)] };
  },
  `
m = F.conv2d(torch.tanh(F.conv2d(x, w, padding=1)), head)
logits = F.adaptive_avg_pool2d(m, 1).flatten(1)
outputs, losses = [m, logits], [F.cross_entropy(logits, labels)]
`,
);

block(
  "batch normalisation folded into a convolution",
  {
    x: uniform([2, 3, 5, 5]),
    w: weight(4, 3, 3, 3),
    g: gain(4),
    b: uniform([4]),
    mean: uniform([4]),
    variance: uniform([4], 0.5, 1.5),
  },
  ({ x, w, g, b, mean, variance }) => {
    const factor = g.div(variance.add(1e-5).sqrt());
    const folded = f.conv2d(x, w.mul(factor.reshape(4, 1, 1, 1)), b.sub(mean.mul(factor)));
    const plain = f.batchNorm(f.conv2d(x, w), mean.detach(), variance.detach(), {
      weight: g,
      bias: b,
    });
    return { outputs: [folded, plain], losses: [power(folded), power(plain)] };
  },
  `
factor = g / (variance + 1e-5).sqrt()
folded = F.conv2d(x, w * factor[:, None, None, None], b - mean * factor)
plain = F.batch_norm(F.conv2d(x, w), mean.detach(), variance.detach(), g, b)
outputs, losses = [folded, plain], [folded.square().mean(), plain.square().mean()]
`,
);

block(
  "style: Gram matrices beside the content",
  {
    x: uniform([2, 3, 5, 5]),
    w: weight(4, 3, 3, 3),
    style: constant(uniform([2, 4, 4])),
    content: constant(uniform([2, 4, 5, 5])),
  },
  ({ x, w, style, content }) => {
    const h = f.conv2d(x, w, null, padded).tanh();
    const flat = h.flatten(2);
    const gram = flat.matmul(flat.transpose(1, 2)).div(25);
    const loss = f.mseLoss(gram, style).add(f.mseLoss(h, content));
    return { outputs: [gram], losses: [loss] };
  },
  `
h = torch.tanh(F.conv2d(x, w, padding=1))
flat = h.flatten(2)
gram = flat @ flat.transpose(1, 2) / 25
outputs, losses = [gram], [F.mse_loss(gram, style) + F.mse_loss(h, content)]
`,
);

block(
  "total variation of what a convolution makes",
  { x: uniform([2, 2, 6, 6]), w: weight(2, 2, 3, 3) },
  ({ x, w }) => {
    const y = f.conv2d(x, w, null, padded);
    const down = y.narrow(2, 1, 5).sub(y.narrow(2, 0, 5));
    const right = y.narrow(3, 1, 5).sub(y.narrow(3, 0, 5));
    return { outputs: [y], losses: [down.abs().mean().add(power(right))] };
  },
  `
y = F.conv2d(x, w, padding=1)
down, right = y[:, :, 1:] - y[:, :, :-1], y[..., 1:] - y[..., :-1]
outputs, losses = [y], [down.abs().mean() + right.square().mean()]
`,
);

block(
  "deep supervision: heads at two depths",
  {
    x: image,
    w1: filter,
    w2: filter,
    h1: weight(4, 8),
    h2: weight(4, 8),
    labels: integers([2], 0, 4),
  },
  ({ x, w1, w2, h1, h2, labels }) => {
    const a = f.conv2d(x, w1, null, padded).tanh();
    const b = f.conv2d(a, w2, null, padded).tanh();
    const [near, far] = [f.linear(a.mean([2, 3]), h1), f.linear(b.mean([2, 3]), h2)];
    const loss = f.crossEntropy(far, labels).add(f.crossEntropy(near, labels).mul(0.3));
    return { outputs: [near, far], losses: [loss] };
  },
  `
a = torch.tanh(F.conv2d(x, w1, padding=1))
b = torch.tanh(F.conv2d(a, w2, padding=1))
near, far = F.linear(a.mean((2, 3)), h1), F.linear(b.mean((2, 3)), h2)
loss = F.cross_entropy(far, labels) + 0.3 * F.cross_entropy(near, labels)
outputs, losses = [near, far], [loss]
`,
);

block(
  "softmax over places beside a permuted map",
  { x: uniform([2, 4, 3, 3]), w: weight(4, 4, 1, 1), score: weight(1, 4, 1, 1) },
  ({ x, w, score }) => {
    const map = f.conv2d(x, w);
    const places = map.permute(0, 2, 3, 1).reshape(2, 9, 4);
    const shares = f.conv2d(map, score).flatten(1).softmax(1);
    const seen = shares.unsqueeze(1).matmul(places).squeeze(1);
    const y = seen.add(map.mean([2, 3]));
    return { outputs: [shares, y], losses: [power(y)] };
  },
  `
m = F.conv2d(x, w)
places = m.permute(0, 2, 3, 1).reshape(2, 9, 4)
shares = torch.softmax(F.conv2d(m, score).flatten(1), 1)
y = (shares[:, None] @ places)[:, 0] + m.mean((2, 3))
outputs, losses = [shares, y], [y.square().mean()]
`,
);

block(
  "channel shuffle between grouped convolutions",
  {
    x: uniform([2, 4, 5, 5]),
    w1: weight(6, 2, 1, 1),
    w2: weight(6, 1, 3, 3),
    w3: weight(4, 3, 1, 1),
  },
  ({ x, w1, w2, w3 }) => {
    const h = f.conv2d(x, w1, null, { groups: 2 }).tanh();
    const shuffled = h.reshape(2, 2, 3, 5, 5).transpose(1, 2).reshape(2, 6, 5, 5);
    const deep = f.conv2d(shuffled, w2, null, { padding: 1, groups: 6 });
    const y = x.add(f.conv2d(deep, w3, null, { groups: 2 }));
    return { outputs: [y], losses: [power(y)] };
  },
  `
h = torch.tanh(F.conv2d(x, w1, groups=2))
shuffled = h.reshape(2, 2, 3, 5, 5).transpose(1, 2).reshape(2, 6, 5, 5)
y = x + F.conv2d(F.conv2d(shuffled, w2, padding=1, groups=6), w3, groups=2)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "sub-pixel upsampling beside plain upsampling",
  { x: uniform([2, 3, 4, 4]), w: weight(8, 3, 3, 3), skip: weight(2, 3, 1, 1) },
  ({ x, w, skip }) => {
    const h = f.conv2d(x, w, null, padded);
    const fine = h.reshape(2, 2, 2, 2, 4, 4).permute(0, 1, 4, 2, 5, 3).reshape(2, 2, 8, 8);
    const y = fine.add(upsample(f.conv2d(x, skip)));
    return { outputs: [y], losses: [power(y)] };
  },
  `
fine = F.pixel_shuffle(F.conv2d(x, w, padding=1), 2)
y = fine + F.interpolate(F.conv2d(x, skip), scale_factor=2, mode="nearest")
outputs, losses = [y], [y.square().mean()]
`,
);
