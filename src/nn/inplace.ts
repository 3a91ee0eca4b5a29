/**
 * Layers that may write their result over their input.
 *
 * @module
 */
import { checkOptions } from "../core/options.ts";
import { put } from "../ops/inplace.ts";
import { INPLACE, type InplaceOptions } from "../ops/inplace_options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

export { INPLACE, type InplaceOptions };

/** What layers share that may write their result over their input. */
export abstract class InplaceLayer extends Module<[x: Tensor]> {
  /** Whether the result takes the place of the input. */
  readonly inplace: boolean;

  /** With the options of a layer of that name. */
  constructor(name: string, options: InplaceOptions) {
    super();
    this.inplace = checkOptions(name, options, INPLACE).inplace ?? false;
  }

  /** The function of x; where the layer works in place, it is put where x was, in the name `op`. */
  protected applied(op: string, x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
    return this.inplace ? put(op, x, [], fn) : fn(x);
  }

  /** How PyTorch prints it behind other settings. */
  protected override extraRepr(settings = ""): string {
    if (!this.inplace) return settings;
    return settings === "" ? "inplace=True" : `${settings}, inplace=True`;
  }
}
