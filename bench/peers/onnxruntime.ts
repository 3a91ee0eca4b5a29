/**
 * ONNX Runtime, as its native library or (`onnxruntime-web`) in WebAssembly. It runs graphs, which this
 * library writes: inference, products and elementwise operations, one a call. A call's own cost and the
 * copy of its output belong to the figure.
 *
 * @module
 */
import { functional, io, matmul, nn, randn, scope, type Tensor } from "@glim/glim";
import { checkNear } from "../check.ts";
import { normalizedTest } from "../mnist.ts";
import { Cnn, mlp } from "../network.ts";
import type { Row } from "../rows.ts";
import { ELEMENTS, MLP } from "../spec.ts";
import { load, PEER, serveRows, THREADS, type Work } from "./common.ts";

const ort = await load(PEER);
if (PEER === "onnxruntime-web") ort.env.wasm.numThreads = THREADS;

/** A function of a tensor, and of one more that the graph keeps, as a module. */
class Of extends nn.Module {
  /** What it does. */
  readonly f: (x: Tensor, other: Tensor) => Tensor;
  /** What the graph keeps. */
  readonly other: nn.Parameter;

  /** With a scalar unless there is something to keep. */
  constructor(f: (x: Tensor, other: Tensor) => Tensor, other: Tensor = randn([])) {
    super();
    this.f = f;
    this.other = new nn.Parameter(other);
  }

  /** Does it. */
  forward(x: Tensor): Tensor {
    return this.f(x, this.other);
  }
}

/** A network with its log-probabilities. */
class Asked extends nn.Module {
  /** The network. */
  readonly net: nn.Module;

  /** Of a network. */
  constructor(net: nn.Module) {
    super();
    this.net = net;
  }

  /** Log-probabilities. */
  forward(x: Tensor): Tensor {
    return functional.logSoftmax(this.net.forward(x), 1);
  }
}

/** Times a model on an input, after its first output has been compared with this library's. */
async function timed(model: nn.Module, x: Tensor): Promise<Work> {
  model.eval();
  const graph = io.exportOnnx(model, x);
  const session = await ort.InferenceSession.create(graph, { intraOpNumThreads: THREADS });
  const [input, output] = [session.inputNames[0], session.outputNames[0]];
  const values = x.toTypedArray();
  const call = () => session.run({ [input]: new ort.Tensor("float32", values, x.shape) });
  const first = (await call())[output].data as Float32Array;
  const expected = scope(() => model.forward(x).toTypedArray());
  const step = Math.max(1, Math.floor(first.length / 100));
  for (let i = 0; i < first.length; i += step) {
    const size = Math.max(1, Math.abs(expected[i]!));
    checkNear(`element ${i}`, first[i]!, expected[i]!, 1e-4 * size);
  }
  return async (k) => {
    for (let i = 0; i < k; i++) await call();
  };
}

const UNARY: Record<string, (x: Tensor) => Tensor> = {
  relu: (x) => x.relu(),
  tanh: (x) => x.tanh(),
  exp: (x) => x.exp(),
  softmax: (x) => functional.softmax(x, 1),
};

await serveRows(({ workload, params }: Row) => {
  if (workload === "W1") {
    const n = Number(params.n);
    return timed(new Of(matmul, randn([n, n])), randn([n, n]).keep());
  }
  if (workload === "W2" && params.shape === "fwd xW") {
    return timed(new Of(matmul, randn([784, 128])), randn([64, 784]).keep());
  }
  if (workload === "W5") {
    const net = params.net === "mlp" ? mlp(MLP) : new Cnn(0);
    return timed(new Asked(net), normalizedTest(Number(params.batch)));
  }
  if (workload === "W7") {
    const side = Math.sqrt(ELEMENTS);
    if (params.op === "softmax") return timed(new Of(UNARY.softmax!), randn([side, side]).keep());
    const x = randn([1, ELEMENTS]).keep();
    if (params.op === "add") return timed(new Of((x, y) => x.add(y), randn([ELEMENTS])), x);
    return timed(new Of(UNARY[String(params.op)]!), x);
  }
  return null;
});
