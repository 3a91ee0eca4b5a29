/**
 * Functions of two elements that only `torch.special` has; shapes broadcast. The CPU computes them in
 * float64, one after the other.
 *
 * @module
 */
import { GradientError } from "../core/errors.ts";
import { lowerGamma, upperGamma } from "../core/incomplete_gamma.ts";
import { atMost } from "../core/options.ts";
import { hurwitzZeta } from "../core/hurwitz_zeta.ts";
import { add, mul, sub } from "../ops/binary.ts";
import { xlogy } from "../ops/binary_more.ts";
import { arithmetic, type Binary, type BinaryRow, made } from "../ops/binary_op.ts";
import { inNameOf } from "../ops/in_name_of.ts";
import { neg } from "../ops/elementwise.ts";
import { lgamma } from "../ops/exponential.ts";
import type { Operand } from "../ops/operand.ts";
import { exp } from "../ops/unary.ts";
import type { Tensor } from "../tensor/tensor.ts";

type Row = Pick<BinaryRow, "name" | "f" | "db" | "reads">;

/** The function of a row, whose gradient with respect to the first argument there is not. */
function ofSecond(call: string, row: Row): Binary {
  const { name } = row;
  const whole: BinaryRow = {
    ...row,
    cost: 50,
    ofIntegers: null,
    da: () => {
      throw new GradientError(
        `backward: ${name} has no gradient with respect to its first argument: hand over a.detach()`,
      );
    },
  };
  const op = function (a: Operand, b: Operand): Tensor {
    atMost(2, arguments.length, call);
    return inNameOf(name, () => made(whole, a, b, arithmetic(whole, a, b)));
  };
  Object.defineProperty(op, "name", { value: name });
  return op;
}

/** −∞, 0 or another number, or a tensor's elements, negated. */
function negative(x: Operand): Operand {
  return typeof x === "number" ? -x : neg(x);
}

/** The logarithm of Γ of an operand. */
function logGamma(a: Operand, like: Tensor): Tensor {
  return lgamma(typeof a === "number" ? add(mul(like.detach(), 0), a) : a);
}

/** The density of a gamma distribution of shape a at x. */
function density(a: Operand, x: Operand, like: Tensor): Tensor {
  return exp(sub(sub(xlogy(sub(a, 1), x), x), logGamma(a, like)));
}

/**
 * Hurwitz' zeta function Σ (q + k)⁻ˢ for k = 0, 1 …: Riemann's where q is 1. ∞ where s is 1, NaN below. Its
 * gradient is q's.
 */
export const zeta: Binary = /* @__PURE__ */ ofSecond("zeta(s, q)", {
  name: "zeta",
  f: hurwitzZeta,
  db: (dy, s, q) => mul(dy, mul(negative(s), zeta(add(s, 1), q))),
  reads: ["", "ab"],
});

/**
 * The regularized lower incomplete gamma function P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a): the share of a gamma
 * distribution below x. NaN where a or x is below 0. Its gradient is x's.
 */
export const gammainc: Binary = /* @__PURE__ */ ofSecond("gammainc(a, x)", {
  name: "gammainc",
  f: lowerGamma,
  db: (dy, a, x) => mul(dy, density(a, x, dy)),
  reads: ["", "ab"],
});

/** The regularized upper incomplete gamma function, 1 − `gammainc(a, x)`, whose tail keeps its digits. */
export const gammaincc: Binary = /* @__PURE__ */ ofSecond("gammaincc(a, x)", {
  name: "gammaincc",
  f: upperGamma,
  db: (dy, a, x) => neg(mul(dy, density(a, x, dy))),
  reads: ["", "ab"],
});
