/** Objectives: losses made of ops, several networks, and graphs that are cut or bent. */
import { functional as f, noGrad, record, type Tensor } from "../../mod.ts";
import { constant, integers, uniform } from "../prng.ts";
import { adder, type Block, power, weight } from "./block.ts";

export const objectives: Block[] = [];
const block = adder(objectives);

/** Rows of length 1. */
function normalized(x: Tensor): Tensor {
  return x.div(x.mul(x).sum(1, true).sqrt());
}

block(
  "CLIP: the same loss along rows and columns",
  {
    a: uniform([4, 5]),
    b: uniform([4, 3]),
    wa: weight(6, 5),
    wb: weight(6, 3),
    scale: uniform([], 1, 2),
    labels: integers([4], 0, 4),
  },
  ({ a, b, wa, wb, scale, labels }) => {
    const [p, q] = [normalized(f.linear(a, wa)), normalized(f.linear(b, wb))];
    const logits = p.matmul(q.t()).mul(scale.exp());
    const loss = f.crossEntropy(logits, labels).add(f.crossEntropy(logits.t(), labels)).div(2);
    return { outputs: [logits], losses: [loss] };
  },
  `
p, q = F.normalize(F.linear(a, wa)), F.normalize(F.linear(b, wb))
logits = p @ q.t() * scale.exp()
loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2
outputs, losses = [logits], [loss]
`,
);

block(
  "autoencoder with tied weights",
  { x: uniform([4, 6]), w: weight(3, 6), b: uniform([3]), c: uniform([6]) },
  ({ x, w, b, c }) => {
    const code = f.linear(x, w, b).tanh();
    const y = f.linear(code, w.t(), c);
    return { outputs: [code, y], losses: [f.mseLoss(y, x)] };
  },
  `
code = torch.tanh(F.linear(x, w, b))
y = F.linear(code, w.t(), c)
outputs, losses = [code, y], [F.mse_loss(y, x)]
`,
);

block(
  "autoencoder with tied weights, one sample",
  { x: constant(uniform([1, 6])), w: weight(3, 6) },
  ({ x, w }) => {
    const y = f.linear(f.linear(x, w).tanh(), w.t());
    return { outputs: [y], losses: [f.mseLoss(y, x), power(w)] };
  },
  `
y = F.linear(torch.tanh(F.linear(x, w)), w.t())
outputs, losses = [y], [F.mse_loss(y, x), w.square().mean()]
`,
);

block(
  "Siamese networks with a contrastive loss",
  {
    a: uniform([4, 5]),
    b: uniform([4, 5]),
    w1: weight(6, 5),
    w2: weight(3, 6),
    same: constant(integers([4], 0, 2, "float32")),
  },
  ({ a, b, w1, w2, same }) => {
    const embed = (x: Tensor) => f.linear(f.linear(x, w1).tanh(), w2);
    const apart = embed(a).sub(embed(b));
    const distance = apart.mul(apart).sum(1).sqrt();
    const margin = f.sub(1.5, distance).clamp({ min: 0 });
    const loss = same.mul(distance).mul(distance).add(f.sub(1, same).mul(margin).mul(margin))
      .mean();
    return { outputs: [distance], losses: [loss] };
  },
  `
def embed(x):
    return F.linear(torch.tanh(F.linear(x, w1)), w2)
distance = (embed(a) - embed(b)).square().sum(1).sqrt()
margin = (1.5 - distance).clamp(min=0)
outputs, losses = [distance], [(same * distance**2 + (1 - same) * margin**2).mean()]
`,
);

block(
  "triplets",
  { x: uniform([9, 4]), w: weight(3, 4) },
  ({ x, w }) => {
    const y = f.linear(x, w).tanh().reshape(3, 3, 3);
    const [anchor, near, far] = [0, 1, 2].map((i) => y.select(1, i)) as [Tensor, Tensor, Tensor];
    const squared = (p: Tensor, q: Tensor) => p.sub(q).mul(p.sub(q)).sum(1);
    const loss = squared(anchor, near).sub(squared(anchor, far)).add(1).relu().mean();
    return { outputs: [y], losses: [loss] };
  },
  `
y = torch.tanh(F.linear(x, w)).reshape(3, 3, 3)
a, n, f = y[:, 0], y[:, 1], y[:, 2]
loss = F.relu((a - n).square().sum(1) - (a - f).square().sum(1) + 1).mean()
outputs, losses = [y], [loss]
`,
);

