/**
 * The networks of the page, built from a configuration.
 *
 * @module
 */
import type { Tensor } from "@glim/glim";
import * as nn from "@glim/glim/nn";
import type { Activation, RunConfig } from "./run_config.ts";

/** Rows and columns of an image. */
export const SIDE = 28;

/** Digits. */
export const CLASSES = 10;

/** Pixels [n, 784] → images [n, 1, 28, 28]. */
class AsImages extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.reshape(-1, 1, SIDE, SIDE);
  }
}

/**
 * The untrained network of a configuration: pixels [n, 784] in [0, 1] → logits [n, 10].
 *
 * ```
 * mlp   784 ─ width ─ width … ─ 10
 * cnn   28² ─ 5×5 conv, pool ─ 14² ─ 3×3 conv, pool ─ 7² … ─ 4·width ─ 10
 * ```
 */
export function buildNetwork(config: RunConfig): nn.Sequential {
  return new nn.Sequential(...(config.network === "mlp" ? mlp(config) : cnn(config)));
}

function mlp({ layers, width, activation }: RunConfig): nn.Module[] {
  const modules: nn.Module[] = [];
  for (let i = 0; i < layers; i++) {
    modules.push(new nn.Linear(i === 0 ? SIDE * SIDE : width, width), activationOf(activation));
  }
  return [...modules, new nn.Linear(layers === 0 ? SIDE * SIDE : width, CLASSES)];
}

function cnn({ layers, width, activation }: RunConfig): nn.Module[] {
  const modules: nn.Module[] = [new AsImages()];
  let channels = 1;
  let side = SIDE;
  for (let i = 0; i < layers; i++) {
    const out = width * 2 ** i;
    // The first looks through a wider window, so that its weights make pictures.
    const size = i === 0 ? 5 : 3;
    modules.push(
      new nn.Conv2d(channels, out, size, { padding: (size - 1) / 2 }),
      new nn.MaxPool2d(2), // before the activation, which then has a quarter of the work
      activationOf(activation),
    );
    channels = out;
    side = Math.floor(side / 2);
  }
  const hidden = 4 * width;
  return [
    ...modules,
    new nn.Flatten(),
    new nn.Linear(channels * side * side, hidden),
    activationOf(activation),
    new nn.Linear(hidden, CLASSES),
  ];
}

function activationOf(name: Activation): nn.Module {
  if (name === "relu") return new nn.ReLU();
  return name === "tanh" ? new nn.Tanh() : new nn.GELU();
}
