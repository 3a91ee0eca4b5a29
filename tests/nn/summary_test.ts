import assert from "node:assert/strict";
import { nn, ones, scope, type Tensor } from "../../mod.ts";

Deno.test("a summary tells of each layer what it gives, learns and costs, and leaves the network as it was", () => {
  scope(() => {
    const net = new nn.Sequential(
      new nn.Conv2d(1, 4, 3),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.Flatten(),
      new nn.Linear(4 * 6 * 6, 10),
    );
    const before = net.stateDict();
    const text = nn.summary(net, [1, 8, 8]);
    assert.equal(
      text,
      [
        "layer             output        parameters  multiply-adds",
        "─────────────────────────────────────────────────────────",
        "Sequential        [1, 10]                           2,736",
        "  0: Conv2d       [1, 4, 6, 6]          40          1,296",
        "  1: BatchNorm2d  [1, 4, 6, 6]           8",
        "  2: ReLU         [1, 4, 6, 6]",
        "  3: Flatten      [1, 144]",
        "  4: Linear       [1, 10]            1,450          1,440",
        "─────────────────────────────────────────────────────────",
        "1,498 parameters; 2,736 multiply-adds",
      ].join("\n"),
    );
    assert.ok(net.training && [...net.children()].every((layer) => layer.training));
    for (const [name, value] of net.stateDict()) {
      assert.deepEqual(value.toArray(), before.get(name)!.toArray(), name);
    }
    net.forward(ones([2, 1, 8, 8])); // no hook is left
    assert.equal(nn.summary(net, [1, 8, 8]), text);
    net[Symbol.dispose]();
  });
});

class Pair extends nn.Module<[a: Tensor, b: Tensor], [Tensor, Tensor]> {
  a: nn.LSTM = new nn.LSTM(3, 4);
  b: nn.Bilinear = new nn.Bilinear(2, 3, 5);
  forward(a: Tensor, b: Tensor): [Tensor, Tensor] {
    const [y] = this.a.forward(b.unsqueeze(0));
    return [this.b.forward(a, b), y];
  }
}

Deno.test("a summary takes several inputs, results of several tensors, and what learns nothing any more", () => {
  scope(() => {
    using net = new Pair();
    net.a.requiresGrad_(false);
    const lines = nn.summary(net, [[2], [3]]).split("\n");
    assert.match(lines[2]!, /^Pair +\[1, 5\] \[1, 1, 4\] +\d+$/);
    assert.match(lines[3]!, /a: LSTM +\[1, 1, 4\] \[1, 1, 4\] \[1, 1, 4\]/);
    assert.match(lines.at(-1)!, /^179 parameters, 35 of them learnt; /);
  });
});

Deno.test("a summary counts attention and transposed convolution, and takes tensors and single images", () => {
  scope(() => {
    using up = new nn.ConvTranspose2d(2, 3, 2, { stride: 2 });
    assert.match(nn.summary(up, [2, 4, 4]), /; 384 multiply-adds$/); // 16 pixels, 2 × 3 × 4 each
    using heads = new nn.MultiheadAttention(4, 2, { batchFirst: true });
    // three projections and one: 4 · 3 · 16; scores and sums: 2 · 9 · 4
    assert.match(nn.summary(heads, [3, 4]), /; 264 multiply-adds$/);
    using table = new nn.Embedding(5, 2);
    assert.match(nn.summary(table, [3], { dtype: "int32" }), /Embedding +\[1, 3, 2\] +10/);
    assert.match(nn.summary(new nn.ReLU(), ones([2, 2])), /ReLU +\[2, 2\]/);
    assert.throws(() => nn.summary(up, "big" as never), { name: "TypeError" });
  });
});
