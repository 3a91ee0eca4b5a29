/**
 * The convolutional networks of the recipes.
 *
 * @module
 */
import { DataError, nn, type Tensor } from "@glim/glim";
import type { ImageKind } from "./recipe.ts";

/** A convolution and what follows it. */
export interface ConvBlock {
  /** Output channels. */
  readonly channels: number;
  /** Side of the kernel. */
  readonly kernel: number;
  /** Steps of the kernel. Default: 1. */
  readonly stride?: number;
  /** Zeros around the image. Default: 0. */
  readonly padding?: number;
  /** Whether the maximum of each 2 × 2 pixels goes on. Default: false. */
  readonly pool?: boolean;
}

/** Mean and standard deviation of MNIST's training pixels. */
const [MEAN, SD] = [0.1307, 0.3081];

/**
 * Blocks of convolution, pooling, batch normalisation and ReLU, then one linear layer. Pooling comes
 * before normalisation, which then has a quarter to do; a bias before normalisation would do nothing.
 */
export class ConvNetwork extends nn.Module {
  /** All layers in order. */
  readonly net: nn.Sequential;

  /** DataError where the images are too small for the blocks. */
  constructor(blocks: readonly ConvBlock[], { imageShape, classes }: ImageKind) {
    super();
    const layers: nn.Module[] = [];
    let channels = 1;
    let size = [...imageShape];
    for (const { channels: out, kernel, stride = 1, padding = 0, pool = false } of blocks) {
      layers.push(new nn.Conv2d(channels, out, kernel, { stride, padding, bias: false }));
      size = size.map((n) => Math.floor((n + 2 * padding - kernel) / stride) + 1);
      if (pool) {
        layers.push(new nn.MaxPool2d(2));
        size = size.map((n) => n >> 1);
      }
      layers.push(new nn.BatchNorm2d(out), new nn.ReLU());
      channels = out;
      if (size.some((n) => n < 1)) {
        throw new DataError(
          `network: images of ${imageShape.join(" × ")} pixels are too small for its convolutions`,
        );
      }
    }
    const features = channels * size[0]! * size[1]!;
    this.net = new nn.Sequential(...layers, new nn.Flatten(), new nn.Linear(features, classes));
  }

  /** Images [b, 1, rows, columns] in [0, 1] → logits [b, classes]. */
  forward(x: Tensor): Tensor {
    return this.net.forward(x.sub(MEAN).mul(1 / SD));
  }
}
