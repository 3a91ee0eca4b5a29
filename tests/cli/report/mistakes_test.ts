import assert from "node:assert/strict";
import { data, fromTypedArray, nn, type Tensor } from "../../../mod.ts";
import { live } from "../../leaks.ts";
import { confusionAndMistakes } from "../../../cli/report/answers.ts";
import { mix } from "../../prng.ts";

/** Takes the brightness of pixel k for the logit of class k. */
class Brightest extends nn.Module {
  readonly dropout: nn.Dropout = new nn.Dropout(0.5);
  forward(x: Tensor): Tensor {
    return this.dropout.forward(x).mul(8);
  }
}

const [N, CLASSES] = [1234, 6];

function pixels(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: N * CLASSES }, (_, i) => mix(1, i) & 255);
}

function label(i: number): number {
  return mix(2, i) % CLASSES;
}

function set(): data.ImageDataset {
  return new data.ImageDataset(
    fromTypedArray(pixels(), [N, CLASSES]),
    fromTypedArray(Int32Array.from({ length: N }, (_, i) => label(i)), [N]),
  );
}

Deno.test("answers are those of a plain count, worst mistakes first", async () => {
  const options = { imageShape: [2, 3] as [number, number], worst: 10 };
  const { confusion, mistakes } = await confusionAndMistakes(new Brightest(), set(), options);

  const expected = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  const wrong: { index: number; p: number[]; guess: number }[] = [];
  const all = pixels();
  for (let i = 0; i < N; i++) {
    const image = Array.from(all.subarray(i * CLASSES, (i + 1) * CLASSES));
    const exps = image.map((v) => Math.exp(8 * v / 255));
    const total = exps.reduce((a, b) => a + b);
    const guess = image.indexOf(Math.max(...image));
    expected[label(i)]![guess]!++;
    if (guess !== label(i)) wrong.push({ index: i, p: exps.map((e) => e / total), guess });
  }
  assert.deepEqual(confusion, expected);
  // The worst are those whose right answer got least.
  wrong.sort((a, b) => a.p[label(a.index)]! - b.p[label(b.index)]! || a.index - b.index);
  assert.equal(mistakes.length, 10);
  mistakes.forEach((mistake, k) => {
    const { index, p, guess } = wrong[k]!;
    assert.deepEqual([mistake.index, mistake.label, mistake.guess], [index, label(index), guess]);
    mistake.probabilities.forEach((value, i) => assert.ok(Math.abs(value - p[i]!) < 1e-5));
    assert.ok(Math.abs(mistake.loss + Math.log(p[label(index)]!)) < 1e-5);
    assert.deepEqual([mistake.rows, mistake.columns], [2, 3]);
    assert.deepEqual(mistake.pixels, all.subarray(index * CLASSES, (index + 1) * CLASSES));
  });
});

Deno.test("asking leaves the model in its mode and keeps no memory", async () => {
  const model = new Brightest();
  const images = set();
  for (const mode of [true, false]) {
    model.train(mode);
    const before = live().liveBytes;
    await confusionAndMistakes(model, images, { imageShape: [1, 6], worst: 3 });
    assert.equal(model.training, mode);
    assert.equal(live().liveBytes, before);
  }
});

Deno.test("a model that is always right has no mistakes", async () => {
  const image = Uint8Array.of(9, 1, 1, 1, 9, 1, 1, 1, 9);
  const images = new data.ImageDataset(
    fromTypedArray(image, [3, 3]),
    fromTypedArray(Int32Array.of(0, 1, 2), [3]),
  );
  assert.deepEqual(
    await confusionAndMistakes(new Brightest(), images, { imageShape: [1, 3], worst: 3 }),
    { confusion: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], mistakes: [] },
  );
});
