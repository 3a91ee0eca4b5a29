/**
 * jax-js, in WebAssembly. Without the global `Worker` it has one thread, else as many as there are
 * processors. What it is asked for may run later, so each result is waited for. An array is used up by
 * an operation unless `ref` is given to it.
 *
 * @module
 */
import { PIXELS, testPixels, trainingNumbers } from "../mnist.ts";
import type { Row } from "../rows.ts";
import { batches, uniform } from "../seeds.ts";
import { CNN_DROPOUT, ELEMENTS, KNOWN_LOSS, LATER, MOMENTUM, TRAINING } from "../spec.ts";
import { type Any, checkedLoss, initialCnn, initialMlp, load } from "./common.ts";
import { serveRows, THREADS, transposed, type Work } from "./common.ts";
import { gptTrainer } from "./jax_gpt.ts";

if (THREADS === 1) delete (globalThis as Partial<typeof globalThis>).Worker;
const jax = await load("@jax-js/jax");
const { numpy: np, nn, lax } = jax;
await jax.init("wasm");
jax.defaultDevice("wasm");

/** A network: its parameters, and its log-probabilities for images. */
interface Net {
  params: Any;
  forward: (params: Any, x: Any, key?: Any) => Any;
}

const arrayOf = (values: ArrayLike<number>, shape: readonly number[]): Any =>
  np.array(values).reshape([...shape]);

const randomArray = (seed: number, shape: number[]): Any =>
  arrayOf(uniform(seed, shape.reduce((a, b) => a * b), 1), shape);

function mlp(): Net {
  const params = initialMlp().map(({ transposed, bias, inputs, outputs }) => ({
    w: arrayOf(transposed, [inputs, outputs]),
    b: np.array(bias),
  }));
  const forward = (layers: Any, x: Any) => {
    layers.forEach(({ w, b }: Any, i: number) => {
      x = np.dot(i === 0 ? x : nn.relu(x), w).add(b);
    });
    return nn.logSoftmax(x);
  };
  return { params, forward };
}

function cnn(): Net {
  const params = initialCnn().map(({ shape, weight, bias }) => {
    const [outputs, inputs] = shape as [number, number];
    return shape.length === 4
      ? { w: arrayOf(weight, shape), b: arrayOf(bias, [outputs, 1, 1]) }
      : { w: arrayOf(transposed(weight, outputs, inputs), [inputs, outputs]), b: np.array(bias) };
  });
  const conv = (x: Any, { w, b }: Any) =>
    nn.relu(lax.convGeneralDilated(x, w, [1, 1], "VALID").add(b));
  const forward = ([c1, c2, f1, f2]: Any, x: Any, key?: Any) => {
    x = conv(conv(x.reshape([-1, 1, 28, 28]), c1), c2);
    x = lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
    if (key !== undefined) {
      const kept = jax.random.uniform(key, x.shape).greaterEqual(CNN_DROPOUT);
      x = x.mul(kept.astype(np.float32).mul(1 / (1 - CNN_DROPOUT)));
    }
    x = nn.relu(np.dot(x.reshape([-1, 9216]), f1.w).add(f1.b));
    return nn.logSoftmax(np.dot(x, f2.w).add(f2.b));
  };
  return { params, forward };
}

/** A step, jitted as one function: forward, backward and SGD with momentum. Gives the loss. */
function trainer(
  { params, forward }: Net,
  batch: number,
  lr: number,
  drops: boolean,
  numbers = trainingNumbers(),
): Any {
  const next = batches(numbers.y.length, batch);
  const images = arrayOf(numbers.x, [numbers.y.length, PIXELS]);
  const labels = np.array(numbers.y);
  const lossOf = (p: Any, x: Any, y: Any, key?: Any) =>
    forward(p, x, key).mul(nn.oneHot(y, 10)).sum().mul(-1 / batch);
  const body = (p: Any, v: Any, x: Any, y: Any, key?: Any) => {
    const [loss, grads] = jax.valueAndGrad((q: Any) => lossOf(q, x, y, key))(jax.tree.ref(p));
    const velocity = jax.tree.map((m: Any, d: Any) => m.mul(MOMENTUM).add(d), v, grads);
    const moved = jax.tree.map(
      (a: Any, m: Any) => a.sub(m.mul(lr)),
      p,
      jax.tree.ref(velocity),
    );
    return [moved, velocity, loss];
  };
  const step = drops
    ? jax.jit(body)
    : jax.jit((p: Any, v: Any, x: Any, y: Any) => body(p, v, x, y));
  let velocity = jax.tree.map((a: Any) => np.zeros(a.shape), jax.tree.ref(params));
  let at = 0;
  return async (wantsLoss: boolean): Promise<number> => {
    const rows = np.array(next(), { dtype: np.int32 });
    const x = images.ref.slice(rows.ref), y = labels.ref.slice(rows);
    const key = drops ? [jax.random.key(at++)] : [];
    let loss: Any;
    [params, velocity, loss] = step(params, velocity, x, y, ...key);
    if (wantsLoss) return (await loss.data())[0];
    await jax.blockUntilReady(params);
    loss.dispose();
    return NaN;
  };
}

