/** A file of its own, hence a process state of its own: the warning comes once. */
import assert from "node:assert/strict";
import { nn, optim, scope, steps, zeros } from "../mod.ts";
import { catchWarnings } from "./warnings.ts";

Deno.test("a loop with no scope warns once, naming the cure; one with a scope never", () => {
  using warnings = catchWarnings();
  using w = new nn.Parameter(zeros([1024, 1024]));
  const sgd = new optim.SGD([w], { lr: 0.001 });
  const step = () => {
    sgd.zeroGrad();
    w.relu().sum().backward();
    sgd.step();
  };
  for (const _i of steps(12)) step();
  for (let i = 0; i < 12; i++) {
    using _s = scope();
    step();
  }
  assert.deepEqual(warnings.texts, []);
  for (let i = 0; i < 24; i++) step(); // 4 MiB each
  assert.equal(warnings.texts.length, 1);
  assert.match(
    warnings.texts[0]!,
    /^glim: \d+ MiB in use and growing with every backward\(\): most of it was made outside every scope/,
  );
  assert.match(
    warnings.texts[0]!,
    /steps\(n\) or a DataLoader, or put `using _s = scope\(\)` first/,
  );
});
