import fc from "fast-check";
import assert from "node:assert/strict";
import {
  data,
  fromTypedArray,
  getKernelBuild,
  getNumThreads,
  rand,
  scope,
  setKernelBuild,
  setNumThreads,
  type Tensor,
  zeros,
} from "../../mod.ts";
import { randomMaps } from "../../src/data/random_warp.ts";
import { Generator } from "../../src/core/random.ts";
import { uniformArray } from "../prng.ts";
import { useThreads } from "../threads.ts";

/** What recipes for digits use. */
const DIGITS: data.RandomWarpOptions = {
  rotation: 12,
  scale: 0.12,
  shear: 0.15,
  shift: 2,
  elastic: 0.7,
  points: 4,
};

/** Images of noise. */
function images(...shape: number[]): Tensor {
  return fromTypedArray(uniformArray(1, shape.reduce((a, b) => a * b)), shape);
}

/** What a warp makes of images with the first key of a seed. */
function warped(options: data.RandomWarpOptions, x: Tensor, seed = 3): Float32Array {
  return scope(() =>
    new data.RandomWarp(options).apply(x, new Generator(seed)).toTypedArray() as Float32Array
  );
}

Deno.test("without options a warp gives the same images back, in memory of their own", () => {
  scope(() => {
    for (const options of [{}, { points: 7, imageShape: [5, 9] }] as const) {
      const x = images(3, 2, 5, 9);
      const y = new data.RandomWarp(options).apply(x, new Generator(1));
      assert.deepEqual(y.toArray(), x.toArray());
      assert.notEqual(y.storage, x.storage);
    }
  });
});

Deno.test("angles, zooms, shears and shifts are uniform within their bounds, and independent", () => {
  const n = 20_000;
  const most = { rotation: 30, scale: 0.3, shear: 0.2, shift: 3 };
  const maps = randomMaps(new Generator(1).next(), n, most);
  const drawn: number[][] = [[], [], [], [], [], []];
  for (let i = 0; i < n; i++) {
    const [a00, a01, shiftX, a10, a11, shiftY] = maps.subarray(i * 6) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const zoomX = Math.hypot(a00, a10);
    const [cos, sin] = [a00 / zoomX, a10 / zoomX];
    const zoomY = cos * a11 - sin * a01; // turned back, the second column is (shear, 1) · zoom
    const shear = (cos * a01 + sin * a11) / zoomY;
    [
      Math.atan2(sin, cos) / (Math.PI / 180) / most.rotation,
      Math.log(zoomX) / most.scale,
      Math.log(zoomY) / most.scale,
      shear / most.shear,
      shiftX / most.shift,
      shiftY / most.shift,
    ].forEach((u, k) => drawn[k]!.push(u));
  }
  const mean = (list: number[]) => list.reduce((a, b) => a + b) / n;
  const error = 1 / Math.sqrt(n);
  drawn.forEach((list, k) => {
    assert(Math.max(...list) < 1.00001 && Math.min(...list) > -1.00001, `${k}: range`);
    assert(Math.max(...list) > 0.999 && Math.min(...list) < -0.999, `${k}: the whole range`);
    // five standard errors of the moments of a uniform number: 1/√3 and √(4/45)
    assert(Math.abs(mean(list)) < 5 * 0.577 * error, `${k}: mean`);
    assert(Math.abs(mean(list.map((u) => u * u)) - 1 / 3) < 5 * 0.298 * error, `${k}: variance`);
    for (let l = 0; l < k; l++) {
      const product = mean(list.map((u, i) => u * drawn[l]![i]!));
      assert(Math.abs(product) < 5 / 3 * error, `${k} and ${l} are correlated: ${product}`);
    }
  });
});

Deno.test("displacements have the standard deviation asked for, down and across alike", () => {
  // Images that rise by 1 a pixel show where a pixel of theirs comes from, and one control point
  // moves all pixels alike.
  const [n, size] = [4000, 5];
  for (const axis of [0, 1]) {
    const ramp = Float32Array.from({ length: n * size * size }, (_, i) => {
      return axis === 0 ? i % size : Math.floor(i / size) % size;
    });
    scope(() => {
      const x = fromTypedArray(ramp, [n, 1, size, size]);
      const y = warped({ elastic: 0.25, points: 1 }, x);
      const moved = Array.from({ length: n }, (_, i) => y[i * size * size + 12]! - 2);
      const mean = moved.reduce((a, b) => a + b) / n;
      const deviation = Math.sqrt(moved.reduce((sum, v) => sum + v * v, 0) / n);
      assert(Math.abs(mean) < 5 * 0.25 / Math.sqrt(n), `mean ${mean}`);
      assert(Math.abs(deviation / 0.25 - 1) < 5 / Math.sqrt(2 * n), `deviation ${deviation}`);
    });
  }
});

