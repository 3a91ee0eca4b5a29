/**
 * The text of tokens as they come.
 *
 * @module
 */
import {
  atMost,
  callable,
  check,
  checkOptions,
  isIterable,
  kind,
  type Kinds,
} from "../core/options.ts";
import { type Tokenizer, TOKENS } from "./tokenizer.ts";

/** Options of {@link decodeStream}. */
export interface DecodeStreamOptions {
  /** Tokens that the others go on from: their text is not given again. Default: none. */
  prompt?: readonly number[] | Uint8Array | Uint16Array | Uint32Array | Int32Array;
}

const OPTIONS: Kinds<DecodeStreamOptions> = { prompt: TOKENS };

const STREAM = kind(
  "tokens that come one by one, as from nn.generate",
  (value) => isIterable(value) || typeof Object(value)[Symbol.asyncIterator] === "function",
);

/** A text without what it ends with while a character's bytes, at most three, are not all there. */
function whole(text: string): string {
  return text.replace(/\ufffd{1,3}$/, "");
}

/**
 * The text of tokens as they come, piece by piece: all pieces together are the text of all tokens. A
 * character whose bytes are several tokens comes when the last one is there. To be written as they are,
 * by `process.stdout.write`.
 *
 * @param tokenizer What decodes: a tokeniser of `text`, or another that has `decode`.
 * @param tokens As `nn.generate` gives them, or a list.
 *
 * @example
 * ```ts
 * import { text } from "@glim/glim";
 * const tokenizer = new text.ByteTokenizer();
 * const pieces = await Array.fromAsync(text.decodeStream(tokenizer, tokenizer.encode("né 🐋")));
 * console.log(pieces); // ["n", "é", " ", "🐋"]
 * ```
 */
export function decodeStream(
  tokenizer: Pick<Tokenizer, "decode">,
  tokens: AsyncIterable<number> | Iterable<number>,
  options: DecodeStreamOptions = {},
): AsyncGenerator<string, void, void> {
  atMost(3, arguments.length, "decodeStream(tokenizer, tokens, options)");
  check("decodeStream", "the tokenizer's decode", Object(tokenizer).decode, callable);
  check("decodeStream", "the tokens", tokens, STREAM);
  const { prompt = [] } = checkOptions("decodeStream", options, OPTIONS);
  return decoded(tokenizer, tokens, Array.from(prompt));
}

async function* decoded(
  tokenizer: Pick<Tokenizer, "decode">,
  tokens: AsyncIterable<number> | Iterable<number>,
  prompt: readonly number[],
): AsyncGenerator<string, void, void> {
  // Texts depend on the tokens before, as on whether a word begins: some are decoded again each time.
  let before = prompt;
  let given = prompt.length === 0 ? "" : whole(tokenizer.decode(prompt));
  let since: number[] = [];
  for await (const token of tokens) {
    since.push(token);
    const all = tokenizer.decode([...before, ...since]);
    const ready = whole(all);
    if (ready.length <= given.length || !ready.startsWith(given)) continue;
    yield ready.slice(given.length);
    given = ready;
    if (ready !== all) continue;
    [before, since] = [since, []];
    given = tokenizer.decode(before);
  }
  const rest = since.length === 0
    ? ""
    : tokenizer.decode([...before, ...since]).slice(given.length);
  if (rest !== "") yield rest;
}
