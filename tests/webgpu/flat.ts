/**
 * Trains for many steps on the GPU and tells how much memory of the GPU and of the process it takes as
 * it goes on: both are to stay as they are.
 *
 *     deno run -A --config tests/deno.json tests/webgpu/flat.ts 10000
 */
import { data, manualSeed, memory, nn, optim, rand, tensor, train } from "../../mod.ts";
import { webgpu } from "../../src/webgpu/mod.ts";

const STEPS = Number(Deno.args[0] ?? 10_000);
/** Looks at the memory. */
const LOOKS = 10;

console.log((await webgpu()).description);
manualSeed(1);
const images = rand([640, 8, 8]).to("webgpu");
const labels = tensor(Array.from({ length: 640 }, (_, i) => i % 10), { dtype: "int32" })
  .to("webgpu");
const model = new nn.Sequential(
  new nn.Flatten(),
  new nn.Linear(64, 16),
  new nn.BatchNorm1d(16),
  new nn.ReLU(),
  new nn.Dropout(0.1),
  new nn.Linear(16, 10),
).to("webgpu");
const batchSize = 16;
const loader = new data.DataLoader(new data.TensorDataset(images, labels), {
  batchSize,
  shuffle: true,
});
const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3 });

/** What is taken at some step. */
interface Look {
  step: number;
  /** Bytes of all tensors; of the GPU's buffer. */
  live: number;
  heap: number;
  tensors: number;
  /** Bytes of the process. */
  process: number;
}

const looks: Look[] = [];
const every = Math.ceil(STEPS / LOOKS);
const trainer = new train.Trainer({
  model,
  optimizer,
  loss: new nn.CrossEntropyLoss(),
  callbacks: [{
    onStepEnd({ totalSteps: step }) {
      if (step % every !== 0) return;
      const { liveBytes: live, heapBytes: heap, tensors } = memory();
      looks.push({ step, live, heap, tensors, process: Deno.memoryUsage().rss });
      const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
      console.log(
        `step ${step}: ${tensors} tensors, ${mib(live)} MiB of them, GPU ${
          mib(heap)
        } MiB, process ${mib(looks.at(-1)!.process)} MiB`,
      );
      if (step >= STEPS) trainer.stop();
    },
  }],
});
const began = performance.now();
await trainer.fit(loader, loader, { epochs: Math.ceil(STEPS / (640 / batchSize)) });
console.log(`${STEPS} steps in ${((performance.now() - began) / 1000).toFixed(1)} s`);

const [begin, half, end] = [looks[1]!, looks[LOOKS / 2 - 1]!, looks.at(-1)!];
const grown = [
  end.heap > begin.heap && "the GPU's buffer",
  end.live > begin.live && "what tensors take",
  end.tensors > begin.tensors && "the number of tensors",
  // the engine's own heap takes its size in the first thousands of steps
  end.process > 1.1 * half.process && "the process",
].filter(Boolean);
if (grown.length > 0) {
  console.error(`${grown.join(" and ")} grew`);
  Deno.exitCode = 1;
}
