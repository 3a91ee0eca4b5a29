/**
 * Digits that nobody has written (Radford, Metz and Chintala, "Unsupervised representation learning
 * with deep convolutional generative adversarial networks", 2016): PyTorch's example `dcgan`, for
 * images of 28 × 28 pixels and with 32 maps where it has 64.
 *
 *     deno run --allow-read examples/dcgan.ts # the first deno task train brings MNIST
 *
 * After 100 steps the losses are 0.57 of the discriminator and 1.64 of the generator; of PyTorch's
 * program 0.52 and 1.81: `--steps 101`.
 *
 * @module
 */
import { data, manualSeed, nn, ones, optim, randn, zeros } from "@glim/glim";
import { MOST_STEPS } from "./fit.ts";

const [BATCH, NZ, NGF, NDF, LR, BETA1] = [64, 100, 32, 32, 0.0002, 0.5];

/** z: [b, 100, 1, 1] → [b, 1, 28, 28] in [−1, 1]. */
const netG = new nn.Sequential(
  new nn.ConvTranspose2d(NZ, NGF * 4, 7, { bias: false }),
  new nn.BatchNorm2d(NGF * 4),
  new nn.ReLU(),
  new nn.ConvTranspose2d(NGF * 4, NGF * 2, 4, { stride: 2, padding: 1, bias: false }),
  new nn.BatchNorm2d(NGF * 2),
  new nn.ReLU(),
  new nn.ConvTranspose2d(NGF * 2, 1, 4, { stride: 2, padding: 1, bias: false }),
  new nn.Tanh(),
);

/** [b, 1, 28, 28] → the probability that it is of the data, [b, 1, 1, 1]. */
const netD = new nn.Sequential(
  new nn.Conv2d(1, NDF, 4, { stride: 2, padding: 1, bias: false }),
  new nn.LeakyReLU(0.2),
  new nn.Conv2d(NDF, NDF * 2, 4, { stride: 2, padding: 1, bias: false }),
  new nn.BatchNorm2d(NDF * 2),
  new nn.LeakyReLU(0.2),
  new nn.Conv2d(NDF * 2, 1, 7, { bias: false }),
  new nn.Sigmoid(),
);

manualSeed(1);
for (const net of [netG, netD]) {
  net.apply((m) => {
    if (m instanceof nn.Conv2d || m instanceof nn.ConvTranspose2d) {
      nn.init.normal_(m.weight, 0, 0.02);
    }
    if (m instanceof nn.BatchNorm2d && m.weight !== null) nn.init.normal_(m.weight, 1, 0.02);
  });
}
const criterion = new nn.BCELoss();
const optimizerD = new optim.Adam(netD.parameters(), { lr: LR, betas: [BETA1, 0.999] });
const optimizerG = new optim.Adam(netG.parameters(), { lr: LR, betas: [BETA1, 0.999] });
const real = ones([BATCH]).keep(), fake = zeros([BATCH]).keep();
const { train } = data.mnist();
const batches = new data.DataLoader(train, { batchSize: BATCH, shuffle: true, dropLast: true });
for (let step = 0; step < Math.min(MOST_STEPS, 4000);) {
  for (const [x] of batches) {
    // the discriminator: log D(x) + log(1 − D(G(z))), up
    netD.zeroGrad();
    const errDReal = criterion.forward(
      netD.forward(x.reshape(-1, 1, 28, 28).mul(2).sub(1)).flatten(),
      real,
    );
    errDReal.backward();
    const images = netG.forward(randn([BATCH, NZ, 1, 1]));
    const errDFake = criterion.forward(netD.forward(images.detach()).flatten(), fake);
    errDFake.backward();
    optimizerD.step();
    // the generator: log D(G(z)), up
    netG.zeroGrad();
    const output = netD.forward(images).flatten();
    const errG = criterion.forward(output, real);
    errG.backward();
    optimizerG.step();
    if (step % 10 === 0) {
      const errD = errDReal.add(errDFake).item();
      console.log(`step ${step}: loss ${errD.toFixed(4)}, of G ${errG.item().toFixed(4)}`);
    }
    if (++step >= Math.min(MOST_STEPS, 4000)) break;
  }
}
