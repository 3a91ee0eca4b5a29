/** Folders of pictures as an experiment's data. */
import { data, DataError, scope } from "@glim/glim";
import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import type { Data, DataInfo } from "../experiment.ts";
import { sha256 } from "../files.ts";
import { countClasses, notesOfUnread, sharesOf } from "../data_parts.ts";
import { countOf } from "../words.ts";
import { IN_FILE } from "../rows.ts";
import { type PictureSet, readPictures } from "./picture_set.ts";

/** What an experiment's options say of pictures. */
export interface PictureChoices {
  readonly file: string | null;
  readonly size: number;
  readonly split: string;
  readonly batchSize: number;
  readonly width: number;
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
export type PictureSubset = data.Subset<[data.Sample[0], data.Sample[0]], PictureSet>;

/** A folder's pictures for an experiment; of a trained network what it is judged by. */
export async function pictureData(
  { file, size, split, ...step }: PictureChoices,
  known?: DataInfo<PictureData>,
): Promise<PictureData> {
  if (file === null) throw new DataError("--file: a folder of pictures is needed: none is named");
  const shares = sharesOf(split);
  const { set, keys, areInFile } = await readPictures(
    file,
    size,
    known?.pictures.classNames,
  );
  const parts = data.split(set, { ...shares, stratify: Array.from(set.labels), seed: 0 });
  const { counted, baseline } = countClasses(set.classes, set.labels, parts.dev.indices);
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
      `${set.shape[1]} × ${set.shape[2]}: ${counted}`,
      ...areInFile ? [IN_FILE] : [],
      ...roomOfStep(size, step),
      ...notesOfUnread(set.warnings),
      ...parts.warnings.map((warning) => `note: ${warning}`),
      ...twins(keys, parts),
      baseline,
    ],
  };
}

/**
 * What a step takes where it is much. Measured, its results and gradients are 6.6 times the first
 * convolution's output, of width · size² floats a picture.
 */
function roomOfStep(
  size: number,
  { batchSize, width }: Pick<PictureChoices, "batchSize" | "width">,
): string[] {
  const bytes = (batch: number) => 6.6 * 4 * batch * width * size ** 2;
  if (bytes(batchSize) < 1e9) return [];
  const less = Math.max(1, 2 ** Math.floor(Math.log2(5e8 / bytes(1))));
  const told = (batch: number) => (bytes(batch) / 1e9).toPrecision(2);
  return [
    `note: a step of ${batchSize} pictures of ${size} × ${size} takes about ${
      told(batchSize)
    } GB of ` +
    `memory, whatever --memory says; --batch-size ${less} takes ${told(less)}`,
  ];
}

/** Pictures of dev and test that are learnt from, too. */
function twins(
  keys: readonly string[],
  { train, dev, test }: { train: PictureSubset; dev: PictureSubset; test: PictureSubset },
): string[] {
  const learnt = new Set(Array.from(train.indices, (i) => keys[i]!));
  const twice = [...dev.indices, ...test.indices].filter((i) => learnt.has(keys[i]!)).length;
  if (twice === 0) return [];
  return [
    `note: ${countOf(twice, "picture")} of dev and test ${
      twice === 1 ? "is" : "are"
    } among those that ` +
    "are learnt from, too",
  ];
}

/** Pictures whose bytes make a hash, and those of them that are read at once. */
const HASHED = 500, AT_ONCE = 50;

/** What tells pictures from others. */
async function hashOf(set: PictureSet): Promise<string> {
  const hashes: string[] = [set.classes.join("\n"), set.labels.join()];
  let hash = createHash("sha256");
  let at = 0;
  for (const [x] of new data.DataLoader(set, { batchSize: AT_ONCE })) {
    const { buffer, byteOffset, byteLength } = await x.data();
    hash.update(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
    at += x.shape[0]!;
    if (at % HASHED !== 0 && at < set.length) continue;
    hashes.push(hash.digest("hex"));
    hash = createHash("sha256");
  }
  return sha256(hashes.join("\n"));
}

/** Whether the edges of the first pictures are light. */
function isLight(set: PictureSet): boolean {
  const length = Math.min(200, set.length);
  const indices = Int32Array.from({ length }, (_, i) => Math.floor(i * set.length / length));
  return scope(() => set.batch(indices)[0].narrow(2, 0, 1).mean().item() > 0.5);
}
