import { io, type nn, outside, type Tensor } from "@glim/glim";

/** A network's weights as a safetensors file. */
export async function weightsOf(
  model: nn.AnyModule,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const state = Array.from(model.stateDict());
  const read = Promise.all(state.map(async ([name, t]) => [name, await t.cpu()] as const));
  const onCpu = new Map<string, Tensor>(await outside(read));
  const bytes = io.encodeSafetensors(onCpu, metadata);
  for (const [name, tensor] of state) {
    tensor[Symbol.dispose]();
    onCpu.get(name)![Symbol.dispose]();
  }
  return bytes;
}

/**
 * The SHA-256 of a network's weights, in hexadecimal: equal weights, equal hash. Undefined in a page
 * that did not come over https or from this machine, where browsers have no hashes.
 */
export async function hashOf(model: nn.AnyModule): Promise<string | undefined> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  if (subtle === undefined) return undefined;
  const digest = new Uint8Array(await subtle.digest("SHA-256", await weightsOf(model)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
