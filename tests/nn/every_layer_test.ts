/**
 * What holds of each layer there is, with no row that names it: its gradients are those of differences,
 * it computes the same on the reference device, and what it learns can be saved.
 */
import assert from "node:assert/strict";
import { fromTypedArray, gradcheck, type nn, scope, Tensor } from "../../mod.ts";
import { layers } from "../options/entry_points.ts";
import { uniformArray } from "../prng.ts";

/** Numbers in [-1, 1), or probabilities where a layer takes nothing else. */
function valuesFor(name: string, x: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return ["BCELoss", "KLDivLoss"].includes(name) ? x.map((v) => 0.5 + 0.45 * v) : x;
}

/** Layers in evaluation, so that what they compute is one function, and inputs with no two alike. */
function each(check: (layer: nn.Module, inputs: Tensor[], name: string) => void): void {
  for (const [name, [make, args]] of Object.entries(layers)) {
    scope(() => {
      const layer = make().eval() as nn.Module;
      const inputs = (args() as Tensor[]).map((x, i) =>
        x.dtype === "float32"
          ? fromTypedArray(valuesFor(name, uniformArray(i + 1, x.numel)), x.shape, {
            requiresGrad: true,
          })
          : x
      );
      check(layer, inputs, name);
      layer[Symbol.dispose]();
    });
  }
}

/** What a layer makes of its inputs: of several results the first. */
function outputOf(layer: nn.Module, inputs: Tensor[]): Tensor {
  const out: unknown = layer.forward(...inputs as [Tensor]);
  return out instanceof Tensor ? out : (out as [Tensor])[0];
}

Deno.test("each layer's gradients are the differences of its values", () => {
  each((layer, inputs, name) => {
    const leaves = [...inputs, ...layer.parameters()].filter((x) => x.requiresGrad);
    const run = () => outputOf(layer, inputs);
    assert.ok(gradcheck(run, leaves, { eps: 1e-3, rtol: 0.02, atol: 5e-3 }), name);
  });
});

Deno.test("each layer computes on the reference device what it does on the CPU", () => {
  each((layer, inputs, name) => {
    const onCpu = outputOf(layer, inputs).toTypedArray();
    layer.to("reference");
    const moved = inputs.map((x) => x instanceof Tensor ? x.to("reference") : x);
    const onReference = outputOf(layer, moved);
    assert.equal(onReference.device, "reference", name);
    onReference.toTypedArray().forEach((value, i) => {
      assert.ok(Math.abs(value - onCpu[i]!) <= 1e-5 * (1 + Math.abs(value)), `${name} [${i}]`);
    });
  });
});

Deno.test("each layer goes on from its state dict", () => {
  each((layer, inputs, name) => {
    const [make] = layers[name]!;
    const other = make().eval() as nn.Module;
    other.loadStateDict(layer.stateDict());
    assert.deepEqual(outputOf(other, inputs).toArray(), outputOf(layer, inputs).toArray(), name);
    other[Symbol.dispose]();
  });
});