const steps = (step: Any): Work => async (k) => {
  for (let i = 0; i < k; i++) await step(false);
};

const results = (work: () => Any): Work => async (k) => {
  for (let i = 0; i < k; i++) {
    const result = work();
    await result.blockUntilReady();
    result.dispose();
  }
};

/** A × B for arrays, either of which may be a transposed view. */
function product({ workload, params }: Row): Work {
  const n = Number(params.n);
  const [a, b] = workload === "W1"
    ? [() => randomArray(1, [n, n]), () => randomArray(2, [n, n])]
    : params.shape === "fwd xW"
    ? [() => randomArray(1, [64, 784]), () => randomArray(2, [784, 128])]
    : params.shape === "dW xTg"
    ? [() => randomArray(1, [64, 784]).transpose(), () => randomArray(2, [64, 128])]
    : [() => randomArray(1, [64, 128]), () => randomArray(2, [784, 128]).transpose()];
  const [x, y] = [a(), b()];
  return results(() => np.matmul(x.ref, y.ref));
}

function elementwise(op: string): Work {
  const side = Math.sqrt(ELEMENTS);
  const a = randomArray(1, [side, side]), b = randomArray(2, [side, side]);
  const work: Record<string, () => Any> = {
    relu: () => nn.relu(a.ref),
    tanh: () => np.tanh(a.ref),
    exp: () => np.exp(a.ref),
    add: () => a.ref.add(b.ref),
    softmax: () => nn.softmax(a.ref),
  };
  return results(work[op]!);
}

function inference({ net, batch }: Row["params"]): Work {
  const { params, forward } = net === "mlp" ? mlp() : cnn();
  const f = jax.jit((p: Any, x: Any) => forward(p, x));
  const pixels = testPixels(Number(batch));
  return async (k) => {
    for (let i = 0; i < k; i++) {
      await f(jax.tree.ref(params), arrayOf(pixels, [Number(batch), PIXELS])).data();
    }
  };
}

await serveRows(async (row) => {
  const { workload, params } = row;
  const batch = Number(params.batch);
  if (workload === "W1" || workload === "W2") return product(row);
  if (workload === "W3check") {
    const step = trainer(mlp(), batch, KNOWN_LOSS.mlp.lr, false);
    return checkedLoss("mlp", () => step(true));
  }
  if (workload === "W3") {
    return steps(trainer(mlp(), batch, new Map(TRAINING).get(batch)!, false));
  }
  if (workload === "W3b") {
    const work = steps(trainer(mlp(), batch, LATER.lr, false, trainingNumbers("from 0 to 1")));
    await work(LATER.steps);
    return work;
  }
  // its convolutions take a second a step: 30 of them are not checked
  if (workload === "W4") return steps(trainer(cnn(), batch, KNOWN_LOSS.cnn.lr, true));
  if (workload === "W5") return inference(params);
  if (workload === "W9check") {
    const step = gptTrainer(jax);
    return checkedLoss("gpt", async () => (await step()[0].data())[0]);
  }
  if (workload === "W9" && params.what === "step") {
    const step = gptTrainer(jax);
    return steps(async () => {
      const [loss, done] = step();
      await done();
      loss.dispose();
    });
  }
  if (workload === "W7") return elementwise(String(params.op));
  if (workload === "W8" && params.op === "add") {
    const a = randomArray(1, [16]), b = randomArray(2, [16]);
    return results(() => a.ref.add(b.ref));
  }
  return null;
});
