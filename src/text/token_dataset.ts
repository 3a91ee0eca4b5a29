import { fromTypedArray } from "../tensor/create.ts";
import { Dataset } from "../data/dataset.ts";
import { atMost, check, checkOptions, type Kinds, whole } from "../core/options.ts";
import { generator, philox } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { TOKENS } from "./tokenizer.ts";

/** Options of {@link TokenDataset}. */
export interface TokenDatasetOptions {
  /**
   * Draw windows at random places, so many in an epoch: a new place each time that a sample is asked
   * for, by the random numbers that `manualSeed` begins and checkpoints keep. Default: windows follow one
   * another, and are the same in each epoch.
   */
  randomSamples?: number;
}

const OPTIONS: Kinds<TokenDatasetOptions> = { randomSamples: whole(1) };

/**
 * Windows of a long text in tokens: x are l tokens, y those that follow each. The tokens stay what they
 * are, such as a `Uint16Array` over the bytes of a file; only windows become tensors, of int32.
 *
 * @example
 * ```ts
 * import { data, text } from "@glim/glim";
 * const tokenizer = new text.CharTokenizer("to be or not to be");
 * const tokens = tokenizer.encode("to be or not to be");
 * const set = new text.TokenDataset(tokens, 4);
 * for (const [x, y] of new data.DataLoader(set, { batchSize: 4 })) console.log(x.shape, y.shape);
 * // [4, 4] [4, 4]
 * ```
 */
export class TokenDataset extends Dataset {
  /** How many windows there are in an epoch. */
  readonly length: number;
  /** Tokens of a sample. */
  readonly contextLength: number;
  readonly #tokens: ArrayLike<number>;
  readonly #isRandom: boolean;

  /** RangeError where there are fewer tokens than one more than a sample has. */
  constructor(
    tokens: Uint8Array | Uint16Array | Uint32Array | Int32Array | readonly number[],
    contextLength: number,
    options: TokenDatasetOptions = {},
  ) {
    atMost(3, arguments.length, "TokenDataset(tokens, contextLength, options)");
    check("TokenDataset", "tokens", tokens, TOKENS);
    const { randomSamples } = checkOptions("TokenDataset", options, OPTIONS);
    check("TokenDataset", "contextLength", contextLength, whole(1));
    if (tokens.length <= contextLength) {
      throw new RangeError(
        `TokenDataset: there must be more tokens than ${contextLength}, a sample: there are ` +
          tokens.length,
      );
    }
    super();
    this.#tokens = tokens;
    this.contextLength = contextLength;
    this.#isRandom = randomSamples !== undefined;
    this.length = randomSamples ?? Math.floor((tokens.length - 1) / contextLength);
  }

  /** A window: x and y, both [l] of int32. RangeError where there is no such number. */
  get(index: number): [x: Tensor, y: Tensor] {
    const [x, y] = this.batch(Int32Array.of(index));
    return [x.reshape(this.contextLength), y.reshape(this.contextLength)];
  }

  /** Several: x and y, both [n, l]. */
  override batch(indices: Int32Array): [x: Tensor, y: Tensor] {
    const l = this.contextLength;
    const [x, y] = [0, 1].map(() => new Int32Array(indices.length * l)) as [Int32Array, Int32Array];
    const begins = this.#isRandom
      ? this.#places(indices.length)
      : Array.from(indices, (i) => this.#checked(i) * l);
    begins.forEach((begin, row) => {
      for (let j = 0; j < l; j++) {
        x[row * l + j] = this.#tokens[begin + j]!;
        y[row * l + j] = this.#tokens[begin + j + 1]!;
      }
    });
    const shape = [indices.length, l];
    return [fromTypedArray(x, shape), fromTypedArray(y, shape)];
  }

  #checked(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index;
    throw new RangeError(`TokenDataset: there are ${this.length} samples: ${index} is asked for`);
  }

  /** So many places at random, all equally likely. */
  #places(n: number): number[] {
    const { seed, stream } = generator().next();
    const words = new Uint32Array(4);
    return Array.from({ length: n }, (_, i) => {
      philox([i, 0, stream[0], stream[1]], seed, words);
      return Math.floor(words[0]! / 2 ** 32 * (this.#tokens.length - this.contextLength));
    });
  }
}
