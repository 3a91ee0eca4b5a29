import assert from "node:assert/strict";
import { data, Generator, manualSeed, rand, tensor } from "../../mod.ts";

const images = () => rand([40, 3, 5, 7]);
const rows = (x: ReturnType<typeof rand>) => x.toArray() as number[][][][];

Deno.test("a flip mirrors each image or leaves it, all channels alike; p says how often", () => {
  const x = images();
  const before = rows(x);
  const after = rows(new data.RandomFlip({ horizontal: 0.5 }).apply(x, new Generator(1)));
  const flipped = after.map((image, i) => {
    const mirrored = before[i]!.map((plane) => plane.map((row) => row.toReversed()));
    const is = JSON.stringify(image) === JSON.stringify(mirrored);
    if (!is) assert.deepEqual(image, before[i]);
    return is;
  });
  const count = flipped.filter(Boolean).length;
  assert.ok(count > 8 && count < 32, String(count));
  const all = rows(new data.RandomFlip({ horizontal: 0, vertical: 1 }).apply(x, new Generator(1)));
  assert.deepEqual(all, before.map((image) => image.map((plane) => plane.toReversed())));
  const flat = new data.RandomFlip({ horizontal: 1, imageShape: [5, 7] }).apply(
    x.reshape(40, 105),
    new Generator(1),
  );
  assert.deepEqual(flat.shape, [40, 105]);
});

Deno.test("a crop moves each image by at most the padding, and zeros come in", () => {
  const x = images();
  const before = rows(x);
  const after = rows(new data.RandomCrop({ padding: 2 }).apply(x, new Generator(2)));
  const seen = new Set<string>();
  after.forEach((image, i) => {
    const at = (c: number, y: number, x: number) => before[i]![c]![y]?.[x] ?? 0;
    const found = [];
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) {
        if (
          image.every((plane, c) =>
            plane.every((row, y) => row.every((v, k) => v === at(c, y + dy, k + dx)))
          )
        ) {
          found.push(`${dy} ${dx}`);
        }
      }
    }
    assert.equal(found.length, 1);
    seen.add(found[0]!);
  });
  assert.ok(seen.size > 10, `${seen.size} of 25 places`);
});

Deno.test("colours change by as much as is asked for, within [0, 1]", () => {
  const x = images();
  const none = new data.ColourJitter({ brightness: 0, contrast: 0, saturation: 0 }).apply(
    x,
    new Generator(1),
  );
  assert.ok(none.sub(x).abs().max().item() < 1e-6);
  const lighter = new data.ColourJitter({ brightness: 0.5, contrast: 0, saturation: 0 }).apply(
    x,
    new Generator(1),
  );
  const factors = rows(lighter).map((image, i) => image[0]![0]![0]! / rows(x)[i]![0]![0]![0]!);
  assert.ok(Math.min(...factors) < 0.8 && Math.min(...factors) >= 0.49);
  const grey = new data.ColourJitter({ brightness: 0, contrast: 0, saturation: 1 }).apply(
    x,
    new Generator(3),
  );
  assert.ok(grey.min().item() >= 0 && grey.max().item() <= 1);
  assert.throws(
    () => new data.ColourJitter().apply(x.reshape(40, 105), new Generator(1)),
    /ColourJitter: images must be/,
  );
});

Deno.test("mixup and cutmix give targets whose shares are those of what is in the picture", () => {
  manualSeed(4);
  // image i is i everywhere, its label is i
  const n = 6;
  const x = tensor(Float32Array.from({ length: n * 64 }, (_, i) => Math.floor(i / 64)), {
    shape: [n, 1, 8, 8],
  });
  const y = tensor(Int32Array.from({ length: n }, (_, i) => i));
  for (const mix of [data.mixup, data.cutmix]) {
    const [mixed, targets] = mix(x, y, { classes: n, generator: new Generator(5) });
    const means = mixed.mean([1, 2, 3]).toArray() as number[];
    let some = 0;
    (targets.toArray() as number[][]).forEach((shares, i) => {
      assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-6);
      const expected = shares.reduce((sum, share, label) => sum + share * label, 0);
      assert.ok(Math.abs(means[i]! - expected) < 1e-5, `${mix.name} ${i}: ${means[i]} ${expected}`);
      if (shares[i]! < 0.99) some++;
    });
    assert.ok(some >= 2, "some are mixed");
  }
  assert.throws(() => data.mixup(x, y, { classes: 3 }), /mixup: labels are 0 to 2: number 3 is 3/);
  assert.throws(() => data.cutmix(x.reshape(n, 64), y, { classes: n }), /cutmix: images must be/);
});
