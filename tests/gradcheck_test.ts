import assert from "node:assert/strict";
import { gradcheck, memory, scope, type Tensor, tensor } from "../mod.ts";
import { record } from "../src/autograd/autograd.ts";
import { MUL } from "../src/device/arithmetic.ts";
import { alloc } from "../src/device/buffer.ts";
import { kernels } from "../src/wasm/kernels.ts";
import { leaf } from "./scoped.ts";

/** x², whose gradient is given as a factor of x: 2 is right. */
function square(x: Tensor, factor: number): Tensor {
  const out = alloc(x, x.shape);
  kernels.binary(MUL, x, x, out);
  return record("square", out, [[x, (dy) => dy.mul(x).mul(factor)]], { saved: [x] });
}

Deno.test("gradcheck passes a right gradient and finds a wrong one", () =>
  scope(() => {
    assert.equal(gradcheck((x) => square(x!, 2), [leaf([0.5, -1, 2])]), true);
    assert.throws(() => gradcheck((x) => square(x!, 2.1), [leaf([0.5, -1, 2])]), {
      name: "GradientError",
      message:
        /^gradcheck: the gradient of input 0 at element \d is [\d.-]+: differences of values give [\d.-]+$/,
    });
  }));

Deno.test("gradcheck finds a gradient that is missing, or that of another input", () =>
  scope(() => {
    const inputs = () => [leaf([1, 2]), leaf([3, 5])];
    gradcheck((a, b) => a!.mul(b!), inputs());
    assert.throws(() => gradcheck((a, b) => a!.mul(b!.detach()), inputs()), /of input 1/);
    assert.throws(
      () =>
        gradcheck(
          (a, b) =>
            record("swapped", a!.mul(b!).detach(), [[a!, (dy) => dy.mul(a!)], [b!, (dy) =>
              dy.mul(b!)]]),
          inputs(),
        ),
      /of input 0 at element 0/,
    );
  }));

Deno.test("gradcheck finds gradients whose errors cancel in a plain sum", () =>
  scope(() => {
    const skewed = (x: Tensor) =>
      record("skewed", x.mul(1).detach(), [[x, (dy) => dy.add(dy.mean())]], { saved: [] });
    assert.throws(() => gradcheck((x) => skewed(x!), [leaf([1, 2, 3])]), /gradcheck/);
    const shuffled = (x: Tensor) =>
      record("shuffled", x.mul(1).detach(), [[x, (dy) =>
        dy.indexSelect(0, tensor(new Int32Array([1, 2, 0])))]], { saved: [] });
    assert.throws(() =>
      gradcheck((x) => shuffled(x!), [leaf([1, 2, 3])]), /gradcheck/);
  }));

Deno.test("gradcheck leaves inputs, their gradients and memory as they were", () =>
  scope(() => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    const { grad } = x;
    const before = memory().tensors;
    gradcheck((x) => x!.exp(), [x]);
    assert.throws(() => gradcheck((x) => square(x!, 3), [x]));
    assert.equal(x.grad, grad);
    assert.deepEqual([x.toArray(), x.grad?.toArray()], [[1, 2], [3, 3]]);
    assert.equal(memory().tensors, before);
  }));

Deno.test("gradcheck needs an input that requires a gradient", () =>
  scope(() => {
    assert.throws(() => gradcheck((x) => x!, [tensor([1])]), {
      name: "GradientError",
      message: "gradcheck: at least one input must require a gradient",
    });
  }));

Deno.test("gradcheck moves the elements of a strided input where they lie, and puts them back", () => {
  scope(() => {
    const base = tensor([[1, 2, 3], [4, 5, 6]], { dtype: "float32" });
    const x = base.t();
    x.requiresGrad = true;
    const weights = tensor([[1, 2], [3, 4], [5, 6]]);
    assert.ok(gradcheck((x) => x.mul(x).mul(weights), [x]));
    assert.deepEqual(base.toArray(), [[1, 2, 3], [4, 5, 6]]);
    const y = x.mul(x).sum();
    assert.ok(gradcheck((x) => x.mul(2), [x]));
    y.backward(); // no saved value counts as changed
    assert.deepEqual(x.grad!.toArray(), [[2, 8], [4, 10], [6, 12]]);
  });
});
