/**
 * Modules that take and give other things than a tensor, as their users write them: what type-checks
 * here does so without a cast, and what must not has a `@ts-expect-error`.
 */
import assert from "node:assert/strict";
import {
  data,
  manualSeed,
  nn,
  ones,
  optim,
  randn,
  type Tensor,
  tensor,
  train,
  zeros,
} from "../../mod.ts";

/** A variational autoencoder of pictures of 6 pixels: what it makes of x, mean and log-variance. */
class VAE extends nn.Module<[Tensor], [Tensor, Tensor, Tensor]> {
  encoder = new nn.Linear(6, 4);
  decoder = new nn.Linear(2, 6);

  forward(x: Tensor): [Tensor, Tensor, Tensor] {
    const moments = this.encoder.forward(x);
    const [mean, logVariance] = [moments.narrow(1, 0, 2), moments.narrow(1, 2, 2)];
    const z = mean.add(logVariance.mul(0.5).exp().mul(randn([...mean.shape])));
    return [this.decoder.forward(z), mean, logVariance];
  }
}

type State = [h: Tensor, c: Tensor];

/** A cell that keeps a state. */
class Cell extends nn.Module<[x: Tensor, state?: State], [y: Tensor, state: State]> {
  inner = new nn.Linear(4, 4);

  forward(x: Tensor, state: State = [zeros([x.shape[0]!, 4]), zeros([x.shape[0]!, 4])]): [
    Tensor,
    State,
  ] {
    const h = this.inner.forward(x).add(state[0]).tanh();
    return [h, [h, state[1].add(h)]];
  }
}

/** What a cell gives, of which the rest of a network takes the first. */
class First extends nn.Module<[pair: [Tensor, State]], Tensor> {
  forward([y]: [Tensor, State]): Tensor {
    return y;
  }
}

/** Attention to what a mask shows. */
class Masked extends nn.Module<[x: Tensor, mask?: Tensor | null], Tensor> {
  weight = new nn.Linear(4, 4);

  forward(x: Tensor, mask: Tensor | null = null): Tensor {
    const y = this.weight.forward(x);
    return mask === null ? y : y.mul(mask);
  }
}

/** A loss with parameters of its own, as PyTorch's users write one. */
class Distance extends nn.Module {
  forward(a: Tensor, b: Tensor): Tensor {
    return a.sub(b).abs().mean();
  }
}

Deno.test("a module gives several tensors, a state, or takes a mask, each with its type", () => {
  const [picture, mean] = new VAE().forward(ones([2, 6]));
  assert.deepEqual([picture.shape, mean.shape], [[2, 6], [2, 2]]);
  const cell = new Cell();
  let state: State | undefined;
  for (let t = 0; t < 3; t++) [, state] = cell.forward(ones([1, 4]), state);
  assert.deepEqual(state![1].shape, [1, 4]);
  assert.equal(new Masked().forward(ones([1, 4]), zeros([4])).abs().sum().item(), 0);
  assert.equal(new Distance().forward(ones([2]), zeros([2])).item(), 1);
  // @ts-expect-error a mask is a tensor or null
  assert.throws(() => new Masked().forward(ones([1, 4]), "all"));
});

Deno.test("Sequential takes what its first module takes and gives what its last one gives", () => {
  const vae = new nn.Sequential(new nn.Flatten(), new VAE());
  const [picture, mean, logVariance]: [Tensor, Tensor, Tensor] = vae.forward(ones([2, 2, 3]));
  assert.deepEqual([picture.ndim, mean.ndim, logVariance.ndim], [2, 2, 2]);
  const y: Tensor = new nn.Sequential(new Cell(), new First(), new Masked()).forward(
    ones([1, 2 * 2]),
  )
    .add(0);
  assert.deepEqual(y.shape, [1, 4]);
  const pairs: [Tensor, State] = new nn.Sequential(new Cell()).forward(ones([1, 4]));
  assert.equal(pairs.length, 2);
  const first = new nn.Sequential(new First());
  assert.equal(first.forward(pairs), pairs[0]);
  // @ts-expect-error its first module takes a pair
  assert.throws(() => first.forward(ones([1])).add(1));
  // as before: any modules, spread from a list, held by any name
  const layers: nn.Module[] = [new nn.Linear(4, 4), new nn.ReLU()];
  const plain: nn.Sequential = new nn.Sequential(...layers, new nn.Tanh());
  const any: nn.Module = plain;
  assert.deepEqual(any.forward(ones([1, 4])).shape, [1, 4]);
  assert.throws(
    () => (plain.forward as (...x: unknown[]) => Tensor).call(plain, ones([1, 4]), null),
    /^TypeError: Sequential.forward: at most 1 argument is taken, Sequential.forward\(x\): there are 2$/,
  );
});

