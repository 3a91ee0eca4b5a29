import { outside, type Tensor } from "@glim/glim";
import * as io from "@glim/glim/io";
import type * as nn from "@glim/glim/nn";

/** A network's weights as a safetensors file. */
export async function weightsOf(
  model: nn.AnyModule,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const state = model.stateDict();
  const tensors = new Set(state.values()); // one may have several names
  const read = Promise.all(Array.from(tensors, async (t) => [t, await t.cpu()] as const));
  const onCpu = new Map<Tensor, Tensor>(await outside(read));
  const rows = Array.from(state, ([name, t]) => [name, onCpu.get(t)!] as const);
  const bytes = io.encodeSafetensors(new Map(rows), metadata);
  for (const pair of onCpu) for (const tensor of pair) tensor[Symbol.dispose]();
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
