/** Exported models beside ONNX Runtime, which runs them too. */
import assert from "node:assert/strict";
import * as ort from "onnxruntime-web";
import { exportOnnx } from "../../src/io/mod.ts";
import * as nn from "../../src/nn/mod.ts";
import { scope } from "../../src/scope/scope.ts";
import { noGrad, type Tensor } from "../../src/tensor/tensor.ts";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** A module that is a function. */
export class Lambda extends nn.Module {
  readonly #compute: (x: Tensor) => Tensor;

  constructor(compute: (x: Tensor) => Tensor) {
    super();
    this.#compute = compute;
  }

  forward(x: Tensor): Tensor {
    return this.#compute(x);
  }
}

/** Exports a model, and checks that ONNX Runtime computes what Glim does for batches of any size. */
export async function checkExport(
  name: string,
  model: nn.Module,
  batch: (n: number) => Tensor,
): Promise<void> {
  const bytes = scope(() => exportOnnx(model, batch(2)));
  const session = await ort.InferenceSession.create(bytes);
  assert.deepEqual([session.inputNames, session.outputNames], [["input"], ["output"]]);
  for (const n of [1, 3, 7]) {
    const [x, y] = scope(() => {
      const x = batch(n);
      const y = noGrad(() => model.eval().forward(x));
      return [raw(x), raw(y)] as const;
    });
    const input = new ort.Tensor(x.dtype, x.data, x.shape);
    const { output } = await session.run({ input });
    assert.deepEqual(output!.dims, y.shape, `${name}, ${n} samples`);
    const values = output!.data as Float32Array;
    y.data.forEach((value, i) => {
      const near = value === values[i] || (Number.isNaN(value) && Number.isNaN(values[i])) ||
        Math.abs(value - values[i]!) < 1e-5 * Math.max(1, Math.abs(value));
      assert(near, `${name}, ${n} samples, at ${i}: ${values[i]}, Glim has ${value}`);
    });
  }
  await session.release();
}

function raw(x: Tensor) {
  return {
    dtype: x.dtype as "float32",
    data: x.toTypedArray() as Float32Array,
    shape: [...x.shape],
  };
}
