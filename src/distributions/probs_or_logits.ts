/**
 * Probabilities, or their logarithms or logits: what two distributions take either way.
 *
 * @module
 */
import { checkOptions, isPlainObject, type Kind, kind } from "../core/options.ts";
import { Buffer } from "../device/buffer.ts";
import type { Operand } from "../ops/mod.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { broadcast } from "./distribution.ts";

/** Probabilities, or one of both by its name. */
export type ProbsOrLogits = Operand | { probs?: Operand; logits?: Operand };

const OPERAND: Kind = /* @__PURE__ */ kind(
  "a tensor or a number",
  (value) => typeof value === "number" || Buffer.is(value),
);

/** Which of both is given, as a tensor. TypeError unless it is one. */
export function oneOfBoth(name: string, given: ProbsOrLogits): ["probs" | "logits", Tensor] {
  if (typeof given === "number" || Buffer.is(given) || !isPlainObject(given)) {
    return ["probs", broadcast(name, ["probs"], [given as Operand])[0]];
  }
  const { probs, logits } = checkOptions(
    name,
    given,
    { probs: OPERAND, logits: OPERAND },
  );
  if ((probs === undefined) === (logits === undefined)) {
    throw new TypeError(`${name}: either probs or logits are needed, and not both`);
  }
  return probs !== undefined
    ? ["probs", broadcast(name, ["probs"], [probs])[0]]
    : ["logits", broadcast(name, ["logits"], [logits!])[0]];
}

/** Probabilities away from 0 and 1 by float32's ε, for logarithms. */
export function clamped(probs: Tensor): Tensor {
  return probs.clamp({ min: 2 ** -23, max: 1 - 2 ** -23 });
}
