/**
 * Writing on: one token after the other, each drawn from what a model makes of those before it.
 *
 * @module
 */
import { fromTypedArray } from "../tensor/create.ts";
import { EventLoopPause } from "../scope/event_loop_pause.ts";
import { outside } from "../scope/outside.ts";
import { scope } from "../scope/scope.ts";
import { DataError, show } from "../core/errors.ts";
import {
  atMost,
  check,
  checkOptions,
  flag,
  fraction,
  kind,
  type Kinds,
  listOf,
  notNegative,
  whole,
} from "../core/options.ts";
import type { Platform } from "../core/platform.ts";
import { Generator, generator, philox, type RandomKey } from "../core/random.ts";
import { noGrad, type Tensor } from "../tensor/tensor.ts";
import { KVCache } from "./kv_cache.ts";
import { modesOf, restoreModes } from "./modes.ts";
import { MODULE, type Module } from "./module.ts";

declare const performance: Platform["performance"];

/** A model of sequences: tokens [n, l] of int32, and those before them → logits [n, l, vocabulary]. */
export type LanguageModel = Module<[tokens: Tensor, cache?: KVCache | undefined], Tensor>;

/** Options of {@link generate}. */
export interface GenerateOptions {
  /** How many tokens to write. Default: 256. */
  maxNewTokens?: number;
  /**
   * Tokens that the model sees at most, its context: of more only the last. Default: the model's own
   * `contextLength`, if it has one, else all that there will be.
   */
  contextLength?: number;
  /** What logits are divided by; 0: always the likeliest token. Default: 1. */
  temperature?: number;
  /** Draw from so many of the likeliest tokens only. Default: all. */
  topK?: number;
  /** Draw from the fewest tokens whose probabilities add up to this. Default: 1, all. */
  topP?: number;
  /** Where its random numbers begin. Default: drawn from the process's. */
  seed?: number;
  /** A token, or some, with which it ends. Default: none. */
  stopTokens?: readonly number[];
  /**
   * Whether to keep keys and values of the tokens so far, so that a model is given each token once: it must
   * take a {@link KVCache}. The tokens are the same. Default: true.
   */
  cache?: boolean;
}

const OPTIONS: Kinds<GenerateOptions> = {
  maxNewTokens: whole(0),
  contextLength: whole(1),
  temperature: notNegative,
  topK: whole(1),
  topP: fraction,
  seed: whole(0),
  stopTokens: listOf(whole(0), undefined, "a list of whole numbers of at least 0"),
  cache: flag,
};

/**
 * Has a model write on. Each token is given as soon as it is there, and others run between them. The model is
 * evaluated (as after `eval()`), without gradients, and the same seed gives the same tokens.
 *
 * A context that is full moves on by a token a step: the model is then given all of it each time, as its
 * positions have changed.
 *
 * @param prompt Tokens to go on from: at least one.
 *
 * @example
 * ```ts
 * import { nn, type Tensor } from "@glim/glim";
 *
 * // the likelihoods of the next token follow from the last one alone
 * class Bigram extends nn.Module<[tokens: Tensor], Tensor> {
 *   table = new nn.Embedding(5, 5);
 *   forward(tokens: Tensor): Tensor {
 *     return this.table.forward(tokens);
 *   }
 * }
 *
 * const options = { maxNewTokens: 3, temperature: 0.8, topK: 3, seed: 1 };
 * for await (const token of nn.generate(new Bigram(), [0], options)) console.log(token);
 * ```
 */
export function generate(
  model: LanguageModel | Module<[tokens: Tensor], Tensor>,
  prompt: readonly number[] | Uint8Array | Uint16Array | Int32Array,
  options: GenerateOptions = {},
): AsyncGenerator<number, void, void> {
  atMost(3, arguments.length, "generate(model, prompt, options)");
  check("generate", "the model", model, MODULE);
  checkOptions("generate", options, OPTIONS);
  check("generate", "the prompt", prompt, PROMPT);
  const tokens = Array.from(prompt);
  if (tokens.length === 0) {
    throw new RangeError("generate: the prompt must have a token: it is empty");
  }
  const { seed } = options;
  const key = (seed === undefined ? generator() : new Generator(seed)).next();
  return write(model as LanguageModel, tokens, options, key);
}

