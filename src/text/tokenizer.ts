/**
 * Tokenisers: text as whole numbers, and back.
 *
 * @module
 */
import { DataError } from "../core/errors.ts";
import { atMost, check, describe, isListOf, type Kind, kind, text } from "../core/options.ts";
import type { Platform } from "../core/platform.ts";

declare const TextEncoder: Platform["TextEncoder"];
declare const TextDecoder: Platform["TextDecoder"];

/** Tokens in a row: the narrowest array that has room for them. */
export type Tokens = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Text as whole numbers from 0 to below `vocabularySize`, and back. */
export interface Tokenizer {
  /** How many tokens there are. */
  readonly vocabularySize: number;
  /** The tokens of a text. */
  encode(text: string): Tokens;
  /** The text of tokens. */
  decode(tokens: ArrayLike<number>): string;
}

/** So many tokens of a vocabulary. */
export function tokensFor(vocabularySize: number, values: ArrayLike<number>): Tokens {
  if (vocabularySize <= 256) return Uint8Array.from(values);
  return vocabularySize <= 65536 ? Uint16Array.from(values) : Int32Array.from(values);
}

/**
 * A token for each character of a text, in the order of Unicode.
 *
 * @example
 * ```ts
 * import { text } from "@glim/glim";
 * const tokenizer = new text.CharTokenizer("hello");
 * console.log([...tokenizer.encode("hole")]); // [1, 3, 2, 0]
 * console.log(tokenizer.decode([1, 0, 2, 2, 3])); // hello
 * ```
 */
export class CharTokenizer implements Tokenizer {
  /** The characters: token i is the i-th. As text they make the same tokeniser again. */
  readonly characters: string;
  readonly #list: readonly string[];
  readonly #tokens: ReadonlyMap<string, number>;

  /** Takes the characters from a text. RangeError where there are none. */
  constructor(source: string) {
    atMost(1, arguments.length, "CharTokenizer(source)");
    check("CharTokenizer", "the source", source, text);
    const list = [...new Set(source)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    if (list.length === 0) {
      throw new RangeError("CharTokenizer: the source must have a character: it is empty");
    }
    this.characters = list.join("");
    this.#list = list;
    this.#tokens = new Map(list.map((character, i) => [character, i]));
  }

  /** How many characters there are. */
  get vocabularySize(): number {
    return this.#list.length;
  }

  /** A token for each character. DataError where one is not known. */
  encode(source: string): Tokens {
    atMost(1, arguments.length, "encode(source)");
    check("encode", "the source", source, text);
    const values: number[] = [];
    for (const character of source) {
      const token = this.#tokens.get(character);
      if (token === undefined) {
        throw new DataError(
          `encode: ${JSON.stringify(character)} is none of the ${this.#list.length} characters`,
        );
      }
      values.push(token);
    }
    return tokensFor(this.vocabularySize, values);
  }

  /** The characters of tokens. RangeError where there is no such token. */
  decode(tokens: ArrayLike<number>): string {
    atMost(1, arguments.length, "decode(tokens)");
    return checkTokens(tokens, this.#list.length).map((token) => this.#list[token]).join("");
  }
}

/** The bytes of a text's UTF-8: any text, of any language, with 256 tokens. */
export class ByteTokenizer implements Tokenizer {
  /** 256. */
  readonly vocabularySize = 256;

  /** Without options. */
  constructor() {
    atMost(0, arguments.length, "ByteTokenizer()");
  }

  /** A token for each byte. */
  encode(source: string): Tokens {
    atMost(1, arguments.length, "encode(source)");
    check("encode", "the source", source, text);
    return new TextEncoder().encode(source);
  }

  /** The text of bytes; what is no UTF-8 becomes U+FFFD. RangeError where a token is no byte. */
  decode(tokens: ArrayLike<number>): string {
    atMost(1, arguments.length, "decode(tokens)");
    return new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(
      Uint8Array.from(checkTokens(tokens, 256)),
    );
  }
}

/** Numbers in a row. */
export const TOKENS: Kind = kind(
  "tokens: a list of numbers or a typed array of integers",
  (value) =>
    isListOf(value, (item) => typeof item === "number") ||
    value instanceof Uint8Array || value instanceof Uint16Array || value instanceof Int32Array ||
    value instanceof Uint32Array,
);

/** Tokens as a list. RangeError where one is none of so many. */
export function checkTokens(tokens: ArrayLike<number>, size: number): number[] {
  check("decode", "tokens", tokens, TOKENS);
  return Array.from(tokens, (token) => {
    if (Number.isInteger(token) && token >= 0 && token < size) return token;
    throw new RangeError(
      `decode: tokens must be whole numbers from 0 to ${size - 1}: one is ${describe(token)}`,
    );
  });
}
