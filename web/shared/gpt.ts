/**
 * The network that writes: what the page trains, and `experiments/gpt.ts`.
 *
 * @module
 */
import type { Tensor } from "@glim/glim";
import * as functional from "@glim/glim/functional";
import * as nn from "@glim/glim/nn";

/** The sizes of a {@link GPT}. */
export interface Sizes {
  readonly vocabulary: number;
  readonly context: number;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly dropout: number;
  /** Whether layers and normalisations have biases: GPT-2's have. */
  readonly bias: boolean;
}

/**
 * GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019), with its names:
 * tokens [n, l] → logits [n, l, vocabulary]. What tokens are looked up in is what logits are read from.
 */
export class GPT extends nn.Module<[tokens: Tensor, cache?: nn.KVCache | undefined], Tensor> {
  readonly wte: nn.Embedding;
  readonly wpe: nn.Embedding;
  readonly drop: nn.Dropout;
  readonly h: nn.ModuleList<Block>;
  readonly ln_f: nn.LayerNorm;

  constructor(readonly sizes: Sizes) {
    super();
    const { vocabulary, context, width, layers, dropout, bias } = sizes;
    this.wte = new nn.Embedding(vocabulary, width);
    this.wpe = new nn.Embedding(context, width);
    this.drop = new nn.Dropout(dropout);
    this.h = new nn.ModuleList(Array.from({ length: layers }, (_, i) => new Block(sizes, i)));
    this.ln_f = new nn.LayerNorm(width, { bias });
    this.#initialise();
  }

  /** Tokens that it sees at most. */
  get contextLength(): number {
    return this.sizes.context;
  }

  forward(tokens: Tensor, cache?: nn.KVCache): Tensor {
    const l = tokens.shape[1]!;
    const places = this.wpe.weight.narrow(0, cache?.length ?? 0, l);
    let x = this.drop.forward(this.wte.forward(tokens).add(places));
    for (const block of this.h) x = block.forward(x, cache);
    return functional.linear(this.ln_f.forward(x), this.wte.weight);
  }

  /** Normal numbers; of what is added to the stream so small that all layers together add as much. */
  #initialise(): void {
    for (const [name, weight] of this.namedParameters()) {
      const isAdded = name.endsWith("c_proj.weight");
      if (weight.ndim > 1) {
        nn.init.normal_(weight, 0, isAdded ? 0.02 / Math.sqrt(2 * this.sizes.layers) : 0.02);
      } else if (name.endsWith(".bias")) nn.init.zeros_(weight);
    }
  }
}

/** Attention and a layer of neurons, each added to the stream. */
class Block extends nn.Module<[x: Tensor, cache?: nn.KVCache | undefined], Tensor> {
  readonly ln_1: nn.LayerNorm;
  readonly attn: Attention;
  readonly ln_2: nn.LayerNorm;
  readonly mlp: Neurons;

  constructor(sizes: Sizes, layer: number) {
    super();
    const { width, bias } = sizes;
    this.ln_1 = new nn.LayerNorm(width, { bias });
    this.attn = new Attention(sizes, layer);
    this.ln_2 = new nn.LayerNorm(width, { bias });
    this.mlp = new Neurons(sizes);
  }

  forward(x: Tensor, cache?: nn.KVCache): Tensor {
    x = x.add(this.attn.forward(this.ln_1.forward(x), cache));
    return x.add(this.mlp.forward(this.ln_2.forward(x)));
  }
}

/** A layer of four times as many neurons. */
class Neurons extends nn.Module<[x: Tensor]> {
  readonly c_fc: nn.Linear;
  readonly gelu: nn.GELU = new nn.GELU();
  readonly c_proj: nn.Linear;
  readonly drop: nn.Dropout;

  constructor({ width, bias, dropout }: Sizes) {
    super();
    this.c_fc = new nn.Linear(width, 4 * width, { bias });
    this.c_proj = new nn.Linear(4 * width, width, { bias });
    this.drop = new nn.Dropout(dropout);
  }

  forward(x: Tensor): Tensor {
    return this.drop.forward(this.c_proj.forward(this.gelu.forward(this.c_fc.forward(x))));
  }
}

/** Attention of several heads to the tokens before. */
class Attention extends nn.Module<[x: Tensor, cache?: nn.KVCache | undefined], Tensor> {
  readonly c_attn: nn.Linear;
  readonly c_proj: nn.Linear;
  readonly drop: nn.Dropout;

  constructor(readonly sizes: Sizes, readonly layer: number) {
    super();
    const { width, bias, dropout } = sizes;
    this.c_attn = new nn.Linear(width, 3 * width, { bias });
    this.c_proj = new nn.Linear(width, width, { bias });
    this.drop = new nn.Dropout(dropout);
  }

  forward(x: Tensor, cache?: nn.KVCache): Tensor {
    const qkv = this.c_attn.forward(x);
    const dropout = this.training ? this.sizes.dropout : 0;
    const { heads } = this.sizes;
    const seen = cache === undefined
      ? functional.selfAttention(qkv, heads, { isCausal: true, dropout })
      : cache.selfAttention(this.layer, qkv, heads);
    return this.drop.forward(this.c_proj.forward(seen));
  }
}
