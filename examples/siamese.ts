/**
 * Whether two digits are the same, by one network that sees both: PyTorch's example
 * `siamese_network`, with three convolutions in the place of its ResNet-18, Adam in that of Adadelta,
 * and the distance of features where it joins them: so small a network guesses for long else.
 *
 *     deno run --allow-read examples/siamese.ts # the first deno task train brings MNIST
 *
 * After 200 steps the loss is 0.32, of the same program in PyTorch 0.32; after 300 it is 0.13, and
 * 89 % of the pairs are told: `--steps 301`.
 *
 * @module
 */
import { data, manualSeed, nn, noGrad, optim, rand, type Tensor, tensor } from "@glim/glim";
import { MOST_STEPS } from "./fit.ts";

/** Pairs of images, and 1 for each whose labels are equal: about half of them. */
class Pairs extends data.Dataset<[a: Tensor, b: Tensor, same: Tensor]> {
  readonly length: number;
  readonly #byLabel: number[][] = Array.from({ length: 10 }, () => []);
  readonly #labels: Int32Array;

  constructor(readonly images: data.ImageDataset) {
    super();
    this.length = images.length;
    const [, y] = images.batch(Int32Array.from({ length: images.length }, (_, i) => i));
    this.#labels = Int32Array.from(y.toTypedArray());
    this.#labels.forEach((label, i) => this.#byLabel[label]?.push(i));
  }

  get(index: number): [a: Tensor, b: Tensor, same: Tensor] {
    const [a, b, same] = this.batch(Int32Array.of(index));
    return [a.squeeze(0), b.squeeze(0), same.squeeze(0)];
  }

  override batch(indices: Int32Array): [a: Tensor, b: Tensor, same: Tensor] {
    const random = rand([3, indices.length]).toTypedArray();
    const others = indices.map((i, k) => {
      const label = this.#labels[i] ?? 0;
      const shift = 1 + Math.floor(9 * (random[k + indices.length] ?? 0));
      const list = this.#byLabel[(random[k] ?? 0) < 0.5 ? label : (label + shift) % 10] ?? [];
      return list[Math.floor((random[k + 2 * indices.length] ?? 0) * list.length)] ?? 0;
    });
    const same = Array.from(
      indices,
      (i, k) => Number(this.#labels[i] === this.#labels[others[k] ?? 0]),
    );
    return [
      this.images.batch(indices)[0],
      this.images.batch(others)[0],
      tensor(same, { dtype: "float32" }),
    ];
  }
}

class SiameseNetwork extends nn.Module<[a: Tensor, b: Tensor]> {
  features = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { stride: 2, padding: 1 }),
    new nn.ReLU(),
    new nn.Conv2d(16, 32, 3, { stride: 2, padding: 1 }),
    new nn.ReLU(),
    new nn.Conv2d(32, 64, 3, { stride: 2, padding: 1 }),
    new nn.ReLU(),
    new nn.Flatten(),
  );
  fc = new nn.Sequential(new nn.Linear(1024, 256), new nn.ReLU(), new nn.Linear(256, 1));

  forwardOnce(x: Tensor): Tensor {
    return this.features.forward(x.reshape(-1, 1, 28, 28));
  }

  forward(a: Tensor, b: Tensor): Tensor {
    const output = this.forwardOnce(a).sub(this.forwardOnce(b)).abs();
    return this.fc.forward(output).sigmoid().squeeze(1);
  }
}

manualSeed(1);
const { train, test } = data.mnist();
const model = new SiameseNetwork();
const criterion = new nn.BCELoss();
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
const pairs = new data.DataLoader(new Pairs(train.slice(0, 10_000)), {
  batchSize: 64,
  shuffle: true,
});
for (let step = 0; step < Math.min(MOST_STEPS, 3000);) {
  for (const [a, b, same] of pairs) {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(a, b), same);
    loss.backward();
    optimizer.step();
    if (step % 50 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(4)}`);
    if (++step >= Math.min(MOST_STEPS, 3000)) break;
  }
}
let right = 0;
for (
  const [a, b, same] of new data.DataLoader(new Pairs(test.slice(0, 2000)), { batchSize: 500 })
) {
  right += noGrad(() => model.forward(a, b).gt(0.5).to("float32").eq(same).sum().item());
}
console.log(`test accuracy ${(right / 2000).toFixed(4)}`);
