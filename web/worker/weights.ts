import { io, type nn } from "@glim/glim";

/** A network's weights as a safetensors file. */
export function weightsOf(
  model: nn.Module,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const state = model.stateDict();
  const bytes = io.encodeSafetensors(state, metadata);
  for (const tensor of state.values()) tensor[Symbol.dispose]();
  return bytes;
}

/**
 * The SHA-256 of a network's weights, in hexadecimal: equal weights, equal hash. Undefined in a page
 * that did not come over https or from this machine, where browsers have no hashes.
 */
export async function hashOf(model: nn.Module): Promise<string | undefined> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) return undefined;
  const digest = new Uint8Array(await subtle.digest("SHA-256", weightsOf(model)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
