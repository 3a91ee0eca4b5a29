/** What notebooks show of the library's objects, by the protocol of `Symbol.for("Jupyter.display")`. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { arange, data, eye, nn, ones, optim, tensor, train, zeros } from "../mod.ts";
import { readPng } from "../cli/images/picture.ts";

/** The forms of an object, as a notebook asks for them. */
function shown(object: object): Record<string, string> {
  return (object as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!();
}

/** Rows, columns and levels of 0 to 1 of the image that is shown. */
function imageOf(object: object): { rows: number; columns: number; at: (i: number) => number } {
  const image = readPng(Uint8Array.fromBase64(shown(object)["image/png"]!));
  return { rows: image.rows, columns: image.columns, at: (i) => image.grey[i]! / 255 };
}

Deno.test("a notebook shows a tensor's values as String does", () => {
  const x = tensor([[1, 2], [3, 4]]);
  assert.deepEqual(shown(x), { "text/plain": String(x) });
  const gone = ones([8, 8]);
  gone[Symbol.dispose]();
  assert.deepEqual(shown(gone), { "text/plain": String(gone) });
});

Deno.test("a notebook shows [h, w] as an image, each pixel as a square", () => {
  const { rows, columns, at } = imageOf(arange(0, 200).reshape([8, 25]));
  assert.deepEqual([rows, columns], [7 * 8, 7 * 25]);
  for (const [y, x] of [[0, 0], [3, 11], [7, 24]] as const) {
    for (const [down, right] of [[0, 0], [6, 6]] as const) {
      const level = Math.round(255 * (25 * y + x) / 199) / 255;
      const found = at((7 * y + down) * columns + 7 * x + right);
      assert.ok(Math.abs(found - level) < 1e-6, `${found} at ${y}, ${x}: ${level}`);
    }
  }
});

Deno.test("a notebook shows [n, h, w] as images beside each other, a grey line between", () => {
  const n = 70; // of which 64 are shown, 8 a row
  const { rows, columns, at } = imageOf(ones([n, 28, 28]).mul(arange(0, n).reshape([n, 1, 1])));
  assert.deepEqual([rows, columns], [8 * 29 - 1, 8 * 29 - 1]);
  for (const [image, level] of [[0, 0], [9, 9 / 63], [63, 1]] as const) {
    const first = (Math.floor(image / 8) * columns + image % 8) * 29;
    assert.ok(Math.abs(at(first) - level) < 1 / 255, `${at(first)} of image ${image}`);
  }
  assert.equal(at(28), 128 / 255);
});

Deno.test("bytes are shown as they are, floats of [0, 1] by that range, NaN black", () => {
  assert.equal(imageOf(ones([8, 8], { dtype: "uint8" }).mul(51).to("uint8")).at(0), 51 / 255);
  assert.equal(imageOf(ones([8, 8]).mul(0.2)).at(0), 51 / 255);
  assert.equal(imageOf(zeros([8, 8]).div(zeros([8, 8]))).at(0), 0);
  assert.equal(imageOf(eye(8).mul(-3)).at(0), 0, "the least of all is black");
});

Deno.test("an image of more bytes than a block of deflate holds is whole", () => {
  const { rows, columns, at } = imageOf(arange(0, 300).reshape([300, 1]).expand([300, 300]));
  assert.deepEqual([rows, columns], [300, 300]);
  assert.equal(at(300 * 300 - 1), 1);
});

Deno.test("a notebook shows a module as its tree, which console.log prints", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
  const tree =
    "Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): ReLU()\n)";
  assert.deepEqual(shown(model), { "text/plain": tree });
  assert.equal(inspect(model), tree);
  assert.equal(Deno.inspect(model), tree);
});

Deno.test("a notebook shows a history as curves, and it stays an array", async () => {
  const x = arange(0, 32).reshape([8, 4]).div(32);
  const history = async (target: "labels" | "numbers") => {
    const loss = target === "labels" ? new nn.CrossEntropyLoss() : new nn.MSELoss();
    const set = new data.TensorDataset(x, target === "labels" ? x.argmax(1) : x);
    const model = new nn.Linear(4, 4);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    const loader = new data.DataLoader(set, { batchSize: 4 });
    return await new train.Trainer({ model, loss, optimizer }).fit(loader, loader, { epochs: 3 });
  };
  const records = await history("labels");
  assert.deepEqual(records, [...records]);
  const { "text/plain": table, "image/svg+xml": svg } = shown(records);
  assert.equal(table!.split("\n").length, 1 + 3);
  assert.ok(table!.includes(records[2]!.devLoss.toFixed(4)));
  assert.equal(svg!.match(/<path [^>]*stroke-width/g)?.length, 4, "two lines in two panels");
  assert.equal(svg!.match(/<circle /g)?.length, 4 * 3, "a dot an epoch");
  assert.doesNotMatch(svg!, /NaN|Infinity|undefined/);
  const regression = shown(await history("numbers"))["image/svg+xml"]!;
  assert.equal(regression.match(/<path [^>]*stroke-width/g)?.length, 2, "there is no accuracy");
  assert.doesNotMatch(regression, /NaN|Infinity|undefined/);
});
