import { arange, empty, zeros } from "../tensor/create.ts";
import { ShapeError, show } from "../core/errors.ts";
import { dropout } from "../ops/dropout.ts";
import { type AttentionOptions, cat, linear, matmul, pad, where } from "../ops/mod.ts";
import { attendAs, ATTENTION, probabilities, selfAttention } from "../ops/attention.ts";
import { checkTensor, tensorKind } from "../ops/check.ts";
import {
  atMost,
  checkOptions,
  describe,
  flag,
  fraction,
  type Kinds,
  orNull,
  whole,
} from "../core/options.ts";
import { sameShape, type Shape } from "../core/shape.ts";
import { Buffer } from "../device/buffer.ts";
import { Parameter, type Tensor } from "../tensor/tensor.ts";
import { xavierNormal_, xavierUniform_, zeros_ } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";

/** Linear under the name that PyTorch prints for it here. */
class NonDynamicallyQuantizableLinear extends Linear {}

/** Options of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions {
  /** The probability with which a key is left out of what a query sees, in training. Default: 0. */
  dropout?: number;
  /** Whether the projections add biases. Default: true. */
  bias?: boolean;
  /** Length of a key. Default: that of a token. */
  kdim?: number;
  /** Length of a value. Default: that of a token. */
  vdim?: number;
  /** Whether inputs are [n, l, e] and not [l, n, e]. Default: false. */
  batchFirst?: boolean;
  /** Whether a learnt key and value, the same for all samples, stand behind the others. Default: false. */
  addBiasKv?: boolean;
  /** Whether a key and a value of zeros stand behind the others. Default: false. */
  addZeroAttn?: boolean;
}

const OPTIONS: Kinds<MultiheadAttentionOptions> = {
  dropout: fraction,
  bias: flag,
  kdim: whole(1),
  vdim: whole(1),
  batchFirst: flag,
  addBiasKv: flag,
  addZeroAttn: flag,
};

/** Options of {@link MultiheadAttention.forward}. Masks are PyTorch's: of bool, true hides. */
export interface MultiheadAttentionInputs {
  /** [n, s] ([s] without a batch): of bool, which keys nobody looks at; of float32, what is added. */
  keyPaddingMask?: Tensor | null;
  /** [l, s] or [n · heads, l, s]: of bool, where a query may not look; of float32, what is added. */
  attnMask?: Tensor | null;
  /** Whether to return what each query looks at besides. Default: false. */
  needWeights?: boolean;
  /** Whether that is the mean over the heads, [n, l, s], and not [n, heads, l, s]. Default: true. */
  averageAttnWeights?: boolean;
  /** Whether query i may look at keys 0 to i only. Default: false. */
  isCausal?: boolean;
}

const INPUTS: Kinds<MultiheadAttentionInputs> = {
  keyPaddingMask: orNull(tensorKind),
  attnMask: orNull(tensorKind),
  needWeights: flag,
  averageAttnWeights: flag,
  isCausal: flag,
};

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
 *
 * @example Masks and weights
 * ```ts
 * import { nn, ones, tensor } from "@glim/glim";
 * const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
 * const x = ones([1, 3, 8]);
 * const keyPaddingMask = tensor([[false, false, true]]); // the last token is none
 * const [y, weights] = attention.forward(x, x, x, { keyPaddingMask, needWeights: true });
 * console.log(y.shape, weights.toArray()); // each row: a half, a half and 0
 * ```
 */
