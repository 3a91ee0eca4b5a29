import { empty, zeros } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { type AttentionOptions, linear, scaledDotProductAttention } from "../ops/mod.ts";
import { ATTENTION } from "../ops/attention.ts";
import { checkTensor } from "../ops/check.ts";
import { atMost, checkOptions, describe, flag, type Kinds } from "../core/options.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { xavierUniform_, zeros_ } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** Linear under the name that PyTorch prints for it here. */
class NonDynamicallyQuantizableLinear extends Linear {}

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  /** Whether the projections add biases. Default: true. */
  bias?: boolean;
  /** Whether inputs are [n, l, e] and not [l, n, e]. Default: false. */
  batchFirst?: boolean;
}

const OPTIONS: Kinds<MultiheadAttentionOptions> = { bias: flag, batchFirst: flag };

/**
 * Attention of several heads: Vaswani et al., "Attention is all you need", 2017. Its fields have
 * PyTorch's names, as they are the names in a state dict.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@glim/glim";
 * const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
 * console.log(attention.forward(ones([3, 5, 8])).shape); // [3, 5, 8]
 * ```
 */
export class MultiheadAttention extends Module<[query: Tensor, key?: Tensor, value?: Tensor]> {
  /** Length e of a token. */
  readonly embedDim: number;
  /** Heads h; each has e / h of the length. */
  readonly numHeads: number;
  /** Whether inputs are [n, l, e] and not [l, n, e]. */
  readonly batchFirst: boolean;
  /** [3e, e]: for queries, keys and values, one below the other. */
  readonly in_proj_weight: Parameter;
  /** [3e], or null. */
  readonly in_proj_bias: Parameter | null;
  /** What the heads' results go through. */
  readonly out_proj: Linear;

  /** RangeError unless the heads divide the length. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    atMost(3, arguments.length, "MultiheadAttention(embedDim, numHeads, options)");
    checkOptions("MultiheadAttention", options, OPTIONS);
    const { bias = true, batchFirst = false } = options;
    const whole = Number.isSafeInteger(embedDim) && Number.isSafeInteger(numHeads) && numHeads >= 1;
    if (!whole || embedDim < 1 || embedDim % numHeads !== 0) {
      throw new RangeError(
        `MultiheadAttention: the heads must divide the length: it is ${describe(embedDim)}, and ` +
          `there are ${describe(numHeads)} heads`,
      );
    }
    super();
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.batchFirst = batchFirst;
    this.in_proj_weight = new Parameter(empty([3 * embedDim, embedDim]));
    this.in_proj_bias = bias ? new Parameter(zeros([3 * embedDim])) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias });
    xavierUniform_(this.in_proj_weight);
    if (this.out_proj.bias !== null) zeros_(this.out_proj.bias);
  }

  /**
   * Query [l, n, e] (or [n, l, e] with `batchFirst`, or [l, e]), key and value [s, n, e] likewise →
   * what the query's tokens see, in the query's shape. Without key and value it is self-attention.
   */
  forward(query: Tensor, key: Tensor = query, value: Tensor = key): Tensor {
    atMost(3, arguments.length, "MultiheadAttention.forward(query, key, value)");
    return this.attend(query, key, value, {});
  }

  /** `forward` with a mask that broadcasts to [n, heads, l, s], or causal. */
  attend(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
    checkOptions("MultiheadAttention", options, ATTENTION);
    const inputs = [query, key, value] as const;
    for (const x of inputs) checkTensor("MultiheadAttention", x, "each of query, key and value");
    for (const x of inputs) {
      if (x.ndim !== query.ndim || x.ndim < 2 || x.ndim > 3 || x.shape.at(-1) !== this.embedDim) {
        throw new ShapeError(
          `MultiheadAttention: query, key and value must be [..., ${this.embedDim}] of 2 or 3 ` +
            `dimensions: they are ${show(query.shape)}, ${show(key.shape)} and ${
              show(value.shape)
            }`,
        );
      }
    }
    const [q, k, v] = inputs.map((x, i) => this.#heads(x, i)) as [Tensor, Tensor, Tensor];
    const seen = scaledDotProductAttention(q, k, v, options); // [n, h, l, e / h]
    const [n, h, l, d] = seen.shape as [number, number, number, number];
    if (query.ndim === 2) {
      return this.out_proj.forward(seen.select(0, 0).permute(1, 0, 2).reshape(l, h * d));
    }
    const tokens = this.batchFirst
      ? seen.permute(0, 2, 1, 3).reshape(n, l, h * d)
      : seen.permute(2, 0, 1, 3).reshape(l, n, h * d);
    return this.out_proj.forward(tokens);
  }

  /** Projection i of the input: [n, h, l, e / h]. */
  #heads(x: Tensor, i: number): Tensor {
    const e = this.embedDim;
    const weight = this.in_proj_weight.narrow(0, i * e, e);
    const bias = this.in_proj_bias?.narrow(0, i * e, e) ?? null;
    const y = linear(x, weight, bias);
    const batch = y.ndim === 2 ? y.unsqueeze(0) : this.batchFirst ? y : y.transpose(0, 1);
    const [n, l] = batch.shape as [number, number];
    return batch.reshape(n, l, this.numHeads, e / this.numHeads).transpose(1, 2);
  }
}
