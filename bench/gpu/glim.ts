/** Glim's training on the GPU, by its public names. */
import {
  attend,
  fromTypedArray,
  functional as F,
  memory,
  nn,
  optim,
  scope,
  setDefaultDevice,
  type Tensor,
} from "@glim/glim";
import { webgpu } from "@glim/glim/webgpu";
import { GptRun, SmallGpt } from "../gpt.ts";
import { initialCnn, initialMlp } from "../peers/initial.ts";
import { uniform } from "../seeds.ts";
import {
  type Attending,
  ATTENTION,
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

/** Causal attention over [batch, heads, length, width], by what `make` gives for a length. */
function attending(
  make: (length: number) => (q: Tensor, k: Tensor, v: Tensor) => Tensor,
): (length: number) => Attending {
  return (length) => {
    const by = make(length);
    const { batch, heads, width } = ATTENTION;
    const shape = [batch, heads, length, width];
    const made = [1, 2, 3, 4].map((seed) => {
      return fromTypedArray(uniform(seed, batch * heads * length * width, 1), shape);
    }) as [Tensor, Tensor, Tensor, Tensor];
    const [q, k, v, dy] = made;
    const inputs = [q, k, v];
    let last: Tensor = q;
    const before = memory();
    return {
      forward: () => {
        last = scope(() => by(q, k, v).narrow(0, 0, 1).narrow(1, 0, 1).narrow(2, 0, 1).clone());
      },
      withGradients: () => {
        last = scope(() => {
          for (const x of inputs) x.requiresGrad = true;
          by(q, k, v).backward(dy);
          for (const x of inputs) x.requiresGrad = false;
          const first = q.grad!.narrow(0, 0, 1).narrow(1, 0, 1).narrow(2, 0, 1).clone();
          for (const x of inputs) x.grad = null;
          return first;
        });
      },
      done: () => last.data(),
      bytes: () => {
        const { peakBytes } = memory();
        return peakBytes > before.peakBytes ? peakBytes - before.liveBytes : null;
      },
    };
  };
}

/** [length, length]: 0 where query i may look at key j, else −∞. */
function mask(length: number): Tensor {
  const isHidden = (i: number) => i % length > Math.floor(i / length);
  const values = Float32Array.from(
    { length: length * length },
    (_, i) => isHidden(i) ? -Infinity : 0,
  );
  return fromTypedArray(values, [length, length]);
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
  gpt: (sizes) => {
    const run = new GptRun(sizes);
    let last: Tensor | null = null;
    return {
      step: () => {
        last?.[Symbol.dispose]();
        last = scope(() => run.step().detach());
      },
      loss: async () => (await last!.data())[0]!,
    };
  },
  write: async (tokens) => {
    using model = new SmallGpt().eval() as SmallGpt;
    const options = { maxNewTokens: tokens, temperature: 0 };
    for await (const _ of nn.generate(model, [1], options)) { /* it is only timed */ }
  },
  attention: {
    fused: attending(() => (q, k, v) => attend(q, k, v, { isCausal: true })),
    composed: attending((length) => {
      const hidden = mask(length);
      return (q, k, v) => {
        const scores = q.matmul(k.transpose(-2, -1)).mul(1 / Math.sqrt(ATTENTION.width));
        return scores.add(hidden).softmax(-1).matmul(v);
      };
    }),
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
