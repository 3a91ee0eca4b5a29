import assert from "node:assert/strict";
import { manualSeed, nn, scope, zeros } from "../../mod.ts";

const { init, utils } = nn;

Deno.test("orthogonal_ gives orthonormal rows or columns, of more dimensions too", () => {
  scope(() => {
    manualSeed(1);
    for (const shape of [[5, 3], [3, 5], [4, 2, 3]]) {
      const x = init.orthogonal_(zeros(shape), 2).reshape(shape[0]!, -1);
      const product = x.shape[0]! > x.shape[1]! ? x.t().matmul(x) : x.matmul(x.t());
      (product.toArray() as number[][]).forEach((row, i) =>
        row.forEach((v, j) => assert.ok(Math.abs(v - (i === j ? 4 : 0)) < 1e-5))
      );
    }
    assert.throws(() => init.orthogonal_(zeros([3])), { name: "ShapeError" });
  });
});

Deno.test("truncNormal_ stays within its bounds, with the mean and deviation of what is cut off", () => {
  scope(() => {
    manualSeed(2);
    const x = init.truncNormal_(zeros([20000]), { mean: 1, std: 2, a: -1, b: 3 });
    const values = x.toTypedArray() as Float32Array;
    assert.ok(values.every((v) => v >= -1 && v <= 3));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    assert.ok(Math.abs(mean - 1) < 0.03, String(mean));
    assert.ok(Math.abs(deviation - 2 * 0.5396) < 0.03, String(deviation)); // of N(0, 1) within ±1
    assert.throws(() => init.truncNormal_(zeros([2]), { a: 10, b: 11 }), { name: "RangeError" });
  });
});

Deno.test("eye_, dirac_ and sparse_ put ones and zeros where they belong", () => {
  scope(() => {
    assert.deepEqual(init.eye_(zeros([2, 3])).toArray(), [[1, 0, 0], [0, 1, 0]]);
    const dirac = init.dirac_(zeros([4, 2, 3]), 2).toArray();
    const [one, none] = [[0, 1, 0], [0, 0, 0]];
    assert.deepEqual(dirac, [[one, none], [none, one], [one, none], [none, one]]);
    manualSeed(3);
    const sparse = init.sparse_(zeros([10, 4]), 0.25).toArray() as number[][];
    for (let j = 0; j < 4; j++) {
      assert.equal(sparse.filter((row) => row[j] === 0).length, 3, `column ${j}`);
    }
  });
});

Deno.test("parameters go to a vector and back", () => {
  scope(() => {
    using layer = new nn.Linear(3, 2), other = new nn.Linear(3, 2);
    const vector = utils.parametersToVector(layer.parameters());
    assert.deepEqual(vector.shape, [8]);
    utils.vectorToParameters(vector, other.parameters());
    assert.deepEqual(other.weight.toArray(), layer.weight.toArray());
    assert.deepEqual(other.bias!.toArray(), layer.bias!.toArray());
    vector.sum().backward();
    assert.deepEqual(layer.bias!.grad!.toArray(), [1, 1]);
    assert.throws(() => utils.vectorToParameters(zeros([7]), other.parameters()), {
      name: "ShapeError",
    });
  });
});
