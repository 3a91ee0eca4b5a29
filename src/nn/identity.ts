import { atMost } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Returns its input. */
export class Identity<X = Tensor> extends Module<[x: X], X> {
  /** Anything. */
  forward(x: X): X {
    atMost(1, arguments.length, "Identity.forward(x)");
    return x;
  }
}
