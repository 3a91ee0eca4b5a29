/**
 * Powers.
 *
 * @module
 */
import { atMost } from "../core/options.ts";
import { MUL } from "../device/arithmetic.ts";
import { type Buffer, kernelsOf } from "../device/buffer.ts";
import type { Combination } from "../device/kernels.ts";
import { wantsParts } from "../device/watch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul, sub } from "./binary.ts";
import { arithmetic, type BinaryRow, flat, made } from "./binary_op.ts";
import { cast } from "./cast.ts";
import { checkOperands } from "./check.ts";
import { eq, ge, ne } from "./compare.ts";
import { allocLike, dense } from "./layout.ts";
import { commonDType, type Operand } from "./operand.ts";
import { log } from "./unary.ts";
import { where } from "./where.ts";

const POW: BinaryRow = {
  name: "pow",
  cost: 10,
  // IEEE 754's: two of its values are other ones in JavaScript
  f: (a, b) => a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b,
  ofIntegers: powerOfIntegers,
  da: (dc, a, b) => b === 0 ? mul(dc, 0) : mul(dc, powSlope(a, b)),
  db: (dc, a, b, c) => mul(dc, exponentSlope(a, b, c)),
  reads: ["ab", "abc"],
};

/** Exponents whose powers are simpler than others. */
const POWERS = new Map<number, Combination>(
  [[-1, "inverse"], [0.5, "root"], [3, "cube"], [4, "fourth"]],
);

/** aᵇ modulo 2³² by squaring; a negative power of an integer is cut off to an integer. */
function powerOfIntegers(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b & 1 ? -1 : 1) : 0;
  let power = 1;
  for (; b > 0; b >>>= 1, a = Math.imul(a, a)) if (b & 1) power = Math.imul(power, a);
  return power;
}

/**
 * a to the power of b. The gradient is 0 where b is 0, and that with respect to b is 0 where a is 0
 * and b is not negative, as in PyTorch. Integers have no negative number for an exponent: RangeError;
 * where it is a tensor's, the fraction is cut off.
 */
export function pow(a: Operand, b: Operand): Tensor {
  atMost(2, arguments.length, "pow(a, b)");
  checkOperands("pow", a, b);
  if (typeof b === "number" && b < 0 && commonDType(a, b) === "int32") {
    throw new RangeError(
      `pow: the exponent of integers must be at least 0: it is ${b}: convert the tensor by ` +
        `to("float32")`,
    );
  }
  return made(POW, a, b, power(a, b));
}

/** aᵇ. Where b is the number ±½, that is a square root as in PyTorch: NaN of −∞, unlike IEEE's pow. */
function power(a: Operand, b: Operand): Buffer {
  // who watches knows powers, not these
  if (typeof a !== "number" && a.dtype === "float32" && !wantsParts) {
    if (b === 2) return arithmetic(MUL, a, a);
    const name = typeof b === "number" ? POWERS.get(b) : undefined;
    if (name !== undefined && a.isContiguous && kernelsOf(a).combine !== undefined) {
      const y = allocLike(a);
      kernelsOf(y).combine!(name, [a], y);
      return y;
    }
  }
  if (typeof a === "number" || (b !== 0.5 && b !== -0.5)) return arithmetic(POW, a, b);
  const from = dense(cast(a, "float32"));
  const out = allocLike(from);
  const line = flat(out);
  kernelsOf(line).clamp(flat(from), line, -3.4e38, Infinity); // the power of what is negative is NaN
  kernelsOf(line).binary(POW, line, b, line);
  return out;
}

/** b · a^(b − 1), and 0 where b is 0 (there the power may be infinite). */
function powSlope(a: Operand, b: Operand): Tensor {
  const slope = mul(b, pow(a, typeof b === "number" ? b - 1 : sub(b, 1)));
  return typeof b === "number" ? slope : where(eq(b, 0), 0, slope);
}

/** a^b · log a, and 0 where a is 0 and b not negative (there the logarithm is infinite). */
function exponentSlope(a: Operand, b: Operand, c: Tensor): Tensor {
  if (typeof a === "number" && a !== 0) return mul(c, Math.log(a));
  const isFlat = mul(eq(a, 0), ge(b, 0));
  return where(ne(isFlat, 0), 0, mul(c, typeof a === "number" ? -Infinity : log(a)));
}
