/** A small GPT that learns to write, character by character: nanoGPT's configuration for CPUs. */
import { createHash } from "node:crypto";
import { data, functional, lrScheduler, nn, optim, type Tensor, text } from "@glim/glim";
import { decayGroups, defineExperiment, path } from "@glim/cli";
import { z } from "zod";
import { mobyDick } from "./texts/texts.ts";

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

/** Cross-entropy of logits [n, l, vocabulary] and the tokens that came, [n, l]. */
export function loss(logits: Tensor, tokens: Tensor): Tensor {
  return functional.crossEntropy(logits.flatten(0, 1), tokens.flatten());
}

/** Up along a line for a hundred steps, then down to a tenth along half a cosine: nanoGPT's schedule. */
function rateAt(step: number, steps: number): number {
  const warmUp = Math.min(100, steps / 10);
  if (step < warmUp) return (step + 1) / (warmUp + 1);
  const share = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
  return 0.1 + 0.9 * (1 + Math.cos(Math.PI * share)) / 2;
}

export default defineExperiment({
  title: ({ layers, heads, width, context }) =>
    `A GPT of ${layers} layers, ${heads} heads, width ${width}, context ${context}`,
  options: {
    epochs: z.int().min(1).default(8).describe("how often it is evaluated, and writes"),
    stepsPerEpoch: z.int().min(1).default(250).describe("steps between evaluations"),
    batchSize: 12,
    lr: 1e-3,
    weightDecay: 0.1,
    dropout: z.number().min(0).lt(1).default(0),
    context: z.int().min(1).default(64).describe("characters that it sees at most"),
    layers: z.int().min(1).default(4),
    heads: z.int().min(1).default(4),
    width: z.int().min(1).default(128),
    bias: z.boolean().default(false).describe("biases, as GPT-2 has them"),
    sample: z.int().min(0).default(200).describe("characters that it writes after each epoch"),
    file: path("a text to learn from (default: Moby-Dick, which `deno task texts` installs)"),
  },
  data({ options: { file, context, stepsPerEpoch, batchSize } }) {
    const source = file === null ? mobyDick() : Deno.readTextFileSync(file);
    const tokenizer = new text.CharTokenizer(source);
    const tokens = tokenizer.encode(source);
    const learnt = Math.floor(0.9 * tokens.length);
    const compared = new text.TokenDataset(tokens.subarray(learnt), context);
    const step = Math.ceil(compared.length / 400);
    const some = Array.from({ length: Math.ceil(compared.length / step) }, (_, i) => i * step);
    return {
      train: new text.TokenDataset(tokens.subarray(0, learnt), context, {
        randomSamples: stepsPerEpoch * batchSize,
      }),
      dev: new data.Subset(compared, some),
      name: file === null ? "Moby-Dick" : file,
      checksums: [createHash("sha256").update(source).digest("hex")],
      characters: tokenizer.characters,
    };
  },
  build({ options, data: { characters }, steps, seed }) {
    const { layers, heads, width, context, dropout, bias, lr, weightDecay } = options;
    const tokenizer = new text.CharTokenizer(characters);
    const vocabulary = tokenizer.vocabularySize;
    const model = new GPT({ vocabulary, context, layers, heads, width, dropout, bias });
    const optimizer = new optim.AdamW(decayGroups(model, weightDecay), { lr, betas: [0.9, 0.99] });
    return {
      model,
      loss,
      optimizer,
      scheduler: new lrScheduler.LambdaLR(optimizer, (step) => rateAt(step, steps)),
      schedulerInterval: "step",
      clipNorm: 1,
      async sample() {
        const prompt = tokenizer.encode([...characters].includes("\n") ? "\n" : characters[0]!);
        const choice = { maxNewTokens: options.sample, temperature: 0.8, seed };
        return tokenizer.decode(await Array.fromAsync(nn.generate(model, prompt, choice)));
      },
    };
  },
});
