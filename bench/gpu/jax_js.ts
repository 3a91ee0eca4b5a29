/** jax-js on the GPU: a step is one jitted function. Its products may wait until they are asked for. */
import { initialCnn, initialMlp, transposed } from "../peers/initial.ts";
import { gptTrainer } from "../peers/jax_gpt.ts";
import {
  type Any,
  BATCH,
  factors,
  images,
  labels,
  load,
  LR,
  measure,
  MOMENTUM,
  type Training,
  watchGpu,
} from "./common.ts";

const jax = await load("@jax-js/jax");
const { numpy: np, nn, lax } = jax;
watchGpu();
await jax.init("webgpu");
jax.defaultDevice("webgpu");

const arrayOf = (values: ArrayLike<number>, shape: readonly number[]): Any =>
  np.array(values).reshape([...shape]);

function training(params: Any, forward: (params: Any, x: Any) => Any): Training {
  const [x, y] = [arrayOf(images, [BATCH, 784]), np.array(labels)];
  const step = jax.jit((p: Any, v: Any, x: Any, y: Any) => {
    const [loss, grads] = jax.valueAndGrad((q: Any) =>
      forward(q, x).mul(nn.oneHot(y, 10)).sum().mul(-1 / BATCH)
    )(jax.tree.ref(p));
    const velocity = jax.tree.map((m: Any, d: Any) => m.mul(MOMENTUM).add(d), v, grads);
    const moved = jax.tree.map((a: Any, m: Any) => a.sub(m.mul(LR)), p, jax.tree.ref(velocity));
    return [moved, velocity, loss];
  });
  let velocity = jax.tree.map((a: Any) => np.zeros(a.shape), jax.tree.ref(params));
  let loss: Any = null;
  return {
    step: () => {
      loss?.dispose();
      [params, velocity, loss] = step(params, velocity, x.ref, y.ref);
    },
    loss: async () => (await loss.ref.data())[0],
  };
}

await measure({
  name: "jax-js",
  mlp: () =>
    training(
      initialMlp().map(({ transposed, bias, inputs, outputs }) => ({
        w: arrayOf(transposed, [inputs, outputs]),
        b: np.array(bias),
      })),
      (layers, x) => {
        layers.forEach(({ w, b }: Any, i: number) => {
          x = np.dot(i === 0 ? x : nn.relu(x), w).add(b);
        });
        return nn.logSoftmax(x);
      },
    ),
  cnn: () =>
    training(
      initialCnn().map(({ shape, weight, bias }) => {
        const [outputs, inputs] = shape as [number, number];
        return shape.length === 4
          ? { w: arrayOf(weight, shape), b: arrayOf(bias, [outputs, 1, 1]) }
          : {
            w: arrayOf(transposed(weight, outputs, inputs), [inputs, outputs]),
            b: np.array(bias),
          };
      }),
      ([c1, c2, f1, f2], x) => {
        const conv = (x: Any, { w, b }: Any) =>
          nn.relu(lax.convGeneralDilated(x, w, [1, 1], "VALID").add(b));
        x = conv(conv(x.reshape([-1, 1, 28, 28]), c1), c2);
        x = lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
        x = nn.relu(np.dot(x.reshape([-1, 9216]), f1.w).add(f1.b));
        return nn.logSoftmax(np.dot(x, f2.w).add(f2.b));
      },
    ),
  gpt: (sizes) => {
    const step = gptTrainer(jax, sizes);
    let last: Any = null;
    return {
      step: () => {
        last?.dispose();
        [last] = step();
      },
      loss: async () => (await last.ref.data())[0],
    };
  },
  product: (n) => {
    const [a, b] = factors(n).map((values) => arrayOf(values, [n, n]));
    const multiply = jax.jit((a: Any, b: Any) => np.matmul(a, b));
    let last = b;
    return {
      multiply: () => last = multiply(a.ref, last),
      done: () => last.ref.slice(0).data(),
    };
  },
});
