/** JPEG files as grey pixels: what cameras and telephones write. */
import { DataError, fromTypedArray, type Tensor } from "@glim/glim";
import { messageOf } from "../errors.ts";
import { type GreyPicture, luma } from "./picture.ts";

/** The most pixels of a picture, in millions. */
const MAX_MEGAPIXELS = 67;

/** The most memory that reading may take, in MiB: 24 bytes for each of them, about. */
const MAX_MEMORY = 2048;

/** Whether these are the first bytes of a JPEG file. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * The pixels of a JPEG file, upright: cameras note in Exif how they were held. A colour's grey is its
 * luma. Throws DataError where the file is truncated or damaged, or has too many pixels.
 */
export async function readJpeg(bytes: Uint8Array): Promise<GreyPicture> {
  const { width, height, data, orientation } = decode(await loadDecoder(), bytes);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = luma(data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!);
  }
  return upright({ rows: height, columns: width, grey, opacity: null }, orientation);
}

/** What decodes JPEG, of no use to those who have none. */
type Decoder = typeof import("jpeg-js");

async function loadDecoder(): Promise<Decoder> {
  return (await import("jpeg-js")).default as Decoder;
}

/** What reads JPEG files in colours, upright: uint8 [3, rows, columns]. It throws as {@link readJpeg}. */
export async function jpegDecoder(): Promise<(bytes: Uint8Array) => Tensor> {
  const decoder = await loadDecoder();
  return (bytes) => {
    const { width, height, data, orientation } = decode(decoder, bytes);
    const planes = [0, 1, 2].map((c) => {
      const grey = new Uint8Array(width * height);
      for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i + c]!;
      return upright({ rows: height, columns: width, grey, opacity: null }, orientation);
    });
    const { rows, columns } = planes[0]!;
    const all = new Uint8Array(3 * rows * columns);
    planes.forEach(({ grey }, c) => all.set(grey, c * rows * columns));
    return fromTypedArray(all, [3, rows, columns]);
  };
}

function decode(decoder: Decoder, bytes: Uint8Array) {
  let image;
  try {
    image = decoder.decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
      maxResolutionInMP: MAX_MEGAPIXELS,
      maxMemoryUsageInMB: MAX_MEMORY,
    });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new DataError(`readJpeg: truncated, damaged or too large: ${reason}`, { cause });
  }
  const { width, height, data, exifBuffer } = image as typeof image & { exifBuffer?: Uint8Array };
  const orientation = exifBuffer === undefined ? 1 : orientationOf(exifBuffer);
  return { width, height, data, orientation };
}

/** How the camera was held, 1 to 8 as Exif counts; 1 where that is not told. */
function orientationOf(exif: Uint8Array): number {
  const start = 1; // "Exif" and a zero are gone, another zero is left
  if (exif.length < start + 8) return 1;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.length - start);
  const little = view.getUint16(0) === 0x4949;
  const table = view.getUint32(4, little);
  if (table + 2 > view.byteLength) return 1;
  const entries = view.getUint16(table, little);
  for (let i = 0; i < entries; i++) {
    const at = table + 2 + 12 * i;
    if (at + 12 > view.byteLength) return 1;
    if (view.getUint16(at, little) === 0x0112) return view.getUint16(at + 8, little);
  }
  return 1;
}

/** Turns and mirrors a picture so that it stands as it was seen. */
function upright({ rows: h, columns: w, grey }: GreyPicture, orientation: number): GreyPicture {
  const isTurned = orientation >= 5 && orientation <= 8;
  const [rows, columns] = isTurned ? [w, h] : [h, w];
  const flipRow = [3, 4, 6, 7].includes(orientation);
  const flipColumn = [2, 3, 7, 8].includes(orientation);
  const turned = new Uint8Array(grey.length);
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const [row, column] = isTurned ? [x, y] : [y, x];
      turned[i] = grey[(flipRow ? h - 1 - row : row) * w + (flipColumn ? w - 1 - column : column)]!;
    }
  }
  return { rows, columns, grey: turned, opacity: null };
}
