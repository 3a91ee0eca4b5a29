/**
 * MNIST for the page, in pieces.
 *
 * @module
 */
import * as data from "@glim/glim/data";
import { mnistPackageFolder } from "@glim/cli/task";
import { cutIntoPieces, type DataIndex, imagesToLearnFrom } from "../shared/data_index.ts";
import type { Files } from "./bundle.ts";

/**
 * The images of a folder as files of the page: `data/index.json` and what it names. Without a
 * folder they are MNIST's, which is looked for where `deno task train` finds it. Throws DataError
 * where there is none.
 */
export function imageFiles(dir: string | undefined): Files {
  const files: Files = new Map();
  const { name, imageShape, trainImages, trainLabels } = data.readMnist({
    dir,
    fallback: mnistPackageFolder(),
  });
  const total = trainLabels.length;
  const train = imagesToLearnFrom(total);
  const pieces = cutIntoPieces(train, total);
  const index: DataIndex = { name, train, total, labels: "labels.idx", pieces };
  const [rows, columns] = imageShape;
  const pixels = rows * columns;
  files.set("data/index.json", new TextEncoder().encode(JSON.stringify(index)));
  files.set("data/labels.idx", encodeIdx([total], trainLabels));
  for (const { file, begin, end } of pieces) {
    const bytes = trainImages.subarray(begin * pixels, end * pixels);
    files.set(`data/${file}`, encodeIdx([end - begin, rows, columns], bytes));
  }
  return files;
}

/** Bytes of a shape as an IDX file. */
export function encodeIdx(
  shape: readonly number[],
  elements: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const start = 4 + 4 * shape.length;
  const file = new Uint8Array(start + elements.length);
  const header = new DataView(file.buffer);
  header.setUint32(0, 0x0800 | shape.length); // 08: bytes
  for (const [i, length] of shape.entries()) header.setUint32(4 + 4 * i, length);
  file.set(elements, start);
  return file;
}
