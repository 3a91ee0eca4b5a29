/** Glim's training on the GPU, by its public names. */
import {
  fromTypedArray,
  functional as F,
  nn,
  optim,
  scope,
  setDefaultDevice,
  type Tensor,
} from "@glim/glim";
import { webgpu } from "@glim/glim/webgpu";
import { initialCnn, initialMlp } from "../peers/initial.ts";
import {
  BATCH,
  factors,
  images,
  labels,
  LR,
  measure,
  MOMENTUM,
  type Training,
  watchGpu,
} from "./common.ts";

watchGpu();
console.error(await webgpu());
setDefaultDevice("webgpu");

function training(model: nn.Module<[Tensor]>, x: Tensor): Training {
  const y = fromTypedArray(labels, [BATCH]);
  const optimizer = new optim.SGD(model.parameters(), { lr: LR, momentum: MOMENTUM });
  let last: Tensor | null = null;
  return {
    step: () => {
      last?.[Symbol.dispose]();
      last = scope(() => {
        const loss = F.crossEntropy(model.forward(x), y);
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
        return loss.detach();
      });
    },
    loss: async () => (await last!.data())[0]!,
  };
}

function load(
  model: nn.Module<[Tensor]>,
  layers: { shape: number[]; weight: Float32Array; bias: Float32Array }[],
): void {
  const parameters = [...model.parameters()];
  layers.forEach(({ shape, weight, bias }, i) =>
    scope(() => {
      parameters[2 * i]!.detach().copy_(fromTypedArray(weight, shape));
      parameters[2 * i + 1]!.detach().copy_(fromTypedArray(bias, [bias.length]));
    })
  );
}

await measure({
  name: "Glim",
  mlp: () => {
    const model = new nn.Sequential(
      new nn.Linear(784, 128),
      new nn.ReLU(),
      new nn.Linear(128, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    );
    load(
      model,
      initialMlp().map(({ inputs, outputs, weight, bias }) => ({
        shape: [outputs, inputs],
        weight,
        bias,
      })),
    );
    return training(model, fromTypedArray(images, [BATCH, 784]));
  },
  cnn: () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 32, 3),
      new nn.ReLU(),
      new nn.Conv2d(32, 64, 3),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Linear(9216, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    );
    load(model, initialCnn());
    return training(model, fromTypedArray(images, [BATCH, 1, 28, 28]));
  },
  product: (n) => {
    const [a, b] = factors(n).map((values) => fromTypedArray(values, [n, n])) as [Tensor, Tensor];
    let last = b;
    return {
      multiply: () => {
        const before = last;
        last = scope(() => a.matmul(before));
        before[Symbol.dispose]();
      },
      done: () => last.narrow(0, 0, 1).data(),
    };
  },
});
