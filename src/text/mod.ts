/**
 * Text for networks: tokenisers, and windows of long texts.
 *
 * @module
 */
export { ByteTokenizer, CharTokenizer, type Tokenizer, type Tokens } from "./tokenizer.ts";
export { TokenDataset, type TokenDatasetOptions } from "./token_dataset.ts";
