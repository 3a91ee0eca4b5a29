/**
 * JPEG files as tensors. An entry point of its own, as it needs a package, `npm:@jsquash/jpeg`, and the
 * rest of Glim needs none.
 *
 * @example
 * ```ts ignore
 * import { data } from "@glim/glim";
 * import { decodeJpeg } from "@glim/glim/jpeg";
 * const pets = await data.imageFolder("pets", {
 *   decoders: { jpg: decodeJpeg, jpeg: decodeJpeg },
 * });
 * ```
 *
 * @module
 */
import factory from "npm:@jsquash/jpeg@1.6.0/codec/dec/mozjpeg_dec.js";
import { builtinModule } from "../core/builtin_module.ts";
import { DataError } from "../core/errors.ts";
import { atMost, byteArray, check } from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { fromTypedArray } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** libjpeg, compiled to WebAssembly. */
interface Codec {
  /** Pixels of red, green, blue and opacity; of no pixels, or null, where it is no picture. */
  decode(
    bytes: Uint8Array,
    isUpright: boolean,
  ): { data: Uint8ClampedArray; width: number; height: number } | null;
}

/** The most pixels of a picture. */
const MOST = 2 ** 26;

/** What libjpeg notes of files that are read right all the same. */
const HARMLESS = /extraneous bytes|Invalid SOS parameters|Unknown Adobe|JFIF/;

/** It, and what it has noted; null where none is loaded yet, or the last one has met a damaged file. */
let loaded: Promise<{ codec: Codec; notes: string[] }> | null = null;

/**
 * The pixels of a JPEG file: uint8 [3, rows, columns], 0 to 255, red, green and blue, as `io.decodePng`
 * gives them; upright, as cameras note how they were held.
 *
 * Rejects with DataError where it is no JPEG, is truncated or damaged, or has more than 2²⁶ pixels.
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<Tensor> {
  atMost(1, arguments.length, "decodeJpeg(bytes)");
  check("decodeJpeg", "the file", bytes, byteArray);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) {
    throw new DataError("decodeJpeg: the file is no JPEG: it begins with other bytes");
  }
  checkSize(bytes);
  const { pixels, height, width } = await outside(decoded(bytes));
  return fromTypedArray(pixels, [3, height, width]);
}

async function decoded(
  bytes: Uint8Array,
): Promise<{ pixels: Uint8Array; height: number; width: number }> {
  let mine, codec, notes: string[];
  do ({ codec, notes } = await (mine = loaded ??= load())); // another's file may have been damaged
   while (mine !== loaded);
  let image = null;
  let fault: string | undefined;
  try {
    image = codec.decode(bytes, true);
    fault = notes.find((note) => !HARMLESS.test(note));
  } catch (error) {
    fault = error instanceof Error ? error.message : notes[0] ?? "no pixels"; // or an exit code
  }
  notes.length = 0;
  if (fault !== undefined || image === null || !(image.width > 0 && image.height > 0)) {
    loaded = null; // nobody knows what its memory is like then
    throw new DataError(`decodeJpeg: the file is truncated or damaged: ${fault ?? "no pixels"}`);
  }
  const { data, width, height } = image;
  const n = width * height;
  const pixels = new Uint8Array(3 * n);
  for (let i = 0, at = 0; i < n; i++, at += 4) {
    pixels[i] = data[at]!;
    pixels[n + i] = data[at + 1]!;
    pixels[2 * n + i] = data[at + 2]!;
  }
  return { pixels, height, width };
}

/** Refuses more pixels than there is room for, before any is made room for. */
function checkSize(bytes: Uint8Array): void {
  for (let at = 2; at + 9 <= bytes.length;) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0xff) { // bytes between segments
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return; // the pixels, or the end
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const [height, width] = [5, 7].map((i) => bytes[at + i]! * 256 + bytes[at + i + 1]!);
      if (height! * width! <= MOST) return;
      throw new DataError(
        `decodeJpeg: at most 2^26 pixels are read: the picture has ${width} × ${height}`,
      );
    }
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
}

/** Loads the package's WebAssembly: by `fetch`, except in Node, whose `fetch` reads no files. */
async function load(): Promise<{ codec: Codec; notes: string[] }> {
  const notes: string[] = [];
  const options: Record<string, unknown> = {
    noInitialRun: true,
    printErr: (text: string) => void notes.push(text),
    ...inNode() && { wasmBinary: fileInNode() },
  };
  const make = factory as unknown as (options: unknown) => Promise<Codec>;
  return { codec: await make(options), notes };
}

function inNode(): boolean {
  const { Deno, Bun } = globalThis as { Deno?: unknown; Bun?: unknown };
  return Deno === undefined && Bun === undefined && builtinModule("node:module") !== undefined;
}

function fileInNode(): Uint8Array {
  const { createRequire } = builtinModule("node:module") as {
    createRequire(url: string): { resolve(name: string): string };
  };
  const { readFileSync } = builtinModule("node:fs") as {
    readFileSync(path: string): Uint8Array;
  };
  const { url } = import.meta as unknown as { url: string };
  const { resolve } = createRequire(url);
  return readFileSync(resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm"));
}
