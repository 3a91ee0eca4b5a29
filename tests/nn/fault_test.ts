import assert from "node:assert/strict";
import {
  DTypeError,
  functional,
  nn,
  ones,
  scope,
  ShapeError,
  type Tensor,
  tensor,
} from "../../mod.ts";

/** A stem, and blocks that a list holds. x: [n, 1, h, w]. */
class Net extends nn.Module {
  stem: nn.Sequential = new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.ReLU());
  blocks: nn.ModuleList = new nn.ModuleList([new Block(4), new Block(4)]);
  head: nn.Linear = new nn.Linear(4, 2);

  forward(x: Tensor): Tensor {
    x = this.stem.forward(x);
    for (const block of this.blocks) x = block.forward(x);
    return this.head.forward(x.mean([2, 3]));
  }
}

/** A module inside a module of the user's own, which also computes something itself. */
class Block extends nn.Module {
  readonly conv: nn.Conv2d;
  readonly gain: nn.Parameter;

  constructor(channels: number, gains: number = channels) {
    super();
    this.conv = new nn.Conv2d(channels, channels, 3);
    this.gain = new nn.Parameter(ones([gains, 1, 1]));
  }

  forward(x: Tensor): Tensor {
    return this.conv.forward(x).mul(this.gain);
  }
}

/** The error that a call throws. */
function thrown(call: () => unknown): Error {
  try {
    scope(() => void call());
  } catch (error) {
    assert(error instanceof Error);
    return error;
  }
  assert.fail("nothing was thrown");
}

Deno.test("an error in a Sequential names the layer's path, the layer, the rule and the shapes", () => {
  using model = new nn.Sequential(
    new nn.Flatten(),
    new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(9, 2)),
  );
  const error = thrown(() => model.forward(ones([3, 2, 2])));
  assert(error instanceof ShapeError);
  assert.equal(
    error.message,
    "1.2 (Linear(in_features=9, out_features=2, bias=True)): linear: x must be [..., in] and the " +
      "weight [out, in]: x is [3, 8], the weight is [2, 9]",
  );
});

