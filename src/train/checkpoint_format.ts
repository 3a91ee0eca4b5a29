/**
 * Checkpoints as bytes: a safetensors file whose metadata has all that is not a tensor.
 *
 *     {"__metadata__":{"glim.crc32":"89abcdef","glim.checkpoint":"{\"format\":1,…}"},
 *      "model.layers.0.weight":{"dtype":"F32", …}, …}
 *
 * The checksum is of the whole file with eight zeros in its own place, so that no byte can change
 * and none be lost without notice. It stands first, so its place is known before anything is read.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import { crc32 } from "../core/crc32.ts";
import { decodeRaw, encodeRaw } from "../io/safetensors.ts";
import { atMost, byteArray, check } from "../core/options.ts";
import { checkValues } from "./checkpoint_check.ts";
import { type Checkpoint, WITH_TENSORS } from "./checkpoint.ts";

/** Raised when checkpoints change in a way that older readers would misread. */
const FORMAT = 1;

const ZEROS = "00000000";
/** What stands between the length of the header and the checksum. */
const BEGIN: Uint8Array = ascii('{"__metadata__":{"glim.crc32":"');
/** Where the checksum stands. */
const AT: number = 8 + BEGIN.length;

/**
 * A checkpoint as bytes: a safetensors file that other programs can take the tensors from. Equal
 * checkpoints give equal bytes, on any machine.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  atMost(1, arguments.length, "encodeCheckpoint(checkpoint)");
  check("encodeCheckpoint", "the argument", checkpoint, WITH_TENSORS);
  const { tensors, ...values } = checkpoint;
  const bytes = encodeRaw(tensors, {
    "glim.crc32": ZEROS,
    "glim.checkpoint": toJson({ format: FORMAT, ...values }),
  });
  bytes.set(ascii(checksum(bytes)), AT);
  return bytes;
}

/**
 * The checkpoint in some bytes. Throws DataError where they are not a checkpoint, where any of them
 * has changed or is missing, and where a later version of Glim wrote them in a newer format.
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  atMost(1, arguments.length, "decodeCheckpoint(bytes)");
  check("decodeCheckpoint", "the file", bytes, byteArray);
  if (!BEGIN.every((byte, i) => bytes[8 + i] === byte) || bytes.length < AT + ZEROS.length) {
    throw new DataError(
      `decodeCheckpoint: the bytes must begin as a checkpoint does: these ${bytes.length} do not`,
    );
  }
  const told = String.fromCharCode(...bytes.subarray(AT, AT + ZEROS.length));
  const found = checksum(bytes);
  if (told !== found) {
    throw new DataError(
      `decodeCheckpoint: the checksum must be ${found}: it is ${JSON.stringify(told)}: damaged`,
    );
  }
  const { tensors, metadata } = decodeRaw(bytes);
  const { format, ...values } = fromJson(metadata["glim.checkpoint"] ?? "");
  if (format !== FORMAT) {
    throw new DataError(
      `decodeCheckpoint: format ${FORMAT} is read: this is ${JSON.stringify(format)}` +
        (Number(format) > FORMAT ? ", of a later version of Glim" : ""),
    );
  }
  return { ...checkValues(values), tensors };
}

/** The checksum of a file, as if its own place held zeros. */
function checksum(bytes: Uint8Array): string {
  const before = crc32(ascii(ZEROS), crc32(bytes.subarray(0, AT)));
  return crc32(bytes.subarray(AT + ZEROS.length), before).toString(16).padStart(8, "0");
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** JSON, with `{"$number": "NaN"}` for the numbers that it does not have. */
function toJson(values: unknown): string {
  return JSON.stringify(values, (_, value) => {
    if (typeof value !== "number") return value;
    if (Object.is(value, -0)) return { $number: "-0" };
    return Number.isFinite(value) ? value : { $number: String(value) };
  });
}

function fromJson(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text, (_, value) => {
      const number: unknown = value?.$number;
      return typeof number === "string" ? Number(number) : value;
    }));
  } catch (cause) {
    throw new DataError("decodeCheckpoint: what is not a tensor must be JSON", { cause });
  }
}
