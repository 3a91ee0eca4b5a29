/**
 * Tokenisers that came with a network.
 *
 * @module
 */
import { atMost, check, checkOptions, flag, kind, type Kinds, text } from "../core/options.ts";
import { checkTokens, type Tokenizer, type Tokens, tokensFor } from "./tokenizer.ts";

/** What a {@link PretrainedTokenizer} asks: a `Tokenizer` of the package `@huggingface/tokenizers`. */
export interface HuggingFaceTokenizer {
  /** The tokens of a text. */
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  /** The text of tokens. */
  decode(
    tokens: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
  /** The tokens by their texts. */
  get_vocab(withAddedTokens: boolean): Map<string, number>;
}

/** Options of {@link PretrainedTokenizer}. */
export interface PretrainedTokenizerOptions {
  /** Whether a text is begun and ended as the file says, such as by [CLS] and [SEP]. Default: true. */
  addSpecialTokens?: boolean;
  /** Whether tokens that stand for no text, such as [SEP], are left out of texts. Default: false. */
  skipSpecialTokens?: boolean;
}

const OPTIONS: Kinds<PretrainedTokenizerOptions> = {
  addSpecialTokens: flag,
  skipSpecialTokens: flag,
};

const HUGGING_FACE = kind(
  "a Tokenizer of @huggingface/tokenizers",
  (value) =>
    ["encode", "decode", "get_vocab"].every((name) => typeof Object(value)[name] === "function"),
);

/**
 * The tokeniser of a network at Hugging Face (BPE, WordPiece, Unigram), out of its `tokenizer.json`, by the
 * package `@huggingface/tokenizers`, which is small and which programs that need it install themselves.
 *
 * @example
 * ```ts ignore
 * import { Tokenizer } from "npm:@huggingface/tokenizers@0.2.0";
 * import { text } from "@glim/glim";
 * const file = JSON.parse(await Deno.readTextFile("tokenizer.json"));
 * const tokenizer = new text.PretrainedTokenizer(new Tokenizer(file, {}));
 * console.log(tokenizer.decode(tokenizer.encode("Call me Ishmael.")));
 * ```
 */
export class PretrainedTokenizer implements Tokenizer {
  /** One more than the largest token. */
  readonly vocabularySize: number;
  readonly #of: HuggingFaceTokenizer;
  readonly #adds: boolean;
  readonly #skips: boolean;

  /** TypeError where it is no such tokeniser. */
  constructor(tokenizer: HuggingFaceTokenizer, options: PretrainedTokenizerOptions = {}) {
    atMost(2, arguments.length, "PretrainedTokenizer(tokenizer, options)");
    check("PretrainedTokenizer", "the tokenizer", tokenizer, HUGGING_FACE);
    const { addSpecialTokens = true, skipSpecialTokens = false } = checkOptions(
      "PretrainedTokenizer",
      options,
      OPTIONS,
    );
    this.#of = tokenizer;
    this.#adds = addSpecialTokens;
    this.#skips = skipSpecialTokens;
    let largest = -1;
    for (const token of tokenizer.get_vocab(true).values()) largest = Math.max(largest, token);
    this.vocabularySize = largest + 1;
  }

  /** The tokens of a text. */
  encode(source: string): Tokens {
    atMost(1, arguments.length, "encode(source)");
    check("encode", "the source", source, text);
    const { ids } = this.#of.encode(source, { add_special_tokens: this.#adds });
    return tokensFor(this.vocabularySize, ids);
  }

  /** The text of tokens, with all its spaces. RangeError where there is no such token. */
  decode(tokens: ArrayLike<number>): string {
    atMost(1, arguments.length, "decode(tokens)");
    const list = checkTokens(tokens, this.vocabularySize);
    if (list.length === 0) return ""; // which the package refuses
    return this.#of.decode(list, {
      skip_special_tokens: this.#skips,
      clean_up_tokenization_spaces: false,
    });
  }
}
