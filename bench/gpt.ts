/**
 * A GPT of nanoGPT's sizes for CPUs or others, the text that it learns, and its training: the same in
 * every library that is compared.
 *
 * @module
 */
import { functional, nn, noGrad, optim, scope, steps, type Tensor, tensor } from "@glim/glim";
import { batches, uniform, words } from "./seeds.ts";
import { GPT, GPT_OPTIMIZER, type GptSizes } from "./spec.ts";

/** Tokens of the text. */
const LENGTH = 20_000;

/** Three of four tokens follow from the one before; the others are drawn. */
function madeText(vocabulary: number = GPT.vocabulary): Int32Array<ArrayBuffer> {
  let last = 0;
  return Int32Array.from(words(9, LENGTH), (word) => {
    last = word % 4 === 0 ? (word >>> 8) % vocabulary : (last * 7 + 3) % vocabulary;
    return last;
  });
}

/** Without end: tokens [batch, context], and those that follow each. */
export function windows(
  { vocabulary, context, batch }: GptSizes = GPT,
): () => [x: Int32Array<ArrayBuffer>, y: Int32Array<ArrayBuffer>] {
  const text = madeText(vocabulary);
  const next = batches(LENGTH - context, batch);
  return () => {
    const starts = next();
    const from = (shift: number) => {
      const tokens = new Int32Array(batch * context);
      for (const [i, start] of starts.entries()) {
        tokens.set(text.subarray(start + shift, start + shift + context), i * context);
      }
      return tokens;
    };
    return [from(0), from(1)];
  };
}

/** The parameters by name, in their order: ones, and matrices of numbers of deviation 0.02. */
export function initialGpt(
  { vocabulary, context, layers, width }: GptSizes = GPT,
): [name: string, shape: number[], values: Float32Array<ArrayBuffer>][] {
  const shapes: [string, number[]][] = [["tokens", [vocabulary, width]], ["places", [
    context,
    width,
  ]]];
  for (let i = 0; i < layers; i++) {
    shapes.push(
      [`layers.${i}.norm1`, [width]],
      [`layers.${i}.qkv`, [3 * width, width]],
      [`layers.${i}.out`, [width, width]],
      [`layers.${i}.norm2`, [width]],
      [`layers.${i}.up`, [4 * width, width]],
      [`layers.${i}.down`, [width, 4 * width]],
    );
  }
  shapes.push(["norm", [width]]);
  return shapes.map(([name, shape], i) => {
    const n = shape.reduce((a, b) => a * b, 1);
    const values = shape.length === 1
      ? new Float32Array(n).fill(1)
      : uniform(400 + i, n, 0.02 * Math.sqrt(3));
    return [`${name}.weight`, shape, values];
  });
}

/** Attention and a layer of neurons, each added to the stream. */
class Block extends nn.Module<[x: Tensor, layer: number, cache?: nn.KVCache | undefined]> {
  readonly norm1: nn.LayerNorm;
  readonly qkv: nn.Linear;
  readonly out: nn.Linear;
  readonly norm2: nn.LayerNorm;
  readonly up: nn.Linear;
  readonly down: nn.Linear;
  readonly #heads: number;

  constructor({ width, heads }: GptSizes) {
    super();
    this.norm1 = new nn.LayerNorm(width, { bias: false });
    this.qkv = new nn.Linear(width, 3 * width, { bias: false });
    this.out = new nn.Linear(width, width, { bias: false });
    this.norm2 = new nn.LayerNorm(width, { bias: false });
    this.up = new nn.Linear(width, 4 * width, { bias: false });
    this.down = new nn.Linear(4 * width, width, { bias: false });
    this.#heads = heads;
  }

  forward(x: Tensor, layer: number, cache?: nn.KVCache): Tensor {
    const qkv = this.qkv.forward(this.norm1.forward(x));
    const seen = cache?.selfAttention(layer, qkv, this.#heads) ??
      functional.selfAttention(qkv, this.#heads, { isCausal: true });
    x = x.add(this.out.forward(seen));
    return x.add(this.down.forward(functional.gelu(this.up.forward(this.norm2.forward(x)))));
  }
}

/** Tokens [n, l] → logits [n, l, vocabulary]. */
export class SmallGpt extends nn.Module<[tokens: Tensor, cache?: nn.KVCache | undefined]> {
  readonly tokens: nn.Embedding;
  readonly places: nn.Embedding;
  readonly layers: nn.ModuleList<Block>;
  readonly norm: nn.LayerNorm;
  /** How many tokens it sees. */
  readonly contextLength: number;

  constructor(sizes: GptSizes = GPT) {
    super();
    const { vocabulary, context, layers, width } = sizes;
    this.contextLength = context;
    this.tokens = new nn.Embedding(vocabulary, width);
    this.places = new nn.Embedding(context, width);
    this.layers = new nn.ModuleList(Array.from({ length: layers }, () => new Block(sizes)));
    this.norm = new nn.LayerNorm(width, { bias: false });
    const parameters = new Map(this.namedParameters());
    noGrad(() =>
      scope(() => {
        for (const [name, shape, values] of initialGpt(sizes)) {
          parameters.get(name)!.copy_(tensor(values, { shape }));
        }
      })
    );
  }

  forward(tokens: Tensor, cache?: nn.KVCache): Tensor {
    const places = this.places.weight.narrow(0, cache?.length ?? 0, tokens.shape[1]!);
    let x = this.tokens.forward(tokens).add(places);
    for (let i = 0; i < this.layers.length; i++) x = this.layers.at(i)!.forward(x, i, cache);
    return functional.linear(this.norm.forward(x), this.tokens.weight);
  }
}

/** The multiplications of its layers for one token, but for attention's. */
export const GPT_PRODUCTS: readonly number[] = [
  ...Array.from({ length: GPT.layers }, () => 12 * GPT.width * GPT.width),
  GPT.width * GPT.vocabulary,
];

/** A training that goes on from step to step. */
export class GptRun {
  readonly #model: SmallGpt;
  readonly #next: ReturnType<typeof windows>;
  readonly #optimizer: optim.AdamW;
  readonly #window: [batch: number, context: number];

  /** At the first step. */
  constructor(sizes: GptSizes = GPT) {
    this.#model = new SmallGpt(sizes);
    this.#next = windows(sizes);
    this.#window = [sizes.batch, sizes.context];
    const all = [...this.#model.parameters()];
    const { lr, betas, weightDecay } = GPT_OPTIMIZER;
    this.#optimizer = new optim.AdamW([
      { params: all.filter(({ ndim }) => ndim > 1), weightDecay },
      { params: all.filter(({ ndim }) => ndim === 1), weightDecay: 0 },
    ], { lr, betas });
  }

  /** The loop that a user would write. */
  run(k: number): void {
    for (const _i of steps(k)) this.step();
  }

  /** The losses of some steps. */
  losses(k: number): number[] {
    return Array.from({ length: k }, () => scope(() => this.step().item()));
  }

  /** One of them. Gives the loss. */
  step(): Tensor {
    const [x, y] = this.#next();
    const logits = this.#model.forward(tensor(x, { shape: this.#window }));
    const loss = functional.crossEntropy(logits.flatten(0, 1), tensor(y));
    this.#optimizer.zeroGrad();
    loss.backward();
    nn.utils.clipGradNorm_(this.#model.parameters(), GPT_OPTIMIZER.clip);
    this.#optimizer.step();
    return loss;
  }

  /** Releases network and optimizer. */
  [Symbol.dispose](): void {
    this.#optimizer[Symbol.dispose]();
    this.#model[Symbol.dispose]();
  }
}