Deno.test("a Trainer trains a model of several outputs, whose loss gets them", async () => {
  manualSeed(1);
  const x = randn([20, 6]);
  const loader = new data.DataLoader(new data.TensorDataset(x, x), { batchSize: 10 });
  const model = new VAE();
  const trainer = new train.Trainer({
    model,
    loss: ([picture, mean], target) => picture.sub(target).pow(2).mean().add(mean.pow(2).mean()),
    optimizer: new optim.Adam(model.parameters(), { lr: 0.01 }),
  });
  const history = await trainer.fit(loader, loader, { epochs: 20 });
  assert.ok(history[19]!.trainLoss < history[0]!.trainLoss);
  const before = model.encoder.weight.toArray();
  const { loss, accuracy } = await train.evaluate(
    model,
    ([y], target) => y.sub(target).abs().sum(),
    loader,
  );
  assert.ok(loss > 0 && Number.isNaN(accuracy));
  assert.deepEqual(model.encoder.weight.toArray(), before);
  class Reconstruction extends nn.Module<[outputs: [Tensor, Tensor, Tensor], target: Tensor]> {
    forward([picture]: [Tensor, Tensor, Tensor], target: Tensor): Tensor {
      return picture.sub(target).abs().mean();
    }
  }
  assert.ok((await train.evaluate(model, new Reconstruction(), loader)).loss > 0);
  // @ts-expect-error this loss takes one tensor
  await assert.rejects(train.evaluate(model, new nn.MSELoss(), loader));
});

Deno.test("models of one output are predicted with, whatever else they may take", async () => {
  const set = new data.TensorDataset(randn([5, 4]), tensor(new Int32Array(5)));
  const loader = new data.DataLoader(set, { batchSize: 5 });
  assert.deepEqual((await train.predict(new Masked(), loader)).shape, [5, 4]);
  const { accuracy } = await train.evaluate(new Masked(), new nn.CrossEntropyLoss(), loader);
  assert.ok(accuracy >= 0 && accuracy <= 1);
  const pictures = new data.TensorDataset(randn([5, 6]), randn([5]));
  const other = new data.DataLoader(pictures, { batchSize: 5 });
  await assert.rejects(
    // @ts-expect-error three tensors are no scores

    train.predict(new VAE(), other),
    /^TypeError: predict: what the model gives must be a tensor: it is an array of 3$/,
  );
});

Deno.test("a list has its modules' type where that is said", () => {
  const list = new nn.ModuleList<nn.Linear>([new nn.Linear(2, 3)]);
  list.append(new nn.Linear(3, 4));
  assert.equal(list.at(-1)!.outFeatures, 4);
  const mixed = new nn.ModuleList([new nn.Linear(2, 3)]);
  mixed.append(new nn.ReLU());
  for (const module of mixed) module.forward(ones([1, 2]));
  assert.equal(mixed.length, 2);
  // modules that give more than a tensor, or take something else, say so by themselves
  class Halves extends nn.Module<[x: Tensor], [Tensor, Tensor]> {
    forward(x: Tensor): [Tensor, Tensor] {
      return [x.mul(0.5), x.mul(0.5)];
    }
  }
  class Times extends nn.Module<[x: Tensor, n: number]> {
    forward(x: Tensor, n: number): Tensor {
      return x.mul(n);
    }
  }
  let x = ones([2]);
  for (const halves of new nn.ModuleList([new Halves(), new Halves()])) {
    const [a, b] = halves.forward(x);
    x = a.add(b);
  }
  for (const times of new nn.ModuleList([0, 1].map(() => new Times()))) x = times.forward(x, 3);
  assert.deepEqual(x.toArray(), [9, 9]);
});

