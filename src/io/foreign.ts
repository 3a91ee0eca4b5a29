// deno-lint-ignore-file no-control-regex -- formats begin with such bytes
/**
 * What a file is that is not the kind that was asked for: a download that went wrong, or weights in
 * another format.
 *
 * @module
 */
import { clip } from "./json_members.ts";

/** Formats by their first bytes, as Latin-1: what it is, and what to do. */
const BEGINNINGS: readonly (readonly [begin: RegExp, kind: string])[] = [
  [
    /^version https:\/\/git-lfs/,
    "a Git LFS pointer, which stands for the file: fetch the file itself, by git lfs pull",
  ],
  [
    /^\s*<(!doctype|html|head|\?xml)/i,
    "a web page, not the file: look at the address it came from, it may ask for a login",
  ],
  [/^GGUF/, "a GGUF file: convert it to safetensors, in Python with the packages gguf and torch"],
  [/^\x93NUMPY/, "an npy file, one array: io.loadNpy and io.decodeNpy read it"],
  [
    /^\x89HDF\r\n/,
    "an HDF5 file, as Keras writes: load it in Python, and save it as safetensors",
  ],
  [/^\x1f\x8b/, "gzipped: unpack it first, by gunzip"],
  [
    /^\x80[\x02-\x05]/,
    "a pickle, which is a program: load it in Python, and save its tensors with " +
    "safetensors.torch.save_file",
  ],
  [
    /^\x08[\x01-\x20][\x12\x1a\x22\x2a\x32\x3a\x42\x72][^\0]{5}/,
    "an ONNX file, a model with its graph: export the weights alone, as safetensors",
  ],
];

/** How far into a zip archive or a JSON text is looked. */
const LOOK = 2 ** 16;

/** What bytes are, and what to do about it, as `it is …`; undefined where they tell nothing. */
export function foreignKind(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "empty";
  const text = latin(bytes.subarray(0, LOOK));
  const found = BEGINNINGS.find(([begin]) => begin.test(text));
  if (found !== undefined) return found[1];
  if (text.startsWith("PK\x03\x04")) return zipKind(text + latin(bytes.subarray(-LOOK)));
  if (/^\s*\{/.test(text)) return jsonKind(text);
  const line = /^[\x20-\x7e\t]{8,}/.exec(text)?.[0];
  return line === undefined ? undefined : `a text, which begins with ${JSON.stringify(clip(line))}`;
}

/** An archive by the names in it, which are neither packed nor far from its ends. */
function zipKind(text: string): string {
  if (/[\w-]\/data\.pkl/.test(text)) {
    return "a file by torch.save, a zip archive with a pickle, which is a program: load it in " +
      "Python, and save its tensors with safetensors.torch.save_file";
  }
  if (text.includes(".npy")) return "an npz file: loadNpz and decodeNpz of @glim/glim/npz read it";
  return "a zip archive: unpack it first, by unzip";
}

function jsonKind(text: string): string {
  if (!text.includes('"weight_map"')) return "a JSON text";
  const shards = new Set(
    Array.from(text.matchAll(/"([^"/\\]+\.safetensors)"/g), ([, name]) => name!),
  );
  const some = [...shards].slice(0, 2).map(clip).join(", ");
  return "the index of a model in several files: load each that it names" +
    (some === "" ? "" : ` (${some}${shards.size > 2 ? " …" : ""})`) +
    ", and put their tensors into one Map";
}

function latin(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}
