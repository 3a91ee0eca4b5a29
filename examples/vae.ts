/**
 * A variational autoencoder of digits (Kingma and Welling, "Auto-encoding variational Bayes", 2014):
 * PyTorch's example `vae`, with its sizes and settings.
 *
 *     deno run --allow-read examples/vae.ts # the first deno task train brings MNIST
 *
 * After 300 steps the loss of the test images is 138.7; of PyTorch's program it is 139.1 and 139.2
 * (seeds 1 and 2): `--steps 301`.
 *
 * @module
 */
import { data, functional, manualSeed, nn, noGrad, optim, randn, type Tensor } from "@glim/glim";
import { MOST_STEPS } from "./fit.ts";

class VAE extends nn.Module<[x: Tensor], [Tensor, Tensor, Tensor]> {
  fc1 = new nn.Linear(784, 400);
  fc21 = new nn.Linear(400, 20);
  fc22 = new nn.Linear(400, 20);
  fc3 = new nn.Linear(20, 400);
  fc4 = new nn.Linear(400, 784);

  encode(x: Tensor): [mu: Tensor, logvar: Tensor] {
    const h1 = this.fc1.forward(x).relu();
    return [this.fc21.forward(h1), this.fc22.forward(h1)];
  }

  reparameterize(mu: Tensor, logvar: Tensor): Tensor {
    const std = logvar.mul(0.5).exp();
    return mu.add(randn(std.shape).mul(std));
  }

  decode(z: Tensor): Tensor {
    return this.fc4.forward(this.fc3.forward(z).relu()).sigmoid();
  }

  forward(x: Tensor): [Tensor, Tensor, Tensor] {
    const [mu, logvar] = this.encode(x);
    return [this.decode(this.reparameterize(mu, logvar)), mu, logvar];
  }
}

/** Reconstruction and divergence from the normal distribution, summed over the batch. */
function lossFunction(recon: Tensor, x: Tensor, mu: Tensor, logvar: Tensor): Tensor {
  const bce = functional.binaryCrossEntropy(recon, x, { reduction: "sum" });
  const kld = logvar.add(1).sub(mu.square()).sub(logvar.exp()).sum().mul(-0.5);
  return bce.add(kld);
}

manualSeed(1);
const { train, test } = data.mnist();
const model = new VAE();
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
for (let epoch = 1, step = 0; epoch <= 10 && step < MOST_STEPS; epoch++) {
  for (const [x] of new data.DataLoader(train, { batchSize: 128, shuffle: true, dropLast: true })) {
    optimizer.zeroGrad();
    const [recon, mu, logvar] = model.forward(x);
    const loss = lossFunction(recon, x, mu, logvar);
    loss.backward();
    optimizer.step();
    if (step % 50 === 0) console.log(`step ${step}: loss ${loss.div(128).item().toFixed(2)}`);
    if (++step === MOST_STEPS) break;
  }
  let total = 0;
  for (const [x] of new data.DataLoader(test, { batchSize: 500 })) {
    const [recon, mu, logvar] = noGrad(() => model.forward(x));
    total += lossFunction(recon, x, mu, logvar).item();
  }
  console.log(`epoch ${epoch}: test loss ${(total / test.length).toFixed(2)}`);
}
