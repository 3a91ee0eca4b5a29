/**
 * The networks that are trained and asked, with the parameters that every library starts from.
 *
 * @module
 */
import { nn, noGrad, type Tensor, tensor } from "@glim/glim";
import { uniform } from "./seeds.ts";

/** Linear layers with relu between them, of given sizes. */
export function mlp(sizes: readonly number[]): nn.Sequential {
  const layers = sizes.slice(1).flatMap((outputs, i) => [
    new nn.ReLU(),
    new nn.Linear(sizes[i]!, outputs),
  ]);
  return initialize(new nn.Sequential(...layers.slice(1)), 100);
}

/** The network of PyTorch's MNIST example, without its second dropout. x: [b, 784] → [b, 10]. */
export class Cnn extends nn.Module {
  /** Takes [b, 1, 28, 28]. */
  readonly net: nn.Sequential;

  /** With the probability of dropout. */
  constructor(dropout: number) {
    super();
    this.net = new nn.Sequential(
      new nn.Conv2d(1, 32, 3), // → [b, 32, 26, 26]
      new nn.ReLU(),
      new nn.Conv2d(32, 64, 3), // → [b, 64, 24, 24]
      new nn.ReLU(),
      new nn.MaxPool2d(2), // → [b, 64, 12, 12]
      new nn.Dropout(dropout),
      new nn.Flatten(), // → [b, 9216]
      new nn.Linear(9216, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    );
    initialize(this, 200);
  }

  /** Logits. */
  forward(x: Tensor): Tensor {
    return this.net.forward(x.reshape(-1, 1, 28, 28));
  }
}

/** Mean and standard deviation of MNIST's training pixels. */
const MEAN = 0.1307, SD = 0.3081;

/** The network of `experiments/cnn.ts`. x: [b, 784] → [b, 10]. */
export class Medium extends nn.Module {
  /** Takes [b, 1, 28, 28]. */
  readonly net: nn.Sequential = new nn.Sequential(
    ...convolution(1, 24, { kernel: 5, stride: 2 }), // → [b, 24, 12, 12]
    ...convolution(24, 32, { padding: 1 }),
    ...convolution(32, 32, { padding: 1, pool: true }), // → [b, 32, 6, 6]
    ...convolution(32, 64, { padding: 1 }),
    ...convolution(64, 64, { padding: 1, pool: true }), // → [b, 64, 3, 3]
    new nn.Flatten(),
    new nn.Linear(576, 10),
  );

  /** As the others begin, not as the recipe does. */
  constructor() {
    super();
    initialize(this, 300);
  }

  /** Logits. */
  forward(x: Tensor): Tensor {
    return this.net.forward(x.reshape(-1, 1, 28, 28).sub(MEAN).mul(1 / SD));
  }
}

/** A convolution without bias, the maximum of each 2 × 2 pixels, batch normalisation and relu. */
function convolution(
  inputs: number,
  outputs: number,
  { kernel = 3, stride = 1, padding = 0, pool = false },
): nn.Module[] {
  return [
    new nn.Conv2d(inputs, outputs, kernel, { stride, padding, bias: false }),
    ...(pool ? [new nn.MaxPool2d(2)] : []),
    new nn.BatchNorm2d(outputs),
    new nn.ReLU(),
  ];
}

/** Fills convolutions and linear layers in order: uniform in ±1/√fan, two seeds a layer. */
export function initialize<M extends nn.Module>(model: M, seed: number): M {
  for (const layer of model.modules()) {
    if (!(layer instanceof nn.Linear || layer instanceof nn.Conv2d)) continue;
    const { weight, bias } = layer;
    const bound = 1 / Math.sqrt(weight.numel / weight.shape[0]!);
    for (const [i, p] of [weight, bias].entries()) {
      if (p === null) continue;
      noGrad(() => p.copy_(tensor(uniform(seed + i, p.numel, bound), { shape: p.shape })));
    }
    seed += 2;
  }
  return model;
}

/** Multiplications of one image: in each layer of an `mlp`. */
export function mlpProducts(sizes: readonly number[]): number[] {
  return sizes.slice(1).map((outputs, i) => sizes[i]! * outputs);
}

/** The same of `Cnn`, convolutions counted as sums of products. */
export const CNN_PRODUCTS: readonly number[] = [
  26 ** 2 * 9 * 32,
  24 ** 2 * 9 * 32 * 64,
  9216 * 128,
  128 * 10,
];

/** The same of `Medium`. */
export const MEDIUM_PRODUCTS: readonly number[] = [
  12 ** 2 * 25 * 24,
  12 ** 2 * 9 * 24 * 32,
  12 ** 2 * 9 * 32 * 32,
  6 ** 2 * 9 * 32 * 64,
  6 ** 2 * 9 * 64 * 64,
  576 * 10,
];

/** GFLOP of one image's products: forward, and in training also both gradients. */
export function gflopOf(products: readonly number[], training: boolean): number {
  let flop = 0;
  products.forEach((product, i) => {
    flop += 2 * product * (training ? (i === 0 ? 2 : 3) : 1); // nobody asks for the images' gradient
  });
  return flop / 1e9;
}
