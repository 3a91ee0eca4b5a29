/** Folders of pictures as an experiment's data. */
import { data, DataError } from "@glim/glim";
import { basename, resolve } from "node:path";
import type { Data } from "../experiment.ts";
import { printable } from "../errors.ts";
import { sha256 } from "../files.ts";
import { decodeJpeg } from "../images/read_jpeg.ts";
import { countOf } from "../words.ts";

/** What an experiment's options say of pictures. */
export interface PictureChoices {
  readonly file: string | null;
  readonly size: number;
  readonly split: string;
}

/** What of pictures is kept with the network. */
export interface PictureInfo {
  readonly shape: readonly [channels: number, rows: number, columns: number];
  readonly classNames: readonly string[];
  /** Whether their edges are light: what comes in from outside is so, too. */
  readonly isLight: boolean;
}

/** Pictures in parts, and what is known of them. */
export interface PictureData extends Data {
  readonly pictures: PictureInfo;
  readonly train: PictureSubset;
  readonly dev: PictureSubset;
}

/** Some pictures of a folder. */
export type PictureSubset = data.Subset<[data.Sample[0], data.Sample[0]], data.ImageFolder>;

/** What reads files that are no PNG. */
export const DECODERS: Readonly<Record<string, data.ImageDecoder>> = {
  jpg: decodeJpeg,
  jpeg: decodeJpeg,
};

/** Warnings that are told one by one. */
const TOLD = 5;

/** A folder's pictures for an experiment. */
export async function pictureData({ file, size, split }: PictureChoices): Promise<PictureData> {
  if (file === null) throw new DataError("--file: a folder of pictures is needed: none is named");
  const set = await data.imageFolder(file, { size, decoders: DECODERS });
  const [dev, test] = split.split("/").map(Number) as [number, number];
  if (!(dev > 0 && test > 0)) {
    throw new DataError(
      `--split: the shares of dev and test are needed, such as 0.2/0.2: it is ${printable(split)}`,
    );
  }
  const parts = data.split(set, { dev, test, stratify: true, seed: 0 });
  const counts = set.classes.map((_, c) => set.labels.filter((label) => label === c).length);
  const most = counts.indexOf(Math.max(...counts));
  const right = parts.dev.indices.filter((i) => set.labels[i] === most).length / parts.dev.length;
  const { warnings } = set;
  return {
    train: parts.train,
    dev: parts.dev,
    test: parts.test,
    name: basename(resolve(file)),
    checksums: [await hashOf(set)],
    classes: set.classes.length,
    classNames: set.classes,
    pictures: { shape: set.shape, classNames: set.classes, isLight: isLight(set) },
    notes: [
      `${set.classes.length} classes of ${set.shape[0] === 1 ? "grey" : "coloured"} pictures, ` +
      `${set.shape[1]} × ${set.shape[2]}: ` +
      set.classes.map((name, c) => `${printable(name)} ${counts[c]}`).slice(0, 20).join(", ") +
      (counts.length > 20 ? " …" : ""),
      ...warnings.slice(0, TOLD).map((warning) => `note: ${warning}`),
      ...warnings.length > 0
        ? [
          `note: ${countOf(warnings.length, "file")} could not be read, and ` +
          `${warnings.length === 1 ? "is" : "are"} left out`,
        ]
        : [],
      ...parts.warnings.map((warning) => `note: ${warning}`),
      ...twins(set, parts),
      `baseline: always ${printable(set.classes[most]!)}: dev accuracy ${right.toFixed(4)}`,
    ],
  };
}

/** The pixels of a picture as a text. */
function keyOf(set: data.ImageFolder, i: number): string {
  const [x] = set.get(i);
  const pixels = Uint8Array.from(
    x.toTypedArray() as Float32Array,
    (value) => Math.round(255 * value),
  );
  x[Symbol.dispose]();
  return sha256(pixels);
}

/** Pictures of dev and test that are learnt from, too. */
function twins(
  set: data.ImageFolder,
  { train, dev, test }: { train: PictureSubset; dev: PictureSubset; test: PictureSubset },
): string[] {
  const learnt = new Set(Array.from(train.indices, (i) => keyOf(set, i)));
  const twice = [...dev.indices, ...test.indices].filter((i) => learnt.has(keyOf(set, i))).length;
  if (twice === 0) return [];
  return [
    `note: ${countOf(twice, "picture")} of dev and test ${
      twice === 1 ? "is" : "are"
    } among those that ` +
    "are learnt from, too",
  ];
}

async function hashOf(set: data.ImageFolder): Promise<string> {
  const hashes: string[] = [set.classes.join("\n"), set.labels.join()];
  for (const [x] of new data.DataLoader(set, { batchSize: 500 })) {
    const { buffer, byteOffset, byteLength } = await x.data();
    hashes.push(sha256(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)));
  }
  return sha256(hashes.join("\n"));
}

/** Whether the edges of the first pictures are light. */
function isLight(set: data.ImageFolder): boolean {
  const [x] = set.batch(
    Int32Array.from(
      { length: Math.min(200, set.length) },
      (_, i) => Math.floor(i * set.length / Math.min(200, set.length)),
    ),
  );
  const edge = x.narrow(2, 0, 1).mean().item();
  return edge > 0.5;
}
