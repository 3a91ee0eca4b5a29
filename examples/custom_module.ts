/**
 * A module of one's own: parameters are fields, `forward` says what they do. It learns where a
 * curve lies that no layer of the library describes: y = a · exp(−b · x²).
 *
 *     deno run examples/custom_module.ts
 *
 * @module
 */
import { exp, functional, nn, optim, steps, type Tensor, tensor } from "@glim/glim";

/** A bell of height a and steepness b. x: [n] → [n]. */
class Bell extends nn.Module {
  readonly a = new nn.Parameter(tensor(1));
  readonly b = new nn.Parameter(tensor(1));

  forward(x: Tensor): Tensor {
    return exp(x.mul(x).mul(this.b).neg()).mul(this.a);
  }
}

const xs = Array.from({ length: 41 }, (_, i) => (i - 20) / 10); // −2 … 2
const x = tensor(xs);
const y = tensor(xs.map((v) => 3 * Math.exp(-2 * v * v)));

const bell = new Bell();
const optimizer = new optim.SGD(bell.parameters(), { lr: 0.1, momentum: 0.9 });
for (const _i of steps(500)) {
  optimizer.zeroGrad();
  functional.mseLoss(bell.forward(x), y).backward();
  optimizer.step();
}

for (const [name, value] of bell.namedParameters()) console.log(name, value.item().toFixed(3));
const [a, b] = [bell.a.item(), bell.b.item()];
if (!(Math.abs(a - 3) < 0.01 && Math.abs(b - 2) < 0.01)) Deno.exit(1); // 3 and 2 made the data
