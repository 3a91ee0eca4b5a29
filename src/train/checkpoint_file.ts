/**
 * Checkpoints in single files.
 *
 * @module
 */
import { readAs } from "../io/file.ts";
import { placeOf } from "../io/folder.ts";
import { atMost, check, text } from "../core/options.ts";
import { outside } from "../scope/outside.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint_format.ts";
import { type Checkpoint, WITH_TENSORS } from "./checkpoint.ts";

/**
 * Writes a checkpoint to a file: see {@link encodeCheckpoint}. Writes beside it and renames, so that
 * there is never half a file under its name. In a page it is a file of the browser's own storage for the
 * page's origin.
 *
 * Throws DataError where it cannot write: it says which permission is needed, or how much room there is.
 */
export function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  atMost(2, arguments.length, "saveCheckpoint(path, checkpoint)");
  check("saveCheckpoint", "the path", path, text);
  check("saveCheckpoint", "the checkpoint", checkpoint, WITH_TENSORS);
  const { folder, name } = placeOf(path);
  return outside(folder.replace(name, encodeCheckpoint(checkpoint)));
}

/**
 * The checkpoint in a file. Throws DataError, which names the file, where it cannot be read or is
 * damaged.
 */
export function loadCheckpoint(path: string): Promise<Checkpoint> {
  atMost(1, arguments.length, "loadCheckpoint(path)");
  check("loadCheckpoint", "the path", path, text);
  const { folder, name } = placeOf(path);
  return outside(readAs("loadCheckpoint", path, decodeCheckpoint, () => folder.read(name)));
}
