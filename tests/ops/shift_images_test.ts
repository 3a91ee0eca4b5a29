import assert from "node:assert/strict";
import { functional as F, tensor } from "../../mod.ts";

Deno.test("shifted images move down and to the right, and zeros come in", () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  assert.deepEqual(F.shiftImages(x, 1, 1).toArray(), [[0, 0, 0], [0, 1, 2]]);
  assert.deepEqual(F.shiftImages(x, 0, -2).toArray(), [[3, 0, 0], [6, 0, 0]]);
  assert.deepEqual(F.shiftImages(x, 5, 0).toArray(), [[0, 0, 0], [0, 0, 0]]);
});

Deno.test("shiftImages names what it cannot take", () => {
  const message = (shape: string, dy: number, dx: number) => ({
    name: "ShapeError",
    message: `shiftImages: images [..., h, w] and whole numbers are needed: x is ${shape}, the ` +
      `shift is ${dy} down and ${dx} to the right`,
  });
  assert.throws(() => F.shiftImages(tensor([1, 2]), 1, 0), message("[2]", 1, 0));
  assert.throws(() => F.shiftImages(tensor([[1, 2]]), 0, 0.5), message("[1, 2]", 0, 0.5));
});
