/** Building blocks of networks that read sequences. */
import { arange, functional as f, type Tensor } from "../../mod.ts";
import { integers, uniform } from "../prng.ts";
import { adder, type Block, gain, power, weight } from "./block.ts";

export const sequences: Block[] = [];
const block = adder(sequences);

const words = uniform([2, 4, 3]); // samples, times, features

block(
  "recurrent network, time by time",
  { x: words, w: weight(5, 3), u: weight(5, 5), b: uniform([5]) },
  ({ x, w, u, b }) => {
    let h: Tensor | null = null;
    const all: Tensor[] = [];
    for (let t = 0; t < 4; t++) {
      const now: Tensor = f.linear(x.select(1, t), w, b);
      h = (h === null ? now : now.add(f.linear(h, u))).tanh();
      all.push(h);
    }
    const y = f.stack(all, 1);
    return { outputs: [y], losses: [power(y)] };
  },
  `
h, every = None, []
for t in range(4):
    now = F.linear(x[:, t], w, b)
    h = torch.tanh(now if h is None else now + F.linear(h, u))
    every.append(h)
y = torch.stack(every, 1)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "GRU",
  {
    x: words,
    w: weight(12, 3),
    u: weight(12, 4),
    b: uniform([12]),
    c: uniform([12]),
    h0: uniform([2, 4]),
  },
  ({ x, w, u, b, c, h0 }) => {
    let h = h0;
    const all: Tensor[] = [];
    for (let t = 0; t < 4; t++) {
      const [p, q] = [f.linear(x.select(1, t), w, b), f.linear(h, u, c)];
      const part = (x: Tensor, i: number) => x.narrow(1, 4 * i, 4);
      const r = part(p, 0).add(part(q, 0)).sigmoid();
      const z = part(p, 1).add(part(q, 1)).sigmoid();
      const n = part(p, 2).add(r.mul(part(q, 2))).tanh();
      h = f.sub(1, z).mul(n).add(z.mul(h));
      all.push(h);
    }
    const y = f.stack(all, 1);
    return { outputs: [y], losses: [power(y)] };
  },
  `
h, every = h0, []
for t in range(4):
    h = torch.gru_cell(x[:, t], h, w, u, b, c)
    every.append(h)
y = torch.stack(every, 1)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "LSTM",
  {
    x: words,
    w: weight(16, 3),
    u: weight(16, 4),
    b: uniform([16]),
    h0: uniform([2, 4]),
    c0: uniform([2, 4]),
  },
  ({ x, w, u, b, h0, c0 }) => {
    let [h, c] = [h0, c0];
    const all: Tensor[] = [];
    for (let t = 0; t < 4; t++) {
      const gates = f.linear(x.select(1, t), w, b).add(f.linear(h, u)).reshape(2, 4, 4);
      const [i, o, g] = [0, 3, 2].map((k) => gates.select(1, k)) as [Tensor, Tensor, Tensor];
      c = gates.select(1, 1).sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
      h = o.sigmoid().mul(c.tanh());
      all.push(h);
    }
    const y = f.cat(all, 1);
    return { outputs: [y, c], losses: [power(y), power(c)] };
  },
  `
h, c, every = h0, c0, []
for t in range(4):
    h, c = torch.lstm_cell(x[:, t], (h, c), w, u, b, torch.zeros_like(b))
    every.append(h)
y = torch.cat(every, 1)
outputs, losses = [y, c], [y.square().mean(), c.square().mean()]
`,
);

