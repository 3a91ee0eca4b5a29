/** A folder of sounds as an experiment's data. */
import { data, DataError, fromTypedArray } from "@glim/glim";
import { basename, resolve } from "node:path";
import type { Data } from "../experiment.ts";
import { messageOf, printable } from "../errors.ts";
import { kindOf, readFile, sha256 } from "../files.ts";
import { countClasses, notesOfUnread, sharesOf } from "../data_parts.ts";
import { countOf } from "../words.ts";

/** What an experiment's options say of sounds. */
export interface SoundChoices {
  readonly file: string | null;
  readonly seconds: number;
  readonly sampleRate: number;
  readonly split: string;
  readonly voices: boolean;
}

/** What of sounds is kept with the network. */
export interface SoundInfo {
  /** One channel, bands of the mel scale, frames. */
  readonly shape: readonly [1, mels: number, frames: number];
  readonly classNames: readonly string[];
  readonly sampleRate: number;
  /** Samples that are listened to. */
  readonly samples: number;
  /** Samples of a frame, and from one to the next. */
  readonly frame: number;
  readonly hop: number;
  /** Of what is learnt from: the mean of the bands' logarithms, and their deviation. */
  readonly mean: number;
  readonly deviation: number;
}

/** Sounds in parts, and what is known of them. */
export interface SoundData extends Data {
  readonly sounds: SoundInfo;
  readonly train: SoundSubset;
  readonly dev: SoundSubset;
}

/** Some sounds. */
export type SoundSubset = data.Subset<[data.Sample[0], data.Sample[0]], Sounds>;

/** Bands of the mel scale. */
const MELS = 40;

/** What the logarithms of an experiment's sounds are, in classes. */
export class Sounds extends data.TensorDataset<[data.Sample[0], data.Sample[0]]> {
  /** The file of each sound. */
  readonly files: readonly string[];

  /** Logarithms in rows of one length, scaled already. */
  constructor(
    all: Float32Array,
    shape: SoundInfo["shape"],
    labels: Int32Array,
    files: readonly string[],
  ) {
    super(
      fromTypedArray(all, [labels.length, ...shape]),
      fromTypedArray(labels, [labels.length]),
    );
    this.files = files;
  }
}

/** Whether a folder has sounds in its folders, rather than pictures. */
export function hasSounds(folder: string): boolean {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (!isDirectory) continue;
    for (const file of Deno.readDirSync(`${folder}/${name}`)) {
      if (/\.wav$/i.test(file.name)) return true;
    }
  }
  return false;
}

/**
 * A sound as networks take it: at a rate of samples, the loudest part of a length, or all of it with
 * silence around it, and as loud as any other.
 */
export function placed(
  { sampleRate, samples }: data.Sound,
  to: Pick<SoundInfo, "sampleRate" | "samples">,
): Float32Array {
  const own = resampled(samples, sampleRate, to.sampleRate);
  const out = new Float32Array(to.samples);
  const begin = own.length > to.samples
    ? -loudest(own, to.samples)
    : Math.floor((to.samples - own.length) / 2);
  let most = 1e-9;
  for (let i = 0; i < to.samples; i++) {
    const value = own[i - begin] ?? 0;
    out[i] = value;
    most = Math.max(most, Math.abs(value));
  }
  return out.map((value) => value / most);
}

/** Where the part of a length begins that has the most power. */
function loudest(samples: Float32Array, length: number): number {
  let [power, most, best] = [0, -1, 0];
  for (let i = 0; i < samples.length; i++) {
    power += samples[i]! ** 2 - (i < length ? 0 : samples[i - length]! ** 2);
    if (i >= length - 1 && power > most) [most, best] = [power, i - length + 1];
  }
  return best;
}

/** Samples at another rate: of a lower one each is the mean of what it stands for. */
function resampled(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const step = from / to;
  return Float32Array.from({ length: Math.floor(samples.length / step) }, (_, i) => {
    const [begin, end] = [i * step, (i + 1) * step];
    if (step <= 1) {
      const [at, part] = [Math.floor(begin), begin % 1];
      return samples[at]! * (1 - part) + (samples[at + 1] ?? 0) * part;
    }
    let sum = 0;
    for (let at = Math.floor(begin); at < end && at < samples.length; at++) {
      sum += samples[at]! * (Math.min(end, at + 1) - Math.max(begin, at));
    }
    return sum / step;
  });
}

/** The logarithms of a sound that is placed. */
export function melOf(
  samples: Float32Array,
  { sampleRate, frame, hop }: Pick<SoundInfo, "sampleRate" | "frame" | "hop">,
): Float32Array {
  using mel = data.logMel(samples, { sampleRate, frame, hop, mels: MELS });
  return (mel.toTypedArray() as Float32Array).slice();
}

