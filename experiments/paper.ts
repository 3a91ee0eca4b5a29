/**
 * The final experiment of the paper: linear layers on MNIST, one sample a step, and half the learning
 * rate when an epoch's training loss rises.
 *
 * Source: D. Doncenco, Z. Huang, B. Maudet, "Deep Learning Report", April 2023.
 */
import { lrScheduler, nn, optim, type Tensor } from "@glim/glim";
import { accuracy, confusion, dataDir, defineExperiment, mnist } from "@glim/cli";
import { z } from "zod";

/** The paper's best network, trained again for 20 epochs: section 4. */
const PAPER = {
  name: "the paper",
  dev: 0.9818,
  test: 0.9816,
  source: "D. Doncenco, Z. Huang, B. Maudet, Deep Learning Report, April 2023",
};

/** Linear layers with Glorot-uniform weights (equation 18), zero biases, and activations between. */
export class DeepNetwork extends nn.Module {
  readonly layers: nn.ModuleList = new nn.ModuleList();

  constructor(widths: readonly number[], activation: "relu" | "tanh" = "relu") {
    super();
    for (let i = 1; i < widths.length; i++) {
      if (i > 1) this.layers.append(activation === "tanh" ? new nn.Tanh() : new nn.ReLU());
      const linear = new nn.Linear(widths[i - 1]!, widths[i]!);
      nn.init.xavierUniform_(linear.weight);
      nn.init.zeros_(linear.bias!);
      this.layers.append(linear);
    }
  }

  /** x [n, widths[0]] → [n, last of the widths]. */
  forward(x: Tensor): Tensor {
    for (const layer of this.layers) x = layer.forward(x);
    return x;
  }
}

export default defineExperiment({
  title: ({ layers, hidden, activation }) =>
    layers === 1
      ? "A linear classifier"
      : `${layers} layers, ${activation === "relu" ? "ReLU" : activation}, hidden ${hidden}`,
  options: {
    layers: z.int().min(1).max(100).default(3).describe("linear layers"),
    hidden: z.int().min(1).max(100_000).default(100).describe("width of each layer but the last"),
    activation: ["relu", "tanh"],
    epochs: 20,
    lr: z.number().positive().default(0.01).describe("learning rate of the first epoch"),
    momentum: z.number().min(0).lt(1).nullable().default(null)
      .meta({ bare: 0.9, description: "beta of SGD with m <- beta m + (1 - beta) g" }),
    lrDecay: z.number().gt(0).lt(1).nullable().default(0.5)
      .meta({
        bare: 0.5,
        description: "multiplies the learning rate when the training loss rises",
      }),
    batchSize: z.int().min(1).max(50_000).default(1).describe("samples a step"),
    dataDir,
  },
  threads: 1,
  data: ({ options }) => mnist(options),
  build({ options: { layers, hidden, activation, lr, momentum, lrDecay }, data }) {
    const [rows, columns] = data.imageShape;
    const widths = [rows * columns, ...new Array<number>(layers - 1).fill(hidden), data.classes];
    const model = new DeepNetwork(widths, activation);
    const optimizer = new optim.SGD(model.parameters(), {
      lr,
      momentum: momentum ?? 0,
      momentumMode: "ema", // equation 16
    });
    return {
      model,
      loss: new nn.CrossEntropyLoss(), // log-softmax and NLL in one
      optimizer,
      scheduler: lrDecay === null
        ? undefined
        : new lrScheduler.DecayOnRise(optimizer, { factor: lrDecay }),
    };
  },
  metrics: [accuracy(), confusion()],
  reference: ({ data }) => data.name === "MNIST" ? PAPER : null,
});
