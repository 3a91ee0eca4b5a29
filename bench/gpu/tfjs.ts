/** TensorFlow.js on the GPU. */
import { initialCnn, initialMlp } from "../peers/initial.ts";
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

const library: Any = await load("@tensorflow/tfjs");
const tf = library.default ?? library;
await load("@tensorflow/tfjs-backend-webgpu");
watchGpu();
await tf.setBackend("webgpu");
await tf.ready();

function training(variables: Any[], x: Any, forward: (x: Any) => Any): Training {
  const y = tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), 10), "float32");
  const sgd = tf.train.momentum(LR, MOMENTUM);
  let loss: Any = null;
  return {
    step: () => {
      loss?.dispose();
      loss = tf.tidy(() =>
        sgd.minimize(() => tf.mul(tf.sum(tf.mul(forward(x), y)), -1 / BATCH), true, variables)
      );
    },
    loss: async () => (await loss.data())[0],
  };
}

await measure({
  name: "TensorFlow.js",
  mlp: () => {
    const layers = initialMlp().map(({ transposed, bias, inputs, outputs }) => [
      tf.variable(tf.tensor(transposed, [inputs, outputs])),
      tf.variable(tf.tensor(bias)),
    ]);
    return training(layers.flat(), tf.tensor(images, [BATCH, 784]), (x) => {
      layers.forEach(([w, b], i) => {
        x = tf.add(tf.matMul(i === 0 ? x : tf.relu(x), w), b);
      });
      return tf.logSoftmax(x);
    });
  },
  cnn: () => {
    const [c1, c2, f1, f2] = initialCnn().map(({ shape, weight, bias }) => {
      const w = tf.tensor(weight, shape);
      const own = shape.length === 4 ? tf.transpose(w, [2, 3, 1, 0]) : tf.transpose(w);
      return [tf.variable(own), tf.variable(tf.tensor(bias))];
    }) as [Any, Any, Any, Any];
    const conv = (x: Any, [w, b]: Any) => tf.relu(tf.add(tf.conv2d(x, w, 1, "valid"), b));
    return training([c1, c2, f1, f2].flat(), tf.tensor(images, [BATCH, 28, 28, 1]), (x) => {
      x = tf.maxPool(conv(conv(x, c1), c2), 2, 2, "valid");
      x = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, 9216]);
      x = tf.relu(tf.add(tf.matMul(x, f1[0]), f1[1]));
      return tf.logSoftmax(tf.add(tf.matMul(x, f2[0]), f2[1]));
    });
  },
  product: (n) => {
    const [a, b] = factors(n).map((values) => tf.tensor(values, [n, n]));
    let last = b;
    return {
      multiply: () => {
        const before = last;
        last = tf.matMul(a, before);
        before.dispose();
      },
      done: () => tf.slice(last, [0, 0], [1, n]).data(),
    };
  },
});
