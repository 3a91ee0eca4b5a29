/**
 * How busy a folder of JPEG files keeps a small convolutional network: the share of an epoch in which it
 * computes, and does not wait for pictures.
 *
 *     deno run --config tests/deno.json -A bench/lab/pictures.ts [pictures] [pixels] [size] [workers]
 */
import { data, nn, optim, scope, setNumThreads } from "@glim/glim";
import jpeg from "jpeg-js";

const [pictures = 10_000, pixels = 128, size = 32, workers = 1] = Deno.args.map(Number);
const BATCH = 64;
const DISTINCT = 100;

const dir = Deno.makeTempDirSync({ prefix: "pictures_" });
for (const name of ["a", "b"]) Deno.mkdirSync(`${dir}/${name}`);
const files = Array.from({ length: DISTINCT }, (_, k) => {
  const bytes = new Uint8Array(4 * pixels * pixels);
  for (let i = 0; i < pixels * pixels; i++) {
    const [y, x] = [Math.floor(i / pixels), i % pixels];
    bytes.set([x * 255 / pixels, (y * (1 + k % 7)) % 256, (x ^ y ^ k) % 256, 255], 4 * i);
  }
  return jpeg.encode({ data: bytes, width: pixels, height: pixels }, 90).data;
});
for (let i = 0; i < pictures; i++) {
  Deno.writeFileSync(`${dir}/${"ab"[i % 2]}/${i}.jpg`, files[i % DISTINCT]!);
}

setNumThreads(1);
try {
  using set = await data.WorkerDataset.start(
    () =>
      new Worker(new URL("picture_worker.ts", import.meta.url), {
        type: "module",
        name: `${size} ${dir}`,
      }),
    { workers },
  );
  const model = new nn.Sequential(
    ...[[3, 24], [24, 48], [48, 96]].flatMap(([from, to]) => [
      new nn.Conv2d(from!, to!, 3, { padding: 1 }),
      new nn.BatchNorm2d(to!),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
    ]) as [nn.Conv2d],
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(96, 2),
  );
  const optimizer = new optim.AdamW(model.parameters());
  const loss = new nn.CrossEntropyLoss();
  for (let epoch = 0; epoch < 2; epoch++) {
    let computing = 0;
    const began = performance.now();
    const loader = new data.StreamLoader(set, { batchSize: BATCH, shuffle: true, prefetch: 4 });
    for await (const [x, y] of loader) {
      const start = performance.now();
      using _step = scope();
      optimizer.zeroGrad();
      loss.forward(model.forward(x), y).backward();
      optimizer.step();
      computing += performance.now() - start;
    }
    const all = performance.now() - began;
    console.log(
      `epoch ${epoch}: ${pictures} JPEGs of ${pixels} × ${pixels} as ${size} × ${size}, ` +
        `${workers} workers: ${(all / 1000).toFixed(1)} s, busy ${
          (100 * computing / all).toFixed(1)
        } %, ` +
        `${Math.round(Deno.memoryUsage().rss / 2 ** 20)} MiB`,
    );
  }
} finally {
  Deno.removeSync(dir, { recursive: true });
}