export class MultiheadAttention extends Module<[query: Tensor, key?: Tensor, value?: Tensor]> {
  /** Length e of a token. */
  readonly embedDim: number;
  /** Heads h; each has e / h of the length. */
  readonly numHeads: number;
  /** The probability with which a key is left out, in training. */
  readonly dropout: number;
  /** Length of a key. */
  readonly kdim: number;
  /** Length of a value. */
  readonly vdim: number;
  /** Whether inputs are [n, l, e] and not [l, n, e]. */
  readonly batchFirst: boolean;
  /** [3e, e]: for queries, keys and values, one below the other; null where their lengths differ. */
  readonly in_proj_weight: Parameter | null;
  /** [e, e], [e, kdim] and [e, vdim]; null where the lengths do not differ. */
  readonly q_proj_weight: Parameter | null;
  /** See {@link MultiheadAttention.q_proj_weight}. */
  readonly k_proj_weight: Parameter | null;
  /** See {@link MultiheadAttention.q_proj_weight}. */
  readonly v_proj_weight: Parameter | null;
  /** [3e], or null. */
  readonly in_proj_bias: Parameter | null;
  /** The learnt key, [1, 1, e]; null without `addBiasKv`. */
  readonly bias_k: Parameter | null;
  /** Its value. */
  readonly bias_v: Parameter | null;
  /** Whether a key and a value of zeros stand behind the others. */
  readonly addZeroAttn: boolean;
  /** What the heads' results go through. */
  readonly out_proj: Linear;

