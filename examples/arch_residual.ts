/**
 * An architecture for `deno task train cnn`: a small residual network, after He, Zhang, Ren and Sun,
 * "Deep residual learning for image recognition", 2016. The default export gets the kind of images
 * and gives a network of images [b, 1, rows, columns] in [0, 1] and logits [b, classes].
 *
 *     deno task train cnn --arch examples/arch_residual.ts
 *
 * @module
 */
import { nn, type Tensor } from "@glim/glim";

/** relu(x' + two convolutions of x), where x' is x or, if the size changes, a 1 × 1 convolution. */
class Residual extends nn.Module {
  main: nn.Sequential;
  shortcut: nn.Module;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    const conv = (from: number, stride: number) =>
      new nn.Conv2d(from, outputs, 3, { stride, padding: 1, bias: false });
    this.main = new nn.Sequential(
      conv(inputs, stride),
      new nn.BatchNorm2d(outputs),
      new nn.ReLU(),
      conv(outputs, 1),
      new nn.BatchNorm2d(outputs),
    );
    this.shortcut = stride === 1 && inputs === outputs
      ? new nn.Identity()
      : new nn.Conv2d(inputs, outputs, 1, { stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    return this.main.forward(x).add(this.shortcut.forward(x)).relu();
  }
}

/** Three stages of 16, 32 and 64 channels; any image size will do. */
export default function residual({ classes }: { classes: number }): nn.Module {
  return new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new Residual(16, 16, 1),
    new Residual(16, 32, 2),
    new Residual(32, 64, 2),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(64, classes),
  );
}
