/**
 * Networks for pictures of 32 × 32 pixels in three colours that people port: ResNet-20 of He et al., "Deep
 * residual learning for image recognition", 2015, section 4.2, and one of depthwise separable
 * convolutions, as MobileNets have them. Every library starts from the same parameters.
 *
 * @module
 */
import { fromTypedArray, functional, nn, type Tensor } from "@glim/glim";
import { data } from "@glim/glim";
import { initialize } from "./network.ts";
import { uniform, words } from "./seeds.ts";
import { PICTURES } from "./spec.ts";

/** Numbers of a picture. */
const NUMBERS = 3 * 32 * 32;

/** A convolution without bias that keeps the size or halves it, and batch normalisation. */
function normalized(
  inputs: number,
  outputs: number,
  kernel: number,
  options: { stride?: number; groups?: number } = {},
): nn.Module[] {
  const padding = kernel >> 1;
  return [
    new nn.Conv2d(inputs, outputs, kernel, { padding, bias: false, ...options }),
    new nn.BatchNorm2d(outputs),
  ];
}

/** relu(x + two convolutions of x). Where the size halves, x is a convolution of 1 × 1. */
class Block extends nn.Module<[x: Tensor]> {
  /** The two convolutions. */
  readonly body: nn.Sequential;
  /** What x goes through; null where its shape stays. */
  readonly short: nn.Sequential | null;

  /** With so many channels; stride 2 halves the size. */
  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.body = new nn.Sequential(
      ...normalized(inputs, outputs, 3, { stride }),
      new nn.ReLU(),
      ...normalized(outputs, outputs, 3),
    );
    this.short = stride === 1
      ? null
      : new nn.Sequential(...normalized(inputs, outputs, 1, { stride }));
  }

  /** x: [n, in, h, w] → [n, out, h / stride, w / stride]. */
  forward(x: Tensor): Tensor {
    const other = this.short === null ? x : this.short.forward(x);
    return functional.relu(this.body.forward(x).add(other));
  }
}

/** The mean of each channel, and ten classes of that. */
function head(channels: number): nn.Module[] {
  return [new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), new nn.Linear(channels, 10)];
}

/** ResNet-20: [n, 3, 32, 32] → [n, 10]. */
export function resnet20(): nn.Sequential {
  const layers = normalized(3, 16, 3);
  layers.push(new nn.ReLU());
  let inputs = 16;
  for (const channels of [16, 32, 64]) {
    for (let i = 0; i < 3; i++) {
      layers.push(new Block(inputs, channels, inputs === channels ? 1 : 2));
      inputs = channels;
    }
  }
  return initialize(new nn.Sequential(...layers, ...head(64)), 500);
}

/** Channels of the blocks of `mobile`, and their strides. */
const MOBILE = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1]] as const;

/** Depthwise separable convolutions: [n, 3, 32, 32] → [n, 10]. */
export function mobile(): nn.Sequential {
  const layers = [...normalized(3, 32, 3), new nn.ReLU()];
  let inputs = 32;
  for (const [channels, stride] of MOBILE) {
    layers.push(
      ...normalized(inputs, inputs, 3, { stride, groups: inputs }),
      new nn.ReLU(),
      ...normalized(inputs, channels, 1),
      new nn.ReLU(),
    );
    inputs = channels;
  }
  return initialize(new nn.Sequential(...layers, ...head(inputs)), 600);
}

/** Multiplications of one picture by `resnet20`, convolutions counted as sums of products. */
export const RESNET_PRODUCTS: readonly number[] = [
  1024 * 27 * 16,
  ...Array.from({ length: 6 }, () => 1024 * 9 * 16 * 16),
  256 * 9 * 16 * 32,
  256 * 16 * 32,
  ...Array.from({ length: 5 }, () => 256 * 9 * 32 * 32),
  64 * 9 * 32 * 64,
  64 * 32 * 64,
  ...Array.from({ length: 5 }, () => 64 * 9 * 64 * 64),
  640,
];

/** The same of `mobile`. */
export const MOBILE_PRODUCTS: readonly number[] = mobileProducts();

function mobileProducts(): number[] {
  let inputs = 32, pixels = 1024;
  const products = [pixels * 27 * inputs];
  for (const [channels, stride] of MOBILE) {
    pixels /= stride * stride;
    products.push(pixels * 9 * inputs, pixels * inputs * channels);
    inputs = channels;
  }
  return [...products, 10 * inputs];
}

/** Pictures of noise in ten classes, which every library makes: x [n, 3, 32, 32]. */
export function noisePictures(): data.TensorDataset {
  return new data.TensorDataset(
    fromTypedArray(uniform(7, PICTURES * NUMBERS, 1), [PICTURES, 3, 32, 32]),
    fromTypedArray(Int32Array.from(words(8, PICTURES), (word) => word % 10), [PICTURES]),
  );
}
