/**
 * NumPy's npy files: one array each.
 *
 * @module
 */
import { checkTensor } from "../ops/check.ts";
import { atMost, byteArray, check, text } from "../core/options.ts";
import { DataError, show } from "../core/errors.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { readAs, replaceFile } from "./file.ts";
import { decodeNpyHeader, encodeNpyHeader } from "./npy_header.ts";
import { LateCopies, lookAt, MAX_FILE, newTensor, type RawTensor } from "./raw_tensor.ts";
import { bytesOf, STORED } from "./stored_types.ts";

/**
 * A tensor as the bytes of an npy file, the very ones that `numpy.save` writes.
 *
 * Throws RangeError where it has more than 64 dimensions or 2 GiB, ReleasedError where it was
 * released.
 *
 * @example
 * ```ts
 * import { io, tensor } from "@glim/glim";
 * const bytes = io.encodeNpy(tensor([[1, 2], [3, 4]]));
 * console.log(io.decodeNpy(bytes).toArray()); // [[1, 2], [3, 4]]
 * ```
 */
export function encodeNpy(tensor: Tensor): Uint8Array<ArrayBuffer> {
  atMost(1, arguments.length, "encodeNpy(tensor)");
  checkTensor("encodeNpy", tensor, "the argument");
  return noGrad(() => encodeNpyRaw(lookAt(tensor.contiguous())));
}

function encodeNpyRaw({ dtype, shape, data }: RawTensor): Uint8Array<ArrayBuffer> {
  const header = encodeNpyHeader(dtype, shape);
  const total = header.length + data.byteLength;
  if (total > MAX_FILE) {
    throw new RangeError(
      `encodeNpy: a file has up to 2 GiB: ${show(shape)} takes ${total} bytes`,
    );
  }
  const file = new Uint8Array(total);
  file.set(header);
  file.set(bytesOf(data), header.length);
  return file;
}

/**
 * The array in the bytes of an npy file, as a tensor that is the caller's, outside every scope.
 * Either byte order and either order of the elements will do. int16 and unsigned integers of
 * more than 8 bits become int32, all others stay what they are; `to` converts them.
 *
 * Throws DataError where the bytes are not such a file, or hold a type or number that Glim has not.
 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  atMost(1, arguments.length, "decodeNpy(bytes)");
  check("decodeNpy", "the file", bytes, byteArray);
  return readNpy(bytes).keep();
}

/** As `decodeNpy`, but the tensor belongs to the current scope. */
export function readNpy(bytes: Uint8Array): Tensor {
  const { code, bigEndian, fortranOrder, shape, start, total } = decodeNpyHeader(bytes);
  if (bytes.length !== total) {
    throw new DataError(
      `decodeNpy: ${code} ${show(shape)} takes ${total} bytes with the header: ` +
        `the file has ${bytes.length}` + (bytes.length < total ? ": truncated" : ""),
    );
  }
  const { read, range, dtype } = STORED[code]!;
  const from = new DataView(bytes.buffer, bytes.byteOffset + start, total - start);
  const write = (to: RawTensor["data"]) =>
    read(
      from,
      !bigEndian,
      to,
      (at, element) => new DataError(`decodeNpy: ${range}: number ${at} is ${element}`),
    );
  return scope(() => {
    if (!fortranOrder) return newTensor("decodeNpy", dtype, shape, write);
    const mirrored = newTensor("decodeNpy", dtype, shape.toReversed(), write);
    return mirrored.permute(...shape.map((_, i) => shape.length - 1 - i)).contiguous();
  });
}

/**
 * Saves a tensor, as it is at the call, to an npy file: see `encodeNpy`. Writes beside the file and
 * renames, so that there is never half a file under its name.
 *
 * Throws DataError where it cannot write (it says which permission is needed), or where there is no disk.
 */
export function saveNpy(path: string, tensor: Tensor): Promise<void> {
  atMost(2, arguments.length, "saveNpy(path, tensor)");
  check("saveNpy", "the path", path, text);
  checkTensor("saveNpy", tensor, "the tensor");
  return outside(save(path, tensor));
}

async function save(path: string, tensor: Tensor): Promise<void> {
  const copies = new LateCopies();
  const copy = copies.copyOf(tensor);
  await copies.done();
  await replaceFile(path, encodeNpyRaw(copy));
}

/**
 * The array in an npy file: see `decodeNpy`.
 *
 * Throws DataError where there is no such file, where it cannot be read (it says which permission
 * is needed), has more than 2 GiB or is not npy, and where there is no disk.
 */
export function loadNpy(path: string): Promise<Tensor> {
  atMost(1, arguments.length, "loadNpy(path)");
  check("loadNpy", "the path", path, text);
  return outside(readAs("loadNpy", path, (bytes) => decodeNpy(bytes)));
}
