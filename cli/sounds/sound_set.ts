/** Sounds of a folder that were read once: in memory, or in a file where they are too many. */
import { data, fromTypedArray, type Tensor } from "@glim/glim";
import { classesOf } from "../data_parts.ts";
import { messageOf, printable } from "../errors.ts";
import { sha256 } from "../files.ts";
import { readAll } from "../read_files.ts";
import { Rows } from "../rows.ts";
import type { SoundInfo } from "./sound_info.ts";
import { SoundFiles, soundFilesOf, type SoundSample } from "./sound_files.ts";

/** Bytes of a float. */
const FLOAT = 4;

/** Sounds, and what was seen of them while they were read. */
export interface ReadSounds {
  /** The logarithms of each, float32. */
  readonly rows: Rows;
  readonly classNames: readonly string[];
  readonly labels: Int32Array;
  readonly files: readonly string[];
  /** How many are longer than what is listened to. */
  readonly longer: number;
  readonly warnings: readonly string[];
  /** What tells them from others. */
  readonly hash: string;
}

/** Those of a folder, each of so many numbers. */
export async function readSounds(
  folder: string,
  { seconds, numbers, known, ...about }:
    & Pick<SoundInfo, "sampleRate" | "samples" | "frame" | "hop">
    & { readonly seconds: number; readonly numbers: number }
    & { readonly known: readonly string[] | undefined },
): Promise<ReadSounds> {
  const found = soundFilesOf(folder);
  const rows = new Rows(found.length, FLOAT * numbers);
  const kept: number[] = [];
  const hashes: string[] = [];
  const warnings: string[] = [];
  let longer = 0;
  await readAll<SoundSample>({
    what: "sounds",
    set: new SoundFiles(found, about),
    worker: { url: new URL("./sound_worker.ts", import.meta.url), about: { folder, about } },
    take(i, [mel, length, hash]) {
      rows.write(kept.length, bytesOf(mel.toTypedArray() as Float32Array<ArrayBuffer>));
      if (length.item() > 1.05 * seconds) longer++;
      hashes.push(found[i]!.className, (hash.toTypedArray() as Uint8Array).toHex());
      kept.push(i);
    },
    passOver(i, error) {
      warnings.push(`${printable(found[i]!.file)}: ${printable(messageOf(error))}`);
    },
  });
  const names = kept.map((i) => found[i]!.className);
  const classNames = classesOf(folder, "WAV files", names, { known, warnings });
  return {
    rows,
    classNames,
    labels: Int32Array.from(names, (name) => classNames.indexOf(name)),
    files: kept.map((i) => found[i]!.file),
    longer,
    warnings,
    hash: sha256(hashes.join("\n")),
  };
}

/** What of sounds is told to those that use them. */
interface AboutSounds extends Pick<SoundInfo, "shape" | "mean" | "deviation"> {
  readonly labels: Int32Array;
  readonly files: readonly string[];
}

/** The logarithms of sounds in classes, scaled. */
export class Sounds extends data.Dataset {
  readonly length: number;
  /** The file of each sound. */
  readonly files: readonly string[];
  readonly #rows: Rows;
  readonly #about: AboutSounds;

  constructor(rows: Rows, about: AboutSounds) {
    super();
    this.length = about.labels.length;
    this.files = about.files;
    this.#rows = rows;
    this.#about = about;
  }

  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.batch(Int32Array.of(index));
    return [x.squeeze(0), y.reshape([])];
  }

  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const { shape, labels, mean, deviation } = this.#about;
    const size = shape[1] * shape[2];
    const all = new Float32Array(indices.length * size);
    indices.forEach((row, i) =>
      this.#rows.read(row, bytesOf(all.subarray(i * size, (i + 1) * size)))
    );
    for (let i = 0; i < all.length; i++) all[i] = (all[i]! - mean) / deviation;
    const device = "cpu"; // what is wanted elsewhere goes there batch by batch
    return [
      fromTypedArray(all, [indices.length, ...shape], { device }),
      fromTypedArray(indices.map((i) => labels[i]!), [indices.length], { device }),
    ];
  }

  /** The mean of the numbers of some sounds, and their deviation. */
  momentsOf(indices: Int32Array): Pick<SoundInfo, "mean" | "deviation"> {
    const row = new Float32Array(this.#about.shape[1] * this.#about.shape[2]);
    let [sum, squares] = [0, 0];
    for (const i of indices) {
      this.#rows.read(i, bytesOf(row));
      for (const value of row) sum += value, squares += value ** 2;
    }
    const n = indices.length * row.length;
    const mean = sum / n;
    return { mean, deviation: Math.sqrt(Math.max(1e-12, squares / n - mean ** 2)) };
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
