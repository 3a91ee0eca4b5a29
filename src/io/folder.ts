/**
 * Folders of whole files: of the disk or, in a page, of the browser's own storage.
 *
 * @module
 */
import { builtinModule } from "../core/builtin_module.ts";
import { DataError, messageOf } from "../core/errors.ts";
import { fileSystem, isMissing, isRefused, readError } from "../data/files.ts";
import { readFile, replaceFile } from "./file.ts";
import { OriginFolder } from "./origin_folder.ts";

/** A folder. Each function throws DataError, which says what to do, where it cannot. */
export interface Folder {
  /** Makes it, and those that it is in. */
  make(): Promise<void>;
  /** What is in it; nothing where there is no such folder. */
  names(): Promise<string[]>;
  /** All bytes of a file. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Puts a file in place of another: a program that is killed leaves the old one or the new one. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file. */
  remove(name: string): Promise<void>;
}

/** A folder where the engine keeps files. */
export function folderAt(path: string): Folder {
  return builtinModule("node:fs") === undefined ? new OriginFolder(path) : new DiskFolder(path);
}

/** The folder that a file is in, and what it is called there. */
export function placeOf(path: string): { folder: Folder; name: string } {
  const [, folder = ".", name = path] = path.match(/^(.*)[/\\]([^/\\]*)$/) ?? [];
  return { folder: folderAt(folder || "/"), name };
}

class DiskFolder implements Folder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async make(): Promise<void> {
    const path = this.#path;
    const { mkdir } = fileSystem("write", path).promises;
    try {
      await mkdir(path, { recursive: true });
    } catch (cause) {
      const reason = isRefused(cause)
        ? `needs the permission --allow-write=${path}`
        : messageOf(cause);
      throw new DataError(`make the folder ${path}: ${reason}`, { cause });
    }
  }

  async names(): Promise<string[]> {
    try {
      return await fileSystem("read", this.#path).promises.readdir(this.#path);
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw readError(this.#path, cause);
    }
  }

  read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return readFile(this.#at(name));
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return replaceFile(this.#at(name), bytes);
  }

  remove(name: string): Promise<void> {
    return fileSystem("write", this.#path).promises.unlink(this.#at(name));
  }

  #at(name: string): string {
    return this.#path === "." ? name : `${this.#path}/${name}`;
  }
}
