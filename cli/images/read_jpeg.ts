/** JPEG files: what cameras and telephones write. What decodes them is loaded once there is one. */
import type { Tensor } from "@glim/glim";
import { type GreyPicture, luma } from "./picture.ts";

/** Whether these are the first bytes of a JPEG file. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** The pixels of a JPEG file as `decodeJpeg` of `@glim/glim/jpeg` gives them. */
export async function decodeJpeg(bytes: Uint8Array): Promise<Tensor> {
  return await (await import("@glim/glim/jpeg")).decodeJpeg(bytes);
}

/** The grey of a JPEG file: a colour's is its luma. DataError where it is truncated or damaged. */
export async function readJpeg(bytes: Uint8Array): Promise<GreyPicture> {
  using picture = await decodeJpeg(bytes);
  const [_, rows, columns] = picture.shape as [number, number, number];
  const n = rows * columns;
  const pixels = picture.toTypedArray() as Uint8Array;
  const grey = new Uint8Array(n);
  for (let i = 0; i < n; i++) grey[i] = luma(pixels[i]!, pixels[n + i]!, pixels[2 * n + i]!);
  return { rows, columns, grey, opacity: null };
}