Deno.test("the path leads through lists and the user's own modules", () => {
  using net = new Net();
  const small = thrown(() => net.forward(ones([1, 1, 6, 6]))); // 6 → 4 → 2 pixels
  assert(small instanceof ShapeError);
  assert.match(
    small.message,
    /^blocks\.1\.conv \(Conv2d\(4, 4, .*\)\): conv2d: the kernel must fit/,
  );
  assert.match(
    thrown(() => net.forward(ones([1, 2, 9, 9]))).message,
    /^stem\.0 \(Conv2d\(1, 4, .*\)\): conv2d: the weight must have in \/ groups = 2 channels: x is /,
  );
  assert.match(
    thrown(() => net.forward(ones([9]))).message,
    /^stem\.0 .*: conv2d: x must be \[n, in,/,
  );
});

Deno.test("channels that do not divide into groups are told with the layer's path", () => {
  using net = new nn.Sequential(new nn.Conv2d(4, 4, 3, { groups: 2 }));
  assert.match(
    thrown(() => net.forward(ones([1, 3, 9, 9]))).message,
    /^0 \(Conv2d\(4, 4, .*\)\): conv2d: channels must divide into groups: 3 in, 4 out, 2 groups: x is /,
  );
});

Deno.test("a module of the user's own is named where its own code is refused", () => {
  using net = new nn.Sequential(new nn.Identity(), new Block(2, 3));
  assert.match(
    thrown(() => net.forward(ones([1, 2, 5, 5]))).message,
    /^1 \(Block\): mul: .*\[3, 1, 1\]/,
  );
});

Deno.test("a layer on its own is named by what it is", () => {
  using conv = new nn.Conv2d(4, 4, 3);
  assert.match(
    thrown(() => conv.forward(ones([1, 4, 2, 2]))).message,
    /^Conv2d\(4, 4, kernel_size=\(3, 3\), stride=\(1, 1\)\): conv2d: the kernel must fit/,
  );
});

Deno.test("a layer that is called from outside has the path from the outermost that was called", () => {
  using net = new Net();
  assert.match(
    thrown(() => (net.blocks.at(1) as Block).forward(ones([1, 4, 2, 2]))).message,
    /^conv \(Conv2d/,
  );
});

Deno.test("a module that is not registered is named inside the one that hides it", () => {
  class Hidden extends nn.Module {
    readonly #inner: nn.Module = new nn.Sequential(new nn.ReLU(), new nn.Linear(3, 3));
    forward(x: Tensor): Tensor {
      return this.#inner.forward(x);
    }
  }
  using net = new nn.Sequential(new Hidden());
  assert.match(
    thrown(() => net.forward(ones([2]))).message,
    /^0 \(Hidden\(\)\): 1 \(Linear\(in_features=3/,
  );
});

Deno.test("one value a channel in training is refused with the layer's path", () => {
  using net = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
  assert.match(
    thrown(() => net.forward(ones([1, 2]))).message,
    /^1 \(BatchNorm1d\(3, .*\)\): batchNorm: more than one value a channel .*: x is \[1, 3\]$/,
  );
  assert.deepEqual(scope(() => net.eval().forward(ones([1, 2]))).shape, [1, 3]);
});

Deno.test("types, options and labels that do not fit are told in the same way", () => {
  using net = new nn.Sequential(new nn.MaxPool2d(2, { padding: 2 }), new nn.Embedding(4, 2));
  assert.match(
    thrown(() => net.forward(ones([1, 1, 4, 4]))).message,
    /^0 \(MaxPool2d\(.*\)\): maxPool2d: the padding must be at most half the kernel/,
  );
  const type = thrown(() => net.at(1)!.forward(ones([2])));
  assert(type instanceof DTypeError);
  assert.match(type.message, /^Embedding\(4, 2\): /);
});

Deno.test("the name stands once, in message and stack, and on one and the same error", () => {
  using net = new Net();
  const error = thrown(() => net.forward(ones([1, 1, 6, 6])));
  for (const text of [error.message, error.stack!]) {
    assert.equal(text.split("blocks.1.conv").length, 2);
    assert.equal(text.split("Conv2d(4").length, 2);
  }
});

Deno.test("other errors and their messages are left alone", () => {
  const mine = new Error("my own");
  class Throws extends nn.Module {
    forward(): Tensor {
      throw mine;
    }
  }
  assert.equal(thrown(() => new nn.Sequential(new Throws()).forward(ones([1]))), mine);
  assert.equal(mine.message, "my own");
});

Deno.test("a subclass that calls forward of the class above it is named once, with its own path", () => {
  class Scaled extends nn.Linear {
    override forward(x: Tensor): Tensor {
      return super.forward(x).mul(2);
    }
  }
  using net = new nn.Sequential(new Scaled(3, 3));
  assert.match(
    thrown(() => net.forward(ones([2]))).message,
    /^0 \(Scaled\(in_features=3, .*\)\): linear:/,
  );
});

Deno.test("inputs are handed on as they came, those left out too", () => {
  using attention = new nn.MultiheadAttention(4, 2, { batchFirst: true });
  scope(() => {
    const x = ones([1, 3, 4]);
    assert.deepEqual(attention.forward(x).toArray(), attention.forward(x, x, x).toArray());
    const bad = thrown(() => attention.forward(x, ones([1, 3, 5])));
    assert.match(bad.message, /^MultiheadAttention: .*query, key and value must be/);
  });
});

Deno.test("outside of modules nothing is added", () => {
  const labels = tensor([0], { dtype: "int32" });
  assert.match(
    thrown(() => functional.nllLoss(ones([2]), labels)).message,
    /^nllLoss: /,
  );
});
