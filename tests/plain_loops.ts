/** Loops outside every scope that never yield to the event loop: the first argument tells which. */
import { nn, noGrad, optim, randn, type Tensor } from "../mod.ts";

const TURNS = 700;
const x = randn([256, 1024]); // 1 MiB
const model = new nn.Linear(1024, 256);
const other = new nn.Linear(1024, 256);

const loops: Record<string, () => void | Promise<void>> = {
  training() {
    const sgd = new optim.SGD(model.parameters(), { lr: 1e-6 });
    for (let i = 0; i < TURNS / 4; i++) {
      sgd.zeroGrad();
      x.mul(model.weight).sum().backward();
      sgd.step();
    }
  },
  inference() {
    for (let i = 0; i < TURNS; i++) x.mul(2);
  },
  async readings() {
    for (let i = 0; i < TURNS; i++) await x.mul(2).sum().data();
  },
  "soft update"() {
    for (let i = 0; i < TURNS; i++) {
      const target = other.stateDict();
      noGrad(() => target.get("weight")!.mul_(0.9).add_(model.weight.mul(0.1)));
      other.loadStateDict(target);
    }
  },
  "collected losses"() {
    const losses: Tensor[] = [];
    for (let i = 0; i < TURNS; i++) losses.push(x.sub(1).sum());
  },
};

await loops[Deno.args[0]!]!();
