/** Five convolutions on MNIST: 99.66 % on the test set, and 99.68 % by the vote of four networks. */
import { DataError, nn, optim, type Tensor } from "@glim/glim";
import { type Experiment, type ImageKind, imageRecipe, type PyTorchFigures } from "@glim/cli";

/** Mean and standard deviation of MNIST's training pixels. */
const [MEAN, SD] = [0.1307, 0.3081];

type Channels = readonly [number, number, number, number, number];

/**
 * The experiment with so many channels, in which images are bent by so many pixels. Label smoothing was
 * chosen by dev accuracy: 0.9963, 0.9960, 0.9964 with seeds 0, 1, 2, and without it 0.9958, 0.9959,
 * 0.9962.
 */
export function convolutional(
  channels: Channels,
  epochs: number,
  elastic: number,
  figures: PyTorchFigures,
): Experiment {
  return imageRecipe({
    title: `5 convolutions of ${channels[0]} to ${channels[4]} channels`,
    defaults: { epochs, batchSize: 100, lr: 0.15, weightDecay: 5e-4, labelSmoothing: 0.1 },
    network: (pictures) => new ConvNetwork(channels, pictures),
    optimizer: (groups, lr) => new optim.SGD(groups, { lr, momentum: 0.9, nesterov: true }),
    rate: { warmUp: 0.2, decay: "linear" },
    warp: { rotation: 12, scale: 0.12, shear: 0.15, shift: 2, elastic },
    figures,
  });
}

/**
 * Blocks of convolution, pooling, batch normalisation and ReLU, then one linear layer: images
 * [b, 1, rows, columns] in [0, 1] → logits [b, classes]. The first convolution halves the image at once,
 * so that nothing expensive sees all of its pixels: 28 → 12 → 6 → 3 a side. Pooling comes before
 * normalisation, which then has a quarter to do; a bias before normalisation would do nothing.
 */
export class ConvNetwork extends nn.Module {
  readonly net: nn.Sequential;

  constructor([a, b, c, d, e]: Channels, { imageShape, classes }: ImageKind) {
    super();
    const [rows, columns] = imageShape.map((n) => (((n - 5) >> 1) + 1) >> 2) as [number, number];
    if (rows < 1 || columns < 1) {
      throw new DataError(
        `network: images of ${imageShape.join(" × ")} pixels are too small for its convolutions`,
      );
    }
    const after = (channels: number) => [new nn.BatchNorm2d(channels), new nn.ReLU()];
    const conv = (from: number, to: number) =>
      new nn.Conv2d(from, to, 3, { padding: 1, bias: false });
    this.net = new nn.Sequential(
      ...[new nn.Conv2d(1, a, 5, { stride: 2, bias: false }), ...after(a)],
      ...[conv(a, b), ...after(b)],
      ...[conv(b, c), new nn.MaxPool2d(2), ...after(c)],
      ...[conv(c, d), ...after(d)],
      ...[conv(d, e), new nn.MaxPool2d(2), ...after(e)],
      ...[new nn.Flatten(), new nn.Linear(e * rows * columns, classes)],
    );
  }

  forward(x: Tensor): Tensor {
    return this.net.forward(x.sub(MEAN).mul(1 / SD));
  }
}

const figures = { dev: 0.9963, test: 0.9967, seeds: 4, votes: { 2: 0.9972, 3: 0.9974, 4: 0.9975 } };

export default convolutional([24, 32, 32, 64, 64], 15, 0.7, figures);
