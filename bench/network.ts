/**
 * The network that is trained and asked, with the parameters that every library starts from.
 *
 * @module
 */
import { nn, noGrad, tensor } from "../mod.ts";
import { initialLayers } from "./seeds.ts";

/** Linear layers with relu between them, of given sizes. */
export function network(sizes: readonly number[]): nn.Sequential {
  const layers = initialLayers(sizes).map(({ inputs, outputs, weight, bias }) => {
    const linear = new nn.Linear(inputs, outputs);
    noGrad(() => {
      linear.weight.copy_(tensor(weight, { shape: [outputs, inputs] }));
      linear.bias!.copy_(tensor(bias));
    });
    return linear;
  });
  return new nn.Sequential(...layers.flatMap((l, i) => i === 0 ? [l] : [new nn.ReLU(), l]));
}

/** GFLOP of one sample's products: forward, and in training also both gradients. */
export function gflopOf(sizes: readonly number[], training: boolean): number {
  let flop = 0;
  for (let i = 1; i < sizes.length; i++) {
    const product = 2 * sizes[i - 1]! * sizes[i]!;
    flop += product * (training ? (i === 1 ? 2 : 3) : 1); // nobody asks for the images' gradient
  }
  return flop / 1e9;
}
