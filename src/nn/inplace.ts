/**
 * Layers that may write their result over their input.
 *
 * @module
 */
import { checkOptions, flag, type Kinds } from "../core/options.ts";
import { put } from "../ops/inplace.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of layers that may write their result over their input. */
export interface InplaceOptions {
  /**
   * Whether the result takes the place of the input, which is returned: it has a gradient as ever, but
   * for a leaf that requires one, which is refused. Default: false.
   */
  inplace?: boolean;
}

/** What they take. */
export const INPLACE: Kinds<InplaceOptions> = { inplace: flag };

/** Whether a layer is to do so. */
export function isInplace(name: string, options: InplaceOptions): boolean {
  return checkOptions(name, options, INPLACE).inplace ?? false;
}

/** The function of x; where the layer works in place, it is put where x was, in the name `op`. */
export function applied(
  { inplace }: { readonly inplace: boolean },
  op: string,
  x: Tensor,
  fn: (x: Tensor) => Tensor,
): Tensor {
  return inplace ? put(op, x, [], fn) : fn(x);
}

/** How PyTorch prints it behind other settings. */
export function printed({ inplace }: { readonly inplace: boolean }, settings = ""): string {
  if (!inplace) return settings;
  return settings === "" ? "inplace=True" : `${settings}, inplace=True`;
}
