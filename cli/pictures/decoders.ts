/** What reads pictures that are no PNG, by the ends of their names. */
import type { data } from "@glim/glim";
import { decodeJpeg } from "../images/read_jpeg.ts";

export const DECODERS: Readonly<Record<string, data.ImageDecoder>> = {
  jpg: decodeJpeg,
  jpeg: decodeJpeg,
};
