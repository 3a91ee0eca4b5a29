/** The WAV files of a folder that has a folder for each class, as samples that are promises. */
import { data, DataError, fromTypedArray, type Tensor } from "@glim/glim";
import { kindOf, readFile } from "../files.ts";
import { melOf, placed } from "./mel.ts";
import type { SoundInfo } from "./sound_info.ts";

/** What is made of a sound: its logarithms, and its seconds and the SHA-256 of its file. */
export type SoundSample = [mel: Tensor, seconds: Tensor, hash: Tensor];

/** A file of a class. */
export interface SoundFile {
  readonly file: string;
  readonly className: string;
}

/** All files of a folder's folders, in the order of their names. */
export function soundFilesOf(folder: string): SoundFile[] {
  const names = (path: string) =>
    Array.from(Deno.readDirSync(path), ({ name }) => name)
      .filter((name) => !name.startsWith(".")).sort();
  return names(folder).filter((name) => kindOf(`${folder}/${name}`) === "folder").flatMap(
    (className) =>
      names(`${folder}/${className}`)
        .map((name) => ({ file: `${folder}/${className}/${name}`, className })),
  );
}

/** Their samples. A promise rejects with DataError where a file is no sound. */
export class SoundFiles implements data.AsyncDataset<SoundSample> {
  readonly length: number;
  readonly #files: readonly SoundFile[];
  readonly #about: Pick<SoundInfo, "sampleRate" | "samples" | "frame" | "hop">;

  constructor(
    files: readonly SoundFile[],
    about: Pick<SoundInfo, "sampleRate" | "samples" | "frame" | "hop">,
  ) {
    this.length = files.length;
    this.#files = files;
    this.#about = about;
  }

  async get(index: number): Promise<SoundSample> {
    const { file } = this.#files[index]!;
    if (!/\.wav$/i.test(file)) throw new DataError("WAV files are read");
    const bytes = await readFile(file);
    const sound = data.decodeWav(bytes);
    const { length } = sound.samples;
    if (length === 0) throw new DataError("it has no samples");
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const mel = melOf(placed(sound, this.#about), this.#about);
    return [
      fromTypedArray(mel, [mel.length]),
      fromTypedArray(Float32Array.of(length / sound.sampleRate), [1]),
      fromTypedArray(hash, [hash.length]),
    ];
  }
}
