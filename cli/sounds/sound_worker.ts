/** A worker that reads sounds for `sound_set.ts`. */
import { data } from "@glim/glim";
import { toldAbout } from "../read_files.ts";
import type { SoundInfo } from "./sound_info.ts";
import { SoundFiles, soundFilesOf } from "./sound_files.ts";

const { folder, about } = toldAbout<{ folder: string; about: SoundInfo }>();
data.serveDataset(new SoundFiles(soundFilesOf(folder), about));
