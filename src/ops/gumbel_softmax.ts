/**
 * Draws from classes through which gradients go.
 *
 * @module
 */
import { atMost, checkOptions, flag, integer, type Kinds, numberThat } from "../core/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { softmax } from "./softmax.ts";
import { add, div, mul, sub } from "./binary.ts";
import { asFloat } from "./cast.ts";
import { inNameOf } from "./in_name_of.ts";
import { exponential_ } from "./inplace_functions.ts";
import { argmax } from "./reduce.ts";
import { scatter } from "./scatter.ts";
import { log } from "./unary.ts";

/** Options of {@link gumbelSoftmax}. */
export interface GumbelSoftmaxOptions {
  /** The temperature: the lower, the nearer draws are to one class. Default: 1. */
  tau?: number;
  /** Whether a draw is 1 at one class and 0 at the others, with the gradient of what is between. Default: false. */
  hard?: boolean;
  /** The dimension of the classes. Default: −1. */
  dim?: number;
}

const GUMBEL: Kinds<GumbelSoftmaxOptions> = {
  tau: numberThat("a number above 0", (value) => value > 0),
  hard: flag,
  dim: integer,
};

/**
 * A random draw of each distribution of classes, softmax((logits + g) / tau) with g from Gumbel's
 * distribution: Jang et al., "Categorical Reparameterization with Gumbel-Softmax", 2017.
 */
export function gumbelSoftmax(logits: Tensor, options: GumbelSoftmaxOptions = {}): Tensor {
  atMost(2, arguments.length, "gumbelSoftmax(logits, { tau, hard, dim })");
  return inNameOf("gumbelSoftmax", () => {
    const { tau = 1, hard = false, dim = -1 } = checkOptions("gumbelSoftmax", options, GUMBEL);
    const x = asFloat("gumbelSoftmax", logits, "logits");
    const zeros = mul(x.detach(), 0);
    const noise = log(exponential_(zeros.clone()));
    const soft = softmax(div(sub(x, noise), tau), dim);
    if (!hard) return soft;
    const values = soft.detach();
    const one = scatter(zeros, dim, argmax(values, dim, true), 1);
    return add(sub(one, values), soft);
  });
}
