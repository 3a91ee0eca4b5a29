import assert from "node:assert/strict";
import {
  functional as F,
  grad,
  noGrad,
  record,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "../mod.ts";
import type { Convolution } from "../src/device/kernels.ts";
import { watched, type Watcher } from "../src/device/watch.ts";
import { getNumThreads, setNumThreads } from "../src/wasm/threads.ts";
import { uniformArray } from "./prng.ts";
import { useThreads } from "./threads.ts";

function random(shape: number[], seed: number, requiresGrad = true): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(uniformArray(seed, length), { shape, requiresGrad });
}

/** The message of what `run` throws. */
function messageOf(run: () => unknown): string {
  try {
    scope(() => void run());
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "";
}

Deno.test("conv2d names the shapes and the rule that they break", () => {
  const call = (x: number[], w: number[], options = {}, b?: number[]) =>
    messageOf(() => F.conv2d(zeros(x), zeros(w), b ? zeros(b) : null, options));
  assert.equal(
    call([2, 3], [4, 3, 3, 3]),
    "ShapeError: conv2d: x must be [n, in, h, w] and the weight [out, in / groups, kh, kw]: x is " +
      "[2, 3], the weight is [4, 3, 3, 3]",
  );
  assert.equal(
    call([2, 3, 8, 8], [4, 1, 3, 3], { groups: 2 }),
    "ShapeError: conv2d: channels must divide into groups: 3 in, 4 out, 2 groups: x is " +
      "[2, 3, 8, 8], the weight is [4, 1, 3, 3]",
  );
  assert.equal(
    call([2, 4, 8, 8], [4, 3, 3, 3]),
    "ShapeError: conv2d: the weight must have in / groups = 4 channels: x is [2, 4, 8, 8], the " +
      "weight is [4, 3, 3, 3], groups is 1",
  );
  assert.equal(
    call([2, 3, 4, 8], [4, 3, 3, 3], { dilation: 3, padding: [1, 0] }),
    "ShapeError: conv2d: the kernel must fit into the padded input: it spans 7 × 7, the input is " +
      "6 × 8: x is [2, 3, 4, 8], the weight is [4, 3, 3, 3]",
  );
  assert.equal(
    call([2, 3, 4, 8], [4, 3, 3, 3], {}, [3]),
    "ShapeError: conv2d: the bias must be [4]: it is [3]: x is [2, 3, 4, 8], the weight is " +
      "[4, 3, 3, 3]",
  );
  assert.match(call([1, 1, 4, 4], [1, 1, 3, 3], { stride: 0 }), /^RangeError: conv2d: stride must/);
  assert.match(
    call([1, 1, 4, 4], [1, 1, 3, 3], { groups: 1.5 }),
    /^RangeError: conv2d: groups must/,
  );
});

Deno.test("a convolution's result, and what is computed of it element by element, lie channels last", () => {
  scope(() => {
    const y = F.conv2d(random([2, 3, 5, 6], 1), random([4, 3, 3, 3], 2));
    const strides = [48, 1, 16, 4];
    assert.deepEqual([...y.strides], strides);
    for (const z of [F.relu(y), F.mul(y, 2), F.add(y, F.relu(y)), F.sub(1, y)]) {
      assert.deepEqual([...z.strides], strides);
    }
    const rows = y.contiguous();
    assert.deepEqual(F.sub(1, y).toArray(), F.sub(1, rows).toArray());
    assert.deepEqual(F.mul(y, F.relu(y)).toArray(), F.mul(rows, F.relu(rows)).toArray());
    assert.deepEqual(F.add(y, rows).toArray(), F.add(rows, rows).toArray());
  });
});

Deno.test("gradients that are added up where paths meet stay channels last", () => {
  scope(() => {
    const run = (layout: (y: Tensor) => Tensor) => {
      const [x, w] = [random([2, 3, 5, 6], 1), random([4, 3, 3, 3], 2)];
      let strides: readonly number[] = [];
      const y = layout(F.conv2d(x, w));
      const seen = record("seen", y, [[y, (dy) => {
        strides = dy.strides;
        return dy;
      }]]);
      const paths = [F.relu(seen), F.mul(seen, 2), F.tanh(seen), seen];
      F.tanh(paths.reduce((a, b) => F.add(a, b))).sum().backward();
      return { strides: [...strides], dx: x.grad!.toArray() };
    };
    const [last, rows] = [run((y) => y), run((y) => y.contiguous())];
    assert.deepEqual(last.strides, [48, 1, 16, 4]);
    assert.deepEqual(rows.strides, [48, 12, 4, 1]);
    assert.deepEqual(last.dx, rows.dx);
  });
});

Deno.test("results and gradients have the same bits on one thread and on several", async () => {
  const threads = getNumThreads();
  const run = () =>
    scope(() => {
      const x = random([13, 16, 20, 20], 1);
      const w = random([24, 16, 3, 3], 2);
      const b = random([24], 3);
      const v = random([8, 24, 5, 5], 4);
      let y = F.conv2d(x, w, b, { padding: 1 });
      y = F.conv2d(F.relu(y), v, null, { stride: 2 });
      y.backward(random([...y.shape], 5, false));
      return [y, x.grad!, w.grad!, b.grad!, v.grad!].map((t) => t.toArray());
    });
  try {
    setNumThreads(1);
    const alone = run();
    await useThreads(3);
    assert.deepEqual(run(), alone);
  } finally {
    setNumThreads(threads);
  }
});

Deno.test("only gradients that are asked for are computed, and saved values are watched", () => {
  scope(() => {
    const x = random([1, 2, 4, 4], 1, false);
    const w = random([3, 2, 3, 3], 2);
    F.conv2d(x, w).sum().backward();
    assert.equal(x.grad, null);
    assert.deepEqual([...w.grad!.shape], [3, 2, 3, 3]);
    const expected = w.grad!.toArray();
    w.zeroGrad();
    const y = F.conv2d(x, w);
    noGrad(() => w.mul_(2)); // its own gradient does not read it
    y.sum().backward(undefined, { retainGraph: true });
    assert.deepEqual(w.grad!.toArray(), expected);
    noGrad(() => x.mul_(2));
    assert.throws(() => y.sum().backward(), /gradient of conv2d needs was changed in place/);
  });
});

Deno.test("grad() of a convolution has the kernel compute what it asks for, and nothing else", () => {
  scope(() => {
    const inputs = [random([2, 2, 4, 4], 1), random([3, 2, 3, 3], 2), random([3], 3)];
    const [x, w, b] = inputs as [Tensor, Tensor, Tensor];
    for (const createGraph of [false, true]) {
      const asked = (wanted: Tensor[]) => {
        const y = F.conv2d(x, w, b);
        const counter = new GradientCounter();
        watched(counter, () => grad([y.sum()], wanted, { createGraph }));
        return counter.seen;
      };
      assert.deepEqual(asked([x]), ["x"]);
      assert.deepEqual(asked([w]), ["w"]);
      assert.deepEqual(asked([b]), createGraph ? [] : ["w, b"]);
      assert.deepEqual(asked(inputs), createGraph ? ["x", "w"] : ["x, w, b"]);
    }
  });
});

/** Notes which gradients the kernel of convolutions is asked for. */
class GradientCounter implements Watcher {
  readonly wantsParts = false;
  readonly seen: string[] = [];

  made(): void {}

  kernels<K extends object>(of: K): K {
    const { convGrad } = of as Partial<Convolution>;
    if (convGrad === undefined) return of;
    const counted: Convolution["convGrad"] = (s, x, w, dy, dx, dw, withBias) => {
      this.seen.push([dx && "x", dw && "w", withBias && "b"].filter(Boolean).join(", "));
      convGrad(s, x, w, dy, dx, dw, withBias);
    };
    return { ...of, convGrad: counted };
  }
}
