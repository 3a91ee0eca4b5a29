/** What a network for pictures in classes answers to files and folders. */
import { cat, data, DataError, io, tensor } from "@glim/glim";
import { basename } from "node:path";
import { type Answer, answersTo } from "../asked.ts";
import { messageOf, printable } from "../errors.ts";
import { kindOf, readFile } from "../files.ts";
import { DECODERS, type PictureInfo } from "../pictures/picture_data.ts";
import type { TrainedNetwork } from "./network.ts";
import { type Output, tellAnswers } from "./told_answers.ts";

/** Which files are taken out of a folder. */
const PICTURES = /\.(png|jpe?g)$/i;

/**
 * Asks a network about pictures. False where some could not be read: which, and why, is told on
 * standard error.
 */
export async function predictPictures(
  { model, data: known }: TrainedNetwork,
  run: string,
  places: readonly string[],
  output: Output,
): Promise<boolean> {
  const { pictures } = known as unknown as { pictures: PictureInfo };
  const decode: Record<string, data.ImageDecoder> = { png: io.decodePng, ...DECODERS };
  const names: string[] = [];
  const answers: Answer[] = [];
  let isWhole = true;
  for (const path of places.flatMap(filesIn)) {
    try {
      const kind = /\.([^.]+)$/.exec(basename(path))?.[1]?.toLowerCase() ?? "";
      if (decode[kind] === undefined) throw new DataError("PNG and JPEG files are read");
      const x = data.fitImage(await decode[kind](await readFile(path)), pictures.shape);
      const set = new data.TensorDataset(cat([x.unsqueeze(0)]), tensor(new Int32Array(1)));
      answers.push(...await answersTo(model, set, true));
      names.push(path);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      console.error(`error: ${printable(`${path}: ${messageOf(error)}`)}`);
      isWhole = false;
    }
  }
  tellAnswers({ what: "picture", names, answers, classNames: pictures.classNames, run }, output);
  return isWhole;
}

function filesIn(place: string): string[] {
  if (kindOf(place) !== "folder") return [place];
  const entries = Array.from(Deno.readDirSync(place));
  return entries.sort((a, b) => a.name < b.name ? -1 : 1).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${place}/${name}`) : PICTURES.test(name) ? [`${place}/${name}`] : []
  );
}
