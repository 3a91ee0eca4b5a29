import assert from "node:assert/strict";
import { data, io, scope, tensor } from "../../mod.ts";
import { cover, withChannels } from "../../src/data/resize.ts";
import { leavesNothingAsync } from "../leaks.ts";

/** A PNG of one colour. */
function png(levels: number[], side = 6): Uint8Array {
  const plane = side * side;
  const pixels = Uint8Array.from(
    { length: levels.length * plane },
    (_, i) => levels[Math.floor(i / plane)]!,
  );
  return io.encodePng(tensor(pixels, { shape: [levels.length, side, side] }));
}

/** A folder with these files, as long as it is in use. */
function folderOf(files: Record<string, Uint8Array>) {
  const path = Deno.makeTempDirSync();
  for (const [name, bytes] of Object.entries(files)) {
    Deno.mkdirSync(`${path}/${name.split("/")[0]}`, { recursive: true });
    Deno.writeFileSync(`${path}/${name}`, bytes);
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("a folder of folders is a data set of classes; what cannot be read is passed over and told", async () => {
  using folder = folderOf({
    "red/1.png": png([255, 0, 0]),
    "red/2.PNG": png([250, 0, 0], 9),
    "blue/a.png": png([0, 0, 255]),
    "blue/b.png": png([0, 0, 255]).slice(0, 30),
    "blue/notes.txt": new Uint8Array(3),
    "empty/x.txt": new Uint8Array(1),
  });
  const set = await data.imageFolder(folder.path, { size: 4 });
  assert.deepEqual(set.classes, ["blue", "red"]);
  assert.deepEqual(set.shape, [3, 4, 4]);
  assert.deepEqual(Array.from(set.labels), [0, 1, 1]);
  const [x, y] = set.batch(Int32Array.of(1, 0));
  assert.deepEqual([x.shape, y.toArray()], [[2, 3, 4, 4], [1, 0]]);
  assert.deepEqual(x.mean([2, 3]).toArray(), [[1, 0, 0], [0, 0, 1]]);
  assert.equal(set.get(2)[0].shape.join(), "3,4,4");
  assert.equal(set.warnings.length, 3);
  assert.match(set.warnings[0]!, /blue\/b\.png: decodePng: .*truncated/);
});

Deno.test("imageFiles reads pictures when they are asked for, as imageFolder reads them at once", async () => {
  using folder = folderOf({
    "red/1.png": png([255, 0, 0]),
    "red/2.png": png([250, 9, 0], 9),
    "blue/a.png": png([0, 0, 255, 100]),
    "blue/b.png": png([0, 0, 255]).slice(0, 30),
    "blue/c.jpg": new Uint8Array(3),
  });
  const all = await data.imageFolder(folder.path, { size: 4 });
  const set = await data.imageFiles(folder.path, { size: 4 });
  assert.ok(set instanceof data.ImageFiles);
  assert.deepEqual([set.classes, set.shape, set.length], [all.classes, all.shape, 4]);
  assert.match(set.warnings.join(), /c\.jpg: JPEG is read by decoders/);
  const [x, y] = await set.batch(Int32Array.of(3, 0));
  const [expected, labels] = all.batch(Int32Array.of(2, 0));
  assert.deepEqual([x.toArray(), y.toArray()], [expected.toArray(), labels.toArray()]);
  const [one, label] = await set.get(3);
  assert.deepEqual([one.shape, label.shape, label.item()], [[3, 4, 4], [], 1]);
  await leavesNothingAsync(() => scope(async () => void await set.batch(Int32Array.of(3, 0))));
  await assert.rejects(set.get(1), { name: "DataError", message: /blue\/b\.png: decodePng/ });
  await assert.rejects(set.get(4), { name: "RangeError", message: /from 0 to 3: one is 4/ });
});

Deno.test("pixels of a page's picture are bytes by channel, and are refused while there are none", () => {
  const pixels = Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 0);
  const x = data.fromPixels({ data: pixels, width: 2, height: 1 });
  assert.deepEqual([x.dtype, x.toArray()], ["uint8", [[[1, 4]], [[2, 5]], [[3, 6]], [[255, 0]]]]);
  assert.throws(() => data.fromPixels({ videoWidth: 0, videoHeight: 0 }), /has no pixels yet/);
  assert.throws(() => data.fromPixels({ width: 3 }), { name: "TypeError" });
  assert.throws(() => data.fromPixels({ width: 3, height: 3 }), /cannot be read/);
});

Deno.test("grey pictures have one channel, unless colours are asked for; decoders read other files", async () => {
  using folder = folderOf({
    "a/1.png": png([7]),
    "b/1.png": png([9, 9, 9]),
    "b/2.raw": Uint8Array.of(9),
  });
  assert.deepEqual((await data.imageFolder(folder.path)).shape, [1, 32, 32]);
  const raw = ([level]: Uint8Array) => tensor(new Uint8Array(4).fill(level!), { shape: [1, 2, 2] });
  const set = await data.imageFolder(folder.path, {
    size: 2,
    channels: "colour",
    decoders: { raw },
  });
  assert.deepEqual(set.shape, [3, 2, 2]);
  assert.equal(set.length, 3);
});

Deno.test("a folder without two classes is refused with what was found", async () => {
  using folder = folderOf({ "a/1.png": png([7]), "b/1.png": Uint8Array.of(1, 2) });
  await assert.rejects(data.imageFolder(folder.path), {
    name: "DataError",
    message: /of two at least: there is a; .*b\/1\.png: decodePng/,
  });
  await assert.rejects(data.imageFolder(`${folder.path}/none`), {
    name: "DataError",
    message: /there is no such file/,
  });
});

Deno.test("pictures are cut to their middle, and averaged when they are shrunk", () => {
  const row = Uint8Array.of(0, 0, 100, 200, 0, 0); // [1, 2, 6] of two equal rows: the middle is 2 × 2
  assert.deepEqual(Array.from(cover(Uint8Array.of(...row, ...row), [1, 2, 6], [2, 2])), [
    100,
    200,
    100,
    200,
  ]);
  const board = Uint8Array.from({ length: 64 }, (_, i) => 255 * ((i + (i >> 3)) % 2));
  for (const level of cover(board, [1, 8, 8], [2, 2])) {
    assert.ok(Math.abs(level - 127.5) < 12, String(level));
  }
  // half transparent black on white, and the luma of colours
  assert.deepEqual(Array.from(withChannels(Uint8Array.of(0, 128), 2, 1)), [127]);
  assert.deepEqual(Array.from(withChannels(Uint8Array.of(255, 0, 0), 3, 1)), [76]);
  const x = data.fitImage(tensor(new Uint8Array(36).fill(51), { shape: [1, 6, 6] }), [3, 2, 2]);
  assert.deepEqual([x.shape, Math.round(x.mean().item() * 1e6)], [[3, 2, 2], 200000]);
});
