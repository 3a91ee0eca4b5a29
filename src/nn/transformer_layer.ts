import { gelu } from "../ops/activation.ts";
import { relu } from "../ops/unary.ts";
import {
  atMost,
  callable,
  check,
  checkOptions,
  either,
  flag,
  fraction,
  type Kind,
  type Kinds,
  number,
  oneOf,
  orNull,
  whole,
} from "../core/options.ts";
import { checkTensor, tensorKind } from "../ops/check.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { MultiheadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";

/** Options of the layers of transformers. */
export interface TransformerLayerOptions {
  /** Length between the two linear layers. Default: 2048. */
  dimFeedforward?: number;
  /** The probability of a 0, in training. Default: 0.1. */
  dropout?: number;
  /** What stands between the two linear layers. Default: `"relu"`. */
  activation?: "relu" | "gelu" | ((x: Tensor) => Tensor);
  /** What normalisations add to the variance. Default: 1e-5. */
  layerNormEps?: number;
  /** Whether inputs are [n, l, e] and not [l, n, e]. Default: false. */
  batchFirst?: boolean;
  /** Whether what is normalised is what goes into attention and not what comes out. Default: false. */
  normFirst?: boolean;
  /** Whether linear layers and normalisations add biases. Default: true. */
  bias?: boolean;
}

/** What the layers take. */
export const TRANSFORMER_LAYER: Kinds<TransformerLayerOptions> = {
  dimFeedforward: whole(1),
  dropout: fraction,
  activation: either(oneOf("relu", "gelu"), callable),
  layerNormEps: number,
  batchFirst: flag,
  normFirst: flag,
  bias: flag,
};

/** Masks of {@link TransformerEncoderLayer}. As PyTorch's: of bool, true hides; of float32, added. */
export interface EncoderLayerInputs {
  /** [l, l] or [n · heads, l, l]: where a token may not look. */
  srcMask?: Tensor | null;
  /** [n, l]: which tokens nobody looks at. */
  srcKeyPaddingMask?: Tensor | null;
  /** Whether token i may look at tokens 0 to i only. Default: false. */
  isCausal?: boolean;
}

/** Masks of {@link TransformerDecoderLayer}. As PyTorch's: of bool, true hides; of float32, added. */
export interface DecoderLayerInputs {
  /** [l, l] or [n · heads, l, l]: where a token may not look among its own. */
  tgtMask?: Tensor | null;
  /** [l, s] or [n · heads, l, s]: where a token may not look in the memory. */
  memoryMask?: Tensor | null;
  /** [n, l]: which tokens nobody looks at. */
  tgtKeyPaddingMask?: Tensor | null;
  /** [n, s]: which tokens of the memory nobody looks at. */
  memoryKeyPaddingMask?: Tensor | null;
  /** Whether token i may look at tokens 0 to i only. Default: false. */
  tgtIsCausal?: boolean;
  /** Whether token i may look at the tokens 0 to i of the memory only. Default: false. */
  memoryIsCausal?: boolean;
}

const MASK: Kind = orNull(tensorKind);
const ENCODER_INPUTS: Kinds<EncoderLayerInputs> = {
  srcMask: MASK,
  srcKeyPaddingMask: MASK,
  isCausal: flag,
};
const DECODER_INPUTS: Kinds<DecoderLayerInputs> = {
  tgtMask: MASK,
  memoryMask: MASK,
  tgtKeyPaddingMask: MASK,
  memoryKeyPaddingMask: MASK,
  tgtIsCausal: flag,
  memoryIsCausal: flag,
};

/** The function between the two linear layers. */
function activationOf(name: TransformerLayerOptions["activation"] = "relu"): (x: Tensor) => Tensor {
  return name === "relu" ? (x) => relu(x) : name === "gelu" ? (x) => gelu(x) : name;
}

function checkSizes(layer: string, dModel: number, nhead: number): void {
  check(layer, "the length of a token", dModel, whole(1));
  check(layer, "the number of heads", nhead, whole(1));
  if (dModel % nhead !== 0) {
    throw new RangeError(
      `${layer}: the heads must divide the length of a token: it is ${dModel}, and there are ${nhead} heads`,
    );
  }
}

/**
 * Attention of tokens to each other and two linear layers, each with what went in added and normalised:
 * Vaswani et al., 2017. Its fields have PyTorch's names.
 *
 * @example
 * ```ts
 * import { nn, ones } from "@glim/glim";
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * console.log(layer.forward(ones([3, 5, 8])).shape); // [3, 5, 8]
 * ```
 */
export class TransformerEncoderLayer extends Module<[src: Tensor, masks?: EncoderLayerInputs]> {
  /** Attention of tokens to each other. */
  readonly self_attn: MultiheadAttention;
  /** The first linear layer. */
  readonly linear1: Linear;
  /** Behind the activation. */
  readonly dropout: Dropout;
  /** The second linear layer. */
  readonly linear2: Linear;
  /** Of attention. */
  readonly norm1: LayerNorm;
  /** Of the linear layers. */
  readonly norm2: LayerNorm;
  /** Behind attention. */
  readonly dropout1: Dropout;
  /** Behind the linear layers. */
  readonly dropout2: Dropout;
  /** Length of a token, heads and options: what another one is made by. */
  readonly made: readonly [dModel: number, nhead: number, options: TransformerLayerOptions];
  private readonly activation: (x: Tensor) => Tensor;

