import fc from "fast-check";
import assert from "node:assert/strict";
import { data, ones, rand, scope, type Tensor, zeros } from "../../mod.ts";
import { Generator } from "../../src/core/random.ts";

/** What erasing makes of images with the first key of a seed. */
function erased(options: data.RandomErasingOptions, x: Tensor, seed = 3): Float32Array {
  return scope(() =>
    new data.RandomErasing(options).apply(x, new Generator(seed)).toTypedArray() as Float32Array
  );
}

/** The box around what is not 1 in an image of ones. */
function boxOf(
  image: Float32Array,
  w: number,
): { top: number; left: number; h: number; w: number } {
  const at = Array.from(image.keys()).filter((i) => image[i] !== 1);
  const [rows, columns] = [at.map((i) => Math.floor(i / w)), at.map((i) => i % w)];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { top, left, h: Math.max(...rows) - top + 1, w: Math.max(...columns) - left + 1 };
}

Deno.test("as many images as asked for lose one rectangle, its area, ratio and place uniform", () => {
  const [n, size] = [5000, 40];
  const options = { p: 0.7, area: [0.05, 0.2], ratio: [0.5, 2] } as const;
  const y = scope(() => erased(options, ones([n, 1, size, size])));
  const boxes = [];
  for (let i = 0; i < n; i++) {
    const image = y.subarray(i * size * size, (i + 1) * size * size);
    const zeros = image.reduce((sum, v) => sum + (v === 0 ? 1 : 0), 0);
    if (zeros === 0) continue;
    const box = boxOf(image, size);
    assert.equal(zeros, box.h * box.w, "a full rectangle");
    boxes.push(box);
  }
  const count = boxes.length;
  assert(Math.abs(count / n - 0.7) < 5 * Math.sqrt(0.7 * 0.3 / n), `${count} of ${n}`);
  const mean = (list: number[]) => list.reduce((a, b) => a + b) / count;
  // sides are rounded, by half a pixel at most
  for (const { h, w } of boxes) {
    assert((h + 0.5) * (w + 0.5) > 80 && (h - 0.5) * (w - 0.5) < 320, `${h} × ${w}`);
    assert((h + 0.5) / (w - 0.5) > 0.5 && (h - 0.5) / (w + 0.5) < 2, `${h} × ${w}`);
  }
  const area = mean(boxes.map(({ h, w }) => h * w)), spread = 240 / Math.sqrt(12);
  assert(Math.abs(area - 200) < 5 * spread / Math.sqrt(count), `area ${area}`);
  const ratio = mean(boxes.map(({ h, w }) => Math.log(h / w)));
  assert(Math.abs(ratio) < 5 * 0.41 / Math.sqrt(count), `log of the ratio ${ratio}`);
  for (
    const place of [
      boxes.map((b) => b.top / (40 - b.h)),
      boxes.map((b) => b.left / (40 - b.w)),
    ]
  ) {
    assert(Math.min(...place) === 0 && Math.max(...place) === 1, "up to the edges");
    assert(Math.abs(mean(place) - 0.5) < 5 * 0.31 / Math.sqrt(count), `place ${mean(place)}`);
  }
});

Deno.test("a rectangle has the given value in all channels, and nothing else changes", () => {
  const length = fc.integer({ min: 2, max: 12 });
  fc.assert(
    fc.property(
      length,
      length,
      fc.nat(3),
      fc.nat(3),
      fc.nat(1000),
      (h, w, n, c, seed) =>
        scope(() => {
          const x = rand([n, c, h, w]);
          const before = x.toTypedArray();
          const y = erased({ p: 1, value: -2.5 }, x, seed);
          assert.deepEqual(x.toTypedArray(), before);
          y.forEach((v, i) => assert(v === -2.5 || v === before[i]));
          const flat = { p: 1, value: -2.5, imageShape: [h, w] } as const;
          if (c > 0) {
            assert.deepEqual(erased(flat, x.reshape(n, c * h * w), seed), y);
          }
          for (let i = 0; i < n * c; i++) {
            const [first, here] = [Math.floor(i / c) * c, i].map((plane) =>
              Array.from(y.subarray(plane * h * w, (plane + 1) * h * w), (v) => v === -2.5)
            );
            assert.deepEqual(here, first);
          }
        }),
    ),
  );
});

Deno.test("with random numbers for a value, what is erased has mean 0 and variance 1", () => {
  const y = scope(() => erased({ p: 1, value: "random" }, ones([400, 2, 20, 20])));
  const noise = y.filter((v) => v !== 1);
  assert(noise.length > 20_000);
  const moment = (k: number) => noise.reduce((sum, v) => sum + v ** k, 0) / noise.length;
  assert(Math.abs(moment(1)) < 5 / Math.sqrt(noise.length), `mean ${moment(1)}`);
  assert(Math.abs(moment(2) - 1) < 5 * Math.SQRT2 / Math.sqrt(noise.length), `${moment(2)}`);
});

Deno.test("an image stays whole where p is 0, and where no rectangle fits", () => {
  scope(() => {
    const x = rand([50, 1, 6, 6]);
    assert.deepEqual(erased({ p: 0 }, x), x.toTypedArray());
    // of the whole image's area, none is smaller than the image both ways
    assert.deepEqual(erased({ p: 1, area: [1, 1] }, x), x.toTypedArray());
  });
});

Deno.test("composed transforms run in their order, each with a key of its own", () => {
  scope(() => {
    const x = rand([5, 81]);
    const imageShape = [9, 9] as const;
    const warp = new data.RandomWarp({ rotation: 20, imageShape });
    const erasing = new data.RandomErasing({ p: 1, value: 7, imageShape });
    const both = new Generator(1);
    const y = data.compose(warp.apply, erasing.apply)(x, both);
    assert.equal(both.state.stream, 2);
    const apart = new Generator(1);
    const turned = warp.apply(x, apart);
    assert.deepEqual(y.toArray(), erasing.apply(turned, apart).toArray());
    assert.equal(data.compose()(x, both), x);
  });
});

Deno.test("a loader takes the bound function", () => {
  scope(() => {
    const set = new data.TensorDataset(rand([10, 36]), zeros([10]));
    const { apply } = new data.RandomErasing({ p: 1, value: 9, imageShape: [6, 6] });
    for (const [x] of new data.DataLoader(set, { batchSize: 4, transform: apply })) {
      assert(x.toTypedArray().includes(9));
    }
  });
});

Deno.test("what erasing cannot take is named", () => {
  const make = (options: Record<string, unknown>) => () => new data.RandomErasing(options);
  const message = (text: string) => ({ name: "RangeError", message: `RandomErasing: ${text}` });
  assert.throws(make({ p: 1.5 }), message("the probability must be from 0 to 1: it is 1.5"));
  for (const area of [[0.3, 0.2], [-0.1, 0.2], [0.5, 1.1], [NaN, 1]]) {
    assert.throws(
      make({ area }),
      message(`area must be low and high, from 0 to 1: it is [${area.join(", ")}]`),
    );
  }
  for (const ratio of [[0, 1], [2, 1], [1, Infinity]]) {
    assert.throws(
      make({ ratio }),
      message(`ratio must be low and high, above 0: it is [${ratio.join(", ")}]`),
    );
  }
  assert.throws(
    make({ value: "noise" }),
    message('value must be a number or "random": it is "noise"'),
  );
  assert.throws(() => scope(() => erased({}, zeros([2, 9]))), {
    name: "ShapeError",
    message: "RandomErasing: images must be [n, channels, h, w], or [n, pixels] with the option " +
      "imageShape: they are [2, 9]",
  });
});
