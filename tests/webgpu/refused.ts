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

const LINALG =
  ("cholesky choleskyInverse choleskySolve cond det eigh eigvalsh inv logdet lstsq lu luFactor luSolve " +
    "luUnpack matrixExp matrixNorm matrixPower matrixRank norm pinv qr slogdet solve solveTriangular " +
    "svd svdvals tensorinv tensorsolve").split(" ");

/** The public names that refuse where they are called with tensors alone, but methods of functions. */
export const REFUSED_ENTRIES: readonly string[] = [
  ...["allclose", "argwhere", "bincount", "equal", "maskedSelect", "nonzero", "to", "unique"].map(
    (op) => `functional.${op}`,
  ),
  "functional.uniqueConsecutive",
  ...LINALG.map((op) => `linalg.${op}`),
  ...["choleskyInverse", "choleskySolve", "det", "logdet", "luUnpack", "slogdet"],
  ...["gradcheck", "gradgradcheck", "nn.Module.to"],
  ...["item", "toArray", "toTypedArray", "tolist"].map((method) => `Tensor.${method}`),
];
