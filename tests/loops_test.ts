/** The loops that people write run in constant memory, or say once what to do. */
import assert from "node:assert/strict";
import {
  data,
  lrScheduler,
  nn,
  noGrad,
  ones,
  optim,
  randn,
  scope,
  steps,
  task,
  type Tensor,
  tensor,
  train,
  zeros,
} from "../mod.ts";
import { live } from "./leaks.ts";
import { deno, testWith } from "./subprocess.ts";
import { macrotask } from "./waiting.ts";
import { catchWarnings } from "./warnings.ts";

const TURNS = 300;

/** Calls `check` once a turn; all that has been made before must be constant from turn 20 on. */
type Check = () => void;

function constant(kept: () => number = () => 0): Check {
  let turn = 0;
  let then: number | null = null;
  return () => {
    const now = live().tensors - kept();
    if (++turn >= 20) assert.equal(now, then ??= now, `in turn ${turn}`);
  };
}

const samples = scope(() => randn([TURNS, 6]).keep());
const targets = scope(() => samples.argmax(1)).keep();
const set = new data.TensorDataset(samples, targets);
const loader = new data.DataLoader(set, { shuffle: true });
const dev = new data.DataLoader(
  new data.TensorDataset(samples.narrow(0, 0, 8), targets.narrow(0, 0, 8)),
  { batchSize: 4 },
);
const x8 = samples.narrow(0, 0, 8), y8 = targets.narrow(0, 0, 8);
const loss = new nn.CrossEntropyLoss();

/** Disposed of at the end of a test: a model, a copy of it and an optimizer with momentum. */
class Setup implements Disposable {
  readonly model = new nn.Sequential(new nn.Linear(6, 8), new nn.ReLU(), new nn.Linear(8, 6));
  readonly other = new nn.Sequential(new nn.Linear(6, 8), new nn.ReLU(), new nn.Linear(8, 6));
  readonly sgd = new optim.SGD(this.model.parameters(), { lr: 0.01, momentum: 0.9 });

  step(x: Tensor, y: Tensor): Tensor {
    const l = loss.forward(this.model.forward(x), y);
    this.sgd.zeroGrad();
    l.backward();
    this.sgd.step();
    return l;
  }

  [Symbol.dispose](): void {
    for (const part of [this.model, this.other, this.sgd]) part[Symbol.dispose]();
  }
}

