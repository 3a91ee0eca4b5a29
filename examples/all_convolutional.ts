/**
 * A network of convolutions only, after Springenberg, Dosovitskiy, Brox and Riedmiller, "Striving for
 * simplicity: the all convolutional net", 2015: where others pool, a convolution takes two steps at
 * once, and the mean over all that is left of each of ten maps is a class's score. Batch normalisation
 * is newer than the network and lets it learn in few epochs: 99.4 % of the test images after 3, in a
 * minute and a half.
 *
 *     deno run --allow-read examples/all_convolutional.ts # the first deno task train brings MNIST
 *
 * @module
 */
import { manualSeed, nn, optim, type Tensor } from "@glim/glim";
import { fit } from "./fit.ts";

/** Convolution, batch normalisation and ReLU: [b, inputs, h, w] → [b, outputs, h / stride, …]. */
function block(inputs: number, outputs: number, kernel: number, stride = 1): nn.Module[] {
  const padding = kernel >> 1;
  return [
    new nn.Conv2d(inputs, outputs, kernel, { stride, padding, bias: false }),
    new nn.BatchNorm2d(outputs),
    new nn.ReLU(),
  ];
}

/** x: [b, 784] → [b, 10]. */
class AllConvolutional extends nn.Module {
  features = new nn.Sequential(
    ...block(1, 16, 3),
    ...block(16, 32, 3, 2), // [b, 32, 14, 14]
    ...block(32, 32, 3),
    ...block(32, 64, 3, 2), // [b, 64, 7, 7]
    ...block(64, 64, 3),
    ...block(64, 64, 1),
    new nn.Conv2d(64, 10, 1), // [b, 10, 7, 7]
  );

  forward(x: Tensor): Tensor {
    return this.features.forward(x.reshape(-1, 1, 28, 28)).mean([2, 3]);
  }
}

manualSeed(0);
const model = new AllConvolutional();
fit(model, new optim.AdamW(model.parameters(), { lr: 0.005, weightDecay: 0.05 }), 3);
