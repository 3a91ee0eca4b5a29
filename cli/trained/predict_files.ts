/** What a network for pictures or sounds in classes answers to files and folders. */
import { cat, data, DataError, fromTypedArray, io, type Tensor, tensor } from "@glim/glim";
import { basename } from "node:path";
import { type Answer, answersTo } from "../asked.ts";
import { messageOf, printable } from "../errors.ts";
import { kindOf, readFile } from "../files.ts";
import { writeErrorLine } from "../output.ts";
import { DECODERS } from "../pictures/decoders.ts";
import type { PictureInfo } from "../pictures/picture_data.ts";
import { melOf, placed } from "../sounds/mel.ts";
import type { SoundInfo } from "../sounds/sound_info.ts";
import type { TrainedNetwork } from "./network.ts";
import { type Output, tellAnswers } from "./told_answers.ts";

/** Which files are taken out of a folder. */
const PICTURES = /\.(png|jpe?g)$/i, SOUNDS = /\.wav$/i;

/** What a network is asked about. */
interface Kind {
  /** What one is called. */
  readonly what: string;
  readonly classNames: readonly string[];
  /** Which files of a folder are such. */
  readonly files: RegExp;
  /** One as the network takes it. DataError where it cannot be read. */
  read(bytes: Uint8Array, path: string): Promise<Tensor> | Tensor;
}

function pictureKind({ classNames, shape }: PictureInfo): Kind {
  const decoders: Record<string, data.ImageDecoder> = { png: io.decodePng, ...DECODERS };
  return {
    what: "picture",
    classNames,
    files: PICTURES,
    async read(bytes, path) {
      const decode = decoders[/\.([^.]+)$/.exec(basename(path))?.[1]?.toLowerCase() ?? ""];
      if (decode === undefined) throw new DataError("PNG and JPEG files are read");
      return data.fitImage(await decode(bytes), shape);
    },
  };
}

function soundKind(info: SoundInfo): Kind {
  const { classNames, shape, mean, deviation } = info;
  return {
    what: "sound",
    classNames,
    files: SOUNDS,
    read(bytes) {
      const mel = melOf(placed(data.decodeWav(bytes), info), info);
      return fromTypedArray(mel.map((v) => (v - mean) / deviation), [...shape]);
    },
  };
}

/**
 * Asks a network about files. False where some could not be read: which, and why, is told on standard
 * error.
 */
export async function predictFiles(
  { model, data: known }: TrainedNetwork,
  run: string,
  places: readonly string[],
  output: Output,
): Promise<boolean> {
  const about = known as unknown as { pictures?: PictureInfo; sounds?: SoundInfo };
  const { what, classNames, files, read } = about.sounds === undefined
    ? pictureKind(about.pictures!)
    : soundKind(about.sounds);
  const names: string[] = [];
  const answers: Answer[] = [];
  let isWhole = true;
  for (const path of places.flatMap((place) => filesIn(place, files))) {
    try {
      const x = await read(await readFile(path), path);
      const set = new data.TensorDataset(cat([x.unsqueeze(0)]), tensor(new Int32Array(1)));
      answers.push(...await answersTo(model, set, true));
      names.push(path);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      writeErrorLine(`error: ${printable(`${path}: ${messageOf(error)}`)}`);
      isWhole = false;
    }
  }
  tellAnswers({ what, names, answers, classNames, run }, output);
  return isWhole;
}

function filesIn(place: string, files: RegExp): string[] {
  if (kindOf(place) !== "folder") return [place];
  const entries = Array.from(Deno.readDirSync(place));
  return entries.sort((a, b) => a.name < b.name ? -1 : 1).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${place}/${name}`, files) : files.test(name) ? [`${place}/${name}`] : []
  );
}