/** Each loop is given a model and what trains it; it calls `check` in each turn unless it has a check of its own. */
const loops: Record<string, (setup: Setup, check: Check) => void | Promise<void>> = {
  "batches of a loader"(setup, check) {
    for (const [x, y] of loader) {
      setup.step(x, y);
      check();
    }
  },
  "epochs in a plain loop, with a validation"(setup, check) {
    for (let epoch = 0; epoch < TURNS / 10; epoch++) {
      for (const [x, y] of dev) setup.step(x, y);
      let right = 0;
      for (const [x, y] of dev) {
        right += noGrad(() => setup.model.forward(x).argmax(1).eq(y).sum()).item();
      }
      assert(right >= 0);
      check();
    }
  },
  async "a validation by evaluate inside a turn"(setup, check) {
    for (const i of steps(TURNS)) {
      setup.step(x8, y8);
      if (i % 10 === 0) await train.evaluate(setup.model, loss, dev);
      check();
    }
  },
  "a plain loop with a scope"(setup, check) {
    for (let i = 0; i < TURNS; i++) {
      using _s = scope();
      setup.step(x8, y8);
      check();
    }
  },
  async "a plain loop with a scope that awaits"(setup, check) {
    for (let i = 0; i < TURNS; i++) {
      using _s = scope();
      const l = setup.step(x8, y8);
      await macrotask();
      assert((await l.add(1).data())[0]! > 0);
      check();
    }
  },
  async "turns that await, in functions too"(setup, check) {
    const report = async (l: Tensor) => {
      const twice = l.mul(2);
      await macrotask();
      return twice.sub(l);
    };
    for (const [x, y] of loader) {
      const l = setup.step(x, y);
      assert.equal((await report(l)).shape.length, 0);
      check();
    }
  },
  async "a plain loop of tasks, of scope(async), and of both at once"(setup, check) {
    const measure = async () => {
      const l = noGrad(() => loss.forward(setup.model.forward(x8), y8));
      await Promise.resolve();
      return l.mul(2).item();
    };
    for (let i = 0; i < TURNS; i++) {
      await task(measure);
      await scope(async () => await measure());
      await Promise.all([task(measure), task(measure), scope(async () => await measure())]);
      check();
    }
  },
  async "results of tasks in turns"(setup, check) {
    for (const _i of steps(TURNS)) {
      const outputs = await Promise.all([x8, x8.mul(2)].map((x) =>
        task(async () => {
          await Promise.resolve();
          return setup.model.forward(x);
        })
      ));
      outputs[0]!.add(outputs[1]!);
      check();
    }
  },
  "a soft update by state dicts"(setup, check) {
    for (const _i of steps(TURNS)) {
      const target = setup.other.stateDict(), policy = setup.model.stateDict();
      for (const [key, value] of policy) {
        target.set(key, value.mul(0.1).add(target.get(key)!.mul(0.9)));
      }
      setup.other.loadStateDict(target);
      check();
    }
  },
  "a soft update by parameters, outside every scope"(setup, check) {
    for (let i = 0; i < TURNS; i++) {
      noGrad(() => {
        const policy = [...setup.model.parameters()];
        [...setup.other.parameters()].forEach((p, i) => p.mul_(0.9).add_(policy[i]!.mul(0.1)));
      });
      check();
    }
  },
  "moving averages of the weights, put in and out"(setup, check) {
    using ema = new optim.swaUtils.AveragedModel(setup.model);
    for (const i of steps(TURNS)) {
      setup.step(x8, y8);
      ema.updateParameters();
      if (i % 3 === 0) ema.apply();
      setup.model.forward(x8);
      ema.restore();
      check();
    }
  },
  "the best weights, kept"(setup, check) {
    let best: nn.StateDict | null = null;
    for (const [x, y] of loader) {
      setup.step(x, y);
      for (const t of best?.values() ?? []) t[Symbol.dispose]();
      best = setup.model.stateDict();
      for (const t of best.values()) t.keep();
      check();
    }
    setup.model.loadStateDict(best!);
    for (const t of best!.values()) t[Symbol.dispose]();
  },
  "states of model and optimizer, out and in"(setup, check) {
    for (const _i of steps(TURNS)) {
      setup.step(x8, y8);
      setup.sgd.loadStateDict(setup.sgd.stateDict());
      setup.model.loadStateDict(setup.model.stateDict());
      check();
    }
  },
  "gradients accumulated over turns"(setup, check) {
    setup.step(x8, y8);
    for (const [i, [x, y]] of [...Array(TURNS).keys()].map((i) => [i, [x8, y8]] as const)) {
      using _s = scope();
      loss.forward(setup.model.forward(x), y).div(4).backward();
      if (i % 4 < 3) continue;
      setup.sgd.step();
      for (const p of setup.model.parameters()) p.zeroGrad();
      check();
    }
  },
  "gradients set to null, replaced and clipped"(setup, check) {
    for (const _i of steps(TURNS)) {
      for (const p of setup.model.parameters()) p.grad = null;
      loss.forward(setup.model.forward(x8), y8).backward();
      for (const p of setup.model.parameters()) p.grad = noGrad(() => p.grad!.mul(0.5));
      nn.utils.clipGradNorm_(setup.model.parameters(), 1);
      setup.sgd.step();
      check();
    }
  },
  "schedules, and losses collected as numbers"(setup, check) {
    const schedule = new lrScheduler.StepLR(setup.sgd, 10);
    const losses: number[] = [];
    for (const [x, y] of loader) {
      losses.push(setup.step(x, y).item());
      schedule.step();
      check();
    }
    assert.equal(losses.length, TURNS);
  },
  "losses and outputs collected as kept tensors"(setup) {
    const losses: Tensor[] = [];
    const check = constant(() => losses.length);
    for (const [x, y] of loader) {
      losses.push(setup.step(x, y).detach().keep());
      check();
    }
    assert(scope(() => losses.reduce((a, b) => a.add(b)).item()) > 0);
    for (const l of losses) l[Symbol.dispose]();
  },
  "a replay buffer of kept tensors"(setup, check) {
    const memories: Tensor[] = [];
    for (const [x] of loader) {
      memories.push(setup.model.forward(x).detach().keep());
      if (memories.length > 10) memories.shift()![Symbol.dispose]();
      if (memories.length === 10) memories[3]!.add(memories[4]!);
      check();
    }
    for (const t of memories) t[Symbol.dispose]();
  },
  "a replay buffer in one tensor, and a running mean"(setup, check) {
    using memories = zeros([16, 6]).keep();
    using mean = zeros([6]).keep();
    for (let i = 0; i < TURNS; i++) {
      noGrad(() => {
        const y = setup.model.forward(x8).mean(0);
        memories.narrow(0, i % 16, 1).copy_(y.reshape(1, 6));
        mean.copy_(mean.mul(0.9).add(memories.mean(0).mul(0.1)));
      });
      check();
    }
  },
  "a state carried from turn to turn"(setup, check) {
    let h = zeros([8, 6]).keep();
    for (const _i of steps(TURNS)) {
      const next = setup.model.forward(x8.add(h)).tanh();
      next.sum().backward();
      h[Symbol.dispose]();
      h = next.detach().clone().keep();
      check();
    }
    h[Symbol.dispose]();
  },
  "two loaders and two models by turns"(setup, check) {
    using sgd = new optim.SGD(setup.other.parameters(), { lr: 0.01 });
    const real = loader[Symbol.iterator]();
    for (const [x, y] of loader) {
      const other = real.next().value as [Tensor, Tensor];
      setup.step(x, y);
      sgd.zeroGrad();
      loss.forward(setup.other.forward(other[0].add(setup.model.forward(x).detach())), y)
        .backward();
      sgd.step();
      check();
    }
    real.return!();
  },
  "an endless iterator of batches in steps"(setup, check) {
    const batches = function* (): Generator<[Tensor, Tensor], void> {
      for (;;) yield* dev;
    };
    const endless = batches();
    for (const _i of steps(TURNS)) {
      const [x, y] = endless.next().value!;
      setup.step(x, y);
      check();
    }
    endless.return(undefined);
  },
  "the first batch of a new iterator in each turn"(setup, check) {
    for (const _i of steps(TURNS)) {
      const [x, y] = loader[Symbol.iterator]().next().value as [Tensor, Tensor];
      setup.step(x, y);
      check();
    }
  },
  async "a batch prepared one turn ahead by a task"(setup, check) {
    const prepare = () =>
      task(async () => {
        await macrotask();
        return x8.add(1);
      });
    let next = prepare();
    for (const _i of steps(TURNS)) {
      const x = await next;
      check();
      next = prepare();
      setup.step(x, y8);
    }
    (await next)[Symbol.dispose]();
  },
  async "batches of an async generator"(setup, check) {
    const batches = async function* () {
      for (const [x, y] of loader) {
        await Promise.resolve();
        yield [x, y] as const;
      }
    };
    for await (const [x, y] of batches()) {
      using _s = scope();
      setup.step(x, y);
      await macrotask();
      check();
    }
  },
  async "several readings at once"(setup, check) {
    for (const [x, y] of loader) {
      const l = setup.step(x, y);
      const [a, b] = await Promise.all([l.data(), l.mul(2).data(), macrotask()]);
      assert.equal(b![0], a![0]! * 2);
      check();
    }
  },
};

