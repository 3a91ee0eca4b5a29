/**
 * GPT-2 writes on: OpenAI's weights, or any of that shape, from a safetensors file as Hugging Face has
 * them. Radford et al., "Language models are unsupervised multitask learners", 2019.
 *
 *     deno run --allow-read examples/gpt2.ts model.safetensors tokenizer.json "Call me"
 *     deno run --allow-read examples/gpt2.ts model.safetensors 14134 502
 *
 * The second has no tokenizer.json: the numbers are the prompt's tokens, and tokens are what comes out.
 */
import { functional, io, nn, type Tensor, text, zeros } from "@glim/glim";

/** x·w + b, as GPT-2's files have it: w is [in, out]. */
class Conv1D extends nn.Module<[x: Tensor]> {
  weight: nn.Parameter;
  bias: nn.Parameter;

  constructor(inputs: number, outputs: number) {
    super();
    this.weight = new nn.Parameter(zeros([inputs, outputs]));
    this.bias = new nn.Parameter(zeros([outputs]));
  }

  forward(x: Tensor): Tensor {
    return functional.linear(x, this.weight.t(), this.bias);
  }
}

class Block extends nn.Module<[x: Tensor, cache?: nn.KVCache], Tensor> {
  ln_1: nn.LayerNorm;
  attn: Attention;
  ln_2: nn.LayerNorm;
  mlp: MLP;

  constructor(width: number, heads: number, layer: number) {
    super();
    this.ln_1 = new nn.LayerNorm(width);
    this.attn = new Attention(width, heads, layer);
    this.ln_2 = new nn.LayerNorm(width);
    this.mlp = new MLP(width);
  }

  forward(x: Tensor, cache?: nn.KVCache): Tensor {
    x = x.add(this.attn.forward(this.ln_1.forward(x), cache));
    return x.add(this.mlp.forward(this.ln_2.forward(x)));
  }
}

class Attention extends nn.Module<[x: Tensor, cache?: nn.KVCache], Tensor> {
  c_attn: Conv1D;
  c_proj: Conv1D;

  constructor(width: number, readonly heads: number, readonly layer: number) {
    super();
    this.c_attn = new Conv1D(width, 3 * width);
    this.c_proj = new Conv1D(width, width);
  }

  forward(x: Tensor, cache?: nn.KVCache): Tensor {
    const qkv = this.c_attn.forward(x);
    const seen = cache?.selfAttention(this.layer, qkv, this.heads) ??
      functional.selfAttention(qkv, this.heads, { isCausal: true });
    return this.c_proj.forward(seen);
  }
}

class MLP extends nn.Module<[x: Tensor]> {
  c_fc: Conv1D;
  c_proj: Conv1D;

  constructor(width: number) {
    super();
    this.c_fc = new Conv1D(width, 4 * width);
    this.c_proj = new Conv1D(4 * width, width);
  }

  forward(x: Tensor): Tensor {
    return this.c_proj.forward(functional.gelu(this.c_fc.forward(x), { approximate: "tanh" }));
  }
}

/** Tokens [n, l] → logits [n, l, vocabulary]. */
export class GPT2 extends nn.Module<[tokens: Tensor, cache?: nn.KVCache], Tensor> {
  wte: nn.Embedding;
  wpe: nn.Embedding;
  h: nn.ModuleList<Block>;
  ln_f: nn.LayerNorm;

  constructor(
    readonly vocabulary: number,
    readonly contextLength: number,
    width: number,
    layers: number,
    heads: number,
  ) {
    super();
    this.wte = new nn.Embedding(vocabulary, width);
    this.wpe = new nn.Embedding(contextLength, width);
    this.h = new nn.ModuleList(
      Array.from({ length: layers }, (_, i) => new Block(width, heads, i)),
    );
    this.ln_f = new nn.LayerNorm(width);
  }

  forward(tokens: Tensor, cache?: nn.KVCache): Tensor {
    const places = this.wpe.weight.narrow(0, cache?.length ?? 0, tokens.shape[1]!);
    let x = this.wte.forward(tokens).add(places);
    for (const block of this.h) x = block.forward(x, cache);
    return functional.linear(this.ln_f.forward(x), this.wte.weight);
  }

  /**
   * A network of the sizes of a file, with its weights; of several parts the file is their index. Heads
   * have 64 numbers each in all sizes of GPT-2: where a file's have others, say how many there are.
   */
  static async load(path: string, heads?: number): Promise<GPT2> {
    await using file = await io.openSafetensors(path);
    const prefix = file.has("transformer.wte.weight") ? "transformer." : "";
    const sizes = (name: string) => file.shapeOf(prefix + name) as [number, number];
    const [vocabulary, width] = sizes("wte.weight");
    const [context] = sizes("wpe.weight");
    const layers = file.names.filter((name) => name.endsWith(".ln_1.weight")).length;
    const model = new GPT2(vocabulary, context, width, layers, heads ?? width / 64);
    await file.loadInto(model, { nameOf: (name) => prefix + name });
    return model.eval() as GPT2;
  }
}

/** The tokeniser of a file as Hugging Face has them. */
export async function tokenizerOf(path: string): Promise<text.Tokenizer> {
  const { Tokenizer } = await import("npm:@huggingface/tokenizers@0.2.0");
  return new text.PretrainedTokenizer(new Tokenizer(JSON.parse(await Deno.readTextFile(path)), {}));
}

/** Tokens as numbers. */
const NUMBERS = {
  encode: (source: string) => source.split(" ").map(Number),
  decode: (tokens: ArrayLike<number>) => Array.from(tokens, (token) => `${token} `).join(""),
};

if (import.meta.main) {
  const [path, ...words] = Deno.args;
  const tokenizer = words[0]?.endsWith(".json") ? await tokenizerOf(words.shift()!) : NUMBERS;
  const began = performance.now();
  const model = await GPT2.load(path!);
  const loaded = performance.now();
  console.log(`loaded in ${((loaded - began) / 1000).toFixed(1)} s`);
  const prompt = tokenizer.encode(words.join(" "));
  const maxNewTokens = 50;
  const options = { maxNewTokens, temperature: 0.8, topK: 40, seed: 1 };
  const tokens = nn.generate(model, prompt, options);
  for await (const piece of text.decodeStream(tokenizer, tokens, { prompt })) {
    await Deno.stdout.write(new TextEncoder().encode(piece));
  }
  const rate = 1000 * maxNewTokens / (performance.now() - loaded);
  console.log(`\n${rate.toFixed(1)} tokens a second`);
}
