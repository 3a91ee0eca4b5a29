import assert from "node:assert/strict";
import { data, nn, randn, scope, type Tensor, tensor, train } from "../../mod.ts";
import { live } from "../leaks.ts";

/** Images of one bright pixel each, at all places of 3 × 3, with labels that do not matter. */
function images(flat = false): data.TensorDataset {
  const x = new Float32Array(81).map((_, i) => i % 10 === 0 ? 1 : 0);
  const shape = flat ? [9, 9] : [9, 1, 3, 3];
  return new data.TensorDataset(tensor(x, { shape }), tensor(new Int32Array(9)));
}

/** The chance of class 1 is σ(10) where the pixel in the middle is bright, else σ(0). */
class Middle extends nn.Module {
  forward(x: Tensor): Tensor {
    const pixels = x.reshape(x.shape[0]!, 9);
    return pixels.matmul(tensor([0, 0, 0, 0, 1, 0, 0, 0, 0].map((w) => [0, 10 * w])));
  }
}

/** No scores. */
class Square extends nn.Module {
  forward(x: Tensor): Tensor {
    return x.reshape(x.shape[0]!, 3, 3);
  }
}

/** What class 1 gets for each place, if the middle is bright in some of the copies. */
function expected(copies: readonly [dy: number, dx: number][]): number[] {
  const bright = 1 / (1 + Math.exp(-10));
  return Array.from({ length: 9 }, (_, place) => {
    const [y, x] = [Math.floor(place / 3), place % 3];
    const hits = copies.filter(([dy, dx]) => y + dy === 1 && x + dx === 1).length;
    return (hits * bright + (copies.length - hits) / 2) / copies.length;
  });
}

const COPIES: [dy: number, dx: number][][] = [
  [[0, 0]],
  [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0]],
  [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx): [number, number] => [dy, dx])),
];

for (const shifts of [0, 1, 2] as const) {
  Deno.test(`probabilities are the mean over shifted copies: shifts ${shifts}`, async () => {
    for (const flat of [false, true]) {
      const loader = new data.DataLoader(images(flat), { batchSize: 4 });
      const model = new Middle();
      const options: train.PredictOptions = { shifts, ...flat ? { imageShape: [3, 3] } : {} };
      const before = live().tensors;
      const p = await train.predict(model, loader, options);
      assert.equal(live().tensors, before + 1);
      assert.deepEqual([p.shape, p.dtype, model.training], [[9, 2], "float32", true]);
      const rows = p.toArray() as [number, number][];
      expected(COPIES[shifts]!).forEach((one, i) => {
        assert.ok(Math.abs(rows[i]![1] - one) < 1e-6, `${i}: ${rows[i]}, ${one}`);
        assert.ok(Math.abs(rows[i]![0] + rows[i]![1] - 1) < 1e-6);
      });
      p[Symbol.dispose]();
    }
  });
}

Deno.test("images of several channels are shifted together", async () => {
  const set = new data.TensorDataset(randn([5, 2, 4, 6]), tensor(new Int32Array(5)));
  const model = new nn.Sequential(new nn.Conv2d(2, 3, 3), new nn.Flatten(), new nn.Linear(24, 4));
  const loader = new data.DataLoader(set, { batchSize: 2, dropLast: true });
  const p = await train.predict(model, loader, { shifts: 2 });
  assert.deepEqual(p.shape, [4, 4]);
});

Deno.test("the probabilities belong to no scope", async () => {
  const loader = new data.DataLoader(images());
  const promise = scope(() => {
    const promise = train.predict(new Middle(), loader);
    return () => promise;
  })();
  const p = await promise;
  assert.equal(p.toTypedArray().length, 18);
});

Deno.test("what cannot be predicted is refused, and nothing is left of it", async () => {
  const flat = new data.DataLoader(images(true), { batchSize: 4 });
  const before = live().tensors;
  await assert.rejects(train.predict(new Middle(), flat, { shifts: 1 }), {
    name: "ShapeError",
    message:
      "predict: images must be [n, channels, h, w], or [n, pixels] with the option imageShape: " +
      "they are [4, 9]",
  });
  await assert.rejects(train.predict(new Middle(), flat, { shifts: 3 as 2 }), {
    name: "RangeError",
    message: "predict: shifts must be 0, 1 or 2: it is 3",
  });
  await assert.rejects(train.predict(new Square(), flat), {
    name: "ShapeError",
    message: "predict: the model must give scores [b, classes]: it gives [4, 3, 3]",
  });
  let calls = 0;
  class Fails extends Middle {
    override forward(x: Tensor): Tensor {
      if (calls++ === 1) throw new Error("no");
      return super.forward(x);
    }
  }
  await assert.rejects(train.predict(new Fails(), flat), /^Error: no$/);
  assert.equal(live().tensors, before);
  const none = new data.DataLoader(images(), { batchSize: 10, dropLast: true });
  await assert.rejects(train.predict(new Middle(), none), {
    name: "RangeError",
    message: "predict: the data set has no batch",
  });
});
