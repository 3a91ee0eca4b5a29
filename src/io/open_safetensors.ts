/**
 * Safetensors files that are read a tensor at a time: those larger than memory should hold twice, and
 * those in several parts.
 *
 * @module
 */
import { type FileSystem, fileSystem, type OpenFile, readError } from "../data/files.ts";
import { DataError, show } from "../core/errors.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  describe,
  type Kinds,
  text,
} from "../core/options.ts";
import type { Platform } from "../core/platform.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { type AnyModule, MODULE, namedTensors } from "../nn/module.ts";
import { outside } from "../scope/outside.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { readFile } from "./file.ts";
import { newTensor } from "./raw_tensor.ts";
import { checkLayout, readEntry } from "./safetensors.ts";
import { type Entry, MAX_HEADER, parseHeader, split, typeRefusal } from "./safetensors_header.ts";
import { STORED } from "./stored_types.ts";

declare const TextDecoder: Platform["TextDecoder"];

/** A tensor of a file, and where it is. */
interface Place {
  entry: Entry;
  file: OpenFile;
  /** Where the file's data begin. */
  begin: number;
}

/** Options of {@link OpenSafetensors.loadInto}. */
export interface LoadIntoOptions {
  /**
   * What a parameter or buffer of the model is called in the file. Default: what it is called in the
   * model. Where there are several names, the first that the file has counts.
   */
  nameOf?: (name: string) => string | readonly string[];
}

const LOAD: Kinds<LoadIntoOptions> = { nameOf: callable };

/** An open file, or several that are one by their index: see {@link openSafetensors}. */
export class OpenSafetensors implements AsyncDisposable {
  readonly #places: ReadonlyMap<string, Place>;
  readonly #files: readonly OpenFile[];

  /** `openSafetensors` makes them. */
  constructor(places: ReadonlyMap<string, Place>, files: readonly OpenFile[]) {
    this.#places = places;
    this.#files = files;
  }

