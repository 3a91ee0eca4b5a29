/**
 * TensorFlow.js, in WebAssembly and on one thread: its threads do not start in Deno.
 *
 * @module
 */
import { PIXELS, testPixels, trainingNumbers } from "../mnist.ts";
import type { Row } from "../rows.ts";
import { batches, uniform } from "../seeds.ts";
import { CNN_DROPOUT, ELEMENTS, KNOWN_LOSS, LATER, MOMENTUM, TRAINING } from "../spec.ts";
import { type Any, checkedLoss, gather, initialCnn, initialMlp, load } from "./common.ts";
import { serveRows, THREADS, type Work } from "./common.ts";

const { default: tf } = await load("@tensorflow/tfjs");
await load("@tensorflow/tfjs-backend-wasm");
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
await tf.setBackend("wasm");

/** A network: its variables, and its log-probabilities for images. */
interface Net {
  variables: Any[];
  forward: (x: Any, drops: boolean) => Any;
}

const random = (seed: number, shape: number[]): Any =>
  tf.tensor(uniform(seed, shape.reduce((a, b) => a * b), 1), shape);

function mlp(): Net {
  const layers = initialMlp().map(({ transposed, bias, inputs, outputs }) => [
    tf.variable(tf.tensor(transposed, [inputs, outputs])),
    tf.variable(tf.tensor(bias)),
  ]);
  const forward = (x: Any) => {
    layers.forEach(([w, b], i) => {
      x = tf.add(tf.matMul(i === 0 ? x : tf.relu(x), w), b);
    });
    return tf.logSoftmax(x);
  };
  return { variables: layers.flat(), forward };
}

/** Its images are [n, h, w, c]; the flattened order is PyTorch's. */
function cnn(): Net {
  const [c1, c2, f1, f2] = initialCnn().map(({ shape, weight, bias }) => {
    const w = tf.tensor(weight, shape);
    const own = shape.length === 4 ? tf.transpose(w, [2, 3, 1, 0]) : tf.transpose(w);
    return [tf.variable(own), tf.variable(tf.tensor(bias))];
  }) as [Any, Any, Any, Any];
  const conv = (x: Any, [w, b]: Any) => tf.relu(tf.add(tf.conv2d(x, w, 1, "valid"), b));
  const forward = (x: Any, drops: boolean) => {
    x = conv(conv(tf.reshape(x, [-1, 28, 28, 1]), c1), c2);
    x = tf.maxPool(x, 2, 2, "valid");
    if (drops) x = tf.dropout(x, CNN_DROPOUT);
    x = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, 9216]);
    x = tf.relu(tf.add(tf.matMul(x, f1[0]), f1[1]));
    return tf.logSoftmax(tf.add(tf.matMul(x, f2[0]), f2[1]));
  };
  return { variables: [c1, c2, f1, f2].flat(), forward };
}

/** A step; gives the loss, which is what waits for it. */
function trainer(
  { variables, forward }: Net,
  batch: number,
  lr: number,
  drops: boolean,
  { x: images, y: labels } = trainingNumbers(),
) {
  const next = batches(labels.length, batch);
  const sgd = tf.train.momentum(lr, MOMENTUM);
  return (): number =>
    tf.tidy(() => {
      const rows = next();
      const x = tf.tensor2d(gather(images, rows, PIXELS), [batch, PIXELS]);
      const own = tf.tensor1d(Int32Array.from(rows, (row) => labels[row]!), "int32");
      const y = tf.cast(tf.oneHot(own, 10), "float32");
      const lossOf = () => tf.mul(tf.sum(tf.mul(forward(x, drops), y)), -1 / batch);
      return sgd.minimize(lossOf, true, variables).dataSync()[0];
    });
}

const repeated = (work: () => unknown): Work => (k) => {
  for (let i = 0; i < k; i++) work();
};

const results = (work: () => Any): Work => repeated(() => work().dispose());

function product({ workload, params }: Row): Work {
  const n = Number(params.n);
  const [a, b, ofA, ofB] = workload === "W1"
    ? [random(1, [n, n]), random(2, [n, n]), false, false]
    : params.shape === "fwd xW"
    ? [random(1, [64, 784]), random(2, [784, 128]), false, false]
    : params.shape === "dW xTg"
    ? [random(1, [64, 784]), random(2, [64, 128]), true, false]
    : [random(1, [64, 128]), random(2, [784, 128]), false, true];
  return results(() => tf.matMul(a, b, ofA, ofB));
}

function elementwise(op: string): Work {
  const side = Math.sqrt(ELEMENTS);
  const a = random(1, [side, side]), b = random(2, [side, side]);
  const work: Record<string, () => Any> = {
    relu: () => tf.relu(a),
    tanh: () => tf.tanh(a),
    exp: () => tf.exp(a),
    add: () => tf.add(a, b),
    softmax: () => tf.softmax(a),
  };
  return results(work[op]!);
}

await serveRows(async (row) => {
  const { workload, params } = row;
  const batch = Number(params.batch);
  if (THREADS > 1) return null;
  if (workload === "W1" || workload === "W2") return product(row);
  if (workload === "W3check") {
    return checkedLoss("mlp", trainer(mlp(), batch, KNOWN_LOSS.mlp.lr, false));
  }
  if (workload === "W3") {
    return repeated(trainer(mlp(), batch, new Map(TRAINING).get(batch)!, false));
  }
  if (workload === "W3b") {
    const step = trainer(mlp(), batch, LATER.lr, false, trainingNumbers("from 0 to 1"));
    const work = repeated(step);
    await work(LATER.steps);
    return work;
  }
  if (workload === "W4") return null; // in WebAssembly its convolutions have no gradient
  if (workload === "W5") {
    const { forward } = params.net === "mlp" ? mlp() : cnn();
    const pixels = testPixels(batch);
    return repeated(() =>
      tf.tidy(() => forward(tf.tensor2d(pixels, [batch, PIXELS]), false).dataSync())
    );
  }
  if (workload === "W7") return elementwise(String(params.op));
  if (workload === "W8" && params.op === "add") {
    const a = random(1, [16]), b = random(2, [16]);
    return results(() => tf.add(a, b));
  }
  return null;
});
