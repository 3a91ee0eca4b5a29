/**
 * What the GPU does not compute, and says so in the op's name: it has no kernel of it, or the op reads
 * elements on the host at once.
 */

/** The ops by the names in their errors. Whoever writes a kernel takes its op out. */
export const REFUSED: readonly string[] = [
  "allclose",
  "argwhere",
  "bincount",
  "equal",
  "index",
  "linalg",
  "maskedSelect",
  "nonzero",
  "repeatInterleave",
  "special",
  "unique",
  "uniqueConsecutive",
];

const REFUSAL =
  /^(\w+): (?:"webgpu" does not compute it|the GPU has no kernel of it|what is on "webgpu" cannot be read at once)/;

/** The op that an error refuses on the GPU; null: it is another error. */
export function refusedOp(error: unknown): string | null {
  const { name, message } = error as Error;
  return name === "DeviceError" ? REFUSAL.exec(message)?.[1] ?? null : null;
}
