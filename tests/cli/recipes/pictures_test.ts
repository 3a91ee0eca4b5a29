import assert from "node:assert/strict";
import { data, fromTypedArray, scope } from "../../../mod.ts";
import { picturesOf } from "../../../cli/recipes/pictures.ts";

function set(labels: readonly number[]): data.ImageDataset {
  const pixels = Uint8Array.from({ length: 6 * labels.length }, (_, i) => i);
  return new data.ImageDataset(
    fromTypedArray(pixels, [labels.length, 6]),
    fromTypedArray(Int32Array.from(labels), [labels.length]),
  );
}

Deno.test("pictures are the images with a dimension for their channel", () => {
  const parts = { train: set([0, 1]), dev: set([3]), test: set([2, 2]) };
  const pictures = picturesOf({
    ...parts,
    name: "unverified",
    dir: "",
    checksums: [],
    imageShape: [2, 3],
  });
  assert.deepEqual(pictures.imageShape, [2, 3]);
  assert.equal(pictures.classes, 4, "one more than the highest label of all three parts");
  assert.deepEqual(
    [pictures.train, pictures.dev, pictures.test].map(({ length }) => length),
    [2, 1, 2],
  );
  scope(() => {
    const [x, y] = pictures.train.batch(Int32Array.of(1, 0));
    assert.deepEqual([x.shape, y.shape], [[2, 1, 2, 3], [2]]);
    assert.deepEqual(y.toArray(), [1, 0]);
    const [image, label] = pictures.train.get(1);
    assert.deepEqual([image.shape, label.shape], [[1, 2, 3], []]);
    assert.deepEqual(x.select(0, 0).toArray(), image.toArray());
    assert.deepEqual(
      Array.from(image.toTypedArray(), (v) => Math.round(255 * v)),
      [6, 7, 8, 9, 10, 11],
    );
  });
});