  /** What the tensors are called, in the order of the file. */
  get names(): string[] {
    return [...this.#places.keys()];
  }

  /** Whether there is a tensor of that name. */
  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** The shape of a tensor, which is not read for it. RangeError where there is none of that name. */
  shapeOf(name: string): Shape {
    return this.#placeOf(name).entry.shape;
  }

  /**
   * Reads a tensor, in the dtype that it was saved in. It is the caller's, outside every scope. RangeError
   * where there is none of that name, DataError where it cannot be read.
   */
  tensor(name: string): Promise<Tensor> {
    atMost(1, arguments.length, "tensor(name)");
    const place = this.#placeOf(name);
    return outside(read(place).then((bytes) => decoded(place.entry, bytes)));
  }

  /**
   * Reads what a model has, a tensor at a time, straight into its parameters and buffers, in their dtype.
   * What the file has besides is left out. DataError, before anything is changed, where a tensor is
   * missing or has another shape.
   */
  loadInto(model: AnyModule, options: LoadIntoOptions = {}): Promise<void> {
    atMost(2, arguments.length, "loadInto(model, { nameOf })");
    check("loadInto", "the model", model, MODULE);
    const { nameOf = (name: string) => name } = checkOptions("loadInto", options, LOAD);
    const faults: string[] = [];
    const all = new Map<Tensor, string[]>();
    for (const [own, to] of namedTensors(model)) all.set(to, [...all.get(to) ?? [], own]);
    const pairs = Array.from(all, ([to, [own, ...others]]) => {
      const names = [own!, ...others].flatMap((name) => nameOf(name));
      const place = names.flatMap((name) => this.#places.get(name) ?? [])[0];
      if (place === undefined) faults.push(`${own}: there is no ${names.join(" or ")}`);
      else if (!sameShape(place.entry.shape, to.shape)) {
        faults.push(`${own}: ${show(to.shape)} is needed: it is ${show(place.entry.shape)}`);
      }
      return [to, place!] as const;
    });
    if (faults.length > 0) {
      throw new DataError(`loadInto: names and shapes must agree: ${faults.join("; ")}`);
    }
    return outside(this.#load(pairs));
  }

  async #load(pairs: readonly (readonly [to: Tensor, place: Place])[]): Promise<void> {
    for (const [to, place] of pairs) {
      using from = decoded(place.entry, await read(place));
      noGrad(() => to.copy_(from.to(to.device)));
    }
  }

  #placeOf(name: string): Place {
    check("openSafetensors", "the name", name, text);
    const place = this.#places.get(name);
    if (place !== undefined) return place;
    throw new RangeError(`openSafetensors: there is no tensor ${describe(name)}`);
  }

  /** Closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file.close();
  }
}

/**
 * Opens a safetensors file, or the index of one in parts (`model.safetensors.index.json`), and reads what
 * it says of its tensors, but none of them. Throws DataError where there is no such file, where it cannot
 * be read (it says which permission is needed) or is not safetensors.
 *
 * @example
 * ```ts ignore
 * import { io, nn } from "@glim/glim";
 * const model = new nn.Linear(4, 2);
 * await using file = await io.openSafetensors("model.safetensors");
 * console.log(file.names);
 * await file.loadInto(model, { nameOf: (name) => `layers.0.${name}` });
 * ```
 */
export function openSafetensors(path: string): Promise<OpenSafetensors> {
  atMost(1, arguments.length, "openSafetensors(path)");
  check("openSafetensors", "the path", path, text);
  return outside(open(path));
}

async function open(path: string): Promise<OpenSafetensors> {
  const fs = fileSystem("read", path);
  const files: OpenFile[] = [];
  try {
    if (!path.endsWith(".json")) {
      return new OpenSafetensors(await placesOf(fs, path, files), files);
    }
    const map = await indexOf(path);
    const folder = path.slice(0, 1 + Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")));
    const parts = new Map<string, ReadonlyMap<string, Place>>();
    for (const part of new Set(Object.values(map))) {
      parts.set(part, await placesOf(fs, folder + part, files));
    }
    const places = Object.entries(map).map(([name, part]): [string, Place] => {
      const place = parts.get(part)!.get(name);
      if (place !== undefined) return [name, place];
      throw new DataError(`openSafetensors: ${path}: ${part} has no tensor ${describe(name)}`);
    });
    return new OpenSafetensors(new Map(places), files);
  } catch (error) {
    for (const file of files) await file.close();
    throw error;
  }
}

/** Which part of a file each tensor is in. Parts are files of the index's own folder. */
async function indexOf(path: string): Promise<Record<string, string>> {
  const bytes = await readFile(path);
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const { weight_map: map } = Object(JSON.parse(decoder.decode(bytes))) as {
      weight_map?: unknown;
    };
    const isMap = typeof map === "object" && map !== null && !Array.isArray(map);
    const parts = isMap ? Object.values(map) : [];
    if (parts.length > 0 && parts.every((part) => /^[\w.-]+\.safetensors$/.test(String(part)))) {
      return map as Record<string, string>;
    }
  } catch (cause) {
    throw new DataError(`openSafetensors: ${path}: it must be JSON`, { cause });
  }
  throw new DataError(
    `openSafetensors: ${path}: its weight_map must name a .safetensors file for each tensor`,
  );
}

/** Opens a file, and says where its tensors are. */
async function placesOf(
  fs: FileSystem,
  path: string,
  files: OpenFile[],
): Promise<ReadonlyMap<string, Place>> {
  try {
    const { size } = await fs.promises.stat(path);
    const file = await fs.promises.open(path, "r");
    files.push(file);
    const head = await bytesAt(file, 0, Math.min(8, size));
    const length = size < 8 ? 0 : Number(new DataView(head.buffer).getBigUint64(0, true));
    const begin = 8 + length;
    // what is no such file is told by what tells of whole files
    const { json } = split(
      await bytesAt(file, 0, Math.min(size, 8 + Math.min(length, MAX_HEADER))),
    );
    const { entries, unsupported } = parseHeader(json);
    if (unsupported[0] !== undefined) throw typeRefusal(unsupported[0]);
    checkLayout(entries, size - begin);
    return new Map(entries.map((entry) => [entry.name, { entry, file, begin }]));
  } catch (cause) {
    if (!(cause instanceof DataError)) throw readError(path, cause);
    throw new DataError(`openSafetensors: ${path}: ${cause.message}`, { cause });
  }
}

function read({ entry, file, begin }: Place): Promise<Uint8Array<ArrayBuffer>> {
  return bytesAt(file, begin + entry.begin, entry.end - entry.begin);
}

/** Most bytes that are asked for at once. */
const PIECE = 2 ** 28;

async function bytesAt(
  file: OpenFile,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const most = Math.min(PIECE, length - done);
    const { bytesRead } = await file.read(bytes, done, most, at + done);
    if (bytesRead === 0) throw new DataError("openSafetensors: the file is truncated");
    done += bytesRead;
  }
  return bytes;
}

/** A tensor out of the bytes that are its own. */
function decoded(entry: Entry, bytes: Uint8Array): Tensor {
  const { code, shape } = entry;
  const own = { ...entry, begin: 0, end: bytes.length };
  return newTensor("openSafetensors", STORED[code]!.dtype, shape, (to) => readEntry(own, bytes, to))
    .keep();
}
