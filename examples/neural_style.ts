/**
 * Neural style transfer (Gatys, Ecker and Bethge, 2015), the losses of PyTorch's tutorial: the content
 * of one image and the Gram matrices of another, by L-BFGS on the pixels. Where the tutorial has the
 * weights of VGG-19, which are 500 MB, this has two convolutions of fixed waves, so that the numbers
 * are the same wherever it runs.
 *
 *     deno run examples/neural_style.ts
 *
 * The losses begin with 23.907 and 0 here and in PyTorch. L-BFGS without a search jumps, in both, to
 * below 0.1 within 50 evaluations.
 *
 * @module
 */
import { functional, nn, noGrad, optim, steps, type Tensor, tensor } from "@glim/glim";
import { MOST_STEPS } from "./fit.ts";

/** Numbers between −1 and 1 by a formula. */
function waves(shape: [number, number, number, number], phase: number): Tensor {
  const n = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: n }, (_, i) => Math.sin(phase + i * i * 0.7 + i));
  return tensor(values, { shape });
}

const [conv1, conv2] = [waves([8, 3, 3, 3], 1).mul(0.3), waves([16, 8, 3, 3], 2).mul(0.2)];

/** Feature maps of two depths: of content the deeper one, of style both. */
function features(image: Tensor): [Tensor, Tensor] {
  const first = functional.conv2d(image, conv1, null, { padding: 1 }).relu();
  const second = functional.conv2d(functional.avgPool2d(first, 2), conv2, null, { padding: 1 });
  return [first, second.relu()];
}

function gramMatrix(input: Tensor): Tensor {
  const [a = 0, b = 0, c = 0, d = 0] = input.shape;
  const features = input.reshape(a * b, c * d);
  return features.matmul(features.t()).div(a * b * c * d);
}

/** An image [1, 3, 32, 32] of a color for each pixel. */
function image(color: (x: number, y: number, channel: number) => number): Tensor {
  const values = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => {
    return color(i % 32, Math.floor(i / 32) % 32, Math.floor(i / 1024));
  });
  return tensor(values, { shape: [1, 3, 32, 32] });
}

const contentImage = image((x, y, c) => (x - 16) ** 2 + (y - 16) ** 2 < 100 ? 0.9 - 0.2 * c : 0.1);
const styleImage = image((x, y, c) => (x + y * (c + 1)) % 8 < 4 ? 0.8 : 0.2);
const content = noGrad(() => features(contentImage)[1]);
const styles = noGrad(() => features(styleImage).map(gramMatrix));

const input = new nn.Parameter(contentImage.clone());
const optimizer = new optim.LBFGS([input]);
let run = 0;
for (const _ of steps(Math.min(15, MOST_STEPS))) {
  optimizer.step(() => {
    noGrad(() => input.copy_(input.clamp({ min: 0, max: 1 })));
    optimizer.zeroGrad();
    const maps = features(input);
    let style = tensor(0, { dtype: "float32" });
    for (const [i, target] of styles.entries()) {
      style = style.add(functional.mseLoss(gramMatrix(maps[i] ?? maps[0]), target).mul(1e6));
    }
    const contentLoss = functional.mseLoss(maps[1], content);
    const loss = style.add(contentLoss);
    loss.backward();
    if (run % 10 === 0) {
      console.log(
        `step ${run}: loss ${style.item().toFixed(4)}, content ${contentLoss.item().toFixed(4)}`,
      );
    }
    run++;
    return loss;
  });
}