block(
  "gradient reversal before a second head",
  {
    x: uniform([4, 5]),
    w: weight(6, 5),
    task: weight(3, 6),
    domain: weight(2, 6),
    labels: integers([4], 0, 3),
    domains: integers([4], 0, 2),
  },
  ({ x, w, task, domain, labels, domains }) => {
    const h = f.linear(x, w).tanh();
    const reversed = record("reverse", h, [[h, (dy) => noGrad(() => dy.mul(-0.5))]], { saved: [] });
    const [y, z] = [f.linear(h, task), f.linear(reversed, domain)];
    const loss = f.crossEntropy(y, labels).add(f.crossEntropy(z, domains));
    return { outputs: [y, z], losses: [loss] };
  },
  `
class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()
    @staticmethod
    def backward(ctx, dy):
        return -0.5 * dy
h = torch.tanh(F.linear(x, w))
y, z = F.linear(h, task), F.linear(Reverse.apply(h), domain)
outputs, losses = [y, z], [F.cross_entropy(y, labels) + F.cross_entropy(z, domains)]
`,
);

block(
  "straight-through estimator",
  { x: uniform([4, 5]), w: weight(6, 5), u: weight(2, 6) },
  ({ x, w, u }) => {
    const h = f.linear(x, w).sigmoid();
    const hard = h.gt(0.5).to("float32");
    const y = f.linear(h.add(hard.sub(h).detach()), u);
    return { outputs: [y], losses: [power(y)] };
  },
  `
h = torch.sigmoid(F.linear(x, w))
hard = (h > 0.5).to(h.dtype)
y = F.linear(h + (hard - h).detach(), u)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "variational autoencoder with given noise",
  { x: uniform([4, 6]), w: weight(6, 6), d: weight(6, 3), noise: constant(uniform([4, 3])) },
  ({ x, w, d, noise }) => {
    const h = f.linear(x, w).tanh();
    const [mean, logVar] = [h.narrow(1, 0, 3), h.narrow(1, 3, 3)];
    const z = mean.add(logVar.mul(0.5).exp().mul(noise));
    const y = f.linear(z, d);
    const kl = mean.mul(mean).add(logVar.exp()).sub(logVar).sub(1).sum(1).mean().mul(0.5);
    return { outputs: [z, y], losses: [f.mseLoss(y, x, { reduction: "sum" }).add(kl)] };
  },
  `
mean, logvar = torch.tanh(F.linear(x, w)).chunk(2, 1)
z = mean + (0.5 * logvar).exp() * noise
y = F.linear(z, d)
kl = 0.5 * (mean.square() + logvar.exp() - logvar - 1).sum(1).mean()
outputs, losses = [z, y], [F.mse_loss(y, x, reduction="sum") + kl]
`,
);

block(
  "generator and critic: two losses through one generator",
  {
    z: constant(uniform([4, 3])),
    real: constant(uniform([4, 5])),
    g: weight(5, 3),
    c: weight(4, 5),
    d: weight(1, 4),
  },
  ({ z, real, g, c, d }) => {
    const critic = (x: Tensor) => f.linear(f.leakyRelu(f.linear(x, c), 0.2), d);
    const softplus = (x: Tensor) => x.exp().add(1).log();
    const fake = f.linear(z, g).tanh();
    const judged = softplus(critic(fake.detach())).add(softplus(critic(real).neg())).mean();
    const fooled = softplus(critic(fake).neg()).mean();
    return { outputs: [fake], losses: [judged, fooled] };
  },
  `
def critic(x):
    return F.linear(F.leaky_relu(F.linear(x, c), 0.2), d)
fake = torch.tanh(F.linear(z, g))
judged = (F.softplus(critic(fake.detach())) + F.softplus(-critic(real))).mean()
outputs, losses = [fake], [judged, F.softplus(-critic(fake)).mean()]
`,
);

block(
  "two tasks on one trunk, a backward pass each",
  {
    x: uniform([4, 5]),
    w: weight(6, 5),
    b: uniform([6]),
    h1: weight(3, 6),
    h2: weight(1, 6),
    labels: integers([4], 0, 3),
    target: constant(uniform([4, 1])),
  },
  ({ x, w, b, h1, h2, labels, target }) => {
    const h = f.gelu(f.linear(x, w, b));
    const [y, z] = [f.linear(h, h1), f.linear(h, h2)];
    return { outputs: [y, z], losses: [f.crossEntropy(y, labels), f.mseLoss(z, target)] };
  },
  `
h = F.gelu(F.linear(x, w, b))
y, z = F.linear(h, h1), F.linear(h, h2)
outputs, losses = [y, z], [F.cross_entropy(y, labels), F.mse_loss(z, target)]
`,
);

block(
  "weight normalisation",
  { x: uniform([4, 5]), v: weight(3, 5), g: uniform([3, 1], 0.5, 1.5) },
  ({ x, v, g }) => {
    const w = v.mul(g.div(v.mul(v).sum(1, true).sqrt()));
    const y = f.linear(x, w).tanh();
    return { outputs: [w, y], losses: [power(y)] };
  },
  `
w = g * v / v.square().sum(1, keepdim=True).sqrt()
y = torch.tanh(F.linear(x, w))
outputs, losses = [w, y], [y.square().mean()]
`,
);

block(
  "spectral normalisation: power iteration without recording",
  { x: uniform([4, 5]), w: weight(3, 5), u0: constant(uniform([3], 0.2, 1)) },
  ({ x, w, u0 }) => {
    const [u, v] = noGrad(() => {
      let u = u0, v = u0;
      for (let i = 0; i < 3; i++) {
        v = w.t().matmul(u);
        v = v.div(v.mul(v).sum().sqrt());
        u = w.matmul(v);
        u = u.div(u.mul(u).sum().sqrt());
      }
      return [u, v] as const;
    });
    const sigma = u.matmul(w.matmul(v));
    const y = f.linear(x, w.div(sigma));
    return { outputs: [sigma, y], losses: [power(y)] };
  },
  `
with torch.no_grad():
    u = u0
    for _ in range(3):
        v = F.normalize(w.t() @ u, dim=0)
        u = F.normalize(w @ v, dim=0)
sigma = u @ (w @ v)
y = F.linear(x, w / sigma)
outputs, losses = [sigma, y], [y.square().mean()]
`,
);

block(
  "label smoothing by ops",
  { x: uniform([5, 4]), w: weight(4, 4), labels: integers([5], 0, 4) },
  ({ x, w, labels }) => {
    const logits = f.linear(x, w);
    const logp = logits.logSoftmax(1);
    const right = logp.gather(1, labels.reshape(5, 1)).squeeze(1);
    const loss = right.mul(-0.9).sub(logp.mean(1).mul(0.1)).mean();
    const same = f.crossEntropy(logits, labels, { labelSmoothing: 0.1 });
    return { outputs: [loss, same], losses: [loss, same] };
  },
  `
logits = F.linear(x, w)
logp = F.log_softmax(logits, 1)
loss = (-0.9 * logp.gather(1, labels[:, None])[:, 0] - 0.1 * logp.mean(1)).mean()
same = F.cross_entropy(logits, labels, label_smoothing=0.1)
outputs, losses = [loss, same], [loss, same]
`,
);

block(
  "distillation at a temperature",
  {
    x: uniform([4, 5]),
    teacher: constant(weight(3, 5)),
    student: weight(3, 5),
    labels: integers([4], 0, 3),
  },
  ({ x, teacher, student, labels }) => {
    const [t, s] = [f.linear(x.detach(), teacher), f.linear(x, student)];
    const p = t.div(2).softmax(1);
    const kl = p.mul(p.log().sub(s.div(2).logSoftmax(1))).sum(1).mean().mul(4);
    return { outputs: [s], losses: [kl.add(f.crossEntropy(s, labels))] };
  },
  `
t, s = F.linear(x.detach(), teacher), F.linear(x, student)
kl = 4 * F.kl_div(F.log_softmax(s / 2, 1), F.softmax(t / 2, 1), reduction="batchmean")
outputs, losses = [s], [kl + F.cross_entropy(s, labels)]
`,
);

block(
  "focal loss",
  { x: uniform([5, 4], -2, 2), w: weight(4, 4), labels: integers([5], 0, 4) },
  ({ x, w, labels }) => {
    const logp = f.linear(x, w).logSoftmax(1).gather(1, labels.unsqueeze(1)).squeeze(1);
    const loss = f.sub(1, logp.exp()).pow(2).mul(logp.neg()).mean();
    return { outputs: [logp], losses: [loss] };
  },
  `
logp = F.log_softmax(F.linear(x, w), 1).gather(1, labels[:, None])[:, 0]
outputs, losses = [logp], [((1 - logp.exp()) ** 2 * -logp).mean()]
`,
);

block(
  "cosine similarity to a stopped branch, both ways",
  { x: uniform([4, 5]), y: uniform([4, 5]), w: weight(6, 5), p: weight(6, 6) },
  ({ x, y, w, p }) => {
    const [a, b] = [f.linear(x, w).tanh(), f.linear(y, w).tanh()];
    const [c, d] = [f.linear(a, p), f.linear(b, p)];
    const like = (p: Tensor, q: Tensor) => normalized(p).mul(normalized(q.detach())).sum(1).mean();
    const loss = like(c, b).add(like(d, a)).mul(-0.5);
    return { outputs: [c, d], losses: [loss] };
  },
  `
a, b = torch.tanh(F.linear(x, w)), torch.tanh(F.linear(y, w))
c, d = F.linear(a, p), F.linear(b, p)
loss = -0.5 * (F.cosine_similarity(c, b.detach()).mean() + F.cosine_similarity(d, a.detach()).mean())
outputs, losses = [c, d], [loss]
`,
);

block(
  "Huber loss by where",
  { x: uniform([4, 5]), w: weight(3, 5), target: constant(uniform([4, 3], -2, 2)) },
  ({ x, w, target }) => {
    const apart = f.linear(x, w).sub(target);
    const size = apart.abs();
    const loss = f.where(size.lt(1), apart.mul(apart).mul(0.5), size.sub(0.5)).mean();
    return { outputs: [apart], losses: [loss] };
  },
  `
y = F.linear(x, w)
outputs, losses = [y - target], [F.huber_loss(y, target)]
`,
);

block(
  "Dice loss of masks",
  {
    x: uniform([2, 3, 5, 5]),
    w: weight(2, 3, 3, 3),
    mask: constant(integers([2, 2, 5, 5], 0, 2, "float32")),
  },
  ({ x, w, mask }) => {
    const p = f.conv2d(x, w, null, { padding: 1 }).softmax(1);
    const both = p.mul(mask).sum([0, 2, 3]), all = p.add(mask).sum([0, 2, 3]);
    const loss = f.sub(1, both.mul(2).add(1).div(all.add(1))).mean();
    return { outputs: [p], losses: [loss] };
  },
  `
p = torch.softmax(F.conv2d(x, w, padding=1), 1)
both, total = (p * mask).sum((0, 2, 3)), (p + mask).sum((0, 2, 3))
outputs, losses = [p], [(1 - (2 * both + 1) / (total + 1)).mean()]
`,
);

block(
  "class weights and an ignored label, beside a penalty of the scores",
  {
    x: uniform([6, 4]),
    w: weight(3, 4),
    labels: integers([6], 0, 3),
    classes: constant(uniform([3], 0.5, 1.5)),
  },
  ({ x, w, labels, classes }) => {
    const logits = f.linear(x, w);
    const loss = f.crossEntropy(logits, labels, {
      weight: classes,
      ignoreIndex: 1,
      labelSmoothing: 0.1,
    });
    return { outputs: [logits], losses: [loss.add(power(logits.t()))] };
  },
  `
logits = F.linear(x, w)
loss = F.cross_entropy(logits, labels, classes, ignore_index=1, label_smoothing=0.1)
outputs, losses = [logits], [loss + logits.t().square().mean()]
`,
);