for (const [name, loop] of Object.entries(loops)) {
  Deno.test(`constant memory: ${name}`, async () => {
    using warnings = catchWarnings();
    let turns = 0;
    const check = constant();
    const setup = new Setup();
    await loop(setup, () => {
      turns++;
      check();
    });
    assert(turns === 0 || turns >= 30, `${turns} turns were looked at`);
    setup[Symbol.dispose]();
    assert.deepEqual(warnings.texts, []);
  });
}

const CURE =
  /^glim: \d+ MiB in use and growing.*: most of it was made outside every scope, .* loop over steps\(n\) or a DataLoader, or put `using _s = scope\(\)` first in the loop$/;

for (const name of ["training", "inference", "readings", "soft update", "collected losses"]) {
  testWith(["run", "read"], `a plain loop warns once with the cure: ${name}`, async () => {
    const { code, stderr } = await deno(["run", "--no-check", "tests/plain_loops.ts", name]);
    assert.match(stderr.trim(), CURE);
    assert.equal(code, 0);
  });
}

Deno.test("outputs stored past their turn are an error that names the cure", () => {
  const outputs: Tensor[] = [];
  for (const _i of steps(3)) outputs.push(ones([2]).mul(2));
  assert.throws(() => tensor([1, 1]).add(outputs[0]!), {
    name: "ReleasedError",
    message: "released tensor: mul [2] was released by a turn of steps(): use it inside, " +
      "return it from the scope, or keep() it",
  });
});
