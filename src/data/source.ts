/**
 * Bytes from wherever a user has them.
 *
 * @module
 */
import { DataError, messageOf } from "../core/errors.ts";
import { byteArray, either, type Kind, kind } from "../core/options.ts";
import { fileSystem, plainBytes, readError } from "./files.ts";
import { gunzip, isGzip } from "./gzip.ts";
import { unpackLimit } from "./unpack_limit.ts";

/** A file of a page, or whatever else gives bytes as a `Blob` does. */
export interface BlobLike {
  /** All its bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What of a `Blob` is used where it has it. */
interface SlicedBlob {
  readonly size: number;
  slice(from: number, to: number): BlobLike;
}

/** An address: a `URL`. */
export interface UrlLike {
  /** The whole of it. */
  readonly href: string;
}

/** A path, an address (`http:`, `https:` or `file:`), bytes, or a `File` or `Blob` of a page. */
export type Source = string | UrlLike | Uint8Array | BlobLike;

/** A source, for checks of arguments. */
export const SOURCE: Kind = either(
  byteArray,
  kind("a path, an address or a Blob", (value) =>
    typeof value === "string" || isUrl(value) ||
    typeof Object(value).arrayBuffer === "function"),
);

/** What of an engine is used to load an address. */
interface Web {
  fetch(url: string): Promise<{ ok: boolean; status: number; arrayBuffer(): Promise<ArrayBuffer> }>;
}

/** What is not read at once: no array is longer in every engine. */
const MOST = 2 ** 31;

/** A file that is read piece by piece. */
export interface LargeFile {
  /** Its bytes. */
  readonly size: number;
  /** Fills an array with the bytes from a place on; how many there were. */
  read(to: Uint8Array, from: number): Promise<number>;
  /** Nothing is read after it. */
  close(): Promise<void>;
}

/**
 * A file of a path or a page that has more than so many bytes; null for what is smaller, packed, or
 * comes otherwise.
 */
export async function largeFileOf(
  source: Source,
  least: number,
): Promise<LargeFile | null> {
  const file = byteArray.fits(source)
    ? null
    : typeof source !== "string" && !isUrl(source)
    ? blobFile(source as BlobLike)
    : await openPath(String(isUrl(source) ? source.href : source), least);
  if (file === null) return null;
  const first = new Uint8Array(2);
  if (file.size > least && await file.read(first, 0) === 2 && !isGzip(first)) return file;
  await file.close();
  return null;
}

function blobFile(blob: BlobLike): LargeFile | null {
  const { size, slice } = blob as BlobLike & Partial<SlicedBlob>;
  if (typeof size !== "number" || typeof slice !== "function") return null;
  return {
    size,
    async read(to, from) {
      const bytes = new Uint8Array(await slice.call(blob, from, from + to.length).arrayBuffer());
      to.set(bytes);
      return bytes.length;
    },
    close: () => Promise.resolve(),
  };
}

async function openPath(place: string, least: number): Promise<LargeFile | null> {
  if (/^https?:/.test(place)) return null;
  const path = place.startsWith("file:") ? pathOf(place) : place;
  const { promises } = fileSystem("read", path);
  try {
    const info = await promises.stat(path);
    if (!info.isFile() || info.size <= least) return null;
    const file = await promises.open(path, "r");
    return {
      size: info.size,
      async read(to, from) {
        let at = 0;
        for (let got = -1; at < to.length && got !== 0; at += got) {
          got = (await file.read(to, at, to.length - at, from + at)).bytesRead;
        }
        return at;
      },
      close: () => file.close(),
    };
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * All bytes of a source, unpacked where they are gzipped. DataError where it cannot be read, or is
 * 2 GiB or more.
 */
export async function bytesOf(name: string, source: Source): Promise<Uint8Array> {
  const bytes = await load(name, source);
  if (!isGzip(bytes)) return bytes;
  const unpacked = gunzip(bytes, Math.max(unpackLimit(bytes.length), 2 ** 30));
  if (unpacked !== undefined) return unpacked;
  throw new DataError(`${name}: the file unpacks to more than 1 GiB: unpack it first`);
}

async function load(name: string, source: Source): Promise<Uint8Array> {
  if (byteArray.fits(source)) return source as Uint8Array;
  const place = String(isUrl(source) ? source.href : source);
  if (typeof source !== "string" && !isUrl(source)) {
    return new Uint8Array(await (source as BlobLike).arrayBuffer());
  }
  if (/^https?:/.test(place)) return await download(name, place);
  return await readPath(name, place.startsWith("file:") ? pathOf(place) : place);
}

async function download(name: string, url: string): Promise<Uint8Array> {
  let response;
  try {
    response = await (globalThis as unknown as Web).fetch(url);
  } catch (cause) {
    throw new DataError(`${name}: load ${url}: ${messageOf(cause)}`, { cause });
  }
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new DataError(`${name}: load ${url}: the server answers ${response.status}`);
}

async function readPath(name: string, path: string): Promise<Uint8Array> {
  const { promises } = fileSystem("read", path);
  try {
    const { size } = await promises.stat(path);
    if (size >= MOST) {
      throw new DataError(
        `${name}: less than 2 GiB are read at once: ${path} has ${
          (size / 2 ** 30).toFixed(1)
        } GiB: ` +
          "divide it",
      );
    }
    return plainBytes(await promises.readFile(path));
  } catch (error) {
    throw readError(path, error);
  }
}

function pathOf(url: string): string {
  const path = decodeURIComponent(url.replace(/^file:\/\//, ""));
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

function isUrl(value: unknown): value is UrlLike {
  return typeof Object(value).href === "string";
}
