import assert from "node:assert/strict";
import { lrScheduler, nn, optim, tensor, zeros } from "../../mod.ts";

/** The rates after each of these losses, from 1 on. */
function rates(losses: number[], factor?: number): number[] {
  using p = new nn.Parameter(zeros([1]));
  const sgd = new optim.SGD([p], { lr: 1 });
  const rule = new lrScheduler.DecayOnRise(sgd, factor === undefined ? {} : { factor });
  return losses.map((loss) => {
    rule.step(loss);
    return rule.getLastLr()[0]!;
  });
}

Deno.test("the rate falls after each epoch whose loss is above the epoch before's", () => {
  // 4 is above the best so far, 3, but not above the epoch before, 5
  assert.deepEqual(rates([5, 3, 5, 4, 4, 4.5]), [1, 1, 0.5, 0.5, 0.5, 0.25]);
  assert.deepEqual(rates([1, 2], 0.1), [1, 0.1]);
});

Deno.test("all groups decay, each from its own rate", () => {
  using p = new nn.Parameter(tensor([0]));
  using q = new nn.Parameter(tensor([0]));
  const sgd = new optim.SGD([{ params: [p], lr: 8 }, { params: [q], lr: 2 }]);
  const rule = new lrScheduler.DecayOnRise(sgd);
  rule.step(1);
  rule.step(2);
  assert.deepEqual(rule.getLastLr(), [4, 1]);
});

Deno.test("a scheduler goes on from its state, through JSON too", () => {
  using p = new nn.Parameter(zeros([1]));
  const sgd = new optim.SGD([p], { lr: 1 });
  const first = new lrScheduler.DecayOnRise(sgd);
  const fresh = JSON.parse(JSON.stringify(first.stateDict()));
  first.step(3);
  const state = JSON.parse(JSON.stringify(first.stateDict()));
  const second = new lrScheduler.DecayOnRise(sgd);
  second.loadStateDict(state);
  second.step(4);
  assert.deepEqual(second.getLastLr(), [0.5]);
  second.loadStateDict(fresh);
  second.step(100);
  assert.deepEqual(second.getLastLr(), [0.5]);
});

Deno.test("the factor lies between 0 and 1, and a step needs its loss", () => {
  using p = new nn.Parameter(zeros([1]));
  const sgd = new optim.SGD([p]);
  for (const factor of [0, 1, NaN]) {
    assert.throws(() => new lrScheduler.DecayOnRise(sgd, { factor }), {
      name: "RangeError",
      message: `DecayOnRise: factor must be a number between 0 and 1: it is ${factor}`,
    });
  }
  assert.throws(() => new lrScheduler.DecayOnRise(sgd).step(), {
    name: "TypeError",
    message: "DecayOnRise: step(loss) needs the epoch's training loss",
  });
});