block(
  "attention to pooled keys",
  { x: uniform([2, 6, 4]), wq: weight(4, 4), wk: weight(4, 4) },
  ({ x, wq, wk }) => {
    const h = f.linear(x, wk);
    const pooled = h.reshape(2, 3, 2, 4).mean(2);
    const y = h.add(f.scaledDotProductAttention(f.linear(h, wq), pooled, pooled));
    return { outputs: [y], losses: [power(y)] };
  },
  `
h = F.linear(x, wk)
pooled = h.reshape(2, 3, 2, 4).mean(2)
y = h + F.scaled_dot_product_attention(F.linear(h, wq), pooled, pooled)
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "multi-head attention beside its mean over tokens",
  { x: uniform([2, 5, 6]), w: weight(18, 6), out: weight(6, 6) },
  ({ x, w, out }) => {
    const all = f.linear(x, w).reshape(2, 5, 3, 2, 3).permute(2, 0, 3, 1, 4);
    const [q, k, v] = [0, 1, 2].map((i) => all.select(0, i)) as [Tensor, Tensor, Tensor];
    const heads = f.scaledDotProductAttention(q, k, v);
    const y = f.linear(heads.transpose(1, 2).reshape(2, 5, 6), out);
    const z = y.mean(1).add(v.mean(2).flatten(1));
    return { outputs: [y, z], losses: [power(z)] };
  },
  `
q, k, v = F.linear(x, w).reshape(2, 5, 3, 2, 3).permute(2, 0, 3, 1, 4)
heads = F.scaled_dot_product_attention(q, k, v)
y = F.linear(heads.transpose(1, 2).reshape(2, 5, 6), out)
z = y.mean(1) + v.mean(2).flatten(1)
outputs, losses = [y, z], [z.square().mean()]
`,
);

block(
  "multi-query attention: keys and values for all heads",
  { x: uniform([2, 4, 6]), wq: weight(6, 6), wk: weight(3, 6), wv: weight(3, 6) },
  ({ x, wq, wk, wv }) => {
    const q = f.linear(x, wq).reshape(2, 4, 2, 3).transpose(1, 2);
    const [k, v] = [f.linear(x, wk).unsqueeze(1), f.linear(x, wv).unsqueeze(1)];
    const y = f.scaledDotProductAttention(q, k, v).transpose(1, 2).flatten(2);
    return { outputs: [y], losses: [power(y.add(x))] };
  },
  `
q = F.linear(x, wq).reshape(2, 4, 2, 3).transpose(1, 2)
k, v = F.linear(x, wk)[:, None], F.linear(x, wv)[:, None]
y = (torch.softmax(q @ k.transpose(-2, -1) / 3 ** 0.5, -1) @ v).transpose(1, 2).flatten(2)
outputs, losses = [y], [(y + x).square().mean()]
`,
);

block(
  "cross attention both ways",
  { a: uniform([2, 3, 4]), b: uniform([2, 5, 4]), w: weight(4, 4) },
  ({ a, b, w }) => {
    const [p, q] = [f.linear(a, w), f.linear(b, w)];
    const there = f.scaledDotProductAttention(p, q, q);
    const back = f.scaledDotProductAttention(q, p, p);
    const loss = power(there.add(p)).add(power(back.mul(q)));
    return { outputs: [there, back], losses: [loss] };
  },
  `
p, q = F.linear(a, w), F.linear(b, w)
there = F.scaled_dot_product_attention(p, q, q)
back = F.scaled_dot_product_attention(q, p, p)
outputs, losses = [there, back], [(there + p).square().mean() + (back * q).square().mean()]
`,
);

block(
  "causal language model whose embedding is its last layer",
  {
    table: weight(7, 6),
    place: uniform([5, 6]),
    tokens: integers([2, 5], 0, 7),
    next: integers([2, 5], 0, 7),
    g: gain(6),
    b: uniform([6]),
    w: weight(6, 6),
  },
  ({ table, place, tokens, next, g, b, w }) => {
    const x = f.embedding(tokens, table).add(place);
    const h = f.layerNorm(x, 6, { weight: g, bias: b });
    const y = x.add(f.linear(f.scaledDotProductAttention(h, h, h, { isCausal: true }), w));
    const logits = f.linear(y, table).reshape(10, 7);
    return { outputs: [logits], losses: [f.crossEntropy(logits, next.flatten())] };
  },
  `
x = F.embedding(tokens, table) + place
h = F.layer_norm(x, (6,), g, b)
y = x + F.linear(F.scaled_dot_product_attention(h, h, h, is_causal=True), w)
logits = F.linear(y, table).reshape(10, 7)
outputs, losses = [logits], [F.cross_entropy(logits, next.flatten())]
`,
);

block(
  "bag of words with weights of its own, table shared with a second bag",
  {
    table: weight(6, 4),
    importance: uniform([6, 1]),
    a: integers([3, 4], 0, 6),
    b: integers([3, 2], 0, 6),
  },
  ({ table, importance, a, b }) => {
    const shares = f.embedding(a, importance).softmax(1);
    const first = f.embedding(a, table).mul(shares).sum(1);
    const second = f.embedding(b, table).amax(1);
    const y = first.mul(second);
    return { outputs: [first, second], losses: [y.sum()] };
  },
  `
first = (F.embedding(a, table) * torch.softmax(F.embedding(a, importance), 1)).sum(1)
second = F.embedding(b, table).amax(1)
outputs, losses = [first, second], [(first * second).sum()]
`,
);

block(
  "additive attention",
  {
    keys: uniform([2, 5, 3]),
    query: uniform([2, 3]),
    wk: weight(4, 3),
    wq: weight(4, 3),
    v: uniform([4]),
  },
  ({ keys, query, wk, wq, v }) => {
    const scores = f.linear(keys, wk).add(f.linear(query, wq).unsqueeze(1)).tanh().matmul(v);
    const seen = scores.softmax(1).unsqueeze(2).mul(keys).sum(1);
    return { outputs: [scores, seen], losses: [power(seen.add(query))] };
  },
  `
scores = torch.tanh(F.linear(keys, wk) + F.linear(query, wq)[:, None]) @ v
seen = (torch.softmax(scores, 1)[:, :, None] * keys).sum(1)
outputs, losses = [scores, seen], [(seen + query).square().mean()]
`,
);

block(
  "linear attention",
  { x: uniform([2, 5, 4]), wq: weight(3, 4), wk: weight(3, 4), wv: weight(4, 4) },
  ({ x, wq, wk, wv }) => {
    const [q, k] = [f.linear(x, wq).exp(), f.linear(x, wk).exp()];
    const context = k.transpose(1, 2).matmul(f.linear(x, wv));
    const norm = q.matmul(k.sum(1).unsqueeze(2));
    const y = q.matmul(context).div(norm);
    return { outputs: [y], losses: [power(y.add(x))] };
  },
  `
q, k = F.linear(x, wq).exp(), F.linear(x, wk).exp()
y = q @ (k.transpose(1, 2) @ F.linear(x, wv)) / (q @ k.sum(1)[:, :, None])
outputs, losses = [y], [(y + x).square().mean()]
`,
);

block(
  "relative places as a bias of attention",
  { x: uniform([2, 4, 6]), bias: uniform([7, 1]), w: weight(6, 6) },
  ({ x, bias, w }) => {
    const at = f.add(
      f.sub(arange(4, { dtype: "int32" }), arange(4, { dtype: "int32" }).reshape(4, 1)),
      3,
    );
    const attnMask = f.embedding(at, bias).squeeze(2);
    const h = f.linear(x, w);
    const y = f.scaledDotProductAttention(h, h, x, { attnMask });
    return { outputs: [y], losses: [power(y.add(h))] };
  },
  `
at = torch.arange(4)[None] - torch.arange(4)[:, None] + 3
h = F.linear(x, w)
y = F.scaled_dot_product_attention(h, h, x, attn_mask=F.embedding(at, bias)[..., 0])
outputs, losses = [y], [(y + h).square().mean()]
`,
);

block(
  "highway layer",
  { x: uniform([3, 5]), w: weight(5, 5), b: uniform([5]), wt: weight(5, 5), bt: uniform([5]) },
  ({ x, w, b, wt, bt }) => {
    const gate = f.linear(x, wt, bt).sigmoid();
    const y = gate.mul(f.linear(x, w, b).tanh()).add(f.sub(1, gate).mul(x));
    return { outputs: [y], losses: [power(y)] };
  },
  `
gate = torch.sigmoid(F.linear(x, wt, bt))
y = gate * torch.tanh(F.linear(x, w, b)) + (1 - gate) * x
outputs, losses = [y], [y.square().mean()]
`,
);

block(
  "gated linear unit of turned features",
  { x: uniform([2, 3, 4]), w: weight(6, 3) },
  ({ x, w }) => {
    const h = f.linear(x.transpose(1, 2), w);
    const y = h.narrow(2, 0, 3).mul(f.silu(h.narrow(2, 3, 3)));
    const z = y.transpose(1, 2).add(x);
    return { outputs: [z], losses: [power(z)] };
  },
  `
h = F.linear(x.transpose(1, 2), w)
z = (h[..., :3] * F.silu(h[..., 3:])).transpose(1, 2) + x
outputs, losses = [z], [z.square().mean()]
`,
);

block(
  "mixture of two experts",
  { x: uniform([4, 3]), gate: weight(2, 3), w1: weight(5, 3), w2: weight(5, 3) },
  ({ x, gate, w1, w2 }) => {
    const shares = f.linear(x, gate).softmax(1);
    const experts = f.stack([f.linear(x, w1).tanh(), f.linear(x, w2).relu()], 1);
    const y = shares.unsqueeze(1).matmul(experts).squeeze(1);
    const even = power(shares.mean(0));
    return { outputs: [shares, y], losses: [power(y).add(even)] };
  },
  `
shares = torch.softmax(F.linear(x, gate), 1)
experts = torch.stack([torch.tanh(F.linear(x, w1)), F.relu(F.linear(x, w2))], 1)
y = (shares[:, None] @ experts)[:, 0]
outputs, losses = [shares, y], [y.square().mean() + shares.mean(0).square().mean()]
`,
);
