/**
 * Random trainings that run twice: plainly, and with scopes, tasks, awaits, hooks and other threads
 * between their ops. Losses, gradients and errors are the same to the bit, and nothing is left.
 */
import assert from "node:assert/strict";
import {
  anomaly,
  functional as F,
  getNumThreads,
  grad,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  outside,
  randn,
  scope,
  setNumThreads,
  slice,
  steps,
  task,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import { Choices, Scheduler } from "./async_programs/scheduler.ts";
import { live } from "./leaks.ts";

const ROWS = 4, COLUMNS = 6, STEPS = 4;

/** What may happen around a program's ops without a change of what they give. */
interface Surroundings {
  pause(): Promise<void> | void;
  /** Runs a function that makes no graph. */
  apart(fn: () => Tensor): Tensor;
  loop(turn: (i: number) => Promise<void>): Promise<void>;
  between(pool: readonly Tensor[]): void;
  made(x: Tensor): void;
}

const NONE: Surroundings = {
  pause() {},
  apart: (fn) => noGrad(fn),
  async loop(turn) {
    for (let i = 0; i < STEPS; i++) await turn(i);
  },
  between() {},
  made() {},
};

function surroundings(choices: Choices, scheduler: Scheduler): Surroundings {
  const kinds: ((x: Tensor) => void)[] = [
    () => setNumThreads(1 + choices.below(3)),
    (x) => scope(() => void x.detach().mul(3).sum()),
    (x) => noGrad(() => x.add(1))[Symbol.dispose](),
    (x) => {
      using copy = x.detach().clone();
      copy.add_(1);
    },
    (x) =>
      scope(() => {
        const p = ones([ROWS, COLUMNS], { requiresGrad: true });
        p.mul(x.detach()).sum().backward();
      }),
    (x) => {
      using _a = anomaly();
      x.detach().mul(2);
    },
    (x) => {
      for (const _i of steps(2)) x.detach().clone().add_(1);
    },
    (x) => {
      const fails = () => {
        x.detach().add(1);
        throw new Error("expected");
      };
      assert.throws(() => scope(fails), /expected/);
    },
  ];
  return {
    pause: () => {
      if (!choices.once(3)) return;
      return choices.once(2) ? outside(scheduler.later()) : scheduler.later();
    },
    apart: (fn) =>
      choices.once(2) ? noGrad(() => scope(() => noGrad(fn))) : scope(() => noGrad(fn)),
    async loop(turn) {
      const kind = choices.below(3);
      if (kind === 0) { for (const i of steps(STEPS)) await turn(i); }
      for (let i = 0; kind === 1 && i < STEPS; i++) {
        using _s = scope();
        await turn(i);
      }
      for (let i = 0; kind === 2 && i < STEPS; i++) await scope(async () => await turn(i));
    },
    between(pool) {
      if (choices.once(2)) kinds[choices.below(kinds.length)]!(pool[choices.below(pool.length)]!);
    },
    made(x) {
      if (!x.requiresGrad || choices.once(2)) return;
      const kind = choices.below(3);
      if (kind === 0) x.registerHook(() => {});
      else if (kind === 1) x.registerHook((dy) => void dy.mul(2).sum());
      else if (!x.isLeaf) x.retainGrad();
    },
  };
}

const UNARY: ((x: Tensor) => Tensor)[] = [
  (x) => x.tanh(),
  (x) => x.sigmoid(),
  (x) => F.silu(x),
  (x) => x.softmax(1),
  (x) => F.layerNorm(x, [COLUMNS]),
  (x) => x.square().mul(0.1),
  (x) => F.dropout(x, 0.3),
  (x) => x.cumsum(1).mul(0.3),
  (x) => x.sort(1).values,
  (x) => x.index([slice(), slice(0, 3)]).repeat(1, 2),
  (x) => x.sub(x.mean(0, true)),
  (x) => x.relu(),
  (x) => F.normalize(x.add(0.01), { dim: 1 }),
];

const BINARY: ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.mul(b),
  (a, b) => a.maximum(b),
  (a, b) => a.matmul(b.t()).matmul(b).mul(0.1),
  (a, b) => a.div(b.abs().add(1)),
  (a, b) => F.mseLoss(a, b, { reduction: "none" }),
  (a, b) => a.where(a.gt(b), b),
];

/** Changes of y in place, by b; i is a row and j a column. */
const IN_PLACE: ((y: Tensor, b: Tensor, i: number, j: number) => void)[] = [
  (y, b) => y.add_(b),
  (y, b) => y.mul_(b.sigmoid()),
  (y, _b, i) => y.narrow(0, i, 2).mul_(1.5),
  (y, b, _i, j) => y.select(1, j).copy_(b.select(1, 0)),
  (y, b) => y.t().add_(b.t()),
  (y, _b, i) => y.index([i, slice(1, null, 2)]).zero_(),
  (y, b, i) => y.indexPut_([tensor([0, i])], b.index([tensor([i, 1])])),
  (y) => y.reshape(2, 2, COLUMNS).select(0, 1).sigmoid_(),
];

