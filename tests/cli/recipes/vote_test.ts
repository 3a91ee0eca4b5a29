import assert from "node:assert/strict";
import { nn, scope, type Tensor, tensor } from "../../../mod.ts";
import { Vote } from "../../../cli/recipes/vote.ts";

/** Gives the same logits for every image. */
class Fixed extends nn.Module {
  readonly #logits: number[];
  constructor(...probabilities: number[]) {
    super();
    this.#logits = probabilities.map(Math.log);
  }
  forward(x: Tensor): Tensor {
    return tensor(Array.from({ length: x.shape[0]! }, () => this.#logits));
  }
}

Deno.test("a vote is the mean of probabilities, so that the sure count for more", () => {
  const vote = new Vote([new Fixed(0.6, 0.4), new Fixed(0.55, 0.45), new Fixed(0.1, 0.9)]);
  scope(() => {
    const [first, second] = vote.forward(tensor([[0]])).exp().toTypedArray() as Float32Array;
    assert.ok(Math.abs(first! - 1.25 / 3) < 1e-6);
    assert.ok(Math.abs(second! - 1.75 / 3) < 1e-6);
  });
});

Deno.test("a class that no network believes in has a finite logarithm", () => {
  const vote = new Vote([new Fixed(1, 0), new Fixed(1, 0)]);
  scope(() => {
    const [sure, never] = vote.forward(tensor([[0]])).toTypedArray() as Float32Array;
    assert.equal(sure, 0);
    assert.ok(never! < -60 && Number.isFinite(never), `${never}`);
  });
});
