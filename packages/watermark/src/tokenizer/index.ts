export type { NormalizationKind } from './normalization-pass.ts';
export {
  type NormalizationChange,
  type NormalizedText,
  type NormalizeOptions,
  normalizeText,
} from './normalize.ts';
export { openTokenizer, openTokenizers } from './open.ts';
export { createTextStream, type TextStream } from './text-stream.ts';
export { TOKENIZER_NAMES } from './tiktoken.ts';
export type { TokenIds, Tokenizer } from './tokenizer.ts';
export { parseTokenizerJson } from './tokenizer-json.ts';
export { TEXT_UNICODE_VERSION } from './unicode-version.ts';
export { decodeUtf8 } from './utf8.ts';