Deno.test("each batch is warped by one key, and another key warps otherwise", () => {
  scope(() => {
    const x = images(4, 1, 9, 9);
    const generator = new Generator(5);
    const warp = new data.RandomWarp(DIGITS);
    const first = warp.apply(x, generator).toArray();
    assert.equal(generator.state.stream, 1);
    assert.notDeepEqual(warp.apply(x, generator).toArray(), first);
    generator.state = { seed: 5, stream: 0 };
    assert.deepEqual(warp.apply(x, generator).toArray(), first);
  });
});

Deno.test("how an image is warped follows from its place in the batch, not from the others", () => {
  scope(() => {
    const x = images(7, 1, 11, 8);
    const all = warped(DIGITS, x);
    assert.deepEqual(warped(DIGITS, x.narrow(0, 0, 3)), all.slice(0, 3 * 88));
    assert.notDeepEqual(warped(DIGITS, x.narrow(0, 1, 3)), all.slice(88, 4 * 88));
  });
});

Deno.test("images of any size: rows of pixels are images, and channels move together", () => {
  const size = fc.integer({ min: 1, max: 19 });
  fc.assert(fc.property(size, size, fc.nat(3), fc.nat(3), fc.integer({ min: 1, max: 6 }), (
    h,
    w,
    n,
    channels,
    points,
  ) =>
    scope(() => {
      const options = { ...DIGITS, points, imageShape: [h, w] as const };
      const x = rand([n, channels, h, w]);
      const y = warped(options, x);
      assert(y.every((v) => v >= 0 && v < 1.000001));
      if (channels > 0) assert.deepEqual(warped(options, x.reshape(n, channels * h * w)), y);
      for (let c = 0; c < channels; c++) {
        const plane = x.select(1, c).reshape(n, 1, h, w);
        const own = warped(options, plane);
        for (let i = 0; i < n; i++) {
          const at = (i * channels + c) * h * w;
          assert.deepEqual(own.slice(i * h * w, (i + 1) * h * w), y.slice(at, at + h * w));
        }
      }
    })));
});

Deno.test("one thread and several, the fast build and the strict one: the same bits", async () => {
  const [threads, build] = [getNumThreads(), getKernelBuild()];
  const x = images(300, 1, 28, 28);
  setNumThreads(1);
  const one = warped(DIGITS, x);
  await useThreads(3);
  try {
    assert.deepEqual(warped(DIGITS, x), one);
    setKernelBuild("strict");
    assert.deepEqual(warped(DIGITS, x), one);
  } finally {
    setNumThreads(threads);
    setKernelBuild(build);
  }
});

Deno.test("images in another order of memory come out row by row", () => {
  scope(() => {
    const x = images(2, 5, 6, 3).permute(0, 3, 1, 2);
    assert.deepEqual(warped(DIGITS, x), warped(DIGITS, x.contiguous()));
  });
});

Deno.test("what a warp cannot take is named", () => {
  const make = (options: data.RandomWarpOptions) => () => new data.RandomWarp(options);
  const message = (text: string) => ({ name: "RangeError", message: `RandomWarp: ${text}` });
  for (const name of ["rotation", "scale", "shear", "shift", "elastic"]) {
    for (const bad of [-1, NaN, Infinity]) {
      assert.throws(
        make({ [name]: bad }),
        message(`${name} must be a number from 0 up: it is ${bad}`),
      );
    }
  }
  assert.throws(
    make({ rotation: 181 }),
    message("rotation must be at most 180 degrees: it is 181"),
  );
  assert.throws(
    make({ points: 0 }),
    message("points must be a whole number of at least 1: it is 0"),
  );
  assert.throws(
    make({ imageShape: [28, 0] }),
    message("imageShape must be two whole numbers of at least 1: it is [28, 0]"),
  );
  const apply = (x: Tensor, imageShape?: [number, number]) => () =>
    warped(imageShape ? { imageShape } : {}, x);
  scope(() => {
    assert.throws(apply(zeros([2, 784])), {
      name: "ShapeError",
      message: "RandomWarp: images must be [n, channels, h, w], or [n, pixels] with the option " +
        "imageShape: they are [2, 784]",
    });
    for (const shape of [[2, 783], [2, 1, 28, 27], [28, 28], [784]]) {
      assert.throws(apply(zeros(shape), [28, 28]), {
        name: "ShapeError",
        message: "RandomWarp: images must be [n, channels, h, w] or [n, pixels] with [h, w] = " +
          `[28, 28]: they are [${shape.join(", ")}]`,
      });
    }
    assert.throws(apply(zeros([2, 1, 4, 4], { dtype: "uint8" })), {
      name: "DTypeError",
      message: 'RandomWarp: float32 is needed: it is uint8: convert by to("float32")',
    });
  });
});
