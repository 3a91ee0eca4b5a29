/**
 * Files in the browser's own storage for a page's origin ("origin private file system"), which pages
 * and workers have in secure contexts.
 *
 * @module
 */
import { DataError, messageOf } from "../core/errors.ts";
import type { Platform } from "../core/platform.ts";
import type { Folder } from "./folder.ts";
import { MAX_FILE } from "./raw_tensor.ts";

declare const crypto: Platform["crypto"];

/** What is used of a folder's handle. */
interface DirectoryHandle {
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<DirectoryHandle>;
  getFileHandle(name: string, options: { create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  keys(): AsyncIterable<string>;
}

/** What is used of a file's handle. */
interface FileHandle {
  getFile(): Promise<{ size: number; arrayBuffer(): Promise<ArrayBuffer> }>;
  createWritable(): Promise<{
    write(bytes: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
  /** Missing in some browsers. */
  move?(name: string): Promise<void>;
}

/** What is used of the browser's storage. */
interface Storage {
  getDirectory(): Promise<DirectoryHandle>;
  estimate(): Promise<{ usage?: number; quota?: number }>;
}

/** A folder below the origin's. */
export class OriginFolder implements Folder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async make(): Promise<void> {
    await this.#as("make the folder", "", () => this.#folder(true));
  }

  names(): Promise<string[]> {
    return this.#as("read", "", async () => {
      const names: string[] = [];
      try {
        for await (const name of (await this.#folder(false)).keys()) names.push(name);
      } catch (error) {
        if (nameOf(error) !== "NotFoundError") throw error;
      }
      return names;
    });
  }

  read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#as("read", name, async () => {
      const handle = await (await this.#folder(false)).getFileHandle(name, { create: false });
      const file = await handle.getFile();
      if (file.size > MAX_FILE) {
        throw new Error(`files of up to 2 GiB are read: it has ${file.size} bytes`);
      }
      return new Uint8Array(await file.arrayBuffer());
    });
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return this.#as("write", name, async () => {
      const folder = await this.#folder(false);
      // What is written gets its place when it is closed. A new file is there before, and empty, so
      // it is written by another name where it can be given its own later.
      const part = `${name}.${crypto.randomUUID().slice(0, 8)}.part`;
      const handle = await folder.getFileHandle(part, { create: true });
      try {
        await write(handle, bytes);
        if (handle.move !== undefined) return await handle.move(name);
        await write(await folder.getFileHandle(name, { create: true }), bytes);
        await folder.removeEntry(part);
      } catch (error) {
        await folder.removeEntry(part).catch(() => {});
        throw error;
      }
    });
  }

  remove(name: string): Promise<void> {
    return this.#as("remove", name, async () => (await this.#folder(false)).removeEntry(name));
  }

  async #folder(create: boolean): Promise<DirectoryHandle> {
    let folder = await storage().getDirectory();
    for (const name of this.#path.split("/")) {
      if (name !== "" && name !== ".") folder = await folder.getDirectoryHandle(name, { create });
    }
    return folder;
  }

  /** Does something; what goes wrong is told with the path and what it takes. */
  async #as<T>(action: string, name: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      const path = [this.#path === "." ? "" : this.#path, name].filter(Boolean).join("/");
      throw new DataError(`${action} ${path}: ${await reasonOf(cause)}`, { cause });
    }
  }
}

async function write(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  const writable = await handle.createWritable();
  try {
    await writable.write(bytes);
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => {});
    throw error;
  }
}

function storage(): Storage {
  const { navigator } = globalThis as { navigator?: { storage?: Partial<Storage> } };
  if (navigator?.storage?.getDirectory !== undefined) return navigator.storage as Storage;
  throw new Error(
    "files need Deno, Node, Bun or, in a page over https, the browser's own storage: elsewhere, " +
      "fetch the bytes and decode them, or encode to bytes and store those",
  );
}

/** What a browser tells that does not say how much room there is. */
const NO_ESTIMATE: { usage?: number; quota?: number } = {};

async function reasonOf(error: unknown): Promise<string> {
  switch (nameOf(error)) {
    case "NotFoundError":
      return "there is no such file";
    case "QuotaExceededError": {
      const { usage = NaN, quota = NaN } = await storage().estimate().catch(() => NO_ESTIMATE);
      const [used, all] = [usage, quota].map((bytes) => (bytes / 1e6).toFixed(1));
      return `the browser gives this page no more room: it has used ${used} of ${all} MB`;
    }
    case "SecurityError":
    case "NotAllowedError":
      return "the browser gives this page no storage: private windows and blocked cookies do that";
    default:
      return messageOf(error);
  }
}

function nameOf(error: unknown): unknown {
  return (error as { name?: unknown } | null)?.name;
}