const OPTIMIZERS: ((parameters: Tensor[]) => optim.Optimizer)[] = [
  (p) => new optim.SGD(p, { lr: 0.01, momentum: 0.9 }),
  (p) => new optim.Adam(p, { lr: 0.01 }),
  (p) => new optim.RMSprop(p, { lr: 0.01 }),
];

/** The elements' bits. */
function bits(x: Tensor | null): string {
  if (x === null) return "none";
  return scope(() => new Uint32Array(x.detach().contiguous().toTypedArray().slice().buffer).join());
}

/** A training, by its seed. Gives what it computed, line by line. */
async function program(seed: number, around: Surroundings): Promise<string[]> {
  const choices = new Choices(seed), lines: string[] = [];
  manualSeed(seed);
  const parameters = [[COLUMNS, COLUMNS], [ROWS, COLUMNS], [COLUMNS]].map((shape) =>
    new nn.Parameter(noGrad(() => randn(shape).mul(0.4)))
  );
  const [w, embedding, bias] = parameters as [Tensor, Tensor, Tensor];
  const optimizer = OPTIMIZERS[choices.below(OPTIMIZERS.length)]!(parameters);
  const norm = new nn.BatchNorm1d(COLUMNS);
  const carried = zeros([ROWS, COLUMNS]).keep(); // from step to step

  const one = <T>(list: readonly T[]) => list[choices.below(list.length)]!;
  const op = (pool: readonly Tensor[], changeable: Tensor[], extra: Tensor[]): Tensor | null => {
    const a = one(pool), b = one(pool), i = choices.below(ROWS - 1), j = choices.below(COLUMNS);
    const kind = choices.below(9);
    const unary = one(UNARY), binary = one(BINARY), change = one(IN_PLACE);
    if (kind <= 1) return unary(a);
    if (kind <= 3) return binary(a, b);
    if (kind === 4) return around.apart(() => unary(a).add(b).clone().add_(1));
    if (kind === 5) return norm.forward(a);
    if (kind === 6) {
      const score = a.tanh().mul(embedding).sum();
      const [slope] = grad(score, [embedding], { createGraph: true });
      extra.push(slope.square().sum().mul(0.01));
      return slope.tanh();
    }
    if (kind === 7 && changeable.length > 0) {
      change(one(changeable), b, i, j);
      return null;
    }
    const copy = a.clone(); // two views of it see each other's changes
    changeable.push(copy);
    const column = copy.select(1, j);
    copy.select(0, i).mul_(2);
    column.add_(embedding.select(1, j));
    return copy;
  };

  await around.loop(async (step) => {
    try {
      const x = randn([ROWS, COLUMNS]);
      const pool = [x, embedding, x.matmul(w).add(bias), carried];
      const changeable: Tensor[] = [], extra: Tensor[] = [];
      for (let left = 3 + choices.below(10); left > 0; left--) {
        await around.pause();
        around.between(pool);
        const made = op(pool, changeable, extra);
        if (made === null) continue;
        around.made(made);
        pool.push(made);
      }
      await around.pause();
      const loss = [...pool.slice(2).map((x) => x.square().mean()), ...extra]
        .reduce((sum, term) => sum.add(term));
      if (!choices.once(4)) optimizer.zeroGrad();
      const isTwice = choices.once(3);
      loss.backward(undefined, { retainGraph: isTwice });
      if (isTwice) {
        await around.pause();
        around.between(pool);
        loss.backward();
      }
      lines.push(`${step}: ${[loss, ...parameters.map((p) => p.grad)].map(bits).join("; ")}`);
      if (choices.once(2)) nn.utils.clipGradNorm_(parameters, 1);
      optimizer.step();
      noGrad(() => void carried.copy_(pool.at(-1)!.clamp(-2, 2)));
      around.between(pool);
    } catch (error) { // a value that a gradient needs was changed
      if (!(error instanceof Error) || error.name !== "GradientError") throw error;
      lines.push(`${step}: ${error.message}`);
      optimizer.zeroGrad();
    }
  });
  lines.push(`end: ${[...parameters, carried, norm.runningMean].map(bits).join("; ")}`);
  for (const p of [...parameters, ...norm.parameters()]) p.grad = null;
  return lines;
}

Deno.test("trainings amid scopes, tasks, awaits, hooks and other threads give the same bits", async () => {
  const first = Date.now() % 2 ** 31, threads = getNumThreads();
  try {
    for (let seed = first; seed < first + 60; seed += 3) {
      const seeds = [seed, seed + 1, seed + 2];
      const start = live().tensors;
      const expected: string[][] = [];
      for (const seed of seeds) expected.push(await task(() => program(seed, NONE)));
      const between = live().tensors;
      const scheduler = new Scheduler(seed);
      const all = Promise.all(
        seeds.map((seed) => task(() => program(seed, surroundings(new Choices(~seed), scheduler)))),
      );
      await scheduler.run(all);
      const actual = await all;
      seeds.forEach((seed, i) => assert.deepEqual(actual[i], expected[i], `with seed ${seed}`));
      // what has no scope, such as parameters and momenta, is left by both
      assert.equal(live().tensors - between, between - start, `with seed ${seed}`);
    }
  } finally {
    setNumThreads(threads);
  }
});
