/**
 * Where the images come from: the server, a piece at a time, or files that the user chose.
 *
 * @module
 */
import { imagesToLearnFrom } from "../shared/data_index.ts";
import { SIDE } from "../shared/network.ts";
import { Digits } from "./digits.ts";
import { DataProblem, fetchIndex, fetchPieces, readDigits } from "./fetch_digits.ts";
import type { DigitSets } from "./session.ts";

/** A data set that is there, or is still coming. */
export interface Source {
  name: string;
  sets: DigitSets;
  /** Images that there will be. */
  total: number;
  /** Begins to fetch them, unless it has; resolves when all have come. */
  fetch(): Promise<void>;
  /** Takes no more and releases what there is. */
  drop(): void;
}

/**
 * The server's data set, of which only the index is fetched. `grown` is called when a piece has come.
 *
 * Throws DataProblem where the server has none; what fails later goes to `failed`.
 */
export async function fromServer(
  url: string,
  grown: (source: Source) => void,
  failed: (error: unknown) => void,
): Promise<Source> {
  const index = await fetchIndex(url);
  const { name, train, total } = index;
  const sets = room(name, train, total - train);
  let dropped = false;
  let whole: Promise<void> | null = null;
  const fill = async () => {
    for await (const { set, images, labels } of fetchPieces(url, index)) {
      if (dropped) break;
      sets[set].append(images, labels);
      grown(source);
    }
  };
  const source: Source = {
    name,
    sets,
    total,
    fetch() {
      if (whole === null) {
        whole = fill();
        whole.catch((error) => {
          // it may be tried again as long as nothing has come
          if (sets.train.available === 0) whole = null;
          failed(error);
        });
      }
      return whole;
    },
    drop() {
      dropped = true;
      release(sets);
    },
  };
  return source;
}

/**
 * A data set out of a file of images and a file of labels, in any order. Throws DataProblem where
 * they are not that, or do not belong together.
 */
export async function fromFiles(
  files: readonly { name: string; bytes: ArrayBuffer }[],
): Promise<Source> {
  const read = await Promise.all(
    files.map(({ name, bytes }) => readDigits(name, new Uint8Array(bytes))),
  );
  const images = read.find(({ kind }) => kind === "images");
  const labels = read.find(({ kind }) => kind === "labels");
  if (images === undefined || labels === undefined || read.length !== 2) {
    throw new DataProblem("data: one file of images and one of labels are needed");
  }
  if (labels.count !== images.count) {
    throw new DataProblem(
      `data: ${images.count} images need as many labels: there are ${labels.count}`,
    );
  }
  return fromArrays(files[read.indexOf(images)]!.name, images.data, labels.data);
}

/** A data set out of images [n, 28, 28] and as many labels, in bytes. */
export function fromArrays(name: string, images: Uint8Array, labels: Uint8Array): Source {
  const total = labels.length;
  const train = imagesToLearnFrom(total);
  const dev = total - train;
  if (dev === 0) throw new DataProblem(`data: more images are needed: there are ${total}`);
  const sets = room(name, train, dev);
  const at = train * SIDE * SIDE;
  sets.train.append(images.subarray(0, at), labels.subarray(0, train));
  sets.dev.append(images.subarray(at), labels.subarray(train));
  return { name, sets, total, fetch: () => Promise.resolve(), drop: () => release(sets) };
}

/** No images: where the server has none, until the user opens some. */
export function nothing(): Source {
  const sets = room("", 0, 0);
  return { name: "", sets, total: 0, fetch: () => Promise.resolve(), drop: () => release(sets) };
}

function room(name: string, train: number, dev: number): DigitSets {
  return { name, train: new Digits(train, SIDE * SIDE), dev: new Digits(dev, SIDE * SIDE) };
}

function release(sets: DigitSets): void {
  sets.train[Symbol.dispose]();
  sets.dev[Symbol.dispose]();
}
