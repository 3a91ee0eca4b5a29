/** A worker that reads pictures for `picture_data.ts`. */
import { data } from "@glim/glim";
import { toldAbout } from "../read_files.ts";
import { DECODERS } from "./decoders.ts";

const { folder, size } = toldAbout<{ folder: string; size: number }>();
data.serveDataset(data.imageFiles(folder, { size, channels: "colour", decoders: DECODERS }));
