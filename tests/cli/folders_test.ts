/** Folders of pictures and sounds: read by workers, kept in memory or in a file. */
import assert from "node:assert/strict";
import { data, io, scope, tensor } from "../../mod.ts";
import type { Data } from "../../cli/experiment.ts";
import { checksumsOf } from "../../cli/fit.ts";
import { pictureData } from "../../cli/pictures/picture_data.ts";
import { keepRowsIn } from "../../cli/rows.ts";
import { soundData } from "../../cli/sounds/sound_data.ts";
import { SoundFiles } from "../../cli/sounds/sound_files.ts";
import { leavesNothing } from "../leaks.ts";
import { temporaryFolder, testWith } from "../subprocess.ts";
import { wav } from "../wav.ts";

/** Files in two classes; what makes one has its number and its class. */
function classes(folder: string, count: number, ends: string, make: (i: number) => Uint8Array) {
  for (const name of ["even", "odd"]) Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
  for (let i = 0; i < count; i++) {
    const name = `${i % 2 === 0 ? "even" : "odd"}/${String(i).padStart(4, "0")}.${ends}`;
    Deno.writeFileSync(`${folder}/${name}`, i === 7 ? new Uint8Array(20) : make(i));
  }
}

/** The same data in memory, then in a file, which all that is told of them and their samples hold to. */
async function bothWays<D extends Data>(read: () => Promise<D>, folder: string): Promise<D> {
  const told: unknown[] = [];
  let last!: D;
  for (const memory of [1, 0]) {
    keepRowsIn(folder, memory);
    const { train, dev, test, notes, ...rest } = last = await read();
    leavesNothing(() => scope(() => void dev.batch(Int32Array.of(0, 1))));
    const isInFile = notes!.some((note) => note.includes("kept in a file"));
    assert.equal(isInFile, memory === 0);
    const samples = [train, dev, test!].map((set) => {
      const all = Int32Array.from({ length: set.length }, (_, i) => i).reverse();
      return set.batch(all).map((x) => [x.shape, x.toTypedArray()]);
    });
    const own = notes!.filter((note) => !note.includes("kept in a file"));
    told.push({
      ...rest,
      checksums: await checksumsOf({ train, dev, test, ...rest }),
      own,
      samples,
    });
  }
  const [inMemory, inFile] = told;
  assert.deepEqual(inFile, inMemory);
  assert.deepEqual(Array.from(Deno.readDirSync(folder)), [], "the file has no name");
  return last;
}

testWith(
  ["read", "write"],
  "many pictures are read by workers; in a file they are the same to the bit as in memory",
  async () => {
    using folder = temporaryFolder();
    const [pictures, rows] = [`${folder.path}/pictures`, `${folder.path}/rows`];
    Deno.mkdirSync(rows);
    const picture = (i: number, channels: number) =>
      io.encodePng(tensor(
        Uint8Array.from({ length: channels * 64 }, (_, k) => (i * 31 + k * (k % 64 + i)) % 256),
        { shape: [channels, 8, 8] },
      ));
    classes(pictures, 410, "png", (i) => picture(i % 200, 1));
    const choices = { file: pictures, size: 8, split: "0.2/0.2", batchSize: 64, width: 24 };
    const grey = await bothWays(() => pictureData(choices), rows); // 409 pictures: by workers
    assert.deepEqual(grey.pictures.shape, [1, 8, 8]);
    const { notes } = await pictureData({ ...choices, batchSize: 8192, width: 96 });
    assert.ok(notes!.includes(
      "note: a step of 8192 pictures of 8 × 8 takes about 1.3 GB of memory, whatever --memory says; " +
        "--batch-size 2048 takes 0.33",
    ));
    assert.match(grey.notes!.join("\n"), /0007\.png: decodePng/);
    assert.match(grey.notes!.join("\n"), /pictures of dev and test are among those/);
    // as the library reads them
    const set = await data.imageFolder(pictures, { size: 8 });
    const i = grey.dev.indices[5]!;
    const [[x, y], [own, label]] = [set.get(i), grey.dev.get(5)];
    assert.deepEqual([own.toArray(), label.item()], [x.toArray(), y.item()]);
    Deno.writeFileSync(`${pictures}/odd/colour.png`, picture(3, 3));
    for (let i = 100; i < 410; i++) {
      Deno.removeSync(
        `${pictures}/${i % 2 === 0 ? "even" : "odd"}/${String(i).padStart(4, "0")}.png`,
      );
    }
    const colour = await bothWays(() => pictureData(choices), rows);
    assert.deepEqual(colour.pictures.shape, [3, 8, 8]);
  },
);

testWith(["read", "write"], "sounds in a file are the same to the bit as in memory", async () => {
  using folder = temporaryFolder();
  const [sounds, rows] = [`${folder.path}/sounds`, `${folder.path}/rows`];
  Deno.mkdirSync(rows);
  const tone = (i: number) =>
    wav(Float32Array.from({ length: 700 + 20 * i }, (_, t) => Math.sin(t * (0.1 + i / 80))), 8000);
  classes(sounds, 30, "wav", tone);
  const choices = { file: sounds, seconds: 0.1, sampleRate: 8000, split: "0.2/0.2", voices: false };
  const { notes, sounds: about } = await bothWays(() => soundData(choices), rows);
  assert.match(notes!.join("\n"), /0007\.wav: decodeWav/);
  assert.match(notes!.join("\n"), /\d+ sounds longer than 0\.1 s/);
  assert.ok(about.deviation > 0.1, `${about.deviation}`);
  const none = new SoundFiles([{ file: `${sounds}/none.wav`, className: "even" }], about);
  await assert.rejects(none.get(0), /none\.wav: there is no such file/);
});
