// Learns exclusive or, which no single linear layer can: deno run examples/xor.ts
import { manualSeed, nn, optim, steps, tensor } from "@glim/glim";

manualSeed(1);
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
const y = tensor([[0], [1], [1], [0]]);
const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
const loss = new nn.MSELoss();
const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });

for (const _i of steps(500)) {
  sgd.zeroGrad();
  loss.forward(model.forward(x), y).backward();
  sgd.step();
}

const learned = model.forward(x);
[[0, 0], [0, 1], [1, 0], [1, 1]].forEach(([a, b], i) => {
  console.log(`${a} xor ${b} = ${learned.select(0, i).item().toFixed(3)}`);
});
if (!(learned.sub(y).abs().max().item() < 0.1)) {
  console.error("not learned");
  Deno.exit(1);
}