/** The sounds of a folder that has a folder for each class. */
async function readFolder(file: string) {
  const names = (folder: string) =>
    Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => !name.startsWith(".")).sort();
  const classNames: string[] = [];
  const found: { file: string; label: number; sound: data.Sound }[] = [];
  const warnings: string[] = [];
  const hashes: string[] = [];
  for (const name of names(file)) {
    const folder = `${file}/${name}`;
    if (kindOf(folder) !== "folder") continue;
    const before = found.length;
    for (const own of names(folder)) {
      const path = `${folder}/${own}`;
      try {
        if (!/\.wav$/i.test(own)) throw new DataError("WAV files are read");
        const bytes = await readFile(path);
        const sound = data.decodeWav(bytes);
        if (sound.samples.length === 0) throw new DataError("it has no samples");
        found.push({ file: path, label: classNames.length, sound });
        hashes.push(name, sha256(bytes));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        warnings.push(`${printable(path)}: ${printable(messageOf(error))}`);
      }
    }
    if (found.length > before) classNames.push(name);
  }
  if (classNames.length < 2) {
    throw new DataError(
      `${file}: a folder of WAV files for each class is needed, of two at least: there ` +
        (classNames.length === 1 ? `is ${printable(classNames[0]!)}` : "is none") +
        (warnings.length > 0 ? `; ${warnings[0]}` : ""),
    );
  }
  return { classNames, found, warnings, hash: sha256(hashes.join("\n")) };
}

/** A folder's sounds for an experiment. */
export async function soundData(
  { file, seconds, sampleRate, split, voices }: SoundChoices,
): Promise<SoundData> {
  if (file === null) throw new DataError("--file: a folder of sounds is needed: none is named");
  const shares = sharesOf(split);
  const { classNames, found, warnings, hash } = await readFolder(file);
  const samples = Math.round(seconds * sampleRate);
  const frame = 2 ** Math.round(Math.log2(0.032 * sampleRate));
  const hop = Math.round(0.01 * sampleRate);
  const shape = [1, MELS, 1 + Math.floor((samples - frame) / hop)] as const;
  const about = { sampleRate, samples, frame, hop };
  const size = MELS * shape[2];
  const all = new Float32Array(found.length * size);
  found.forEach(({ sound }, i) => all.set(melOf(placed(sound, about), about), i * size));
  const labels = Int32Array.from(found, ({ label }) => label);
  const files = found.map(({ file }) => file);
  const set = new Sounds(all, shape, labels, files);
  const group = voices ? { group: files.map(voiceOf) } : { stratify: Array.from(labels) };
  const parts = data.split(set, { ...shares, seed: 0, ...group });
  // scaled by what is learnt from
  let [sum, squares] = [0, 0];
  for (const i of parts.train.indices) {
    for (let j = i * size; j < (i + 1) * size; j++) sum += all[j]!, squares += all[j]! ** 2;
  }
  const n = parts.train.length * size;
  const mean = sum / n;
  const deviation = Math.sqrt(Math.max(1e-12, squares / n - mean ** 2));
  const scaled = new Sounds(all.map((v) => (v - mean) / deviation), shape, labels, files);
  const of = ({ indices }: { indices: Int32Array }): SoundSubset =>
    new data.Subset(scaled, indices);
  const { counted, baseline } = countClasses(classNames, labels, parts.dev.indices);
  const longer =
    found.filter(({ sound }) => sound.samples.length / sound.sampleRate > 1.05 * seconds).length;
  return {
    train: of(parts.train),
    dev: of(parts.dev),
    test: of(parts.test),
    name: basename(resolve(file)),
    checksums: [hash],
    classes: classNames.length,
    classNames,
    sounds: { shape, classNames, ...about, mean, deviation },
    notes: [
      `${classNames.length} classes of sounds of ${seconds} s: ${counted}`,
      ...voices ? [`${new Set(files.map(voiceOf)).size} voices, each in one part only`] : [],
      ...longer > 0
        ? [
          `note: ${countOf(longer, "sound")} longer than ${seconds} s: the loudest part counts; ` +
          "--seconds says another length",
        ]
        : [],
      ...notesOfUnread(warnings),
      ...parts.warnings.map((warning) => `note: ${warning}`),
      baseline,
    ],
  };
}

/** Whose voice it is: a file's name up to the first underscore or hyphen. */
function voiceOf(file: string): string {
  return /^[^_\-.]+/.exec(basename(file))?.[0] ?? "";
}