  /** RangeError unless the heads divide the length. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    const name = "TransformerEncoderLayer";
    atMost(3, arguments.length, `${name}(dModel, nhead, options)`);
    checkOptions(name, options, TRANSFORMER_LAYER);
    checkSizes(name, dModel, nhead);
    super();
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps = 1e-5 } = options;
    const { batchFirst = false, bias = true } = options;
    this.made = [dModel, nhead, { ...options }];
    this.activation = activationOf(options.activation);
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
  }

  /** src: [l, n, e] (or [n, l, e] with `batchFirst`, or [l, e]), same shape out. */
  forward(src: Tensor, masks: EncoderLayerInputs = {}): Tensor {
    atMost(2, arguments.length, "TransformerEncoderLayer.forward(src, masks)");
    checkOptions("TransformerEncoderLayer", masks, ENCODER_INPUTS);
    checkTensor("TransformerEncoderLayer", src, "src");
    if (this.made[2].normFirst === true) {
      const x = src.add(this.#attend(this.norm1.forward(src), masks));
      return x.add(this.#feed(this.norm2.forward(x)));
    }
    const x = this.norm1.forward(src.add(this.#attend(src, masks)));
    return this.norm2.forward(x.add(this.#feed(x)));
  }

  #attend(x: Tensor, { srcMask, srcKeyPaddingMask, isCausal = false }: EncoderLayerInputs): Tensor {
    const y = this.self_attn.forward(x, x, x, {
      attnMask: srcMask ?? null,
      keyPaddingMask: srcKeyPaddingMask ?? null,
      isCausal,
    });
    return this.dropout1.forward(y);
  }

  #feed(x: Tensor): Tensor {
    const h = this.dropout.forward(this.activation(this.linear1.forward(x)));
    return this.dropout2.forward(this.linear2.forward(h));
  }
}

/**
 * Attention of tokens to each other, then to a memory, and two linear layers, each with what went in
 * added and normalised: Vaswani et al., 2017. Its fields have PyTorch's names.
 */
export class TransformerDecoderLayer
  extends Module<[tgt: Tensor, memory: Tensor, masks?: DecoderLayerInputs]> {
  /** Attention of tokens to each other. */
  readonly self_attn: MultiheadAttention;
  /** Attention to the memory. */
  readonly multihead_attn: MultiheadAttention;
  /** The first linear layer. */
  readonly linear1: Linear;
  /** Behind the activation. */
  readonly dropout: Dropout;
  /** The second linear layer. */
  readonly linear2: Linear;
  /** Of attention to each other. */
  readonly norm1: LayerNorm;
  /** Of attention to the memory. */
  readonly norm2: LayerNorm;
  /** Of the linear layers. */
  readonly norm3: LayerNorm;
  /** Behind attention to each other. */
  readonly dropout1: Dropout;
  /** Behind attention to the memory. */
  readonly dropout2: Dropout;
  /** Behind the linear layers. */
  readonly dropout3: Dropout;
  /** Length of a token, heads and options: what another one is made by. */
  readonly made: readonly [dModel: number, nhead: number, options: TransformerLayerOptions];
  private readonly activation: (x: Tensor) => Tensor;

  /** RangeError unless the heads divide the length. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    const name = "TransformerDecoderLayer";
    atMost(3, arguments.length, `${name}(dModel, nhead, options)`);
    checkOptions(name, options, TRANSFORMER_LAYER);
    checkSizes(name, dModel, nhead);
    super();
    const { dimFeedforward = 2048, dropout = 0.1, layerNormEps = 1e-5 } = options;
    const { batchFirst = false, bias = true } = options;
    this.made = [dModel, nhead, { ...options }];
    this.activation = activationOf(options.activation);
    this.self_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.norm2 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.norm3 = new LayerNorm(dModel, { eps: layerNormEps, bias });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
  }

  /** tgt: [l, n, e] and memory: [s, n, e] (or [n, …, e] with `batchFirst`, or [l, e] and [s, e]). */
  forward(tgt: Tensor, memory: Tensor, masks: DecoderLayerInputs = {}): Tensor {
    atMost(3, arguments.length, "TransformerDecoderLayer.forward(tgt, memory, masks)");
    checkOptions("TransformerDecoderLayer", masks, DECODER_INPUTS);
    checkTensor("TransformerDecoderLayer", tgt, "tgt");
    checkTensor("TransformerDecoderLayer", memory, "the memory");
    if (this.made[2].normFirst === true) {
      let x = tgt.add(this.#attend(this.norm1.forward(tgt), masks));
      x = x.add(this.#recall(this.norm2.forward(x), memory, masks));
      return x.add(this.#feed(this.norm3.forward(x)));
    }
    let x = this.norm1.forward(tgt.add(this.#attend(tgt, masks)));
    x = this.norm2.forward(x.add(this.#recall(x, memory, masks)));
    return this.norm3.forward(x.add(this.#feed(x)));
  }

  #attend(
    x: Tensor,
    { tgtMask, tgtKeyPaddingMask, tgtIsCausal = false }: DecoderLayerInputs,
  ): Tensor {
    const y = this.self_attn.forward(x, x, x, {
      attnMask: tgtMask ?? null,
      keyPaddingMask: tgtKeyPaddingMask ?? null,
      isCausal: tgtIsCausal,
    });
    return this.dropout1.forward(y);
  }

  #recall(
    x: Tensor,
    memory: Tensor,
    { memoryMask, memoryKeyPaddingMask, memoryIsCausal = false }: DecoderLayerInputs,
  ): Tensor {
    const y = this.multihead_attn.forward(x, memory, memory, {
      attnMask: memoryMask ?? null,
      keyPaddingMask: memoryKeyPaddingMask ?? null,
      isCausal: memoryIsCausal,
    });
    return this.dropout2.forward(y);
  }

  #feed(x: Tensor): Tensor {
    const h = this.dropout.forward(this.activation(this.linear1.forward(x)));
    return this.dropout3.forward(this.linear2.forward(h));
  }
}
