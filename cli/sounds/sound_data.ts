/** A folder of sounds as an experiment's data. */
import { data, DataError } from "@glim/glim";
import { basename, resolve } from "node:path";
import type { Data, DataInfo } from "../experiment.ts";
import { countClasses, notesOfUnread, sharesOf } from "../data_parts.ts";
import { IN_FILE } from "../rows.ts";
import { countOf } from "../words.ts";
import { MELS } from "./mel.ts";
import type { SoundInfo } from "./sound_info.ts";
import { readSounds, Sounds } from "./sound_set.ts";

/** What an experiment's options say of sounds. */
export interface SoundChoices {
  readonly file: string | null;
  readonly seconds: number;
  readonly sampleRate: number;
  readonly split: string;
  readonly voices: boolean;
}

/** Sounds in parts, and what is known of them. */
export interface SoundData extends Data {
  readonly sounds: SoundInfo;
  readonly train: SoundSubset;
  readonly dev: SoundSubset;
}

/** Some sounds. */
export type SoundSubset = data.Subset<[data.Sample[0], data.Sample[0]], Sounds>;

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

/** A folder's sounds for an experiment; of a trained network what it is judged by. */
export async function soundData(
  { file, seconds, sampleRate, split, voices }: SoundChoices,
  known?: DataInfo<SoundData>,
): Promise<SoundData> {
  if (file === null) throw new DataError("--file: a folder of sounds is needed: none is named");
  const shares = sharesOf(split);
  const samples = Math.round(seconds * sampleRate);
  const frame = 2 ** Math.round(Math.log2(0.032 * sampleRate));
  const hop = Math.round(0.01 * sampleRate);
  const shape = [1, MELS, 1 + Math.floor((samples - frame) / hop)] as const;
  const about = { sampleRate, samples, frame, hop };
  const { rows, classNames, labels, files, longer, warnings, hash } = await readSounds(file, {
    ...about,
    seconds,
    numbers: MELS * shape[2],
    known: known?.sounds.classNames,
  });
  const group = voices ? { group: files.map(voiceOf) } : { stratify: Array.from(labels) };
  const unscaled = new Sounds(rows, { shape, labels, files, mean: 0, deviation: 1 });
  const parts = data.split(unscaled, { ...shares, seed: 0, ...group });
  const { mean, deviation } = known?.sounds ?? unscaled.momentsOf(parts.train.indices);
  const scaled = new Sounds(rows, { shape, labels, files, mean, deviation });
  const of = ({ indices }: { indices: Int32Array }): SoundSubset =>
    new data.Subset(scaled, indices);
  const { counted, baseline } = countClasses(classNames, labels, parts.dev.indices);
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
      ...rows.areInFile ? [IN_FILE] : [],
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