const LIST = listOf(whole(0));
const PROMPT = kind(
  "tokens: a list of whole numbers of at least 0, or an array of them",
  (value) =>
    LIST.isType(value) || value instanceof Uint8Array || value instanceof Uint16Array ||
    value instanceof Int32Array,
  (value) => LIST.fits(Array.from(value)),
);

async function* write(
  model: LanguageModel,
  tokens: number[],
  options: GenerateOptions,
  key: RandomKey,
): AsyncGenerator<number, void, void> {
  const { maxNewTokens = 256, stopTokens = [], cache: caches = true } = options;
  const own = (model as { contextLength?: unknown }).contextLength;
  const { contextLength = typeof own === "number" ? own : tokens.length + maxNewTokens } = options;
  const pause = new EventLoopPause();
  using cache = new KVCache(contextLength);
  for (let i = 0; i < maxNewTokens; i++) {
    const seen = caches && tokens.length <= contextLength ? cache.length : 0;
    if (seen === 0) cache.clear();
    const context = tokens.slice(seen === 0 ? -contextLength : seen);
    const logits = scope(() => lastLogits(model, context, caches ? cache : undefined).keep());
    let values: Float32Array;
    try {
      values = await outside(logits.data()) as Float32Array;
    } finally {
      logits[Symbol.dispose]();
    }
    const token = draw(values, options, () => uniform(key, i));
    tokens.push(token);
    yield token;
    if (stopTokens.includes(token)) return;
    if (pause.isDue(performance.now())) await pause.take();
  }
}

/** The logits of the token after some, by a model as it is evaluated. */
function lastLogits(model: LanguageModel, tokens: readonly number[], cache?: KVCache): Tensor {
  const modes = modesOf(model);
  model.eval();
  try {
    return noGrad(() => {
      const device = model.parameters().next().value?.device;
      const x = fromTypedArray(Int32Array.from(tokens), [1, tokens.length], { device });
      const logits = model.forward(x, cache);
      const [n, l, c] = logits.shape;
      if (logits.ndim !== 3 || n !== 1 || l !== tokens.length || c === 0) {
        throw new DataError(
          `generate: the model must give logits [1, ${tokens.length}, vocabulary]: they are ` +
            show(logits.shape),
        );
      }
      return logits.select(1, l - 1).select(0, 0).clone();
    });
  } finally {
    restoreModes(modes);
  }
}

/** Number i of a key, in [0, 1). */
function uniform({ seed, stream }: RandomKey, i: number): number {
  const words = new Uint32Array(4);
  philox([i, 0, stream[0], stream[1]], seed, words);
  return words[0]! / 2 ** 32;
}

/** A token by its logits. Throws DataError where they are no numbers. */
function draw(
  logits: Float32Array,
  { temperature = 1, topK = logits.length, topP = 1 }: GenerateOptions,
  random: () => number,
): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i]!;
    if (Number.isNaN(value)) {
      throw new DataError("generate: the model's logits must be numbers: there is a NaN");
    }
    if (value > logits[best]!) best = i;
  }
  if (temperature === 0 || topK === 1) return best;
  const top = logits[best]!;
  const weights = Float64Array.from(logits, (value) => Math.exp((value - top) / temperature));
  const all = topK >= logits.length && topP === 1;
  const order = all ? Uint32Array.from(weights.keys()) : likeliest(weights, topK, topP);
  let total = 0;
  for (let i = 0; i < order.length; i++) total += weights[order[i]!]!;
  let left = random() * total;
  for (let i = 0; i < order.length; i++) {
    left -= weights[order[i]!]!;
    if (left < 0) return order[i]!;
  }
  return order[0]!; // what rounding has left over
}

/** The likeliest tokens first: so many, and of these so few that they have a share of the weight. */
function likeliest(weights: Float64Array, topK: number, topP: number): Uint32Array {
  const sorted = weights.slice().sort(); // by a kernel of the engine: a comparison of ours is dear
  const at = (i: number) => sorted[sorted.length - 1 - i]!;
  let count = Math.min(topK, sorted.length);
  if (topP < 1) {
    let total = 0;
    for (let i = 0; i < count; i++) total += at(i);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += at(i);
      if (sum >= topP * total) count = i + 1;
    }
  }
  const least = at(count - 1);
  const picked: number[] = [];
  weights.forEach((weight, i) => {
    if (weight >= least) picked.push(i);
  });
  picked.sort((a, b) => weights[b]! - weights[a]! || a - b);
  return Uint32Array.from(picked.slice(0, count));
}
