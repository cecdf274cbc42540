import { WatermarkError } from '../errors.ts';
import { TOKENIZER_JSON_ADVICE } from './base64-tokens.ts';
import { isTekkenFile, parseTekkenFile } from './tekken-file.ts';
import { isTiktokenFile, parseTiktokenFile } from './tiktoken-file.ts';
import type { Tokenizer } from './tokenizer.ts';
import { parseTokenizerJson, parseTokenizerValue } from './tokenizer-json.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * Returns the tokenizer of a file of any kind that is read: a tokenizer.json, Mistral's tekken.json, or ranks for tiktoken.
 *
 * @param name for reports and parameters, 1 to 128 printable ASCII characters.
 * @throws {WatermarkError} as {@link parseTokenizerJson}; `tokenizer-unreadable` for a SentencePiece model, saying what to do.
 */
export function parseTokenizer(name: string, bytes: Uint8Array): Tokenizer {
  if (isSentencePiece(bytes)) {
    throw new WatermarkError(
      'tokenizer-unreadable',
      `it is a SentencePiece model, which is not read; ${TOKENIZER_JSON_ADVICE}`,
    );
  }
  const text = decodeUtf8(bytes);
  if (isTiktokenFile(text)) return parseTiktokenFile(name, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return parseTokenizerJson(name, text);
  }
  return isTekkenFile(value) ? parseTekkenFile(name, value) : parseTokenizerValue(name, value);
}

// A message of Protocol Buffers: its first field is a piece, and that one's first is the piece's text.
function isSentencePiece(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x0a || bytes.length < 3) return false;
  let at = 1;
  while ((bytes[at] ?? 0) >= 0x80) at++;
  return bytes[at + 1] === 0x0a;
}
