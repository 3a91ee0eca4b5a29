import { atMost } from "../core/options.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import type { Operand } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast, checkPositive } from "./distribution.ts";
import { Gamma } from "./gamma.ts";

/** The χ² distribution: that of the sum of squares of `df` normal numbers. */
export class Chi2 extends Gamma {
  /** RangeError where the degrees of freedom are not above 0. */
  constructor(df: Operand) {
    atMost(1, arguments.length, "Chi2(df)");
    const [d] = broadcast("Chi2", ["df"], [df]);
    checkPositive("Chi2", "df", d);
    super(inNameOf("Chi2", () => d.mul(0.5)), 0.5);
  }

  /** The degrees of freedom. */
  get df(): Tensor {
    return this.concentration.mul(2);
  }
}
