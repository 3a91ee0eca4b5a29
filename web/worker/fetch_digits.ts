/**
 * Images from the server that serves the page, a piece at a time.
 *
 * @module
 */
import * as data from "@glim/glim/data";
import type { DataIndex } from "../shared/data_index.ts";
import { SIDE } from "../shared/network.ts";

/** Pieces that are asked for before the first of them has come. */
const AHEAD = 3;

/** The bytes of an IDX file, inflated if they are gzipped: some servers inflate on the way. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).bytes();
}

/** The images [n, 28, 28] or the labels [n] of an IDX file. DataError where it is neither. */
export async function readDigits(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ kind: "images" | "labels"; count: number; data: Uint8Array }> {
  let array: data.IdxArray;
  try {
    array = data.readIdx(await inflate(bytes));
  } catch (cause) {
    throw new DataProblem(`${name}: ${cause instanceof Error ? cause.message : cause}`);
  }
  const { dtype, shape, data: elements } = array;
  const [count, rows, columns] = shape;
  if (dtype === "uint8" && shape.length === 1) {
    const wrong = elements.findIndex((label) => label > 9);
    if (wrong < 0) return { kind: "labels", count: count!, data: elements };
    throw new DataProblem(`${name}: a label is 0 to 9: number ${wrong} is ${elements[wrong]}`);
  }
  if (dtype === "uint8" && shape.length === 3 && rows === SIDE && columns === SIDE) {
    return { kind: "images", count: count!, data: elements };
  }
  throw new DataProblem(
    `${name}: bytes [n, ${SIDE}, ${SIDE}] or labels [n] are needed: it has ${dtype} ` +
      `[${shape.join(", ")}]`,
  );
}

/** Data that cannot be used, or had. */
export class DataProblem extends Error {
  override name = "DataProblem";
}

/** Some images and their labels, as they came. */
export interface Batch {
  set: "train" | "dev";
  images: Uint8Array;
  labels: Uint8Array;
}

/** What there is on the server. Throws DataProblem where there is nothing. */
export async function fetchIndex(url: string): Promise<DataIndex> {
  try {
    return await (await get(url)).json();
  } catch (cause) {
    throw new DataProblem("This server has no images to learn from: open some as other images.", {
      cause,
    });
  }
}

/** All pieces, each as soon as it and those before it have come. */
export async function* fetchPieces(url: string, index: DataIndex): AsyncGenerator<Batch> {
  const bytesOf = async (file: string) => {
    const name = new URL(file, url).href;
    return await readDigits(file, await (await get(name)).bytes());
  };
  const labels = (await bytesOf(index.labels)).data;
  const coming: Promise<{ data: Uint8Array }>[] = [];
  for (const [i, { begin, end }] of index.pieces.entries()) {
    for (let next = coming.length; next < Math.min(index.pieces.length, i + AHEAD); next++) {
      const piece = bytesOf(index.pieces[next]!.file);
      piece.catch(() => {}); // reported when its turn comes
      coming.push(piece);
    }
    const { data: images } = await coming[i]!;
    yield {
      set: begin < index.train ? "train" : "dev",
      images,
      labels: labels.subarray(begin, end),
    };
  }
}

async function get(url: string): Promise<Response> {
  const { pathname } = new URL(url);
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new DataProblem(`fetch ${pathname}: the server does not answer`, { cause });
  }
  if (!response.ok) throw new DataProblem(`fetch ${pathname}: the server says ${response.status}`);
  return response;
}
