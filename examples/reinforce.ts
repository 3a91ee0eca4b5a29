/**
 * REINFORCE (Williams, 1992) on CartPole: PyTorch's example `reinforce`, with its network and
 * settings. It is solved where the running reward is above 475.
 *
 *     deno run examples/reinforce.ts
 *
 * The number of episodes that it takes is mostly luck: half of 15 seeds need 642 at most (337 to
 * 1324), half of 10 seeds of PyTorch's program 325 at most (233 to 1021). With PyTorch's first weights,
 * masks and actions it comes to PyTorch's weights, within 1e-5 after 150 episodes.
 *
 * @module
 */
import { distributions, manualSeed, nn, optim, steps, type Tensor, tensor } from "@glim/glim";
import { CartPole, type Observation } from "./cart_pole.ts";
import { MOST_STEPS } from "./fit.ts";

class Policy extends nn.Module {
  affine1 = new nn.Linear(4, 128);
  dropout = new nn.Dropout(0.6);
  affine2 = new nn.Linear(128, 2);

  forward(x: Tensor): Tensor {
    x = this.dropout.forward(this.affine1.forward(x)).relu();
    return this.affine2.forward(x).softmax(1);
  }
}

const seed = Deno.args.indexOf("--seed");
manualSeed(seed < 0 ? 543 : Number(Deno.args[seed + 1]));
const env = new CartPole();
const policy = new Policy();
const optimizer = new optim.Adam(policy.parameters(), { lr: 1e-2 });
const eps = 2 ** -23;

function selectAction(state: Observation): [action: number, logProb: Tensor] {
  const probs = policy.forward(tensor([state], { dtype: "float32" }));
  const m = new distributions.Categorical(probs);
  const action = m.sample();
  return [action.item(), m.logProb(action)];
}

function finishEpisode(savedLogProbs: Tensor[], rewards: number[]): void {
  let r = 0;
  const list: number[] = [];
  for (const reward of rewards.toReversed()) list.unshift(r = reward + 0.99 * r);
  const mean = list.reduce((sum, r) => sum + r, 0) / list.length;
  const variance = list.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (list.length - 1);
  const returns = list.map((r) => (r - mean) / (Math.sqrt(variance) + eps));
  optimizer.zeroGrad();
  let policyLoss = tensor(0, { dtype: "float32" });
  savedLogProbs.forEach((logProb, i) =>
    policyLoss = policyLoss.sub(logProb.mul(returns[i] ?? 0).sum())
  );
  policyLoss.backward();
  optimizer.step();
}

let runningReward = 10;
for (const episode of steps(Math.min(3000, MOST_STEPS))) {
  let state = env.reset();
  const savedLogProbs: Tensor[] = [];
  const rewards: number[] = [];
  for (let isDone = false; !isDone;) {
    const [action, logProb] = selectAction(state);
    const next = env.step(action);
    state = next.state;
    isDone = next.terminated || next.truncated;
    savedLogProbs.push(logProb);
    rewards.push(1);
  }
  runningReward = 0.05 * rewards.length + 0.95 * runningReward;
  finishEpisode(savedLogProbs, rewards);
  if (episode % 10 === 0) {
    console.log(`episode ${episode}: last ${rewards.length}, running ${runningReward.toFixed(2)}`);
  }
  if (runningReward > 475) {
    console.log(`solved after ${episode} episodes`);
    break;
  }
}
