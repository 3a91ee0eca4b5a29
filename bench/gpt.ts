/**
 * A small GPT of nanoGPT's sizes for CPUs, the text that it learns, and its training: the same in every
 * library that is compared.
 *
 * @module
 */
import { functional, nn, noGrad, optim, scope, steps, type Tensor, tensor } from "@glim/glim";
import { batches, uniform, words } from "./seeds.ts";
import { GPT, GPT_OPTIMIZER } from "./spec.ts";

const { vocabulary, context, batch, layers, heads, width } = GPT;

/** Tokens of the text. */
const LENGTH = 20_000;

/** Three of four tokens follow from the one before; the others are drawn. */
export function madeText(): Int32Array<ArrayBuffer> {
  let last = 0;
  return Int32Array.from(words(9, LENGTH), (word) => {
    last = word % 4 === 0 ? (word >>> 8) % vocabulary : (last * 7 + 3) % vocabulary;
    return last;
  });
}

/** Without end: tokens [batch, context], and those that follow each. */
export function windows(): () => [x: Int32Array<ArrayBuffer>, y: Int32Array<ArrayBuffer>] {
  const text = madeText();
  const next = batches(LENGTH - context, batch);
  return () => {
    const starts = next();
    const from = (shift: number) =>
      Int32Array.from(
        { length: batch * context },
        (_, i) => text[starts[Math.floor(i / context)]! + i % context + shift]!,
      );
    return [from(0), from(1)];
  };
}

/** The parameters by name, in their order: ones, and matrices of numbers of deviation 0.02. */
export function initialGpt(): [name: string, shape: number[], values: Float32Array<ArrayBuffer>][] {
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
  readonly norm1 = new nn.LayerNorm(width, { bias: false });
  readonly qkv = new nn.Linear(width, 3 * width, { bias: false });
  readonly out = new nn.Linear(width, width, { bias: false });
  readonly norm2 = new nn.LayerNorm(width, { bias: false });
  readonly up = new nn.Linear(width, 4 * width, { bias: false });
  readonly down = new nn.Linear(4 * width, width, { bias: false });

  forward(x: Tensor, layer: number, cache?: nn.KVCache): Tensor {
    const qkv = this.qkv.forward(this.norm1.forward(x));
    const seen = cache?.selfAttention(layer, qkv, heads) ??
      functional.selfAttention(qkv, heads, { isCausal: true });
    x = x.add(this.out.forward(seen));
    return x.add(this.down.forward(functional.gelu(this.up.forward(this.norm2.forward(x)))));
  }
}

/** Tokens [n, l] → logits [n, l, vocabulary]. */
export class SmallGpt extends nn.Module<[tokens: Tensor, cache?: nn.KVCache | undefined]> {
  readonly tokens = new nn.Embedding(vocabulary, width);
  readonly places = new nn.Embedding(context, width);
  readonly layers = new nn.ModuleList<Block>(Array.from({ length: layers }, () => new Block()));
  readonly norm = new nn.LayerNorm(width, { bias: false });

  constructor() {
    super();
    const parameters = new Map(this.namedParameters());
    noGrad(() =>
      scope(() => {
        for (const [name, shape, values] of initialGpt()) {
          parameters.get(name)!.copy_(tensor(values, { shape }));
        }
      })
    );
  }

  get contextLength(): number {
    return context;
  }

  forward(tokens: Tensor, cache?: nn.KVCache): Tensor {
    const places = this.places.weight.narrow(0, cache?.length ?? 0, tokens.shape[1]!);
    let x = this.tokens.forward(tokens).add(places);
    for (let i = 0; i < layers; i++) x = this.layers.at(i)!.forward(x, i, cache);
    return functional.linear(this.norm.forward(x), this.tokens.weight);
  }
}

/** The multiplications of its layers for one token, but for attention's. */
export const GPT_PRODUCTS: readonly number[] = [
  ...Array.from({ length: layers }, () => 12 * width * width),
  width * vocabulary,
];

/** A training that goes on from step to step. */
export class GptRun {
  readonly #model = new SmallGpt();
  readonly #next = windows();
  readonly #optimizer: optim.AdamW;

  /** At the first step. */
  constructor() {
    const all = [...this.#model.parameters()];
    const { lr, betas, weightDecay } = GPT_OPTIMIZER;
    this.#optimizer = new optim.AdamW([
      { params: all.filter(({ ndim }) => ndim > 1), weightDecay },
      { params: all.filter(({ ndim }) => ndim === 1), weightDecay: 0 },
    ], { lr, betas });
  }

  /** The loop that a user would write. */
  run(k: number): void {
    for (const _i of steps(k)) this.#step();
  }

  /** The losses of some steps. */
  losses(k: number): number[] {
    return Array.from({ length: k }, () => scope(() => this.#step().item()));
  }

  #step(): Tensor {
    const [x, y] = this.#next();
    const logits = this.#model.forward(tensor(x, { shape: [batch, context] }));
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
