/** Pictures without colours, out of PNG files and into reports. */
import { fromTypedArray, io, scope } from "@glim/glim";
import { onCpu } from "../device.ts";
import { html, type Markup } from "../report/html.ts";

/** A picture that was read. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  /** 0 black to 255 white, row by row. */
  readonly grey: Uint8Array;
  /** 0 transparent to 255 opaque, row by row; null where all pixels are opaque. */
  readonly opacity: Uint8Array | null;
}

/** The pixels of a PNG file as grey ones. Throws DataError as `io.decodePng` does. */
export function readPng(bytes: Uint8Array): GreyPicture {
  return scope(() => {
    const pixels = onCpu(() => io.decodePng(bytes)); // what is to be read at once
    const [channels, rows, columns] = pixels.shape as [number, number, number];
    const all = pixels.toTypedArray<Uint8Array>();
    const of = (channel: number) =>
      all.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    const [first, green, blue] = [of(0), of(1), of(2)];
    const grey = channels < 3 ? first : first.map((red, i) => luma(red, green[i]!, blue[i]!));
    return { rows, columns, grey, opacity: channels % 2 === 0 ? of(channels - 1) : null };
  });
}

/** How bright a colour is (ITU-R BT.601). */
export function luma(r: number, g: number, b: number): number {
  return Math.round(0.299 * r + 0.587 * g + 0.114 * b);
}

/** A picture to be written: 0 black to 255 white, row by row. */
export interface Picture {
  pixels: Uint8Array;
  rows: number;
  columns: number;
}

/** A PNG file of a picture. */
export function encodePng({ pixels, rows, columns }: Picture): Uint8Array<ArrayBuffer> {
  return scope(() => io.encodePng(fromTypedArray(pixels, [rows, columns], { device: "cpu" })));
}

/** A picture as an `<img>` that fetches nothing. */
export function pngImage(picture: Picture, alt: string): Markup {
  const source = `data:image/png;base64,${encodePng(picture).toBase64()}`;
  const { rows, columns } = picture;
  return html`<img src="${source}" width="${columns}" height="${rows}" alt="${alt}">`;
}
