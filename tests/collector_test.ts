import assert from "node:assert/strict";
import { data, memory, nn, ones, optim, scope, type Tensor, tensor } from "../mod.ts";
import { collect } from "./collector.ts";
import { macrotask } from "./waiting.ts";

const MiB = 2 ** 20;

/** Has V8 collect until live bytes are below a limit; false if 20 times do not get there. */
async function fallsBelow(limit: number, times = 20): Promise<boolean> {
  for (let i = 0; i < times; i++) {
    collect();
    await macrotask(); // where finalisers run
    if (memory().liveBytes < limit) return true;
  }
  return false;
}

Deno.test("the collector gives back stray tensors once the program yields", async () => {
  const before = memory().liveBytes;
  const held = ones([MiB / 4]);
  for (let i = 0; i < 64; i++) ones([MiB / 4]).mul(i);
  assert.equal(memory().liveBytes - before, 129 * MiB);
  assert(await fallsBelow(before + 16 * MiB), `${memory().liveBytes / MiB} MiB are left`);
  assert.equal(held.sum().item(), MiB / 4);
});

Deno.test("the collector gives back modules with their gradients and momentum", async () => {
  const before = memory().liveBytes;
  for (let i = 0; i < 20; i++) {
    const model = new nn.Linear(512, 512); // 1 MiB, and as much for gradient and momentum
    const sgd = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    for (let step = 0; step < 3; step++) {
      scope(() => {
        sgd.zeroGrad();
        model.forward(ones([2, 512])).sum().backward();
        sgd.step();
      });
    }
  }
  assert(memory().liveBytes - before > 40 * MiB);
  assert(await fallsBelow(before + 16 * MiB), `${memory().liveBytes / MiB} MiB are left`);
});

Deno.test("a gradient that is still held keeps its memory when its leaf is gone", async () => {
  const gradients = Array.from({ length: 20 }, (_, i) => {
    const leaf = tensor(new Float32Array(MiB / 4).fill(i), { requiresGrad: true });
    scope(() => leaf.mul(leaf).sum().backward());
    return leaf.grad!;
  });
  assert.equal(await fallsBelow(0, 3), false);
  gradients.forEach((grad, i) => {
    assert.equal(grad.storage.block === null, false);
    assert.deepEqual(scope(() => grad.narrow(0, 0, 2).toArray()), [2 * i, 2 * i]);
  });
});

Deno.test("views keep their base's memory from the collector", async () => {
  const views = Array.from({ length: 20 }, (_, i) => {
    return tensor(new Float32Array(MiB / 4).fill(i)).narrow(0, 7, 2);
  });
  assert.equal(await fallsBelow(0, 3), false);
  views.forEach((view, i) => assert.deepEqual(view.toArray(), [i, i]));
});

Deno.test("the collector ends an iterator that was left after next(), and what is held stays", async () => {
  const before = memory().liveBytes;
  const held: Tensor[] = [];
  await (async () => {
    for (let i = 0; i < 40; i++) { // 6 MiB each
      const set = new data.TensorDataset(ones([2, MiB / 4]).mul(i), ones([2]));
      const [x] = new data.DataLoader(set)[Symbol.iterator]().next().value as [Tensor, Tensor];
      held.push(x.narrow(1, 0, 2));
      ones([MiB / 4]);
      await macrotask();
    }
  })();
  const kept = held.slice(0, 4);
  held.length = 0;
  assert(await fallsBelow(before + 100 * MiB), `${memory().liveBytes / MiB} MiB are left`);
  kept.forEach((x, i) => assert.deepEqual(x.toArray(), [[i, i]]));
});

Deno.test("small stray tensors in a loop that yields weigh on the collector too", async () => {
  const before = memory().liveBytes;
  let most = 0;
  for (let i = 0; i < 400; i++) { // 1 GiB in all, of 16 KiB each
    for (let j = 0; j < 160; j++) ones([4096]);
    await macrotask();
    most = Math.max(most, memory().liveBytes - before);
  }
  assert(most < 500 * MiB, `${most / MiB} MiB at most`);
});