  /** RangeError unless the heads divide the length. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    atMost(3, arguments.length, "MultiheadAttention(embedDim, numHeads, options)");
    checkOptions("MultiheadAttention", options, OPTIONS);
    const { dropout = 0, bias = true, batchFirst = false } = options;
    const { addBiasKv = false, addZeroAttn = false } = options;
    const whole = Number.isSafeInteger(embedDim) && Number.isSafeInteger(numHeads) && numHeads >= 1;
    if (!whole || embedDim < 1 || embedDim % numHeads !== 0) {
      throw new RangeError(
        `MultiheadAttention: the heads must divide the length: it is ${describe(embedDim)}, and ` +
          `there are ${describe(numHeads)} heads`,
      );
    }
    super();
    const { kdim = embedDim, vdim = embedDim } = options;
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    this.kdim = kdim;
    this.vdim = vdim;
    this.batchFirst = batchFirst;
    const isOne = kdim === embedDim && vdim === embedDim;
    const weight = (rows: number, columns: number) => new Parameter(empty([rows, columns]));
    this.in_proj_weight = isOne ? weight(3 * embedDim, embedDim) : null;
    this.q_proj_weight = isOne ? null : weight(embedDim, embedDim);
    this.k_proj_weight = isOne ? null : weight(embedDim, kdim);
    this.v_proj_weight = isOne ? null : weight(embedDim, vdim);
    this.in_proj_bias = bias ? new Parameter(zeros([3 * embedDim])) : null;
    const own = () => addBiasKv ? new Parameter(empty([1, 1, embedDim])) : null;
    this.bias_k = own();
    this.bias_v = own();
    this.addZeroAttn = addZeroAttn;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias });
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight } = this;
    for (const w of [in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight]) {
      if (w !== null) xavierUniform_(w);
    }
    if (this.out_proj.bias !== null) zeros_(this.out_proj.bias);
    for (const w of [this.bias_k, this.bias_v]) if (w !== null) xavierNormal_(w);
  }

  /**
   * Query [l, n, e] (or [n, l, e] with `batchFirst`, or [l, e]), key [s, n, kdim] and value [s, n, vdim]
   * likewise → what the query's tokens see, in the query's shape. Without key and value it is
   * self-attention. With `needWeights` a pair: this, and what each query looks at.
   */
  override forward(query: Tensor, key?: Tensor, value?: Tensor): Tensor;
  /** The same with masks. */
  override forward(
    query: Tensor,
    key: Tensor | undefined,
    value: Tensor | undefined,
    options: MultiheadAttentionInputs & { needWeights?: false },
  ): Tensor;
  /** The same and what each query looks at. */
  override forward(
    query: Tensor,
    key: Tensor | undefined,
    value: Tensor | undefined,
    options: MultiheadAttentionInputs & { needWeights: true },
  ): [y: Tensor, weights: Tensor];
  override forward(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    options: MultiheadAttentionInputs = {},
  ): Tensor | [y: Tensor, weights: Tensor] {
    atMost(4, arguments.length, "MultiheadAttention.forward(query, key, value, options)");
    checkOptions("MultiheadAttention.forward", options, INPUTS);
    this.#checkInputs(query, key, value);
    const { needWeights = false, averageAttnWeights = true, isCausal = false } = options;
    const settings = { attnMask: this.#maskOf(query, key, options), isCausal };
    if (!needWeights) return this.#seen(query, key, value, settings);
    const [q, k, v] = this.#projected(query, key, value);
    const scale = 1 / Math.sqrt(this.embedDim / this.numHeads);
    const all = { ...settings, ...this.#behindMask(query, key, settings), scale };
    let weights = probabilities(q, k, all, null);
    weights = dropout(weights, this.dropout, this.training);
    const y = this.#joined(query, matmul(weights, v));
    if (averageAttnWeights) weights = weights.mean(1);
    return [y, query.ndim === 2 ? weights.select(0, 0) : weights];
  }

  /**
   * `forward` with the options of {@link attend}: a mask that broadcasts to [n, heads, l, s], in which
   * true shows.
   */
  attend(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
    atMost(4, arguments.length, "MultiheadAttention.attend(query, key, value, options)");
    checkOptions("MultiheadAttention", options, ATTENTION);
    this.#checkInputs(query, key, value);
    return this.#seen(query, key, value, options);
  }

  #seen(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions): Tensor {
    const settings = this.training && options.dropout === undefined
      ? { ...options, dropout: this.dropout }
      : options;
    const isSelf = query === key && key === value && query.ndim === 3;
    if (isSelf && this.in_proj_weight !== null && this.#behind === 0) {
      const qkv = linear(query, this.in_proj_weight, this.in_proj_bias);
      if (this.batchFirst) {
        return this.out_proj.forward(selfAttention(qkv, this.numHeads, settings));
      }
      const seen = selfAttention(qkv.transpose(0, 1), this.numHeads, settings);
      return this.out_proj.forward(seen.transpose(0, 1));
    }
    const [q, k, v] = this.#projected(query, key, value);
    const all = { ...settings, ...this.#behindMask(query, key, settings) };
    return this.#joined(query, attendAs("MultiheadAttention", q, k, v, all));
  }

  /** How many keys of its own stand behind those that are given. */
  get #behind(): number {
    return Number(this.bias_k !== null) + Number(this.addZeroAttn);
  }

  /** Queries, keys and values of the heads: [n, h, …, e / h]. */
  #projected(query: Tensor, key: Tensor, value: Tensor): [q: Tensor, k: Tensor, v: Tensor] {
    const [k, v] = [this.#heads(key, 1), this.#heads(value, 2)];
    return [this.#heads(query, 0), this.#withOwn(k, this.bias_k), this.#withOwn(v, this.bias_v)];
  }

  /** Keys or values and, behind them, the module's own. */
  #withOwn(x: Tensor, own: Parameter | null): Tensor {
    if (this.#behind === 0) return x;
    const [n, h, , d] = x.shape as [number, number, number, number];
    const learnt = own === null ? [] : [own.reshape(1, h, 1, d).expand(n, h, 1, d)];
    return cat([x, ...learnt, ...this.addZeroAttn ? [x.newZeros([n, h, 1, d])] : []], 2);
  }

  /** What hides keys, as one mask that does not hide those of the module's own. */
  #behindMask(query: Tensor, key: Tensor, options: AttentionOptions): AttentionOptions {
    if (this.#behind === 0) return {};
    const { attnMask = null, isCausal = false, keyLengths = null } = options;
    const [[l], [s, n]] = [this.#sizes(query), this.#sizes(key)];
    const shown = attnMask?.dtype === "bool" ? where(attnMask, 0, -Infinity) : attnMask;
    const masks = shown === null ? [] : [shown];
    if (isCausal) masks.push(where(query.newOnes([l, s], { dtype: "bool" }).tril(), 0, -Infinity));
    if (keyLengths !== null) {
      const lengths = Buffer.is(keyLengths)
        ? keyLengths as Tensor
        : query.newTensor([...keyLengths]);
      const at = arange(s, { device: query.device });
      masks.push(where(at.lt(lengths.reshape(n, 1, 1, 1)), 0, -Infinity));
    }
    if (masks.length === 0) return {};
    const mask = masks.reduce((a, b) => a.add(b));
    const all = pad(mask.expand([...mask.shape.slice(0, -1), s]), [0, this.#behind]);
    return { attnMask: all, isCausal: false, keyLengths: null };
  }

  #checkInputs(query: Tensor, key: Tensor, value: Tensor): void {
    const inputs = [query, key, value] as const;
    for (const x of inputs) checkTensor("MultiheadAttention", x, "each of query, key and value");
    const lengths = [this.embedDim, this.kdim, this.vdim];
    inputs.forEach((x, i) => {
      if (x.ndim === query.ndim && x.ndim >= 2 && x.ndim <= 3 && x.shape.at(-1) === lengths[i]) {
        return;
      }
      const needed = new Set(lengths).size === 1
        ? `[..., ${this.embedDim}]`
        : `[..., ${lengths.join("], [..., ")}]`;
      throw new ShapeError(
        `MultiheadAttention: query, key and value must be ${needed} of 2 or 3 dimensions: they are ` +
          `${show(query.shape)}, ${show(key.shape)} and ${show(value.shape)}`,
      );
    });
  }

  /** Both masks as one of numbers that are added. */
  #maskOf(query: Tensor, key: Tensor, options: MultiheadAttentionInputs): Tensor | null {
    const { keyPaddingMask: padding = null, attnMask = null } = options;
    const [l, n] = this.#sizes(query);
    const [s] = this.#sizes(key);
    const heads = this.numHeads;
    const masks: Tensor[] = [];
    if (padding !== null) {
      checkMask("keyPaddingMask", padding, query.ndim === 2 ? [[s]] : [[n, s]]);
      masks.push(padding.reshape(n, 1, 1, s));
    }
    if (attnMask !== null) {
      checkMask("attnMask", attnMask, [[l, s], [n * heads, l, s]]);
      masks.push(attnMask.ndim === 2 ? attnMask : attnMask.reshape(n, heads, l, s));
    }
    if (masks.length === 0) return null;
    return masks.map(added).reduce((a, b) => a.add(b));
  }

  /** Tokens, and samples. */
  #sizes(x: Tensor): [l: number, n: number] {
    const [a, b] = x.shape as [number, number];
    return x.ndim === 2 ? [a, 1] : this.batchFirst ? [b, a] : [a, b];
  }

  /** Projection i of the input: [n, h, l, e / h]. */
  #heads(x: Tensor, i: number): Tensor {
    const e = this.embedDim;
    const own = [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight][i]!;
    const weight = this.in_proj_weight?.narrow(0, i * e, e) ?? own;
    const bias = this.in_proj_bias?.narrow(0, i * e, e) ?? null;
    const y = linear(x, weight, bias);
    const batch = y.ndim === 2 ? y.unsqueeze(0) : this.batchFirst ? y : y.transpose(0, 1);
    const [n, l] = batch.shape as [number, number];
    return batch.reshape(n, l, this.numHeads, e / this.numHeads).transpose(1, 2);
  }

  /** What the heads have seen, [n, h, l, e / h], joined and projected, in the query's shape. */
  #joined(query: Tensor, seen: Tensor): Tensor {
    const [n, h, l, d] = seen.shape as [number, number, number, number];
    if (query.ndim === 2) {
      return this.out_proj.forward(seen.select(0, 0).permute(1, 0, 2).reshape(l, h * d));
    }
    const tokens = this.batchFirst
      ? seen.permute(0, 2, 1, 3).reshape(n, l, h * d)
      : seen.permute(2, 0, 1, 3).reshape(l, n, h * d);
    return this.out_proj.forward(tokens);
  }
}

/** A mask as numbers that are added: −∞ where one of bool hides. */
function added(mask: Tensor): Tensor {
  return mask.dtype === "bool" ? where(mask, -Infinity, 0) : mask;
}

function checkMask(name: string, mask: Tensor, shapes: readonly Shape[]): void {
  if (shapes.some((shape) => sameShape(mask.shape, shape))) return;
  throw new ShapeError(
    `forward: ${name} must be ${shapes.map(show).join(" or ")}: it is ` +
      show(mask.shape),
  );
}
