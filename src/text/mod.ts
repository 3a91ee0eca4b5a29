/**
 * Text for networks: tokenisers, and windows of long texts.
 *
 * @module
 */
export { decodeStream, type DecodeStreamOptions } from "./decode_stream.ts";
export {
  type HuggingFaceTokenizer,
  PretrainedTokenizer,
  type PretrainedTokenizerOptions,
} from "./pretrained_tokenizer.ts";
export { ByteTokenizer, CharTokenizer, type Tokenizer, type Tokens } from "./tokenizer.ts";
export { TokenDataset, type TokenDatasetOptions } from "./token_dataset.ts";
