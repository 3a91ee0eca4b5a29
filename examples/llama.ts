/**
 * A Llama, or another network of its shape, writes on: from a folder as Hugging Face has them, with
 * config.json and the weights in one safetensors file or in parts. Touvron et al., "LLaMA: open and
 * efficient foundation language models", 2023.
 *
 *     deno run --allow-read examples/llama.ts FOLDER "Call me"
 *
 * The folder's tokenizer.json has the words.
 */
import { attend, functional, io, nn, type Tensor, text } from "@glim/glim";
import { tokenizerOf } from "./gpt2.ts";

/** What of config.json matters. */
interface Config {
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads?: number;
  max_position_embeddings: number;
  rms_norm_eps: number;
  rope_theta?: number;
  tie_word_embeddings?: boolean;
}

class Attention extends nn.Module<[x: Tensor, cache?: nn.KVCache], Tensor> {
  q_proj: nn.Linear;
  k_proj: nn.Linear;
  v_proj: nn.Linear;
  o_proj: nn.Linear;
  positions: nn.Rotary;
  readonly d: number;

  constructor(readonly config: Config, readonly layer: number) {
    super();
    const { hidden_size: width, num_attention_heads: heads } = config;
    this.d = width / heads;
    const keys = this.d * (config.num_key_value_heads ?? heads);
    this.q_proj = new nn.Linear(width, width, { bias: false });
    this.k_proj = new nn.Linear(width, keys, { bias: false });
    this.v_proj = new nn.Linear(width, keys, { bias: false });
    this.o_proj = new nn.Linear(width, width, { bias: false });
    this.positions = new nn.Rotary(this.d, { base: config.rope_theta ?? 10_000 });
  }

  forward(x: Tensor, cache?: nn.KVCache): Tensor {
    const [n, l, width] = x.shape as [number, number, number];
    const heads = (y: Tensor) => y.reshape(n, l, -1, this.d).transpose(1, 2);
    const at = cache?.lengthOf(this.layer) ?? 0;
    const q = this.positions.forward(heads(this.q_proj.forward(x)), at);
    const k = this.positions.forward(heads(this.k_proj.forward(x)), at);
    const v = heads(this.v_proj.forward(x));
    const seen = cache?.attend(this.layer, q, k, v) ?? this.#attend(q, k, v);
    return this.o_proj.forward(seen.transpose(1, 2).reshape(n, l, width));
  }

  /** Each head of keys serves several of queries. */
  #attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
    const [n, heads, l, d] = q.shape as [number, number, number, number];
    const groups = k.shape[1]!;
    const grouped = q.reshape(n, groups, heads / groups, l, d);
    return attend(grouped, k.unsqueeze(2), v.unsqueeze(2), { isCausal: true }).reshape(q.shape);
  }
}

class Layer extends nn.Module<[x: Tensor, cache?: nn.KVCache], Tensor> {
  input_layernorm: nn.RMSNorm;
  self_attn: Attention;
  post_attention_layernorm: nn.RMSNorm;
  mlp: nn.SwiGLU;

  constructor(config: Config, layer: number) {
    super();
    const { hidden_size: width, rms_norm_eps: eps } = config;
    this.input_layernorm = new nn.RMSNorm(width, { eps });
    this.self_attn = new Attention(config, layer);
    this.post_attention_layernorm = new nn.RMSNorm(width, { eps });
    this.mlp = new nn.SwiGLU(width, config.intermediate_size);
  }

  forward(x: Tensor, cache?: nn.KVCache): Tensor {
    x = x.add(this.self_attn.forward(this.input_layernorm.forward(x), cache));
    return x.add(this.mlp.forward(this.post_attention_layernorm.forward(x)));
  }
}

/** Tokens [n, l] → logits [n, l, vocabulary]. */
export class Llama extends nn.Module<[tokens: Tensor, cache?: nn.KVCache], Tensor> {
  embed_tokens: nn.Embedding;
  layers: nn.ModuleList<Layer>;
  norm: nn.RMSNorm;
  lm_head: nn.Linear;

  constructor(readonly config: Config) {
    super();
    const { vocab_size: vocabulary, hidden_size: width, rms_norm_eps: eps } = config;
    this.embed_tokens = new nn.Embedding(vocabulary, width);
    this.layers = new nn.ModuleList(
      Array.from({ length: config.num_hidden_layers }, (_, i) => new Layer(config, i)),
    );
    this.norm = new nn.RMSNorm(width, { eps });
    this.lm_head = new nn.Linear(width, vocabulary, { bias: false });
    if (config.tie_word_embeddings) this.lm_head.weight = this.embed_tokens.weight;
  }

  get contextLength(): number {
    return this.config.max_position_embeddings;
  }

  forward(tokens: Tensor, cache?: nn.KVCache): Tensor {
    let x = this.embed_tokens.forward(tokens);
    for (const layer of this.layers) x = layer.forward(x, cache);
    return functional.linear(this.norm.forward(x), this.lm_head.weight);
  }

  /** The network of a folder. */
  static async load(folder: string): Promise<Llama> {
    const config: Config = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
    const parts = `${folder}/model.safetensors.index.json`;
    const isInParts = await Deno.stat(parts).then(() => true, () => false);
    await using file = await io.openSafetensors(isInParts ? parts : `${folder}/model.safetensors`);
    const model = new Llama(config);
    const nameOf = (name: string) => name === "lm_head.weight" ? name : `model.${name}`;
    await file.loadInto(model, { nameOf });
    return model.eval() as Llama;
  }
}

if (import.meta.main) {
  const [folder, ...words] = Deno.args;
  const tokenizer = await tokenizerOf(`${folder}/tokenizer.json`);
  const model = await Llama.load(folder!);
  const prompt = tokenizer.encode(words.join(" "));
  const options = { maxNewTokens: 50, temperature: 0.8, topP: 0.95, seed: 1 };
  const tokens = nn.generate(model, prompt, options);
  for await (const piece of text.decodeStream(tokenizer, tokens, { prompt })) {
    await Deno.stdout.write(new TextEncoder().encode(piece));
  }
  console.log();
}
