/**
 * What holds of each optimizer there is, with no row that names it: it goes downhill, takes the steps on
 * the reference device that it takes on the CPU, and goes on from its state dict as if never stopped.
 */
import assert from "node:assert/strict";
import { type DeviceName, nn, ones, optim, scope, steps, tensor } from "../../mod.ts";

type Made = optim.Optimizer<{ lr: number }>;
type Class = new (params: nn.Parameter[], options: { lr: number }) => Made;

const classes = Object.entries(optim).filter(([_, value]) =>
  (value as { prototype?: unknown }).prototype instanceof optim.Optimizer
) as unknown as [string, Class][];

/** Settings with which each average forgets soon. */
const FORGETFUL: Record<string, object> = {
  SGD: { momentum: 0.9 },
  RMSprop: { alpha: 0.9, momentum: 0.9, centered: true },
  Adafactor: { beta2Decay: -0.01 },
};
for (const name of ["Adam", "AdamW", "NAdam", "RAdam", "Adamax"]) {
  FORGETFUL[name] = { betas: [0.9, 0.9] };
}

const START = [[1.5, -2, 0.5, -0.25, 3]];

/** A step of gradient descent on Σ wᵢ² / i. */
function step(w: nn.Parameter, optimizer: Made): number {
  const divisors = tensor([1, 2, 3, 4, 5]).to(w.device);
  return scope(() => {
    const loss = optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = w.square().div(divisors).sum();
      loss.backward();
      return loss;
    });
    return loss.item();
  });
}

function parameter(device: DeviceName = "cpu"): nn.Parameter {
  return new nn.Parameter(tensor(START).to(device));
}

Deno.test("there are optimizers to try", () => {
  assert.ok(classes.length >= 14);
});

for (const [name, Class] of classes) {
  Deno.test(`${name} goes downhill, on the reference device by the same steps`, () => {
    const all = (["cpu", "reference"] as const).map((device) => {
      const w = parameter(device);
      const optimizer = new Class([w], { lr: 0.01 });
      const first = step(w, optimizer);
      for (const _ of steps(20)) step(w, optimizer);
      assert.ok(step(w, optimizer) < first, device);
      return w.toTypedArray();
    });
    all[0]!.forEach((value, i) => assert.ok(Math.abs(value - all[1]![i]!) < 1e-5, `${all}`));
  });

  Deno.test(`${name} goes on from its state dict as if it had never stopped`, () => {
    scope(() => {
      const [w, v] = [parameter(), parameter()];
      const whole = new Class([w], { lr: 0.01 }), part = new Class([v], { lr: 0.01 });
      for (let i = 0; i < 3; i++) step(w, whole), step(v, part);
      const state = part.stateDict();
      const other = new Class([v], { lr: 1 });
      other.loadStateDict(state);
      for (let i = 0; i < 3; i++) step(w, whole), step(v, other);
      assert.deepEqual(v.toArray(), w.toArray());
    });
  });

  Deno.test(`${name} keeps no denormal number, which would make its steps many times slower`, () => {
    for (const device of ["cpu", "reference"] as const) {
      const w = parameter(device);
      const optimizer = new Class([w], { lr: 0.01, ...FORGETFUL[name] });
      w.grad = ones(w.shape).to(device);
      for (const _ of steps(1000)) { // 0.9 to the power of 829 is denormal
        optimizer.step(() => tensor(0));
        w.grad.fill_(0); // no sample reaches the weights any more
      }
      for (const [key, kept] of Object.entries(optimizer.stateDict().state.get(0) ?? {})) {
        if (typeof kept === "number") continue;
        for (const x of kept.toTypedArray()) {
          assert.ok(x === 0 || Math.abs(x) >= 2 ** -126, `${device}: ${key} keeps ${x}`);
        }
      }
    }
  });
}