Deno.test("a dictionary has modules by property and by get, each of its own type", () => {
  class Net extends nn.Module {
    parts;
    constructor() {
      super();
      this.parts = new nn.ModuleDict({
        wte: new nn.Embedding(5, 4),
        h: new nn.ModuleList([new nn.Linear(4, 4)]),
        keys: new nn.Linear(4, 3), // a name of the dictionary's own: only by get
      });
    }
    forward(x: Tensor): Tensor {
      x = this.parts.wte.forward(x);
      for (const layer of this.parts["h"]) x = layer.forward(x);
      return this.parts.get("keys").forward(x);
    }
  }
  const net = new Net();
  assert.deepEqual(net.forward(tensor([1, 2])).shape, [2, 3]);
  const { parts } = net;
  assert.equal(parts.get("wte").embeddingDim, 4);
  assert.deepEqual([...parts.keys()], ["wte", "h", "keys"]);
  assert.equal(parts.get("of another name"), undefined);
  assert.deepEqual([...net.stateDict().keys()], [
    "parts.wte.weight",
    "parts.h.0.weight",
    "parts.h.0.bias",
    "parts.keys.weight",
    "parts.keys.bias",
  ]);
  assert.equal([...net.parameters()].length, 5);
  assert.equal([...net.modules()].length, 6);
  assert.deepEqual(Object.keys(parts).sort(), Object.keys(new nn.ModuleDict()).sort());
  assert.equal(
    String(parts).replaceAll(/\s+/g, " "),
    "ModuleDict( (wte): Embedding(5, 4) (h): ModuleList( (0): Linear(in_features=4, out_features=4, " +
      "bias=True) ) (keys): Linear(in_features=4, out_features=3, bias=True) )",
  );
  let calls = 0;
  using _hook = parts.wte.registerForwardHook(() => void calls++);
  net.forward(tensor([1]));
  assert.equal(calls, 1);
  const wider = parts.wte = new nn.Embedding(6, 4);
  assert.equal(parts.get("wte"), wider);
  assert.equal(parts.pop("wte"), wider);
  assert.equal(parts.wte, undefined);
  // @ts-expect-error there is none of that name
  assert.equal(parts.wpe, undefined);
  // @ts-expect-error it is a function that lists the names
  assert.throws(() => parts.keys.forward(ones([4])), TypeError);
});

Deno.test("a dictionary whose names are not known has the type of what is in it", () => {
  const list: [string, nn.Linear][] = [["a", new nn.Linear(2, 3)]];
  const dicts = [
    new nn.ModuleDict(list),
    new nn.ModuleDict(Object.fromEntries(list)),
    new nn.ModuleDict<nn.Linear>({ a: list[0]![1] }),
    new nn.ModuleDict<nn.Linear>().set("a", list[0]![1]),
  ];
  for (const dict of dicts) assert.equal(dict.get("a")?.outFeatures, 3);
  class Experts extends nn.ModuleDict<nn.Linear> {
    widths(): number[] {
      return Array.from(this.values(), ({ outFeatures }) => outFeatures);
    }
  }
  const experts = new Experts({ a: new nn.Linear(2, 3) });
  assert.deepEqual(experts.widths(), [3]);
  assert.ok(experts instanceof nn.ModuleDict);
  const any: nn.ModuleDict = new nn.ModuleDict({}).set("a", new nn.ReLU());
  assert.equal(any.set("__proto__", new nn.ReLU()).length, 2);
  assert.deepEqual([any.get("toString"), any.has("valueOf")], [undefined, false]);
});

Deno.test("a hook knows what its module takes and gives", () => {
  const model = new VAE();
  model.registerForwardHook((
    _,
    [x],
    [picture, mean, logVariance],
  ) => [picture.add(x), mean, logVariance]);
  model.registerForwardPreHook((_, [x]) => [x.mul(0)]);
  const net = new Distance(); // declared without types, its `forward` tells them
  net.registerForwardHook((_, [a, b], y) => y.add(a.sum()).sub(b.sum()));
  assert.equal(net.forward(ones([2]), zeros([2])).item(), 3);
  assert.equal(model.forward(ones([1, 6])).length, 3);
});

Deno.test("a function may take any optimizer, whatever its settings are", () => {
  const rate = (optimizer: optim.Optimizer): number => optimizer.paramGroups[0]!.lr;
  using layer = new nn.Linear(1, 1);
  assert.equal(rate(new optim.SGD(layer.parameters(), { lr: 0.5 })), 0.5);
  assert.equal(rate(new optim.Adam(layer.parameters(), { lr: 0.25 })), 0.25);
});
